# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The flags that calibrations force on readings: in a run, after one that failed, when one is overdue. Pure.

Source: calibration reference, section 4.3. Straight after a change readings may still be made with what held before.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from math import inf

from edge_daemon.domain.channel import Flag, worse
from edge_daemon.log import calibrations
from edge_daemon.log.calibration_due import overdue_ns
from edge_daemon.log.entry import EntryType
from edge_daemon.log.in_force import InForce
from edge_daemon.log.plan import Plan
from sync.evidence.chain import Chain
from sync.evidence.reading_form import ReadReading

STRAGGLING_US = 600_000_000
"""So long after a change a recorder on a busy computer may at most go on with what held before."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What holds for a sensor's readings after the entry `since` up to the one `until`."""

    since: int
    until: float
    run: int | None
    ended: int
    doubted: frozenset[str]


@dataclass(slots=True)
class Doubts:
    """Answers for readings in log order. Mutable; a little for each sensor."""

    chain: Chain
    any: bool = field(init=False)
    _places: list[int] = field(init=False)
    _stretches: dict[str, _Stretch] = field(default_factory=dict)
    _ends: dict[tuple[int, int, int, str, str], float] = field(default_factory=dict)
    _plans: list[Plan] = field(default_factory=lambda: [Plan()])
    _plan_places: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = self.chain.calibrations
        self.any = bool(told.made or told.runs or told.doubts)
        self._places = [index for index, entry in self.chain.entries.items() if entry.type in calibrations.TYPES]
        for index, entry in self.chain.entries.items():
            if entry.type == EntryType.PLAN:
                self._plans.append(self._plans[-1].after(index, entry))
                self._plan_places.append(index)

    def run(self, sensor: str, index: int) -> int | None:
        """The start of the run in which the sensor's reading at `index` lies."""
        return self._stretch(sensor, index).run if self.any else None

    def just_ended(self, sensor: str, index: int, mono_us: int) -> bool:
        """Whether a run ended so shortly before the sensor's reading at `index` that it may not know of that."""
        return self.any and self.is_fresh(self._stretch(sensor, index).ended, mono_us)

    def worst(
        self, flag: Flag, told: int, index: int, reading: ReadReading, channel: str, made: InForce | None
    ) -> Flag:
        """The flag, or a worse one where the channel's calibration is overdue or in doubt.

        `made` is what the reading names, `told` its own flag: a straggler need not know of the doubt, and may.
        """
        if made is not None and self._overdue(made, told, index, reading, channel):
            return worse(flag, Flag.SUSPECT)
        stretch = self._stretch(reading.sensor, index)
        if channel in stretch.doubted and (told >= Flag.SUSPECT or not self.is_fresh(stretch.since, reading.mono_us)):
            return worse(flag, Flag.SUSPECT)
        return flag

    def is_fresh(self, change: int, mono_us: int) -> bool:
        """Whether the entry `change` was made so shortly before that a reading may not know of it yet."""
        return _is_fresh(self.chain, change, mono_us)

    def _overdue(self, made: InForce, told: int, index: int, reading: ReadReading, channel: str) -> bool:
        """Whether it had run out, by its own date or by the plan's interval; a new plan is not known at once."""
        place = bisect_left(self._plan_places, index)
        now = self._plans[place]
        is_over = reading.t_ns >= self._ends_ns(made, now, reading.sensor, channel)
        while place and self.is_fresh(self._plans[place].index, reading.mono_us):
            place -= 1
            if is_over != (reading.t_ns >= self._ends_ns(made, self._plans[place], reading.sensor, channel)):
                return told >= Flag.SUSPECT
        earlier = dated_before(self.chain, made.index, index, reading.mono_us)
        if earlier and is_over != (reading.t_ns >= self._ends_ns(earlier, now, reading.sensor, channel)):
            return told >= Flag.SUSPECT
        return is_over

    def _ends_ns(self, made: InForce, plan: Plan, sensor: str, channel: str) -> float:
        key = (made.index, made.calibrated_ns, plan.index, sensor, channel)
        found = self._ends.get(key)
        if found is None:
            planned = plan.of(sensor, channel)
            ends = overdue_ns(made, planned.calibration_interval_days if planned else None)
            found = self._ends[key] = inf if ends is None else ends
        return found

    def _stretch(self, sensor: str, index: int) -> _Stretch:
        found = self._stretches.get(sensor)
        if found is None or not found.since < index <= found.until:
            at = bisect_left(self._places, index)
            since = self._places[at - 1] if at else -1
            until = self._places[at] if at < len(self._places) else inf
            told = self.chain.calibrations
            ends = (run.until for run in told.runs.get(sensor, ()) if run.until is not None and run.until < index)
            ended = max(ends, default=-1)
            found = _Stretch(since, until, told.during(sensor, index), ended, told.doubted(sensor, index))
            self._stretches[sensor] = found
        return found


def dated_before(chain: Chain, calibration: int, index: int, mono_us: int) -> InForce | None:
    """How the calibration was dated until a fix of the clock that stands so shortly before the reading at `index` that
    this may not know of it; None where there is no such fix."""
    found = chain.calibrations.moved_before(calibration, index)
    return found[1] if found and _is_fresh(chain, found[0], mono_us) else None


def _is_fresh(chain: Chain, change: int, mono_us: int) -> bool:
    entry = chain.entries.get(change)
    return entry is not None and 0 <= mono_us - entry.mono_us <= STRAGGLING_US
