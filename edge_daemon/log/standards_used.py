# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which standards each run was made with, and what the register has said of them since. A fold over the log. Pure.

1. A point names the entry of its standard, and so does a command.
2. An entry that takes another one's place corrects it where it tells another value, unit or table by temperature, or a
   greater uncertainty; one that only renews its date or its certificate changes nothing of what was made with it.
3. What is taken out of use was perhaps used up, or recalled: that is told, and does not by itself doubt a calibration.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import CalibrationCommand, CalibrationPoint
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.standard_body import StandardBody

TYPES = (EntryType.CALIBRATION.value, EntryType.STANDARD.value)


@dataclass(frozen=True, slots=True)
class StandardsUsed:
    """`used` are the standards of each run by its start, `bodies` and `replaced` what the register told, by index."""

    used: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    bodies: Mapping[int, StandardBody] = field(default_factory=lambda: MappingProxyType({}))
    replaced: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, index: int, entry: Entry) -> "StandardsUsed":
        """With what this entry tells. Raises ValueError for an entry of a wrong form."""
        if entry.type == EntryType.STANDARD:
            body = from_json(StandardBody, entry.body)
            told = replace(self, bodies=MappingProxyType({**self.bodies, index: body}))
            if body.replaces is None or body.replaces in self.replaced:
                return told
            return replace(told, replaced=MappingProxyType({**self.replaced, body.replaces: index}))
        if entry.type == EntryType.CALIBRATION and entry.body.get("event") in {"point", "command"}:
            if entry.body["event"] == "point":
                return self._with(from_json(CalibrationPoint, entry.body))
            return self._with(from_json(CalibrationCommand, entry.body))
        return self

    def corrected(self, run: int) -> tuple[str, ...]:
        """Standards of the run that began at this entry which were corrected since, in words."""
        return tuple(
            f"made with standard {body.name} (entry {index}), corrected since ({'; '.join(changes)}): calibrate again"
            for index, body in self._of(run)
            if (changes := tuple(_changes(body, self._newest(index))))
        )

    def withdrawn(self, run: int) -> tuple[str, ...]:
        """Standards of the run that began at this entry which were taken out of use since, in words."""
        return tuple(
            f"made with standard {body.name} (entry {index}), taken out of use since: calibrate again if it was "
            "recalled"
            for index, body in self._of(run)
            if self._newest(index).withdrawn
        )

    def _with(self, body: CalibrationPoint | CalibrationCommand) -> "StandardsUsed":
        known = self.used.get(body.run, ())
        if body.standard is None or body.standard in known:
            return self
        return replace(self, used=MappingProxyType({**self.used, body.run: (*known, body.standard)}))

    def _of(self, run: int) -> Iterator[tuple[int, StandardBody]]:
        for index in self.used.get(run, ()):
            if index in self.bodies:
                yield index, self.bodies[index]

    def _newest(self, index: int) -> StandardBody:
        while index in self.replaced:
            index = self.replaced[index]
        return self.bodies[index]


def _changes(then: StandardBody, now: StandardBody) -> Iterator[str]:
    if (then.value, then.unit) != (now.value, now.unit):
        yield f"{then.value:.10g} {then.unit} -> {now.value:.10g} {now.unit}"
    elif then.by_temperature != now.by_temperature:
        yield "another table by temperature"
    before, after = (one.expanded_uncertainty / one.factor for one in (then, now))
    if after > before:
        yield f"known to ± {then.expanded_uncertainty:.4g} -> ± {now.expanded_uncertainty:.4g}"
