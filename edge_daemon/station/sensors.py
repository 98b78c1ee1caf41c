# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Commands on the station's sensors. Each one is a configuration entry first and takes effect once that is durable."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from edge_daemon.domain.connection import LineSettings, PortIdentity
from edge_daemon.domain.faults import BadInput, Conflict, Unknown
from edge_daemon.domain.instrument import InstrumentModel, OptionValue, SerialSource
from edge_daemon.domain.station import Station
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import (
    Body,
    ChannelBody,
    ConfigurationBody,
    ConnectionBody,
    InstallationBody,
    StationBody,
)
from edge_daemon.log.setup import ConfiguredSensor, Setup
from edge_daemon.station.journal import Journal


@dataclass(frozen=True, slots=True)
class SensorOrder:
    """What a person asks for when adding a sensor. Without `interval_ns` the catalogue's default applies."""

    sensor_id: str
    model: str
    port: PortIdentity
    name: str = ""
    interval_ns: int | None = None
    line: LineSettings | None = None
    settings: Mapping[str, OptionValue] | None = None
    serial: str = ""
    stated_calibration_date: str | None = None
    person: str = ""


class SensorBook:
    """The present setup and the commands that change it. Safe to use from several threads.

    `on_change` is called with the new setup after each command, in the caller's thread: acquisition starts and stops
    its workers from it.
    """

    def __init__(
        self,
        setup: Setup,
        journal: Journal,
        catalogue: Mapping[str, InstrumentModel],
        driver_version: Callable[[str], str],
        *,
        demo: bool,
        on_change: Callable[[Setup], None],
    ) -> None:
        self._setup = setup
        self._journal = journal
        self._catalogue = catalogue
        self._driver_version = driver_version
        self._demo = demo
        self._on_change = on_change
        self._lock = threading.Lock()

    @property
    def setup(self) -> Setup:
        """What is recorded now."""
        return self._setup

    def sensor(self, sensor_id: str) -> ConfiguredSensor:
        """The sensor of this id. Raises Unknown."""
        try:
            return self._setup.sensors[sensor_id]
        except KeyError:
            raise Unknown(f"there is no sensor {sensor_id!r} at this station") from None

    def model(self, name: str) -> InstrumentModel:
        """The catalogue's model of this name. Raises BadInput naming those there are."""
        try:
            return self._catalogue[name]
        except KeyError:
            raise BadInput("model", name, f"known models are {', '.join(sorted(self._catalogue))}") from None

    def add(self, order: SensorOrder) -> ConfiguredSensor:
        """Begin to record a sensor. Raises BadInput, Conflict, or what the log raises."""
        model = self.model(order.model)
        interval_ns = self._interval(model, order.interval_ns)
        body = ConfigurationBody(
            sensor=order.sensor_id,
            state="recording",
            name=order.name or order.sensor_id,
            kind=model.kind,
            model=model.model,
            driver=model.driver,
            driver_version=self._driver_version(model.driver),
            interval_ns=interval_ns,
            channels=tuple(ChannelBody(c.name, c.unit, c.minimum, c.maximum) for c in model.channels),
            connection=ConnectionBody(order.port.key, order.port.kind.value, str(order.line or model.line)),
            settings=self._settings(model, order.settings or {}),
            demo=self._demo,
            stated_calibration_date=order.stated_calibration_date,
            person=order.person,
        )
        with self._lock:
            if order.sensor_id in self._setup.sensors:
                raise Conflict(f"there is a sensor {order.sensor_id!r} already; choose another name")
            self._write(body)
            if order.serial:
                source = SerialSource.LABEL
                self._write(InstallationBody(order.sensor_id, model.model, order.serial, source, order.person))
        self._on_change(self._setup)
        return self.sensor(order.sensor_id)

    def change(
        self,
        sensor_id: str,
        *,
        name: str | None = None,
        port: PortIdentity | None = None,
        interval_ns: int | None = None,
        settings: Mapping[str, OptionValue] | None = None,
        paused: bool | None = None,
        person: str = "",
    ) -> ConfiguredSensor:
        """Change what is given and leave the rest. A command that changes nothing writes nothing."""
        with self._lock:
            now = self.sensor(sensor_id).configuration
            model = self.model(now.model)
            new = replace(
                now,
                name=name or now.name,
                connection=replace(now.connection, port=port.key, kind=port.kind.value) if port else now.connection,
                interval_ns=self._interval(model, interval_ns) if interval_ns else now.interval_ns,
                settings=now.settings if settings is None else self._settings(model, {**now.settings, **settings}),
                state=now.state if paused is None else ("paused" if paused else "recording"),
                driver_version=self._driver_version(now.driver),
            )
            if new == now:
                return self.sensor(sensor_id)
            self._write(replace(new, person=person))
        self._on_change(self._setup)
        return self.sensor(sensor_id)

    def remove(self, sensor_id: str, person: str = "") -> None:
        """Stop recording a sensor. What it recorded stays in the log."""
        with self._lock:
            now = self.sensor(sensor_id).configuration
            self._write(replace(now, state="removed", person=person))
        self._on_change(self._setup)

    def describe_station(self, station: Station, person: str = "") -> Station:
        """Set the station's name and place. `device_id` and `project_id` cannot change within a log: Conflict."""
        with self._lock:
            now = self._setup.station
            if (station.device_id, station.project_id) != (now.device_id, now.project_id):
                raise Conflict("another device or project needs a data folder of its own")
            self._write(StationBody(now.device_id, now.project_id, station.name, station.location, person))
        return self._setup.station

    def _write(self, body: Body) -> None:
        index, entry = self._journal.write(body)
        self._setup = self._setup.after(index, entry)

    @staticmethod
    def _interval(model: InstrumentModel, interval_ns: int | None) -> int:
        if interval_ns is None:
            return model.interval.default_ns
        if interval_ns < model.interval.minimum_ns:
            shortest_s = model.interval.minimum_ns / NS_PER_S
            raise BadInput(
                "interval_s", interval_ns / NS_PER_S, f"{model.title} can do {shortest_s:g} s at the fastest"
            )
        return interval_ns

    @staticmethod
    def _settings(model: InstrumentModel, given: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
        unknown = sorted(set(given) - set(model.options))
        if unknown:
            known = ", ".join(sorted(model.options)) or "it has none"
            raise BadInput("settings", unknown[0], f"settings of {model.title}: {known}")
        return {**model.options, **given}
