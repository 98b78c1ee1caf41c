# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How many readings were expected in an hour, counted a second time: every due time is written down and looked at.

Times are seconds since 1970 as fractions. Which readings count for the hour, and when a gap's ends were, is taken from
the reported time and the amendments.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import GapBody, from_json
from edge_daemon.log.clock_history import Reported, clock_history
from edge_daemon.log.effective import Amendments, Effective, amendments_of
from edge_daemon.log.entry import EntryType
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.log.summary_fold import Key
from tests.unit.edge_daemon.station.summary_world import SummaryWorld

S = 10**9
INTERVAL_S = 300
HOUR_S = 3600


@dataclass(frozen=True)
class HandGap:
    """`told` is None where the gap's own number is nobody's knowledge."""

    sensor: str
    start: Fraction | None
    end: Fraction | None
    told: int | None


def _s(t_ns: int) -> Fraction:
    return Fraction(t_ns, S)


def gaps_by_hand(world: SummaryWorld) -> list[HandGap]:
    """Every gap of the log of which at least one end has a time."""
    amendments = amendments_of(item for item in world.log if item[1].type == EntryType.AMENDMENT)
    fold = ReportedTime(clock_history(world.log), amendments.releases)
    found = []
    for index, entry in world.log:
        if entry.type != EntryType.GAP:
            continue
        body = from_json(GapBody, entry.body)
        start, end = (fold.wall(index, entry, ns_from_rfc3339(text)) for text in (body.start, body.end))
        first = end if start.held else start
        if first.held or (not start.held and not end.held and end.time_ns <= start.time_ns):
            continue
        sensor, offset_ns = _moved(amendments, index, body.sensor, first)
        ends = [None if one.held else _s(one.time_ns + offset_ns) for one in (start, end)]
        unknown = None in ends or (body.expected == 0 and "clock_untrusted" in body.causes)
        found.append(HandGap(sensor, ends[0], ends[1], None if unknown else body.expected))
    return found


def _moved(amendments: Amendments, index: int, sensor: str, at: Reported) -> tuple[str, int]:
    change = amendments.change(index, sensor, at.time_ns)
    return (change.sensor, change.offset_ns) if change else (sensor, 0)


def expected_by_hand(key: Key, inside: Iterable[Effective], times: Iterable[int], gaps: Iterable[HandGap]) -> int:
    """Of an hour that holds readings. `times` are those of all readings of the sensor, in UTC ns."""
    start, end = Fraction(key[1] * HOUR_S), Fraction((key[1] + 1) * HOUR_S)
    every = sorted({_s(t_ns) for t_ns in times})
    earlier, later = [t for t in every if t < start], [t for t in every if t >= end]
    near = [*earlier[-1:], *(t for t in every if start <= t < end), *later[:1]]
    told, taken = 0, []
    pace = pace_by_hand(inside := list(inside))
    for gap in gaps:
        if gap.sensor != key[0] or gap.told is None or gap.start is None or gap.end is None:
            continue
        overlaps = gap.start < end and gap.end > start
        if overlaps and not any(gap.start + INTERVAL_S // 2 < t < gap.end - INTERVAL_S // 2 for t in near):
            taken.append((gap.start, gap.end))
            length = gap.end - gap.start
            missed = missed_at(pace, gap.told, length)
            by = [missed * (min(max(t, gap.start), gap.end) - gap.start) // length for t in (start, end)]
            told += by[1] - by[0]
    spans = list(pairwise(near)) if later else [*pairwise(near), (near[-1], end)]
    due: list[Fraction] = []
    for number, (low, high) in enumerate(spans):
        for a, b in minus((low, high), taken):
            if b - a > Fraction(3, 2) * INTERVAL_S:
                closed = bool(later) or number < len(spans) - 1 or b < high
                due += due_times(a, b, pace, closed=closed)
    return _read(inside, start, pace) + told + sum(start <= t < end for t in due)


def pace_by_hand(inside: Iterable[Effective]) -> Fraction:
    """How often the sensor was read where nobody calibrated it: the middle one of the steps that are no silence."""
    return pace_of((_s(one.time.time_ns), one.in_calibration is None) for one in inside)


def pace_of(times: Iterable[tuple[Fraction, bool]]) -> Fraction:
    """The pace of readings at these times, each with whether it was not for a calibration."""
    ordered = sorted(times, key=lambda one: one[0])
    steps = [b - a for (a, own), (b, other) in pairwise(ordered) if own and other]
    steps = sorted(step for step in steps if step <= Fraction(3, 2) * INTERVAL_S)
    if not steps:
        return Fraction(INTERVAL_S)
    middle, count = steps[len(steps) // 2], sum(own for _, own in ordered)
    if len(steps) * middle < INTERVAL_S:
        mean = (sum(steps) + (count - len(steps)) * INTERVAL_S) / count
        middle = Fraction(int(mean * S), S)
    return middle if middle < Fraction(95, 100) * INTERVAL_S else Fraction(INTERVAL_S)


def missed_at(pace: Fraction, told: int, length: Fraction) -> int:
    """How many readings a gap of this length misses, which by its own number are `told` at the interval that is set."""
    if pace == INTERVAL_S:
        return told
    at_most = int((told + Fraction(3, 2)) * INTERVAL_S / pace)
    return max(told, min(int(length / pace + Fraction(1, 2)) - 1, at_most))


def due_times(a: Fraction, b: Fraction, pace: Fraction, *, closed: bool) -> list[Fraction]:
    """When the sensor was due between two readings, or (not `closed`) after the last one."""
    if not closed:
        return [a + k * pace for k in range(1, int((b - a) // pace) + 1)]
    steps = int((b - a) / pace + Fraction(1, 2))
    return [a + k * (b - a) / steps for k in range(1, steps)]


def minus(span: tuple[Fraction, Fraction], taken: list[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """What is left of the span without what is taken."""
    left = [span]
    for a, b in taken:
        left = [
            (low, high)
            for one, other in left
            for low, high in ((one, min(other, a)), (max(one, b), other))
            if low < high
        ]
    return left


def _read(inside: Iterable[Effective], start: Fraction, pace: Fraction) -> int:
    """Readings, of which those in a calibration count for the time since the one before, where they came early."""
    whole, parts, before = 0, Fraction(0), start
    for one in sorted(inside, key=lambda one: one.index):
        step, before = _s(one.time.time_ns) - before, _s(one.time.time_ns)
        if one.in_calibration is not None and 0 <= step < pace / 2:
            parts += step / pace
        else:
            whole += 1
    return whole + int(parts)
