# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the pages show: the state of the connection, the station, the sensors, their newest values."""

import time
from collections.abc import Callable
from enum import Enum
from urllib.parse import quote

from pydantic import TypeAdapter
from PySide6.QtCore import QObject, QTimer, Signal

from app.client.calibration_desk import CalibrationDesk
from app.client.calibration_watch import CalibrationWatch
from app.client.delivery_desk import DeliveryDesk
from app.client.device_desk import DeviceDesk
from app.client.endpoint import Endpoint
from app.client.evidence_desk import EvidenceDesk
from app.client.feed import Feed
from app.client.files import Files
from app.client.finder import Finder
from app.client.instrument_desk import InstrumentDesk
from app.client.past import Past
from app.client.port_list import PortList
from app.client.quality_desk import QualityDesk
from app.client.rest import Failed, Rest
from app.client.station_desk import StationDesk
from app.client.times import seconds_of
from app.client.trails import TRAIL_POINTS, TRAIL_S, Trails
from edge_daemon.api.messages import (
    HeadMessage,
    Health,
    Latest,
    LatestValue,
    Live,
    ModelMessage,
    NewNote,
    NewSensor,
    NewVisit,
    Plot,
    Problem,
    SensorChange,
    SensorMessage,
    StationMessage,
)

_POLL_MS = 4_000
_LOST_POLL_MS = 1_500

_SENSORS = TypeAdapter(tuple[SensorMessage, ...])
_MODELS = TypeAdapter(tuple[ModelMessage, ...])
_STATION = TypeAdapter(StationMessage)
_HEALTH = TypeAdapter(Health)
_HEAD = TypeAdapter(HeadMessage)


class State(Enum):
    """How the window stands with the daemon."""

    LOOKING = "looking"
    STARTING = "starting"
    CONNECTED = "connected"
    LOST = "lost"
    FAILED = "failed"


class Session(QObject):
    """One window's view of one daemon. Lives in the Qt thread.

    `person` is the name that somebody gave last; forms offer it again.

    Signals:
        state_changed: a `State`; `words` says more.
        station_changed: `station` or `health` has news.
        sensors_changed: sensors were added, removed or changed; `sensors` holds them, once `sensors_known`.
        received: a `Live` message; newest values are already taken over.
        resumed: the feed is open (again): what was fetched before may be incomplete.
        log_begun: the recorder has begun a new log; the one before is closed and kept. Indices start over.
        trails_changed: the trends of the last hour have been fetched.
        refused: a `Problem` that no page took.
    """

    state_changed = Signal(object)
    station_changed = Signal()
    sensors_changed = Signal()
    received = Signal(object)
    resumed = Signal()
    log_begun = Signal()
    trails_changed = Signal()
    refused = Signal(object)

    def __init__(self, finder: Finder, rest: Rest, feed: Feed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finder, self._rest, self._feed = finder, rest, feed
        self.state = State.LOOKING
        self.words = ""
        self.station: StationMessage | None = None
        self.health: Health | None = None
        self.sensors: dict[str, SensorMessage] = {}
        self.sensors_known = False
        self.latest: dict[str, Latest] = {}
        self.past = Past(rest, self._ignored)
        self.desk = StationDesk(rest, self._station_described)
        self.delivery = DeliveryDesk(rest)
        self.evidence = EvidenceDesk(rest)
        self.quality = QualityDesk(rest)
        self.devices = DeviceDesk(rest)
        self.instruments = InstrumentDesk(rest)
        self.calibration = CalibrationDesk(rest)
        self.calibrations = CalibrationWatch(self.calibration, self)
        self.files = Files(self)
        self.port_list = PortList(self.devices, self._ignored, self)
        self.person = ""
        self.trails = Trails()
        self._poll = QTimer(self)
        self._poll.timeout.connect(self.refresh)
        finder.found.connect(self._found)
        finder.starting.connect(self._starting)
        finder.failed.connect(self._failed)
        feed.trying.connect(self._trying)
        feed.began.connect(self._log_begun)
        feed.opened.connect(self._opened)
        feed.lost.connect(self._lost)
        feed.received.connect(self._received)
        rest.refused.connect(self._refused)

    def start(self) -> None:
        """Look for the daemon, and start it where there is none."""
        self._finder.look()

    def stop(self) -> None:
        """End everything that runs beside the Qt thread. The daemon goes on."""
        self._poll.stop()
        self.calibrations.stop()
        self._rest.close()
        self._finder.stop()
        self._feed.stop()
        self.files.wait()

    # ---- questions and requests of the pages ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for health and sensors now."""
        if self.state is State.CONNECTED:
            self._rest.get("/api/health", _HEALTH, self._took_health, self._ignored)
            self._rest.get("/api/sensors", _SENSORS, self._took_sensors, self._ignored)

    def catalogue(self, done: Callable[[tuple[ModelMessage, ...]], None]) -> None:
        """Instrument models that can be added."""
        self._rest.get("/api/catalogue", _MODELS, done)

    def add_sensor(self, sensor: NewSensor, done: Callable[[], None], failed: Failed) -> None:
        """Add a sensor; the list is asked for again when that is done."""
        self._rest.send("POST", "/api/sensors", sensor, lambda _: self._changed(done), failed)

    def change_sensor(self, sensor_id: str, change: SensorChange) -> None:
        """Change what is given."""
        self._rest.send("PATCH", _sensor(sensor_id), change, lambda _: self._changed())

    def remove_sensor(self, sensor_id: str) -> None:
        """Stop recording a sensor. What it recorded stays."""
        self._rest.send("DELETE", _sensor(sensor_id), None, lambda _: self._changed())

    def add_note(self, note: NewNote, done: Callable[[], None]) -> None:
        """Record a remark."""
        self._rest.send("POST", "/api/notes", note, lambda _: done())

    def add_visit(self, visit: NewVisit, done: Callable[[], None]) -> None:
        """Record that a person came or left."""
        self._rest.send("POST", "/api/visits", visit, lambda _: done())

    # ---- finding the daemon and losing it ---------------------------------------------------------------------------

    def _starting(self) -> None:
        self._enter(State.STARTING)

    def _failed(self, words: str) -> None:
        self._enter(State.FAILED, words)

    def _found(self, endpoint: Endpoint) -> None:
        self._rest.use(endpoint)
        self._rest.get("/api/station", _STATION, self._took_station, self._no_start)

    def _took_station(self, station: StationMessage) -> None:
        self.station = station
        self.station_changed.emit()
        if not self._feed.running:
            self._rest.get("/api/log/head", _HEAD, lambda head: self._follow(station, head), self._no_start)

    def _follow(self, station: StationMessage, head: HeadMessage) -> None:
        """Follow the log from its end; from here on the feed itself finds the daemon again, and any new log."""
        if not self._feed.running:
            self._feed.start(station.project_id, head.origin, head.size)

    def _no_start(self, problem: Problem) -> None:
        self._enter(State.FAILED, f"{problem.title}. {problem.detail}")

    def _trying(self, endpoint: Endpoint) -> None:
        self._rest.use(endpoint)

    def _log_begun(self) -> None:
        self.latest.clear()
        self._rest.get("/api/station", _STATION, self._took_station_of_new_log, self._ignored)
        self.log_begun.emit()

    def _took_station_of_new_log(self, station: StationMessage) -> None:
        """A folder that was given to another project has its feed at another address."""
        if self.station is not None and station.project_id != self.station.project_id:
            self._feed.stop()
        self._took_station(station)

    def _opened(self) -> None:
        self._enter(State.CONNECTED)
        self._poll.start(_POLL_MS)
        self.refresh()
        self.port_list.refresh()
        for sensor in self.sensors.values():
            self._fetch_trail(sensor)
        self.resumed.emit()

    def _lost(self, words: str) -> None:
        self._enter(State.LOST, words)
        self._finder.revive()
        self._poll.start(_LOST_POLL_MS)

    def _enter(self, state: State, words: str = "") -> None:
        self.state, self.words = state, words
        self.state_changed.emit(state)

    # ---- news -------------------------------------------------------------------------------------------------------

    def _station_described(self, station: StationMessage) -> None:
        self.station = station
        self.station_changed.emit()

    def _took_health(self, health: Health) -> None:
        self.health = health
        self.station_changed.emit()

    def _took_sensors(self, sensors: tuple[SensorMessage, ...]) -> None:
        found = {sensor.sensor_id: sensor for sensor in sensors}
        for sensor_id, sensor in found.items():
            known = self.latest.get(sensor_id)
            if sensor.latest is not None and (known is None or known.index < sensor.latest.index):
                self.latest[sensor_id] = sensor.latest
        fresh = [sensor for sensor_id, sensor in found.items() if sensor_id not in self.sensors]
        if found != self.sensors or not self.sensors_known:
            self.sensors, self.sensors_known = found, True
            self.sensors_changed.emit()
        self.calibrations.follow(tuple(found))
        for sensor in fresh:
            self._fetch_trail(sensor)

    def _fetch_trail(self, sensor: SensorMessage) -> None:
        end = time.time()
        self.past.plot(sensor.sensor_id, sensor.primary, end - TRAIL_S, end, TRAIL_POINTS, self._took_trail)

    def _took_trail(self, plot: Plot) -> None:
        sensor = self.sensors.get(plot.sensor_id)
        if sensor is not None:
            self.trails.set_past(plot, sensor.interval_s)
            self.trails_changed.emit()

    def _received(self, live: Live) -> None:
        for reading in live.readings:
            channels = {
                name: LatestValue(raw=raw, value=value, flag=flag)
                for name, (raw, value, flag) in reading.channels.items()
            }
            self.latest[reading.sensor_id] = Latest(
                index=reading.index, time=reading.time, quality=reading.quality, channels=channels
            )
            sensor = self.sensors.get(reading.sensor_id)
            if sensor is not None and sensor.primary in channels:
                self.trails.add(reading.sensor_id, seconds_of(reading.time), channels[sensor.primary].value)
        self.received.emit(live)
        if live.ports_changed:
            self.port_list.refresh()
        if live.events:
            self.refresh()

    def _changed(self, done: Callable[[], None] | None = None) -> None:
        if done is not None:
            done()
        self.refresh()

    def _refused(self, problem: Problem) -> None:
        self.refused.emit(problem)

    def _ignored(self, problem: Problem) -> None:
        """Questions that are asked again by themselves: the banner already tells of a lost daemon."""
        if problem.status:
            self.refused.emit(problem)


def _sensor(sensor_id: str) -> str:
    return f"/api/sensors/{quote(sensor_id, safe='')}"
