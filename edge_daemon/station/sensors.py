# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Commands on the station's sensors. Each one is a configuration entry first and takes effect once that is durable."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from edge_daemon.domain.channel import ChannelSpec
from edge_daemon.domain.connection import LineSettings, PortIdentity
from edge_daemon.domain.faults import BadInput, Conflict, Unknown
from edge_daemon.domain.instrument import InstrumentModel, OptionValue, SerialSource
from edge_daemon.domain.limits import Limits
from edge_daemon.domain.station import UNASSIGNED, Station
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.instruments.driver import StreamDriver
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import (
    Body,
    ChannelBody,
    ConfigurationBody,
    ConnectionBody,
    InstallationBody,
    SettingChange,
    StationBody,
)
from edge_daemon.log.entry import Entry
from edge_daemon.log.setup import ConfiguredSensor, Setup
from edge_daemon.station.altered_values import altered_channels, changed_settings, told_altered
from edge_daemon.station.computed_channels import with_computed_channels
from edge_daemon.station.journal import Journal
from edge_daemon.station.limits import with_limits
from edge_daemon.station.own_pace import with_own_pace
from edge_daemon.station.raw_step import with_steps


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
    paused: bool = False
    value_ranges: Mapping[str, tuple[float, float]] | None = None
    required_fields: tuple[str, ...] = ()


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
        self._in_calibration: Callable[[str], bool] = lambda _sensor: False
        self._lock = threading.Lock()
        self._folding = threading.Lock()

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

    def guard(self, in_calibration: Callable[[str], bool]) -> None:
        """From now on nothing that makes a sensor's values is changed while this says that it is being calibrated."""
        self._in_calibration = in_calibration

    def check_values_may_change(self, sensor_id: str) -> None:
        """Raises Conflict while a calibration of the sensor is under way."""
        if self._in_calibration(sensor_id):
            raise Conflict(
                f"{sensor_id} is being calibrated, and this would change what it shows in the middle of that; end the "
                "calibration or give it up first"
            )

    def add(self, order: SensorOrder) -> ConfiguredSensor:
        """Begin to record a sensor. Raises BadInput, Conflict, or what the log raises."""
        model = self.model(order.model)
        interval_ns = self._interval(model, order.interval_ns)
        body = ConfigurationBody(
            sensor=order.sensor_id,
            state="paused" if order.paused else "recording",
            name=order.name or order.sensor_id,
            kind=model.kind,
            model=model.model,
            driver=model.driver,
            driver_version=self._driver_version(model.driver),
            interval_ns=interval_ns,
            channels=tuple(_channel_body(channel) for channel in model.channels),
            connection=ConnectionBody(order.port.key, order.port.kind.value, str(order.line or model.line)),
            settings={**model.options, **self._settings(model, order.settings or {})},
            demo=self._demo,
            stated_calibration_date=order.stated_calibration_date,
            person=order.person,
            primary=model.primary,
            value_ranges=self._ranges(model, order.value_ranges or {}),
            required_fields=order.required_fields,
            warm_up_s=model.warm_up_s,
        )
        with self._lock:
            if order.sensor_id in self._setup.sensors:
                raise Conflict(f"there is a sensor {order.sensor_id!r} already; choose another name")
            self._check_port(body)
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
        line: LineSettings | None = None,
        stated_calibration_date: str | None = None,
        value_ranges: Mapping[str, tuple[float, float]] | None = None,
        required_fields: tuple[str, ...] | None = None,
        person: str = "",
    ) -> ConfiguredSensor:
        """Change what is given and leave the rest. A command that changes nothing writes nothing."""
        with self._lock:
            now = _settled(self.sensor(sensor_id).configuration)
            model = self.model(now.model)
            connection = replace(now.connection, port=port.key, kind=port.kind.value) if port else now.connection
            new = replace(
                now,
                name=name or now.name,
                connection=replace(connection, line=str(line)) if line else connection,
                interval_ns=self._interval(model, interval_ns) if interval_ns else now.interval_ns,
                settings=now.settings if settings is None else {**now.settings, **self._settings(model, settings)},
                state=now.state if paused is None else ("paused" if paused else "recording"),
                driver_version=self._driver_version(now.driver),
                stated_calibration_date=stated_calibration_date or now.stated_calibration_date,
                value_ranges=now.value_ranges if value_ranges is None else self._ranges(model, value_ranges),
                required_fields=now.required_fields if required_fields is None else required_fields,
            )
            if new == now:
                return self.sensor(sensor_id)
            self._check_port(new)
            altered = altered_channels(now, changed_settings(now, new.settings))
            if altered:
                self.check_values_may_change(sensor_id)
            self._write(told_altered(replace(new, person=person), altered))
        self._on_change(self._setup)
        return self.sensor(sensor_id)

    def record_changes(
        self,
        sensor_id: str,
        settings: Mapping[str, OptionValue],
        changes: Sequence[SettingChange],
        person: str,
        *,
        altered: Collection[str],
    ) -> ConfiguredSensor:
        """Settings of the device were written: `settings` hold from here on, and `changes` say how it went.

        Raw of the channels `altered` is another number now than it would have been before.
        """
        with self._lock:
            now = _settled(self.sensor(sensor_id).configuration)
            held = {**now.settings, **settings}
            self._write(told_altered(replace(now, settings=held, changes=tuple(changes), person=person), altered))
        self._on_change(self._setup)
        return self.sensor(sensor_id)

    def set_limits(self, sensor_id: str, limits: Mapping[str, Limits | None], person: str = "") -> ConfiguredSensor:
        """Set the limits of these channels' quality tests; None: those of the catalogue. Raises Unknown, BadInput."""
        with self._lock:
            now = _settled(self.sensor(sensor_id).configuration)
            new = with_limits(now, self.model(now.model), limits)
            if new is None:
                return self.sensor(sensor_id)
            self._write(replace(new, person=person))
        self._on_change(self._setup)
        return self.sensor(sensor_id)

    def label(self, sensor_id: str, serial: str, person: str = "") -> ConfiguredSensor:
        """Say which instrument is installed, by the serial number on its label. Raises Unknown."""
        with self._lock:
            now = self.sensor(sensor_id)
            if now.installation and now.installation.serial == serial:
                return now
            model = now.configuration.model
            named = now.installation is not None and not now.installation.serial
            event: Literal["described", "installed"] = "described" if named else "installed"
            self._write(InstallationBody(sensor_id, model, serial, SerialSource.LABEL, person, event))
        self._on_change(self._setup)
        return self.sensor(sensor_id)

    def installed(self, index: int, entry: Entry) -> None:
        """An installation entry that was not written here is in the log. Waits for nothing."""
        with self._folding:
            self._setup = self._setup.after(index, entry)

    def remove(self, sensor_id: str, person: str = "") -> None:
        """Stop recording a sensor. What it recorded stays in the log."""
        with self._lock:
            now = _settled(self.sensor(sensor_id).configuration)
            self._write(replace(now, state="removed", person=person))
        self._on_change(self._setup)

    def describe_station(self, station: Station, person: str = "") -> Station:
        """Set the station's name and place, and once its project. Another device or project is a Conflict."""
        with self._lock:
            now = self._setup.station
            if station.device_id != now.device_id or now.project_id not in {station.project_id, UNASSIGNED}:
                raise Conflict("another device or project needs a data folder of its own")
            self._write(StationBody(now.device_id, station.project_id, station.name, station.location, person))
        return self._setup.station

    def _write(self, body: Body) -> None:
        if isinstance(body, ConfigurationBody) and body.model in self._catalogue:
            body = with_own_pace(with_steps(with_computed_channels(body, self._catalogue[body.model])))
        index, entry = self._journal.write(body)
        with self._folding:
            self._setup = self._setup.after(index, entry)

    def _check_port(self, wanted: ConfigurationBody) -> None:
        """Raises Conflict for a recording sensor on a port that others record on, unless they can share it."""
        if wanted.state != "recording":
            return
        for other in (sensor.configuration for sensor in self._setup.sensors.values()):
            if other.sensor == wanted.sensor or other.state != "recording":
                continue
            if other.connection.port != wanted.connection.port:
                continue
            alone = next((body for body in (wanted, other) if _speaks_alone(body.driver)), None)
            if alone is not None:
                raise Conflict(f"{alone.sensor} speaks by itself and needs a port of its own")
            if other.connection.line != wanted.connection.line:
                raise Conflict(f"{other.sensor} uses this port with {other.connection.line}, one port has one setting")
            if _address(other) == _address(wanted):
                raise Conflict(f"{other.sensor} answers at the same address on this port; give one of them another")

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
    def _ranges(model: InstrumentModel, given: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        channels = [channel.name for channel in model.channels]
        for name, (low, high) in given.items():
            if name not in channels:
                raise BadInput("value_ranges", name, f"channels of {model.title}: {', '.join(channels)}")
            if not low < high:
                raise BadInput("value_ranges", f"{name} {low:g} to {high:g}", "the lower end comes first")
        return {name: (float(low), float(high)) for name, (low, high) in given.items()}

    @staticmethod
    def _settings(model: InstrumentModel, given: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
        unknown = sorted(set(given) - set(model.options))
        if unknown:
            known = ", ".join(sorted(model.options)) or "it has none"
            raise BadInput("settings", unknown[0], f"settings of {model.title}: {known}")
        return dict(given)


def _settled(body: ConfigurationBody) -> ConfigurationBody:
    """What holds, without what was changed to come to it."""
    return replace(body, changes=(), limit_changes=(), values_altered=False, altered=())


def _channel_body(channel: ChannelSpec) -> ChannelBody:
    return ChannelBody(
        channel.name,
        channel.unit,
        channel.minimum,
        channel.maximum,
        channel.wire_field,
        channel.wire_unit,
        channel.wire_factor,
        channel.limits,
    )


def _speaks_alone(name: str) -> bool:
    return isinstance(driver(name), StreamDriver)


def _address(body: ConfigurationBody) -> OptionValue | None:
    return body.settings.get("address")
