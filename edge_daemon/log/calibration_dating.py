# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When a log's calibrations were made, also those made while the clock was not believed. Pure.

A calibration is of the reported time of the entry that ends it (`reported_time`). While that is held there is only what
the laptop's clock showed. The fix that tells it moves the calibration, and its due date by as many days. Readings
before the fix were scored by what was known then, so that is kept beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType

from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.entry import Entry
from edge_daemon.log.in_force import DAY_NS, InForce, Mark, date_ns
from edge_daemon.log.instruments import Key

MOST_NS = 2**63
"""No entry's own time is later."""

_DONE_THEN = ("command", "verdict", "abort", "cut_off")
"""What an entry tells of itself; a certificate and what is carried over are of a date that they name."""

Held = Mapping[int, tuple[int, int]]
Earlier = Mapping[int, tuple[tuple[int, InForce], ...]]


@dataclass(frozen=True, slots=True)
class Dating:
    """`held` are the stamps (t in ns, mono in µs) of entries whose time is not known yet. `earlier` are calibrations
    as they were dated before, with the fix that moved them, by the entry that took effect."""

    clock: ClockHistory = field(default_factory=ClockHistory)
    held: Held = field(default_factory=lambda: MappingProxyType({}))
    earlier: Earlier = field(default_factory=lambda: MappingProxyType({}))

    def noted(self, index: int, entry: Entry) -> "Dating":
        """With the stamp of this entry, where its own time says when something was done and is not known yet."""
        if (
            str(entry.body.get("event")) not in _DONE_THEN
            or not self.clock.placed(index, entry.t_ns, entry.mono_us).held
        ):
            return self
        return replace(self, held=MappingProxyType({**self.held, index: (entry.t_ns, entry.mono_us)}))

    def time_ns(self, index: int, entry: Entry) -> int:
        """When the entry was made, UTC ns, as far as that is known."""
        return self.stamped_ns(index, entry.t_ns, entry.mono_us)

    def stamped_ns(self, index: int, t_ns: int, mono_us: int) -> int:
        """The same for an entry with this stamp."""
        return _possible(self.clock.placed(index, t_ns, mono_us).time_ns) or t_ns

    def after(self, index: int, entry: Entry) -> tuple["Dating", Mapping[int, int]]:
        """Once this entry of the clock is in the log; and the times, UTC ns, of held entries that are known now."""
        clock = self.clock.after(index, entry)
        placed = {at: clock.placed(at, *stamp) for at, stamp in self.held.items()} if clock.fixes else {}
        found = {at: one.time_ns for at, one in placed.items() if not one.held and _possible(one.time_ns)}
        left = MappingProxyType({at: stamp for at, stamp in self.held.items() if at not in found})
        return replace(self, clock=clock, held=left if found else self.held), found

    def with_earlier(self, index: int, moved: Iterable[InForce]) -> "Dating":
        """The fix at `index` moved these calibrations, which are given as they were before."""
        added = {one.index: (*self.earlier.get(one.index, ()), (index, one)) for one in moved}
        return replace(self, earlier=MappingProxyType({**self.earlier, **added}))


def _possible(t_ns: int) -> int:
    """The time, 0 where no date can be made of it."""
    return t_ns if 0 < t_ns < MOST_NS else 0


def moved(one: InForce, t_ns: int) -> InForce:
    """The calibration as one that was made at this time, UTC."""
    return replace(one, calibrated_ns=t_ns, due=due_moved(one.due, one.calibrated_ns, t_ns))


def due_moved(due: str, from_ns: int, to_ns: int) -> str:
    """The due date of what was made at `to_ns` and not at `from_ns`, UTC."""
    days = to_ns // DAY_NS - from_ns // DAY_NS
    if not days or date_ns(due) is None:
        return due
    try:
        return (date.fromisoformat(due) + timedelta(days=days)).isoformat()
    except OverflowError:  # no date that anybody meant
        return due


def moved_doubts(doubts: tuple[Mark, ...], index: int, found: Mapping[int, int]) -> tuple[Mark, ...]:
    """Doubts as of the times that the fix at `index` tells; before it they are what they were."""
    told: list[Mark] = []
    for one in doubts:
        t_ns = found.get(one.index, one.t_ns)
        if one.ended is not None or t_ns == one.t_ns:
            told.append(one)
        else:
            told += [replace(one, ended=index), replace(one, t_ns=t_ns, told=index)]
    return tuple(told)


def renamed(earlier: Earlier, old: Key, new: Key) -> Earlier:
    """What was said of the instrument under its name of before, under the new one."""
    return MappingProxyType(
        {
            at: tuple((fix, replace(one, key=new) if one.key == old else one) for fix, one in many)
            for at, many in earlier.items()
        }
    )
