# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The finished columns of a picture, kept from one picture to the next. Pure: numpy, no Qt, no I/O.

Columns lie on a grid that stands still, and what comes in later changes none that lies wholly in the past. A live
picture then costs what its newest column costs, however many samples lie behind the others.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Points = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]
"""Times in seconds, values and flags of the points of a line, in order."""
Counts = NDArray[np.intp]
MakeColumns = Callable[[float, int, int], tuple[Points, Counts]]
"""Of columns of a width (seconds), from one number to below another: their points, and how many each of them has."""

# A picture that shows everything grows by a sample at a time: its columns may be this much narrower than a pixel.
_NARROWEST = 0.9
_ROUNDING = 1e-9
# What a moving picture leaves behind is kept for a while, and then forgotten all at once.
_MOST_PICTURES = 4


class FinishedColumns:
    """Columns number `first` to below `end`, number n reaching from n times the width to the next."""

    __slots__ = ("_end", "_first", "_points", "_starts", "_width")

    def __init__(self) -> None:
        self._width = 0.0
        self.forget()

    def __len__(self) -> int:
        """How many columns are kept."""
        return self._end - self._first

    def forget(self) -> None:
        """Keep no column: samples were put among those that they were made of."""
        self._first = self._end = 0
        self._points: Points = (np.empty(0), np.empty(0), np.empty(0, np.uint8))
        self._starts: Counts = np.zeros(1, np.intp)

    def width_for(self, wanted: float) -> float:
        """A width for columns as wide as a pixel (seconds): that of the columns kept as long as it does for them."""
        if not _NARROWEST * wanted <= self._width <= wanted * (1 + _ROUNDING):
            self.forget()
            self._width = wanted
        return self._width

    def points(self, first: int, end: int, make: MakeColumns) -> Points:
        """The points of these columns, all of which must be finished; `make` makes those that are not kept."""
        if end <= self._first or first >= self._end or len(self) > _MOST_PICTURES * (end - first):
            self.forget()
            self._first = self._end = first
        if first < self._first:
            made, counts = make(self._width, first, self._first)
            self._points = joined(made, self._points)
            self._starts = np.concatenate(([0], np.cumsum(counts), self._starts[1:] + counts.sum()))
            self._first = first
        if end > self._end:
            made, counts = make(self._width, self._end, end)
            self._points = joined(self._points, made)
            self._starts = np.concatenate((self._starts, self._starts[-1] + np.cumsum(counts)))
            self._end = end
        part = slice(self._starts[first - self._first], self._starts[end - self._first])
        t, y, flags = self._points
        return t[part], y[part], flags[part]


def joined(*parts: Points) -> Points:
    """The points of one part after those of the other."""
    t, y, flags = zip(*parts, strict=True)
    return np.concatenate(t), np.concatenate(y), np.concatenate(flags)
