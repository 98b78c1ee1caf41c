# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The quality tests of one channel, sample by sample in constant memory. Pure.

Source: IOOS QARTOD manuals (flags 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing), as kept in the calibration
reference, section 4.2, with its list of traps: a limit of 0 is a limit, times are never cut to whole seconds, and a
flat line needs a tolerance above 0 to be declared.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.limits import Limits, Span
from edge_daemon.metrology.sliding import SlidingWindow

US_PER_S = 1_000_000


class Test(StrEnum):
    """What was tested. The texts stand in badges, exports and summaries."""

    __test__ = False  # pytest would take the name for its own

    GROSS_RANGE = "gross_range"
    PLAUSIBLE_RANGE = "plausible_range"
    SPIKE = "spike"
    RATE_OF_CHANGE = "rate_of_change"
    FLAT_LINE = "flat_line"
    ATTENUATED_SIGNAL = "attenuated_signal"


_BAD = (Flag.FAIL, Flag.SUSPECT)
_PRECEDENCE = (Flag.FAIL, Flag.SUSPECT, Flag.GOOD, Flag.NOT_EVALUATED, Flag.MISSING)


def aggregate(flags: Iterable[Flag]) -> Flag:
    """One flag for several tests: 4 before 3 before 1 before 2 before 9 (reference 4.2, "aggregate precedence").

    A test that passed outranks one that was not evaluated. Without a test: not evaluated.
    """
    found = set(flags)
    return next((flag for flag in _PRECEDENCE if flag in found), Flag.NOT_EVALUATED)


def gross_range(value: float, sensor: Span, plausible: Span | None) -> Flag:
    """Test 4: outside the sensor's span fails, outside the plausible one is suspect; limits included."""
    if not sensor[0] <= value <= sensor[1]:
        return Flag.FAIL
    if plausible is not None and not plausible[0] <= value <= plausible[1]:
        return Flag.SUSPECT
    return Flag.GOOD


def spike(before: float | None, value: float, after: float | None, limits: Span) -> Flag:
    """Test 6: distance from the mean of both neighbours; not evaluated where one is missing."""
    if before is None or after is None:
        return Flag.NOT_EVALUATED
    return _above(abs(value - (before + after) / 2.0), limits)


def rate_of_change(change: float, elapsed_us: int, limits_per_s: Span, over_us: int = 0) -> Flag:
    """Test 7 in units per second, over `over_us` at least. Without time between both samples it is not evaluated."""
    if elapsed_us <= 0:
        return Flag.NOT_EVALUATED
    return _above(abs(change) * US_PER_S / max(elapsed_us, over_us), limits_per_s)


def narrower(sensor: Span, possible: Span | None) -> Span:
    """What a value must lie in: the instrument's span, as far as the limits do not narrow it."""
    return sensor if possible is None else (max(sensor[0], possible[0]), min(sensor[1], possible[1]))


def attenuated_signal(deviation: float, least: Span) -> Flag:
    """Test 10: below the first limit suspect, below the second fail."""
    if deviation < least[1]:
        return Flag.FAIL
    return Flag.SUSPECT if deviation < least[0] else Flag.GOOD


def _above(size: float, limits: Span) -> Flag:
    if size > limits[1]:
        return Flag.FAIL
    return Flag.SUSPECT if size > limits[0] else Flag.GOOD


class Verdict(NamedTuple):
    """What the tests say of a sample as it arrives, and of the one before it, which it settles.

    `failing` names the tests that are not passed. `previous` is the spike test's flag for the sample before (None where
    there is none to judge); only suspect or fail changes anything. (A tuple, since every channel of every reading has
    one.)
    """

    flag: Flag
    failing: tuple[Test, ...] = ()
    previous: Flag | None = None


@dataclass(slots=True)
class ChannelTests:
    """All tests of one channel under one configuration. `sensor_span` is the instrument's output span.

    Every reading of every channel comes through here, so that what passes costs comparisons and little else.
    """

    sensor_span: Span
    limits: Limits
    _last_us: int | None = None
    _last: float | None = None
    _before: float | None = None
    _rate_over_us: int = field(init=False)
    _flat: tuple[SlidingWindow, ...] = field(init=False)
    _spread: SlidingWindow | None = field(init=False)

    def __post_init__(self) -> None:
        flat_s = self.limits.flat_s if self.limits.flat_tolerance > 0 else None
        self.sensor_span = narrower(self.sensor_span, self.limits.possible)
        self._rate_over_us = round(self.limits.rate_over_s * US_PER_S)
        self._flat = tuple(SlidingWindow(round(seconds * US_PER_S)) for seconds in flat_s or ())
        spread_us = round(self.limits.deviation_s * US_PER_S)
        self._spread = SlidingWindow(spread_us) if self.limits.least_deviation and spread_us else None

    def judge(self, at_us: int, value: float | None) -> Verdict:
        """Judge a sample taken `at_us` microseconds after any fixed moment; None is a missing value."""
        last, limits = self._last, self.limits
        previous = None
        if limits.spike is not None and last is not None:
            previous = spike(self._before, last, value, limits.spike)
        if value is None:
            self._last_us, self._last, self._before = at_us, None, None
            return Verdict(Flag.MISSING, (), previous)
        failed = self._failed(at_us, value)
        self._last_us, self._last, self._before = at_us, value, last
        if not failed:
            return Verdict(Flag.GOOD, (), previous)  # the gross range was evaluated, and passed
        return Verdict(aggregate(flag for _, flag in failed), tuple(test for test, _ in failed), previous)

    def gap(self) -> None:
        """Samples were lost: nothing before the gap says anything about what comes after it."""
        self._last_us, self._last, self._before = None, None, None
        for window in (*self._flat, *([self._spread] if self._spread else [])):
            window.clear()

    def _failed(self, at_us: int, value: float) -> list[tuple[Test, Flag]]:
        """The tests that this value does not pass, each with its flag; one that was not evaluated is not failed."""
        limits, failed = self.limits, []
        low, high = self.sensor_span
        if not low <= value <= high:
            failed.append((Test.GROSS_RANGE, Flag.FAIL))
        if limits.plausible is not None and (flag := gross_range(value, self.sensor_span, limits.plausible)) in _BAD:
            failed.append((Test.PLAUSIBLE_RANGE, flag))
        if limits.rate_per_s is not None and (flag := self._rate(at_us, value, limits.rate_per_s)) in _BAD:
            failed.append((Test.RATE_OF_CHANGE, flag))
        if self._flat and (flag := self._flatness(at_us, value)) in _BAD:
            failed.append((Test.FLAT_LINE, flag))
        if self._spread is not None and limits.least_deviation is not None:
            self._spread.add(at_us, value)
            if self._spread.is_covered():
                flag = attenuated_signal(self._spread.deviation(), limits.least_deviation)
                if flag in _BAD:
                    failed.append((Test.ATTENUATED_SIGNAL, flag))
        return failed

    def _rate(self, at_us: int, value: float, limits: Span) -> Flag:
        if self._last is None or self._last_us is None:
            return Flag.GOOD
        return rate_of_change(value - self._last, at_us - self._last_us, limits, self._rate_over_us)

    def _flatness(self, at_us: int, value: float) -> Flag:
        if self.limits.flat_above is not None and value <= self.limits.flat_above:
            for window in self._flat:
                window.clear()
            return Flag.GOOD
        for window in self._flat:
            window.add(at_us, value)
        tolerance = self.limits.flat_tolerance
        suspect, fail = (window.is_covered() and window.is_within(tolerance) for window in self._flat)
        if fail:
            return Flag.FAIL
        return Flag.SUSPECT if suspect else Flag.GOOD
