# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One channel as the recorder judges it: the calibration's function, and the tests over raw and value. Pure.

The gross range judges raw, which is what the instrument put out, against the instrument's span; where the limits narrow
that span to what is possible, and in all other tests, it is the value that is judged. Raw that has no finite value by
its function stays the value and fails. A change of function begins a channel's tests anew.

The recorder makes flags with this, and whoever checks a log makes them again with it.
"""

from math import inf

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.limits import Limits, Span
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibration_values import calibrated
from edge_daemon.metrology.qartod import US_PER_S, ChannelTests, Test, Verdict
from edge_daemon.metrology.sliding import SLICES

_ANY_SPAN = (-inf, inf)
_NEIGHBOURS = 2


class JudgedChannel:
    """One channel: its tests, and the function in force with what its raw numbers must lie in (None: raw is the value,
    which the tests judge)."""

    __slots__ = ("_limits", "_span", "function", "tests")

    def __init__(self, span: Span, limits: Limits) -> None:
        self._span = span
        self._limits = limits
        self.function: ValueFunction | None = None
        self.tests = ChannelTests(self._span, limits)

    def calibrate(self, function: ValueFunction | None) -> None:
        """Make values with this function from here on."""
        if function != self.function:
            self.function = function
            self.tests = ChannelTests(self._span if function is None else _ANY_SPAN, self._limits)

    def judge(self, at_us: int, raw: float) -> tuple[float, Verdict]:
        """The value of raw and what the tests say; for a channel that has a function."""
        value = calibrated(self.function, raw)
        verdict = self.tests.judge(at_us, value)
        if value is not None and self._span[0] <= raw <= self._span[1]:
            return value, verdict
        others = tuple(test for test in verdict.failing if test is not Test.GROSS_RANGE)
        return raw if value is None else value, Verdict(Flag.FAIL, (Test.GROSS_RANGE, *others), verdict.previous)


def looks_back(limits: Limits) -> tuple[int, int]:
    """(microseconds, samples) after which nothing that was before bears on a test any more; (0, 0): nothing ever does.

    A sliding window keeps a slice of time as long as any of its samples belongs to it.
    """
    seconds = [*(limits.flat_s or ())] if limits.flat_tolerance > 0 else []
    seconds += [limits.deviation_s] if limits.least_deviation else []
    longest_us = round(max(seconds, default=0.0) * US_PER_S)
    samples = _NEIGHBOURS if limits.spike or limits.rate_per_s or longest_us else 0
    return longest_us + longest_us // SLICES + (1 if longest_us else 0), samples
