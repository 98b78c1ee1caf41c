# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the pages show: the state of the connection, the station, the sensors, their newest values."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from urllib.parse import quote

from pydantic import TypeAdapter
from PySide6.QtCore import QObject, QTimer, Signal

from app.client.endpoint import Endpoint
from app.client.feed import Feed
from app.client.finder import Finder
from app.client.rest import Failed, Rest
from edge_daemon.api.messages import (
    GapMessage,
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
    PortMessage,
    Problem,
    SensorChange,
    SensorMessage,
    StationMessage,
    VisitMessage,
)
from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339

TRAIL_POINTS = 120
_POLL_MS = 4_000
_PAGE = 1_000
_LOST_POLL_MS = 1_500

_SENSORS = TypeAdapter(tuple[SensorMessage, ...])
_PORTS = TypeAdapter(tuple[PortMessage, ...])
_MODELS = TypeAdapter(tuple[ModelMessage, ...])
_GAPS = TypeAdapter(tuple[GapMessage, ...])
_VISITS = TypeAdapter(tuple[VisitMessage, ...])
_PLOT = TypeAdapter(Plot)
_STATION = TypeAdapter(StationMessage)
_HEALTH = TypeAdapter(Health)
_HEAD = TypeAdapter(HeadMessage)


def seconds_of(text: str) -> float:
    """RFC 3339 text as seconds since 1970, for plots and ages."""
    return ns_from_rfc3339(text) / NS_PER_S


def text_of(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 text with microseconds, for requests."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class State(Enum):
    """How the window stands with the daemon."""

    LOOKING = "looking"
    STARTING = "starting"
    CONNECTED = "connected"
    LOST = "lost"
    FAILED = "failed"


class Session(QObject):
    """One window's view of one daemon. Lives in the Qt thread.

    Signals:
        state_changed: a `State`; `words` says more.
        station_changed: `station` or `health` has news.
        sensors_changed: sensors were added, removed or changed; `sensors` holds them.
        received: a `Live` message; newest values are already taken over.
        resumed: the feed is open (again): what was fetched before may be incomplete.
        refused: a `Problem` that no page took.
    """

    state_changed = Signal(object)
    station_changed = Signal()
    sensors_changed = Signal()
    received = Signal(object)
    resumed = Signal()
    refused = Signal(object)

    def __init__(self, finder: Finder, rest: Rest, feed: Feed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finder, self._rest, self._feed = finder, rest, feed
        self.state = State.LOOKING
        self.words = ""
        self.station: StationMessage | None = None
        self.health: Health | None = None
        self.sensors: dict[str, SensorMessage] = {}
        self.latest: dict[str, Latest] = {}
        self.trails: dict[str, deque[tuple[float, float | None]]] = {}
        self._origin = ""
        self._poll = QTimer(self)
        self._poll.timeout.connect(self.refresh)
        finder.found.connect(self._found)
        finder.starting.connect(self._starting)
        finder.failed.connect(self._failed)
        feed.trying.connect(self._trying)
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
        self._rest.close()
        self._finder.stop()
        self._feed.stop()

    # ---- questions and requests of the pages ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for health and sensors now."""
        if self.state is State.CONNECTED:
            self._rest.get("/api/health", _HEALTH, self._took_health, self._ignored)
            self._rest.get("/api/sensors", _SENSORS, self._took_sensors, self._ignored)
        elif self._feed.running:
            self._rest.get("/api/log/head", _HEAD, self._check_head, self._ignored)

    def ports(self, done: Callable[[tuple[PortMessage, ...]], None]) -> None:
        """Ports that are present now."""
        self._rest.get("/api/ports", _PORTS, done)

    def catalogue(self, done: Callable[[tuple[ModelMessage, ...]], None]) -> None:
        """Instrument models that can be added."""
        self._rest.get("/api/catalogue", _MODELS, done)

    def gaps(self, since: str, done: Callable[[tuple[GapMessage, ...]], None]) -> None:
        """Gaps that ended after `since` (RFC 3339), however many pages they fill."""
        start = seconds_of(since)
        found: list[GapMessage] = []

        def take(page: tuple[GapMessage, ...]) -> None:
            fresh = [gap for gap in page if not found or gap.index > found[-1].index]
            found.extend(fresh)
            if len(page) >= _PAGE and fresh:
                ask(found[-1].index)
            else:
                done(tuple(gap for gap in found if seconds_of(gap.end) > start))

        def ask(after: int) -> None:
            query = {"since": since, "after": str(after)}
            self._rest.get("/api/gaps", _GAPS, take, self._ignored, query=query)

        ask(-1)

    def visits(self, done: Callable[[tuple[VisitMessage, ...]], None]) -> None:
        """Visits that were recorded."""
        self._rest.get("/api/visits", _VISITS, done, self._ignored)

    def plot(
        self,
        sensor_id: str,
        channel: str,
        start: float,
        end: float,
        points: int,
        done: Callable[[Plot], None],
        failed: Failed | None = None,
    ) -> None:
        """The curve of a channel between two times (seconds since 1970), in at most about `points` points."""
        query = {"channel": channel, "from": text_of(start), "to": text_of(end), "points": str(points)}
        self._rest.get(f"{_sensor(sensor_id)}/plot", _PLOT, done, failed or self._ignored, query=query)

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
        self._rest.get("/api/log/head", _HEAD, self._check_head, self._no_start)

    def _check_head(self, head: HeadMessage) -> None:
        """Follow the log from its end. Another origin means that the daemon has begun a new log."""
        if self.station is not None and head.origin != self._origin:
            self._origin = head.origin
            self._feed.start(self.station.project_id, head.size)

    def _no_start(self, problem: Problem) -> None:
        self._enter(State.FAILED, f"{problem.title}. {problem.detail}")

    def _trying(self, endpoint: Endpoint) -> None:
        self._rest.use(endpoint)

    def _opened(self) -> None:
        self._enter(State.CONNECTED)
        self._poll.start(_POLL_MS)
        self.refresh()
        self.resumed.emit()

    def _lost(self, words: str) -> None:
        self._enter(State.LOST, words)
        self._poll.start(_LOST_POLL_MS)

    def _enter(self, state: State, words: str = "") -> None:
        self.state, self.words = state, words
        self.state_changed.emit(state)

    # ---- news -------------------------------------------------------------------------------------------------------

    def _took_health(self, health: Health) -> None:
        self.health = health
        self.station_changed.emit()

    def _took_sensors(self, sensors: tuple[SensorMessage, ...]) -> None:
        found = {sensor.sensor_id: sensor for sensor in sensors}
        for sensor_id, sensor in found.items():
            known = self.latest.get(sensor_id)
            if sensor.latest is not None and (known is None or known.index < sensor.latest.index):
                self.latest[sensor_id] = sensor.latest
        if found != self.sensors:
            self.sensors = found
            self.sensors_changed.emit()

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
                trail = self.trails.setdefault(reading.sensor_id, deque(maxlen=TRAIL_POINTS))
                trail.append((seconds_of(reading.time), channels[sensor.primary].value))
        self.received.emit(live)
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
