# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Extremes and spread of a signal over the last seconds, in constant memory. Pure.

The window is cut into slices of time. The oldest slice belongs to it as long as any of its samples does, so that the
window can be longer than asked by one slice, never shorter: what holds for it holds for the window asked for.
"""

import math
from collections import deque
from dataclasses import dataclass

SLICES = 64


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
        self.least = min(self.least, value)
        self.greatest = max(self.greatest, value)


class SlidingWindow:
    """The samples of the last `window_us` microseconds."""

    __slots__ = ("_slice_us", "_slices", "_window_us")

    def __init__(self, window_us: int) -> None:
        """Raises ValueError for a window that is not longer than nothing."""
        if window_us <= 0:
            raise ValueError(f"a window of {window_us} µs holds nothing")
        self._window_us = window_us
        self._slice_us = max(1, window_us // SLICES)
        self._slices: deque[_Slice] = deque()

    def add(self, at_us: int, value: float) -> None:
        """Take a sample; times never go back."""
        number = at_us // self._slice_us
        if self._slices and self._slices[-1].number == number:
            self._slices[-1].add(at_us, value)
        else:
            self._slices.append(_Slice(number, at_us, at_us, 1, value, 0.0, value, value))
        while self._slices[0].last_us < at_us - self._window_us:
            self._slices.popleft()

    def clear(self) -> None:
        """Forget all samples."""
        self._slices.clear()

    def is_covered(self) -> bool:
        """Whether the samples reach back over the whole window."""
        return bool(self._slices) and self._slices[-1].last_us - self._slices[0].first_us >= self._window_us

    def range(self) -> float:
        """Greatest less least value; 0 without a sample."""
        if not self._slices:
            return 0.0
        return max(part.greatest for part in self._slices) - min(part.least for part in self._slices)

    def deviation(self) -> float:
        """Population standard deviation; 0 without a sample.

        Source of the pairwise update: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing
        sample variances", 1979.
        """
        count, mean, squares = 0, 0.0, 0.0
        for part in self._slices:
            both = count + part.count
            away = part.mean - mean
            squares += part.squares + away * away * count * part.count / both
            mean += away * part.count / both
            count = both
        return math.sqrt(squares / count) if count else 0.0
