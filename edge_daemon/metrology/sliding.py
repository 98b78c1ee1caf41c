# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Extremes and spread of a signal over the last seconds, in constant memory. Pure.

The window is cut into slices of time. The oldest slice belongs to it as long as any of its samples does, so that the
window can be longer than asked by one slice, never shorter: what holds for it holds for the window asked for.
"""

import math
from collections import deque
from dataclasses import dataclass
from itertools import islice

SLICES = 64

_Moments = tuple[int, float, float]
"""Count, mean, and sum of squared distances from it."""

_NOTHING: _Moments = (0, 0.0, 0.0)


@dataclass(slots=True)
class _Slice:
    number: int
    first_us: int
    last_us: int
    count: int
    mean: float
    squares: float
    least: float
    greatest: float

    def add(self, at_us: int, value: float) -> None:
        self.last_us = at_us
        self.count += 1
        away = value - self.mean
        self.mean += away / self.count
        self.squares += away * (value - self.mean)
        if value < self.least:
            self.least = value
        elif value > self.greatest:
            self.greatest = value


class SlidingWindow:
    """The samples of the last `window_us` microseconds."""

    __slots__ = ("_closed", "_slice_us", "_slices", "_window_us")

    def __init__(self, window_us: int) -> None:
        """Raises ValueError for a window that is not longer than nothing."""
        if window_us <= 0:
            raise ValueError(f"a window of {window_us} µs holds nothing")
        self._window_us = window_us
        self._slice_us = max(1, window_us // SLICES)
        self._slices: deque[_Slice] = deque()
        self._closed: _Moments | None = None

    def add(self, at_us: int, value: float) -> None:
        """Take a sample; times never go back."""
        number = at_us // self._slice_us
        if self._slices and self._slices[-1].number == number:
            self._slices[-1].add(at_us, value)
        else:
            self._slices.append(_Slice(number, at_us, at_us, 1, value, 0.0, value, value))
            self._closed = None
        while self._slices[0].last_us < at_us - self._window_us:
            self._slices.popleft()
            self._closed = None

    def clear(self) -> None:
        """Forget all samples."""
        self._slices.clear()
        self._closed = None

    def is_covered(self) -> bool:
        """Whether the samples reach back over the whole window."""
        return bool(self._slices) and self._slices[-1].last_us - self._slices[0].first_us >= self._window_us

    def range(self) -> float:
        """Greatest less least value; 0 without a sample."""
        if not self._slices:
            return 0.0
        return max(part.greatest for part in self._slices) - min(part.least for part in self._slices)

    def is_within(self, tolerance: float) -> bool:
        """Whether `range` is below `tolerance`; told by the newest samples where they differ already."""
        least, greatest = math.inf, -math.inf
        for part in reversed(self._slices):
            least, greatest = min(least, part.least), max(greatest, part.greatest)
            if greatest - least >= tolerance:
                return False
        return True

    def deviation(self) -> float:
        """Population standard deviation; 0 without a sample.

        Source of the pairwise update: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing
        sample variances", 1979.
        """
        if not self._slices:
            return 0.0
        if self._closed is None:
            # All slices but the newest stay as they are until another one begins.
            self._closed = _NOTHING
            for part in islice(self._slices, len(self._slices) - 1):
                self._closed = _together(self._closed, part)
        count, _, squares = _together(self._closed, self._slices[-1])
        return math.sqrt(squares / count)


def _together(first: _Moments, part: _Slice) -> _Moments:
    count, mean, squares = first
    both = count + part.count
    away = part.mean - mean
    return (
        both,
        mean + away * part.count / both,
        squares + part.squares + away * away * count * part.count / both,
    )
