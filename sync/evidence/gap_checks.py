# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds what gaps say of themselves against the entries around them: ends, and how many readings they count. Pure.

A gap excuses a silence, and the coverage of its hours is computed from the number of readings that it counts. So a gap
ends when it was told, no reading lies within it, and its length and the sensor's interval give its number. Where the
clock does not tell its length, the number is left open.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from edge_daemon.domain.faults import ClockUntrusted
from edge_daemon.log.bodies import GapBody
from edge_daemon.log.clock_history import Reported
from edge_daemon.log.entry import Entry
from sync.evidence.chain import Chain
from sync.evidence.finding import Finding
from sync.evidence.reading_form import ReadReading
from sync.evidence.time_words import to_the_second

S = 1_000_000_000
CLOCK_NS = 60 * S
"""By how much a clock may have been set between the end of a gap and when it was told."""

_SLEW = 1_000
"""One in so many: how far two clocks may be apart over a long gap."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sensor's last sign of life: when, by the wall clock, by `mono` of its boot and by the log's clock (None: it is
    not known), and the first entry of its stretch of the clock."""

    t_ns: int
    mono_us: int
    placed_ns: int | None
    boot_id: str
    stretch: int
    configuration: int = -1

    @property
    def followed(self) -> bool:
        """Whether the wall clock was what the log's clock says."""
        return self.placed_ns == self.t_ns


@dataclass(slots=True)
class GapChecker:
    """Takes the readings and gaps of a run in order. `wrong` are gaps that contradict the log, `open` those whose
    number of readings it does not tell."""

    chain: Chain
    wrong: Finding = field(default_factory=Finding)
    open: Finding = field(default_factory=Finding)
    _newest: dict[str, tuple[int, ReadReading, Reported]] = field(default_factory=dict)
    _told: dict[str, tuple[int, _Sign]] = field(default_factory=dict)
    _configured: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, form in sorted(self.chain.forms.items()):
            self._configured.setdefault(form.sensor, []).append(index)

    def reading(self, index: int, reading: ReadReading, placed: Reported) -> None:
        """The next reading of a sensor, at its time by the log's clock."""
        self._newest[reading.sensor] = index, reading, placed

    def gap(self, index: int, entry: Entry, gap: GapBody, start_ns: int, end_ns: int, placed: Reported) -> int:
        """The next gap; gives until when (UTC ns of the wall clock) it may account for its sensor."""
        at = self._sign(index, entry.t_ns, entry.mono_us, placed)
        read, last = self._signs(gap.sensor)
        intervals = self._intervals(gap.sensor, index, read)
        slack_ns = max(intervals, default=S)
        if end_ns > entry.t_ns + CLOCK_NS:
            words = f"its gap is said to end at {to_the_second(end_ns)}, and was told at {to_the_second(entry.t_ns)}"
            (self.open if placed.held else self.wrong).note(index, words)
        elif read is not None and start_ns < read.t_ns - slack_ns:
            words = f"its gap begins at {to_the_second(start_ns)}, and there are readings of {gap.sensor} after that"
            followed = read.stretch == at.stretch and read.followed and at.followed
            (self.wrong if followed else self.open).note(index, words)
        else:
            self._count(index, gap, list(_lengths(at, last, start_ns, end_ns, slack_ns)), intervals)
        end_ns = min(end_ns, entry.t_ns)
        back_ns = entry.t_ns - end_ns
        placed_ns = None if at.placed_ns is None else at.placed_ns - back_ns
        ended = _Sign(end_ns, at.mono_us - back_ns // 1000, placed_ns, at.boot_id, at.stretch)
        self._told[gap.sensor] = index, ended
        return end_ns

    def _signs(self, sensor: str) -> tuple[_Sign | None, _Sign | None]:
        """The sensor's last reading, and its last sign of life, which may be the end of a gap."""
        newest, told = self._newest.get(sensor), self._told.get(sensor)
        if newest is None:
            return None, told[1] if told else None
        index, reading, placed = newest
        read = self._sign(index, reading.t_ns, reading.mono_us, placed, reading.configuration)
        return read, told[1] if told and told[0] > index else read

    def _count(self, index: int, gap: GapBody, lengths: list[tuple[int, bool]], intervals: list[int]) -> None:
        if gap.expected == 0 and ClockUntrusted.code in gap.causes:
            self.open.note(index, "the computer did not know how long it had been off")
        elif not intervals:
            self.open.note(index, f"no entry before it configures {gap.sensor}")
        elif not any(_fits(gap.expected, length, interval) for length, _ in lengths for interval in intervals):
            length_ns, known = lengths[0]
            due = max(0, length_ns // intervals[-1])
            words = (
                f"its gap of {length_ns / S:,.0f} s counts {gap.expected:,} missing readings, where {due:,} were due"
            )
            (self.wrong if known else self.open).note(index, words)

    def _sign(self, index: int, t_ns: int, mono_us: int, placed: Reported, configuration: int = -1) -> _Sign:
        stretch = self.chain.history.stretch_at(index)
        placed_ns = None if placed.held else placed.time_ns
        if stretch is None:
            return _Sign(t_ns, mono_us, placed_ns, "", -1, configuration)
        return _Sign(t_ns, mono_us, placed_ns, stretch.boot_id, stretch.first, configuration)

    def _intervals(self, sensor: str, index: int, read: _Sign | None) -> list[int]:
        """The intervals (ns) that may have been in force in a gap told at `index`: since the last reading's."""
        configured = self._configured.get(sensor, [])
        end = bisect_left(configured, index)
        start = end - 1 if read is None else min(end - 1, bisect_left(configured, read.configuration))
        return [self.chain.forms[at].interval_ns for at in configured[max(0, start) : end]]


def _lengths(at: _Sign, last: _Sign | None, start_ns: int, end_ns: int, slack_ns: int) -> Iterator[tuple[int, bool]]:
    """How long the gap may have been (ns), and whether that is known."""
    back_ns = at.t_ns - end_ns
    if last is not None and abs(start_ns - last.t_ns) <= slack_ns:
        if last.boot_id == at.boot_id:
            yield (at.mono_us - last.mono_us) * 1000 - back_ns, True
        if last.placed_ns is not None and at.placed_ns is not None:
            yield at.placed_ns - back_ns - last.placed_ns, True
    yield end_ns - start_ns, last is not None and last.stretch == at.stretch and last.followed and at.followed


def _fits(expected: int, length_ns: int, interval_ns: int) -> bool:
    """Whether so many readings of this interval are missing in this time: one more or less, as samples come off time
    and a reading may have been refused."""
    if interval_ns <= 0:
        return True
    due, off = length_ns // interval_ns, 1 + length_ns // interval_ns // _SLEW
    return due - off <= expected <= due + off
