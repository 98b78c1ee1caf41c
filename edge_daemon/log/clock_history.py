# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a log says of the computer's clock, and the time it gives an entry by that alone. Pure.

The rules stand in `reported_time`; this module holds rules 1 to 5. `boot` and `clock` entries are few, so that the
whole history is small however long the log is.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339
from edge_daemon.log.bodies import BootBody, ClockFixBody, ClockStanding, ClockStateBody, from_json
from edge_daemon.log.entry import Entry, EntryType

CLOCK_TYPES = (EntryType.BOOT.value, EntryType.CLOCK.value)
"""The types of the entries that a clock history is made of."""

SAME_CLOCK_NS = NS_PER_S // 2
"""A wall clock this far from where it was, seen from the clock nobody sets, was set in between."""


class Standing(StrEnum):
    """How an entry's time is known."""

    TRUSTED = "trusted"
    HOLDOVER = "holdover"
    FIXED = "fixed"
    RELEASED = "released"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Reported:
    """An entry's time (UTC ns) and the bound on its error (ns).

    Held: `time_ns` is only what the laptop's clock showed, to be looked at and not to be used, and the bound is None.
    """

    time_ns: int
    uncertainty_ns: int | None
    standing: Standing

    @property
    def held(self) -> bool:
        """Whether the time is not known."""
        return self.standing is Standing.HELD


@dataclass(frozen=True, slots=True)
class TimeBase:
    """UTC of a boot: `offset_ns` after its `mono`, within `uncertainty_ns` at `mono_us`."""

    offset_ns: int
    mono_us: int
    uncertainty_ns: int

    def at(self, mono_us: int) -> int:
        """UTC ns at this `mono`."""
        return mono_us * 1000 + self.offset_ns

    def bound_ns(self, mono_us: int) -> int:
        """Bound on the error of `at` while the clock runs freely: 100 ppm, which is 1 ns for each 10 µs."""
        return self.uncertainty_ns + abs(mono_us - self.mono_us) // 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries from index `first` on, between two entries that tell of the clock.

    `t_ns` and `mono_us` are those of the entry that begins it, so that `wall_offset_ns` is how far the wall clock was
    from `mono`. `base` is the boot's time base, None while it has none.
    """

    first: int
    boot_id: str
    state: ClockStanding
    t_ns: int
    mono_us: int
    base: TimeBase | None

    @property
    def wall_offset_ns(self) -> int:
        """Wall clock minus `mono`."""
        return self.t_ns - self.mono_us * 1000


@dataclass(frozen=True, slots=True)
class Fix:
    """A `clock` entry, at `index`, that gives its boot's earlier entries a time."""

    index: int
    boot_id: str
    base: TimeBase


@dataclass(frozen=True, slots=True)
class ClockHistory:
    """All stretches and fixes of a log up to and including the entry `last`."""

    stretches: tuple[Stretch, ...] = ()
    fixes: tuple[Fix, ...] = ()
    last: int = -1

    def after(self, index: int, entry: Entry) -> "ClockHistory":
        """The history once this entry is in the log. Entries it knows already, and other types, change nothing.

        Raises ValueError for a `boot` or `clock` entry of a wrong form.
        """
        if index <= self.last or entry.type not in CLOCK_TYPES:
            return self
        seen = replace(self, last=index)
        if entry.type == EntryType.BOOT:
            return seen._booted(index, entry, from_json(BootBody, entry.body))
        match entry.body.get("event"):
            case "state":
                return seen._changed(index, entry, from_json(ClockStateBody, entry.body))
            case "step":
                return seen._begun(index, entry, self.state, self.base)
            case "fix":
                return seen._fixed(index, from_json(ClockFixBody, entry.body))
        return seen

    @property
    def boot_id(self) -> str:
        """The boot that the log is in; empty before the first."""
        return self.stretches[-1].boot_id if self.stretches else ""

    @property
    def state(self) -> ClockStanding:
        """What the clock was last said to be."""
        return self.stretches[-1].state if self.stretches else "untrusted"

    @property
    def base(self) -> TimeBase | None:
        """The present boot's time base."""
        return self.stretches[-1].base if self.stretches else None

    def placed(self, index: int, t_ns: int, mono_us: int) -> Reported:
        """The time of the entry at `index` with these stamps, before the rules on order (6 to 8)."""
        stretch = self.stretch_at(index)
        if stretch is None:
            return Reported(t_ns, None, Standing.HELD)
        if stretch.state != "untrusted" and stretch.base is not None:
            return _believed(stretch, stretch.base, t_ns, mono_us)
        fix = self.fix_of(index)
        if fix is None:
            return Reported(t_ns, None, Standing.HELD)
        return Reported(fix.base.at(mono_us), fix.base.bound_ns(mono_us), Standing.FIXED)

    def placed_wall(self, index: int, t_ns: int, mono_us: int, wall_ns: int) -> Reported:
        """The time of what the entry at `index` with these stamps dates with `wall_ns` of the wall clock (rule 9)."""
        if wall_ns == t_ns:
            return self.placed(index, t_ns, mono_us)
        number = self._wall_position(index, t_ns, mono_us, wall_ns)
        if number is None:
            return Reported(wall_ns, None, Standing.HELD)
        stretch = self.stretches[number]
        return self.placed(stretch.first, wall_ns, (wall_ns - stretch.wall_offset_ns) // 1000)

    def wall_range(self, index: int, t_ns: int, mono_us: int, wall_ns: int) -> tuple[int, int] | None:
        """The first and the last index of the entries among which that moment lies (rule 9).

        The entry itself where it is its own moment, else those of the stretch; None where it lies in none.
        """
        if wall_ns == t_ns:
            return index, index
        number = self._wall_position(index, t_ns, mono_us, wall_ns)
        if number is None:
            return None
        following = self.stretches[number + 1].first if number + 1 < len(self.stretches) else max(index, self.last) + 1
        return self.stretches[number].first, following - 1

    def stretch_at(self, index: int) -> Stretch | None:
        """The stretch that the entry at `index` belongs to; None before the first."""
        position = self._position(index)
        return self.stretches[position] if position >= 0 else None

    def fix_of(self, index: int) -> Fix | None:
        """The first fix after the entry at `index` in its boot."""
        stretch = self.stretch_at(index)
        boot_id = stretch.boot_id if stretch else ""
        return next((fix for fix in self.fixes if fix.index > index and fix.boot_id == boot_id), None)

    def ceiling_ns(self, index: int, known_at: int) -> int | None:
        """When a stretch with a believed clock next began after the entry at `index`, told before index `known_at`."""
        following = (
            stretch.base.at(stretch.mono_us)
            for stretch in self.stretches[self._position(index) + 1 :]
            if stretch.first < known_at and stretch.base is not None and stretch.state != "untrusted"
        )
        return next(following, None)

    def waiting(self, size: int) -> list[tuple[int, int]]:
        """The ranges of indices, both ends included, below `size` whose entries wait for a fix or a release.

        Told from the clock alone: entries that rule 7 holds are not among them, nor those that tell of the clock.
        """
        ranges: list[tuple[int, int]] = []
        for number, stretch in enumerate(self.stretches):
            following = self.stretches[number + 1].first if number + 1 < len(self.stretches) else size
            fixed = max((fix.index for fix in self.fixes if fix.boot_id == stretch.boot_id), default=-1)
            start = max(stretch.first, fixed) + 1
            if stretch.state == "untrusted" and start < following:
                ranges.append((start, following - 1))
        return ranges

    def _position(self, index: int) -> int:
        return bisect_right(self.stretches, index, key=lambda stretch: stretch.first) - 1

    def _own_position(self, index: int, wall_offset_ns: int) -> int:
        # An entry may be stamped before the clock was set and stand in the log after that is told.
        position = self._position(index)
        for number in range(position, -1, -1):
            stretch = self.stretches[number]
            if stretch.boot_id != self.stretches[position].boot_id:
                break
            if abs(stretch.wall_offset_ns - wall_offset_ns) <= SAME_CLOCK_NS:
                return number
        return position

    def _wall_position(self, index: int, t_ns: int, mono_us: int, wall_ns: int) -> int | None:
        own = self._own_position(index, t_ns - mono_us * 1000)
        latest_ns = mono_us * 1000 + self.stretches[own].wall_offset_ns if own >= 0 else None
        for number in range(own, -1, -1):
            if self.stretches[number].t_ns <= wall_ns and (latest_ns is None or wall_ns <= latest_ns):
                return number
            latest_ns = self._end_ns(number - 1) if number else None
        return None

    def _end_ns(self, number: int) -> int | None:
        # What the wall clock showed at the stretch's end; unknown where the boot ended.
        stretch, following = self.stretches[number], self.stretches[number + 1]
        if following.boot_id != stretch.boot_id:
            return None
        return following.mono_us * 1000 + stretch.wall_offset_ns

    def _booted(self, index: int, entry: Entry, body: BootBody) -> "ClockHistory":
        if body.event == "stop":
            return self
        base = self.base if body.boot_id == self.boot_id else None
        stretch = Stretch(index, body.boot_id, "untrusted", entry.t_ns, entry.mono_us, base)
        return replace(self, stretches=(*self.stretches, stretch))

    def _changed(self, index: int, entry: Entry, body: ClockStateBody) -> "ClockHistory":
        if body.state == "untrusted" or body.uncertainty_us is None:
            return self._begun(index, entry, "untrusted", None)
        offset_ns = entry.t_ns - entry.mono_us * 1000
        if body.state == "holdover" and self.base is not None:
            offset_ns = self.base.offset_ns
        return self._begun(index, entry, body.state, TimeBase(offset_ns, entry.mono_us, body.uncertainty_us * 1000))

    def _begun(self, index: int, entry: Entry, state: ClockStanding, base: TimeBase | None) -> "ClockHistory":
        stretch = Stretch(index, self.boot_id, state, entry.t_ns, entry.mono_us, base)
        return replace(self, stretches=(*self.stretches, stretch))

    def _fixed(self, index: int, body: ClockFixBody) -> "ClockHistory":
        offset_ns = ns_from_rfc3339(body.utc) - body.mono_us * 1000
        fix = Fix(index, body.boot_id, TimeBase(offset_ns, body.mono_us, body.uncertainty_us * 1000))
        return replace(self, fixes=(*self.fixes, fix))


def clock_history(entries: Iterable[tuple[int, Entry]]) -> ClockHistory:
    """The history that these entries tell, in log order; entries of types other than CLOCK_TYPES may be left out."""
    history = ClockHistory()
    for index, entry in entries:
        history = history.after(index, entry)
    return history


def _believed(stretch: Stretch, base: TimeBase, t_ns: int, mono_us: int) -> Reported:
    standing = Standing(stretch.state)
    free_running = standing is Standing.HOLDOVER and mono_us > base.mono_us
    bound_ns = base.bound_ns(mono_us) if free_running else base.uncertainty_ns
    agrees = abs(t_ns - base.at(mono_us)) <= SAME_CLOCK_NS
    return Reported(t_ns if agrees else base.at(mono_us), bound_ns, standing)
