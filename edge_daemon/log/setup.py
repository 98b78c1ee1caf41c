# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the station is set up to record, as a fold over the log's configuration and installation entries. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from edge_daemon.domain.station import Station
from edge_daemon.log.bodies import ConfigurationBody, InstallationBody, LogBody, StationBody, from_json
from edge_daemon.log.entry import Entry, EntryType


@dataclass(frozen=True, slots=True)
class ConfiguredSensor:
    """A sensor with its configuration in force, that entry's index, and the instrument installed, if stated."""

    index: int
    configuration: ConfigurationBody
    installation: InstallationBody | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """The station, and all sensors that were not removed, by `sensor_id`."""

    station: Station = field(default_factory=lambda: Station(device_id="", project_id=""))
    sensors: Mapping[str, ConfiguredSensor] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, index: int, entry: Entry) -> "Setup":
        """The setup once this entry is in the log; entries of other types change nothing."""
        if entry.type == EntryType.LOG:
            opened = from_json(LogBody, entry.body)
            return replace(self, station=Station(opened.device_id, opened.project_id))
        if entry.type == EntryType.CONFIGURATION and entry.body.get("subject") == "station":
            told = from_json(StationBody, entry.body)
            return replace(self, station=Station(told.device_id, told.project_id, told.name, told.location))
        if entry.type == EntryType.CONFIGURATION:
            return self._configured(index, from_json(ConfigurationBody, entry.body))
        if entry.type == EntryType.INSTALLATION:
            return self._installed(from_json(InstallationBody, entry.body))
        return self

    def _configured(self, index: int, body: ConfigurationBody) -> "Setup":
        sensors = dict(self.sensors)
        previous = sensors.pop(body.sensor, None)
        if body.state != "removed":
            installation = previous.installation if previous else None
            sensors[body.sensor] = ConfiguredSensor(index, body, installation)
        return replace(self, sensors=MappingProxyType(sensors))

    def _installed(self, body: InstallationBody) -> "Setup":
        sensor = self.sensors.get(body.sensor)
        if sensor is None:
            return self
        return replace(
            self, sensors=MappingProxyType({**self.sensors, body.sensor: replace(sensor, installation=body)})
        )


def fold(entries: Iterable[tuple[int, Entry]]) -> Setup:
    """The setup after these entries, in log order."""
    setup = Setup()
    for index, entry in entries:
        setup = setup.after(index, entry)
    return setup
