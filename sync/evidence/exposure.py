# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long each range of entries stood before anyone outside had fixed it. Pure.

Between being recorded and being fixed outside, whoever had the device key could have written a range anew unseen. What
fixes it is a head of the log that someone else has: an anchor, a receipt, a photographed code.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from edge_daemon.domain.time import rfc3339_from_ns

Basis = Literal["chain", "told", "witness", "none"]
"""Who says when: the chain itself, the evidence (the chain was not asked), a witness, nobody (unwitnessed)."""

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
    """Entries `first` to before `end`: recorded by the laptop's clock (RFC 3339), and first fixed outside.

    `fixed` is empty where that is not known, `exposed_s` (from the first entry's time) None then. `by` is in words.
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
        entries = f"Entries {self.first} to {self.end - 1}, recorded {self.recorded_from} to {self.recorded_to}"
        if self.basis == "none":
            return f"{entries}: UNWITNESSED, no one outside has fixed them."
        if self.exposed_s is None:
            return f"{entries}: fixed outside by {self.by}, at a time that is not told."
        said = " (as the evidence tells; the chain was not asked)" if self.basis == "told" else ""
        return f"{entries}: exposed for at most {_length(self.exposed_s)}, first fixed {self.fixed} by {self.by}{said}."


def fixed_by(end: int, fixed: Iterable[Fixed]) -> int | None:
    """When (UTC ns) the first `end` entries were fixed outside, as the chain or a witness says; None: not known."""
    said = [one.time_ns for one in fixed if one.size >= end and one.basis in {"chain", "witness"}]
    return min((time_ns for time_ns in said if time_ns is not None), default=None)


def edges(first: int, end: int, fixed: Iterable[Fixed]) -> list[int]:
    """The indices of entries whose times are needed to tell the exposure of entries `first` to before `end`."""
    ends = _ends(first, end, fixed)
    return sorted({first, *ends[:-1], *(at - 1 for at in ends)}) if ends else []


def exposure(first: int, end: int, fixed: Iterable[Fixed], t_ns: Callable[[int], int]) -> tuple[Exposure, ...]:
    """The ranges of entries `first` to before `end`. `t_ns` gives an entry's laptop time (UTC ns).

    A later head fixes all entries before it as well: what counts is the earliest that covers a range.
    """
    points, found, start = list(fixed), list[Exposure](), first
    for until in _ends(first, end, points):
        covering = [one for one in points if one.size >= until]
        timed = [(one.time_ns, one) for one in covering if one.time_ns is not None]
        at_ns, by = min(timed, key=lambda one: one[0]) if timed else (None, covering[0] if covering else None)
        from_ns, to_ns = t_ns(start), t_ns(until - 1)
        found.append(
            Exposure(
                start,
                until,
                rfc3339_from_ns(from_ns),
                rfc3339_from_ns(to_ns),
                "" if at_ns is None else rfc3339_from_ns(at_ns),
                by.by if by else "",
                by.basis if by else "none",
                None if at_ns is None else max(0, at_ns - from_ns) / _S,
            )
        )
        start = until
    return tuple(found)


def _ends(first: int, end: int, fixed: Iterable[Fixed]) -> list[int]:
    sizes = {min(one.size, end) for one in fixed if one.size > first}
    return sorted(sizes | {end}) if first < end else []


def _length(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
