# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How many readings an hour misses, and which gaps say why. Pure, in whole nanoseconds.

1. A gap says how many readings it misses, and its share falls into the hour by time. Of a sensor that was read more
   often than it was set to (`pace`), as many are missing as would have come at that pace. A gap is not believed where
   an end has no time, where the number was not known when it was written, or where a reading of the hour, or one next
   to it, lies within: a clock was wrong, and the gap was measured by it.
2. What is left of the time between two consecutive readings (in reported time) is a silence if it is longer than one
   and a half intervals, and than the instrument may be silent by itself. In a silence the sensor was due at equal
   steps, as near to its pace as they fit between the ends.
3. After the last reading that is known the sensor was due at its pace till the hour's end.
4. A gap that is not believed names the due times that lie within it; with readings within, only those of the silences
   that adjoin its ends. Its unknown end is the next reading, or the end of
   the hour; its unknown beginning the reading before, or the hour's begin.

So time in which nothing was measured is never covered, whatever the clock was (calibration reference, 4.3: a gap cannot
be hidden). Of an hour without any reading only rule 1 says anything: it covers nothing in any case.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.known_gap import KnownGap
from edge_daemon.log.pace import Beat, paces_of


@dataclass(frozen=True, slots=True)
class Part:
    """What of a gap lies in the hour, and how many readings are missing there."""

    gap: KnownGap
    start_ns: int
    end_ns: int
    expected: int


@dataclass(frozen=True, slots=True)
class Missing:
    """`count` readings are missing in the hour; `parts` of gaps say why, as far as gaps do, in the log's order."""

    count: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Silence:
    """From `start_ns` to `end_ns` a sensor was due `steps - 1` times, or `steps` times where nothing `ended` it."""

    start_ns: int
    end_ns: int
    steps: int
    ended: bool
    pace_ns: int

    def due_in(self, start_ns: int, end_ns: int) -> int:
        """How often within this time, its end excluded."""
        return self._due_before(end_ns) - self._due_before(start_ns) if end_ns > start_ns else 0

    def _due_before(self, t_ns: int) -> int:
        # The k-th time, start + k * length / steps, lies before t where k * length < (t - start) * steps.
        if t_ns <= self.start_ns:
            return 0
        length_ns, steps = (self.end_ns - self.start_ns, self.steps) if self.ended else (self.pace_ns, 1)
        before = ((t_ns - self.start_ns) * steps - 1) // length_ns
        return min(before, self.steps - 1 if self.ended else self.steps)


@dataclass(frozen=True, slots=True)
class _Doubted:
    """A gap that is not believed. With readings within, only what adjoins one of its ends is known to be of it."""

    gap: KnownGap
    start_ns: int
    end_ns: int
    slack_ns: int | None

    def speaks_of(self, one: _Silence) -> bool:
        if self.slack_ns is None:
            return True
        return abs(one.start_ns - self.start_ns) <= self.slack_ns or abs(one.end_ns - self.end_ns) <= self.slack_ns


def missing_in(
    start_ns: int,
    end_ns: int,
    beats: Sequence[Beat],
    before_ns: int | None,
    after_ns: int | None,
    gaps: Iterable[KnownGap],
) -> Missing:
    """What is missing from `start_ns` to before `end_ns` (UTC ns).

    `beats` are the sensor's readings in that time, `before_ns` and `after_ns` when it was last read before it and first
    after it; None where it never was, or was not yet. `gaps` are all gaps of the sensor.
    """
    ordered = sorted(beats, key=lambda beat: beat.t_ns)
    times = [t_ns for t_ns in (before_ns, *(beat.t_ns for beat in ordered), after_ns) if t_ns is not None]
    slack_ns = ordered[0].interval_ns // 2 if ordered else NS_PER_S
    paces = paces_of(ordered)
    believed: list[Part] = []
    doubted: list[_Doubted] = []
    for gap in gaps:
        low, high = _bounds(gap, times, start_ns, end_ns)
        if low >= end_ns or high <= start_ns:
            continue
        read_within = any(low + slack_ns < t_ns < high - slack_ns for t_ns in times)
        if gap.expected is None or read_within:
            doubted.append(_Doubted(gap, low, high, slack_ns if read_within else None))
        else:
            share = _share(_at_pace(gap.expected, low, high, ordered, paces), low, high, start_ns, end_ns)
            believed.append(Part(gap, max(low, start_ns), min(high, end_ns), share))
    silences = list(_silences(ordered, paces, before_ns, after_ns, end_ns, believed)) if ordered else []
    count = sum(part.expected for part in believed) + sum(one.due_in(start_ns, end_ns) for one in silences)
    parts = [*believed, *_named(doubted, silences, start_ns, end_ns)]
    return Missing(count, tuple(sorted(parts, key=lambda part: part.gap.index)))


def covers(parts: Iterable[Part], start_ns: int, end_ns: int) -> bool:
    """Whether the gaps together leave nothing of the time."""
    reached_ns = start_ns
    for part in sorted(parts, key=lambda part: part.start_ns):
        if part.start_ns > reached_ns:
            return False
        reached_ns = max(reached_ns, part.end_ns)
    return reached_ns >= end_ns


def _bounds(gap: KnownGap, times: Sequence[int], start_ns: int, end_ns: int) -> tuple[int, int]:
    """The gap's ends; instead of an unknown one the reading beside it, or where the hour begins or ends."""
    if gap.start_ns is None and gap.end_ns is not None:
        return max((t_ns for t_ns in times if t_ns < gap.end_ns), default=min(start_ns, gap.end_ns)), gap.end_ns
    begin_ns = gap.start_ns or 0
    if gap.end_ns is not None:
        return begin_ns, gap.end_ns
    until_ns = end_ns if begin_ns >= start_ns else start_ns  # what comes after its first hour is nobody's word
    return begin_ns, min((t_ns for t_ns in times if t_ns > begin_ns), default=until_ns)


def _at_pace(expected: int, low: int, high: int, ordered: Sequence[Beat], paces: Mapping[int, int]) -> int:
    """How many readings a gap misses at the pace of the one before it.

    By its own number, counted by the interval that held then, it is shorter than one and a half intervals more.
    """
    if not ordered:
        return expected
    interval_ns = next((beat for beat in reversed(ordered) if beat.t_ns <= low), ordered[0]).interval_ns
    pace_ns = paces[interval_ns]
    if pace_ns == interval_ns:
        return expected
    between = (2 * (high - low) + pace_ns) // (2 * pace_ns) - 1
    return max(expected, min(between, (2 * expected + 3) * interval_ns // (2 * pace_ns)))


def _share(expected: int, low: int, high: int, start_ns: int, end_ns: int) -> int:
    """How many of the expected readings fall into this time: shares of adjoining times add up to all of them."""
    length = high - low
    until = min(max(end_ns - low, 0), length)
    before = min(max(start_ns - low, 0), length)
    return expected * until // length - expected * before // length


def _silences(
    ordered: Sequence[Beat],
    paces: Mapping[int, int],
    before_ns: int | None,
    after_ns: int | None,
    end_ns: int,
    believed: Iterable[Part],
) -> Iterator[_Silence]:
    """The silences between readings, as far as no believed gap accounts for them."""
    spans = [] if before_ns is None else [(before_ns, ordered[0].t_ns, ordered[0])]
    spans += [(one.t_ns, other.t_ns, one) for one, other in pairwise(ordered)]
    spans.append((ordered[-1].t_ns, end_ns if after_ns is None else after_ns, ordered[-1]))
    gaps = sorted((part.gap.start_ns or 0, part.gap.end_ns or 0) for part in believed)
    for number, (low, high, beat) in enumerate(spans):
        last = number == len(spans) - 1 and after_ns is None
        for start_ns, until_ns in _left(low, high, gaps) if beat.is_silence(high - low) else ():
            length_ns, pace_ns = until_ns - start_ns, paces[beat.interval_ns]
            ended = not last or until_ns < high
            if beat.is_silence(length_ns):
                steps = (2 * length_ns + pace_ns) // (2 * pace_ns) if ended else length_ns // pace_ns
                yield _Silence(start_ns, until_ns, steps, ended, pace_ns)


def _left(low: int, high: int, gaps: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What the gaps leave of the time between."""
    for start_ns, end_ns in gaps:
        if end_ns > low and start_ns < high:
            if start_ns > low:
                yield low, start_ns
            low = max(low, end_ns)
    if low < high:
        yield low, high


def _named(doubted: Iterable[_Doubted], silences: Iterable[_Silence], start_ns: int, end_ns: int) -> Iterator[Part]:
    """The part of each doubted gap that lies in silences; a due time belongs to the first gap that holds it."""
    left = [(max(one.start_ns, start_ns), min(one.end_ns, end_ns), one) for one in silences]
    left = [(low, high, one) for low, high, one in left if low < high]
    for gap in sorted(doubted, key=lambda one: (one.start_ns, one.gap.index)):
        near = [(max(gap.start_ns, a), min(gap.end_ns, b), one) for a, b, one in left if gap.speaks_of(one)]
        held = [(a, b, one) for a, b, one in near if a < b]
        if held:
            expected = sum(one.due_in(a, b) for a, b, one in held)
            yield Part(gap.gap, held[0][0], held[-1][1], expected)
        taken = [(a, b) for a, b, _ in held]
        left = [(a, b, one) for x, y, one in left for a, b in _left(x, y, taken)]
