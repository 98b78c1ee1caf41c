# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long each range of entries stood before anyone outside had fixed it. Pure.

Between being recorded and being fixed outside, whoever had the device key could have written a range anew unseen. What
fixes it is a head of the log that someone else has: an anchor, a receipt, a photographed code.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar

from edge_daemon.domain.time import rfc3339_from_ns

Basis = Literal["chain", "told", "witness", "local", "unvouched", "none"]
"""Who says when: the chain itself, the evidence (nobody outside was asked), a witness, a ledger that is no public chain
and that nobody vouches for (it fixes nothing for others), an anchor through a contract or on a chain that the register
does not name for the station, nobody (unwitnessed)."""

BARE = frozenset({"local", "unvouched", "none"})
"""What leaves a range as open as if there were nothing."""

_STRENGTH: Mapping[Basis, int] = {"chain": 3, "witness": 3, "told": 2, "local": 1, "unvouched": 1, "none": 0}

NO_WITNESS = "whoever keeps it can write it anew, so that anchors there count as no outside witness"
"""What is said of a network that is no public chain."""

LOCAL_BASIS = "local ledger (not a public chain)"
UNVOUCHED_BASIS = "contract or chain that the register does not name for this station"

UNSURE_CLOCK = "not known, the computer's clock did not tell the time"

NO_CALENDAR = "at a time that is in no calendar"

MOST_TOLD = 6
_S = 10**9


@dataclass(frozen=True, slots=True)
class Fixed:
    """The first `size` entries were fixed outside at `time_ns` (UTC; None: at a time that is not told)."""

    size: int
    time_ns: int | None
    by: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Exposure:
    """Entries `first` to before `end`: recorded by the log's clock (RFC 3339), and first fixed outside.

    `fixed` is empty where that is not known, `exposed_s` (from the first entry's time) None then, and where the clock
    was not to be trusted. `by` is in words.
    Where all there is is a local ledger, or an anchor that the register does not vouch for, `fixed` is when that took
    it, and `exposed_s` None.
    """

    first: int
    end: int
    recorded_from: str
    recorded_to: str
    fixed: str
    by: str
    basis: Basis
    exposed_s: float | None

    def __str__(self) -> str:
        recorded = f"recorded {self.recorded_from} to {self.recorded_to} by the log's clock"
        entries = f"Entries {self.first} to {self.end - 1}, {recorded}"
        if self.basis == "none":
            return f"{entries}: UNWITNESSED, no one outside has fixed them."
        if self.basis in {"local", "unvouched"}:
            when = f" at {self.fixed}" if self.fixed else ""
            basis = LOCAL_BASIS if self.basis == "local" else UNVOUCHED_BASIS
            return f"{entries}: UNWITNESSED, no one outside has fixed them. Basis: {basis}{when}, {self.by}."
        if self.exposed_s is None and self.fixed:
            return f"{entries}: first fixed {self.fixed} by {self.by}; how long they were exposed is {UNSURE_CLOCK}."
        if self.exposed_s is None:
            return f"{entries}: fixed outside by {self.by}, at a time that is not told."
        return f"{entries}: exposed for at most {_length(self.exposed_s)}, first fixed {self.fixed} by {self.by}."


class ExposedRange(Protocol):
    """What a summary needs of a range; as `Exposure`."""

    @property
    def first(self) -> int:
        """Its first entry."""

    @property
    def end(self) -> int:
        """The entry after its last."""

    @property
    def basis(self) -> Basis:
        """Who says when it was fixed."""

    @property
    def exposed_s(self) -> float | None:
        """How long it was exposed, where that is known."""


Ranged = TypeVar("Ranged", bound=ExposedRange)


def in_brief(ranges: Sequence[Ranged]) -> tuple[str, tuple[Ranged, ...]]:
    """A sentence on all ranges, and those to tell one by one: the first, the longest exposed, the last.

    A few ranges are all told, without a sentence. After months of hourly anchors there are thousands.
    """
    if len(ranges) <= MOST_TOLD:
        return "", tuple(ranges)
    bare = sum(one.end - one.first for one in ranges if one.basis in BARE)
    timed = [one for one in ranges if one.exposed_s is not None]
    longest = max(timed, key=lambda one: one.exposed_s or 0.0, default=None)
    words = f"{len(ranges):,} ranges of entries, {ranges[0].first} to {ranges[-1].end - 1}. "
    words += f"{bare:,} entries are UNWITNESSED. " if bare else ""
    claimed = sum(one.end - one.first for one in ranges if one.basis == "told")
    if claimed:
        words += f"{claimed:,} are fixed outside only by what the evidence tells of itself: nobody else was asked. "
    elif not bare:
        words += "All are fixed outside. "
    if longest is not None:
        told_so = ", as the evidence tells of itself" if longest.basis == "told" else ""
        words += f"The longest exposure was {_length(longest.exposed_s or 0.0)}{told_so}. "
    told = {id(one): one for one in (ranges[0], longest, ranges[-1]) if one is not None}
    shown = tuple(sorted(told.values(), key=lambda one: one.first))
    return f"{words}Told here: the first, the longest exposed and the last.", shown


def fixed_by(end: int, fixed: Iterable[Fixed]) -> int | None:
    """When (UTC ns) the first `end` entries were fixed outside, as the chain or a witness says; None: not known."""
    said = [one.time_ns for one in fixed if one.size >= end and one.basis in {"chain", "witness"}]
    return min((time_ns for time_ns in said if time_ns is not None), default=None)


def fixed_size(fixed: Iterable[Fixed]) -> int:
    """How many entries from the log's first on the chain or a witness fixed; 0: none."""
    return max((one.size for one in fixed if one.basis in {"chain", "witness"}), default=0)


def edges(first: int, end: int, fixed: Iterable[Fixed]) -> list[int]:
    """The indices of entries whose times are needed to tell the exposure of entries `first` to before `end`."""
    ends = _ends(first, end, fixed)
    return sorted({first, *ends[:-1], *(at - 1 for at in ends)}) if ends else []


def exposure(
    first: int,
    end: int,
    fixed: Iterable[Fixed],
    t_ns: Callable[[int], int],
    held: Callable[[int], bool] = lambda _: False,
) -> tuple[Exposure, ...]:
    """The ranges of entries `first` to before `end`. `t_ns` gives an entry's time (UTC ns) by the log's clock, if it
    is known; `held` says that it is not.

    A later head fixes all entries before it as well: what counts is the earliest that covers a range, and what the
    chain or a witness says before what the evidence tells of itself. Where they name no time, the evidence's own word
    for it is told, as its word, with them beside it.
    """
    points = list(fixed)
    left = sorted(points, key=lambda one: one.size)
    ends = _ends(first, end, points)
    by_end: dict[int, Fixed | None] = {}
    best: Fixed | None = None
    timed: Fixed | None = None
    for until in reversed(ends):
        while left and left[-1].size >= until:
            one = left.pop()
            best = _better(best, one)
            timed = _better(timed, one) if one.basis == "told" and _tellable(one.time_ns) else timed
        by_end[until] = _both(best, timed)
    starts = [first, *ends[:-1]]
    return tuple(_range(start, until, by_end[until], t_ns, held) for start, until in zip(starts, ends, strict=True))


def _better(one: Fixed | None, other: Fixed) -> Fixed:
    """The one on the stronger basis: whoever has the laptop can write what is only told. Of equal ones the earlier."""
    if one is None or _STRENGTH[other.basis] > _STRENGTH[one.basis]:
        return other
    if _STRENGTH[other.basis] < _STRENGTH[one.basis] or other.time_ns is None:
        return one
    return other if one.time_ns is None or other.time_ns <= one.time_ns else one


def _both(best: Fixed | None, timed: Fixed | None) -> Fixed | None:
    """What is said of a range: `best`, and where that has no time what the evidence tells of one."""
    if best is None or timed is None or _tellable(best.time_ns) or _STRENGTH[best.basis] <= _STRENGTH[timed.basis]:
        return best
    return replace(timed, by=f"{timed.by}; also by {best.by}, at a time that is not told")


def _range(
    start: int, until: int, by: Fixed | None, t_ns: Callable[[int], int], held: Callable[[int], bool]
) -> Exposure:
    at_ns = by.time_ns if by and _tellable(by.time_ns) else None
    from_ns, to_ns = t_ns(start), t_ns(until - 1)
    earliest_ns = min(from_ns, to_ns)
    # A clock that was not to be trusted, or ran ahead of whoever fixed it, does not tell how long that took.
    unknown = held(start) or held(until - 1) or (at_ns is not None and at_ns < earliest_ns)
    return Exposure(
        start,
        until,
        _told(from_ns),
        _told(to_ns),
        "" if at_ns is None else rfc3339_from_ns(at_ns),
        by.by if by else "",
        by.basis if by else "none",
        None if at_ns is None or unknown or (by and by.basis in BARE) else (at_ns - earliest_ns) / _S,
    )


def _told(ns: int) -> str:
    return rfc3339_from_ns(ns) if _tellable(ns) else NO_CALENDAR


def _tellable(time_ns: int | None) -> bool:
    """Whether a time that somebody tells is one of a calendar."""
    try:
        return time_ns is not None and bool(rfc3339_from_ns(time_ns))
    except (ValueError, OverflowError):
        return False


def _ends(first: int, end: int, fixed: Iterable[Fixed]) -> list[int]:
    sizes = {min(one.size, end) for one in fixed if one.size > first}
    return sorted(sizes | {end}) if first < end else []


def _length(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
