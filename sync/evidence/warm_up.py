# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Until when an instrument was warming up for certain. Pure.

Warm-up counts from when its port was opened, which no entry says. But it was opened after the recorder's start, after
the configuration in force, and, where a gap tells that it was unplugged, after the reading before that gap: so long
after the latest of these its values must be suspect. That it warmed up longer cannot be told.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

from edge_daemon.log.entry import EntryType
from sync.evidence.chain import Chain
from sync.evidence.reading_form import ReadReading

UNPLUGGED = "unplugged"


@dataclass(slots=True)
class _Sensor:
    """The last reading's time since boot, and until when the instrument warms up, both in one run of the recorder."""

    configuration: int
    started: int
    last_us: int
    until_us: int


@dataclass(slots=True)
class WarmUps:
    """Answers for the readings of a run in log order. Mutable; a little for each sensor."""

    chain: Chain
    any: bool = field(init=False)
    _starts: list[int] = field(init=False)
    _sensors: dict[str, _Sensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.any = any(form.warm_up_us for form in self.chain.forms.values())
        entries = self.chain.entries.items()
        boots = [index for index, entry in entries if entry.type == EntryType.BOOT]
        self._starts = [index for index in boots if self.chain.entries[index].body.get("event") == "start"]

    def unplugged(self, sensor: str) -> None:
        """A gap says that the sensor's instrument was unplugged after its last reading."""
        found = self._sensors.get(sensor)
        if found is not None:
            warm_up_us = self.chain.forms[found.configuration].warm_up_us
            found.until_us = max(found.until_us, found.last_us + warm_up_us)

    def is_warming_up(self, index: int, reading: ReadReading) -> bool:
        """Whether this reading, the next, was certainly made before the instrument had warmed up."""
        found = self._sensors.get(reading.sensor)
        at = bisect_left(self._starts, index)
        started = self._starts[at - 1] if at else -1
        if found is None or (found.configuration, found.started) != (reading.configuration, started):
            since = self.chain.entries.get(max(reading.configuration, started))
            until_us = 0 if since is None else since.mono_us + self.chain.forms[reading.configuration].warm_up_us
            found = self._sensors[reading.sensor] = _Sensor(reading.configuration, started, 0, until_us)
        found.last_us = reading.mono_us
        return reading.mono_us < found.until_us
