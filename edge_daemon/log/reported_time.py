# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When each entry was made, as a function of the log and nothing else. Pure; streaming; integers only.

Every entry has `t`, what the laptop's wall clock showed, and `mono`, microseconds since boot on a clock that counts
suspend and that nobody can set. `boot` and `clock` entries say how far the wall clock was believed. The rules:

1. **Boots.** A `boot` entry with event `start` begins a boot when its `boot_id` differs from the one before; `mono`
   means nothing across boots. After every start the clock is untrusted until a `clock` entry tells its state.
2. **Base.** An entry's offset is `t − mono`. A boot's *time base* is the offset that gives UTC, with a bound at a
   `mono`: a `state` entry `trusted` sets it to that entry's own offset; `holdover` keeps the offset the boot has, or
   takes its own where the boot has none; both set the bound to their `uncertainty_us`. `untrusted`, a state without
   `uncertainty_us` and another boot leave none. `step` entries change no base: they are evidence, and serve rule 9.
3. **Believed.** Under `trusted` or `holdover` an entry's time is its `t` if that is within 0.5 s of base + `mono`, else
   base + `mono` (the wall clock was set, and the log says so only later, or it is not followed any more). The bound is
   the base's; in holdover it grows by 100 ppm of the `mono` passed since the base: 1 ns for each whole 10 µs.
4. **Fixed.** An entry made while the clock was untrusted has its time from the first `fix` after it in the log that
   names its boot: `utc` + (`mono` − the fix's `mono_us`). The bound is the fix's and 100 ppm of the difference.
5. **Held.** Without such a fix it is held: its time is unknown, and it is neither summarised nor delivered.
6. **Order.** The reported times of a sensor's readings strictly increase in the log's order: a time that is not later
   than the sensor's last reported one becomes that plus 1 ns, and the shift is added to the bound. Held readings are
   passed over here.
7. **Contradiction.** A shift beyond 60 s is not made; the reading is held, since one of two believed times is wrong.
   No fix changes that, only a person.
8. **Release.** A reading that is held may be released by a person: its time is then `t` plus the offset the release
   states, with the bound it states, by the rules 6 and 7. The release given last counts; a fix that was in the log
   before the release goes before it. A released time must be earlier than when a believed stretch next began, as far
   as the log knew at the release; otherwise the reading stays held.
9. **Other times in an entry** (the ends of a gap) are wall clock times. One equal to the entry's `t` is the entry's own
   moment. Stretches lie between two `boot` (start), `state` or `step` entries. Looking back from the entry's stretch
   (among those of its boot the latest whose first entry's offset is within 0.5 s of the entry's own, if there is one),
   which ends at the entry's `mono`, the time lies in the first stretch that by its own wall clock began at or before it
   and did not end before it; a boot's last stretch has no known end. That stretch's offset gives the `mono`, and the
   rules 3 to 5 the time. Where that holds it, or fixed it later than a release did, the release given last that
   concerns it gives the time by rule 8: one that names this entry, for a time of the entry's own stretch, else one that
   names any entry of the stretch that the time lies in.

A time once reported never changes as the log grows, except by a person's amendment: only held entries get one later.
Suspend needs no rule, since `mono` counts it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from edge_daemon.log.clock_history import ClockHistory, Reported, Standing
from edge_daemon.log.entry import Entry, EntryType

LARGEST_SHIFT_NS = 60_000_000_000
"""How far a time may be moved to keep a sensor's readings in order."""


@dataclass(frozen=True, slots=True)
class Release:
    """A person's word that held entries from `first` to `last` (both included) may be used.

    `index` is that of the entry that says so. `offset_ns` is added to their `t`; `uncertainty_ns` bounds the error.
    """

    index: int
    first: int
    last: int
    offset_ns: int
    uncertainty_ns: int


@dataclass(frozen=True, slots=True)
class ReportedTime:
    """The fold over a log's entries. Memory: the clock's history, the releases, and one time for each sensor.

    For a whole log give it the history of the whole log, so that earlier entries know the fixes that follow; fed as
    the log grows, it learns the history itself and tells each entry what is known so far. `reported` is the time of
    the entry that `after` was given last; `last_ns` the newest reported time by sensor.
    """

    history: ClockHistory = field(default_factory=ClockHistory)
    releases: Sequence[Release] = ()
    last_ns: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    reported: Reported | None = None

    def after(self, index: int, entry: Entry) -> "ReportedTime":
        """The fold once this entry was seen. Raises ValueError for a `boot` or `clock` entry of a wrong form."""
        history = self.history.after(index, entry)
        seen = self if history is self.history else replace(self, history=history)
        sensor = entry.body.get("sensor")
        if entry.type != EntryType.READING or not isinstance(sensor, str):
            return replace(seen, reported=seen._with_release(index, entry, None))
        last_ns = self.last_ns.get(sensor)
        reported = seen._with_release(index, entry, last_ns)
        if reported.held:
            return ReportedTime(history, self.releases, self.last_ns, reported)
        times = MappingProxyType({**self.last_ns, sensor: reported.time_ns})
        return ReportedTime(history, self.releases, times, reported)

    def wall(self, index: int, entry: Entry, wall_ns: int) -> Reported:
        """The time of what this entry dates with the wall clock's `wall_ns`, such as a gap's ends (rule 9)."""
        placed = self.history.placed_wall(index, entry.t_ns, entry.mono_us, wall_ns)
        among = self.history.wall_range(index, entry.t_ns, entry.mono_us, wall_ns) if self.releases else None
        if among is None:
            return placed
        first, last = (index, index) if among[0] <= index <= among[1] else among
        release = next((r for r in reversed(self.releases) if r.first <= last and r.last >= first), None)
        if release is None or not (placed.held or self._is_fixed_later(placed, first, release)):
            return placed
        stated = Reported(wall_ns + release.offset_ns, release.uncertainty_ns, Standing.RELEASED)
        return self._below_ceiling(first, wall_ns, release, stated)

    def _with_release(self, index: int, entry: Entry, last_ns: int | None) -> Reported:
        release = next((r for r in reversed(self.releases) if r.first <= index <= r.last), None)
        placed = self.history.placed(index, entry.t_ns, entry.mono_us)
        if release is not None and self._is_fixed_later(placed, index, release):
            return self._released(index, entry, release, last_ns)
        ordered = _in_order(placed, entry.t_ns, last_ns)
        if release is not None and ordered.held:
            return self._released(index, entry, release, last_ns)
        return ordered

    def _released(self, index: int, entry: Entry, release: Release, last_ns: int | None) -> Reported:
        stated = Reported(entry.t_ns + release.offset_ns, release.uncertainty_ns, Standing.RELEASED)
        return self._below_ceiling(index, entry.t_ns, release, _in_order(stated, entry.t_ns, last_ns))

    def _is_fixed_later(self, placed: Reported, index: int, release: Release) -> bool:
        fix = self.history.fix_of(index) if placed.standing is Standing.FIXED else None
        return fix is not None and fix.index > release.index

    def _below_ceiling(self, index: int, t_ns: int, release: Release, released: Reported) -> Reported:
        ceiling_ns = self.history.ceiling_ns(index, release.index)
        if ceiling_ns is not None and released.time_ns >= ceiling_ns:
            return Reported(t_ns, None, Standing.HELD)
        return released


def placed_after(placed: Reported, t_ns: int, newest_ns: int | None) -> Reported:
    """A reading's time once the sensor's newest reported time, its own or an earlier one's, is known (rule 7).

    `t_ns` is what the laptop's clock showed. For the newest reading of a sensor, whose neighbours nobody looks at.
    """
    if placed.held or newest_ns is None or newest_ns - placed.time_ns <= LARGEST_SHIFT_NS:
        return placed
    return Reported(t_ns, None, Standing.HELD)


def first_held(fold: ReportedTime, entries: Iterable[tuple[int, Entry]]) -> int | None:
    """The index of the first reading among these whose time is held; None when every one has a time.

    `fold` stands before the first of `entries`. Whoever must deliver in order can go up to there.
    """
    for index, entry in entries:
        fold = fold.after(index, entry)
        if entry.type == EntryType.READING and fold.reported is not None and fold.reported.held:
            return index
    return None


def _in_order(reported: Reported, t_ns: int, last_ns: int | None) -> Reported:
    if reported.uncertainty_ns is None or last_ns is None or reported.time_ns > last_ns:
        return reported
    shift_ns = last_ns + 1 - reported.time_ns
    if shift_ns > LARGEST_SHIFT_NS:
        return Reported(t_ns, None, Standing.HELD)
    return Reported(last_ns + 1, reported.uncertainty_ns + shift_ns, reported.standing)
