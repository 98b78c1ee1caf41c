# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When the tests of a sensor may have begun anew because another sensor of its port was configured. Pure.

The recorder reads a port in one thread, and begins all its sensors anew when any of them comes, goes or changes. That
happens a little after the entry, and where it costs no sample the log does not say when. It has happened once the other
sensor is read under its new configuration.
"""

from dataclasses import dataclass, field

from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.entry import EntryType
from sync.evidence.chain import Chain
from sync.evidence.reading_form import ReadReading

LONGEST_US = 600_000_000
"""So long a recorder on a busy computer may at most need to follow a configuration."""


@dataclass(slots=True)
class PortMates:
    """Answers for the readings of a run in log order. Mutable; a little for each sensor."""

    chain: Chain
    _changes: dict[str, list[int]] = field(default_factory=dict)
    _waiting: dict[str, int] = field(default_factory=dict)
    _read: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        ports: dict[str, str] = {}
        for index, entry in self.chain.entries.items():
            if entry.type != EntryType.CONFIGURATION or entry.body.get("subject") == "station":
                continue
            body = from_json(ConfigurationBody, entry.body)
            touched = {body.connection.port, ports.get(body.sensor, body.connection.port)}
            for sensor, port in ports.items():
                if sensor != body.sensor and port in touched:
                    self._changes.setdefault(sensor, []).append(index)
            ports[body.sensor] = body.connection.port
        for changes in self._changes.values():
            changes.reverse()

    def may_have_begun(self, index: int, reading: ReadReading) -> bool:
        """Whether the sensor may have begun anew between its reading before and this one."""
        self._read.add(reading.configuration)
        changes = self._changes.get(reading.sensor)
        if changes is None:
            return False
        while changes and changes[-1] < index:
            self._waiting[reading.sensor] = changes.pop()
        change = self._waiting.get(reading.sensor)
        if change is None:
            return False
        passed_us = reading.mono_us - self.chain.entries[change].mono_us
        if change in self._read or not 0 <= passed_us <= LONGEST_US:
            del self._waiting[reading.sensor]  # this is the first reading after it
        return True

    def begun(self, index: int, reading: ReadReading, started: int) -> None:
        """The sensor began anew here for a reason of its own; the recorder started at the entry `started`."""
        self.may_have_begun(index, reading)
        if self._waiting.get(reading.sensor, index) < max(started, reading.configuration):
            del self._waiting[reading.sensor]
