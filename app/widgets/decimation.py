# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A growing series of samples that can be drawn at any zoom with about two points a pixel. Pure: numpy, no Qt, no I/O.

Every block of 16 samples keeps its lowest and highest value and its worst flag, every 16 blocks do so again, and so on.
A picture of a million samples is then put together from a few thousand of these, and no spike is ever left out.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.widgets.chart_columns import Counts, FinishedColumns, Points, joined

FloatArray = NDArray[np.float64]
FlagArray = NDArray[np.uint8]
IndexArray = NDArray[np.intp]
_Number = TypeVar("_Number", np.float64, np.uint8)

FAN_OUT = 16
_FIRST_CAPACITY = 1024
_SCANNED = 64
_GOOD = 1
_MISSING = 9


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples in order of time: seconds since the chart's epoch, values (NaN is a break) and quality flags."""

    t: FloatArray
    y: FloatArray
    flags: FlagArray


@dataclass(frozen=True, slots=True)
class Sample:
    """One stored sample: seconds since the chart's epoch, value (NaN where it is missing) and quality flag."""

    t: float
    y: float
    flag: int


_Extremes = tuple[FloatArray, FloatArray, FlagArray]


class _Level:
    """Lowest, highest and worst of each block. A block without any value holds +inf, -inf.

    There is always room for one block more than are held, and the room is a whole number of blocks.
    """

    def __init__(self) -> None:
        self.lowest = np.empty(0)
        self.highest = np.empty(0)
        self.worst = np.empty(0, np.uint8)

    def reserve(self, size: int) -> None:
        if size >= len(self.lowest):
            room = _whole_blocks(max(size + 1, 2 * len(self.lowest), _FIRST_CAPACITY))
            self.lowest = _grown(self.lowest, room)
            self.highest = _grown(self.highest, room)
            self.worst = _grown(self.worst, room)

    def store(self, first: int, other: "_Level", begin: int, end: int) -> None:
        """Summarise the whole blocks `begin` to `end` (in items of the finer level) from block `first` on."""
        blocks = (end - begin) // FAN_OUT
        self.reserve(first + blocks)
        target = slice(first, first + blocks)
        self.lowest[target] = other.lowest[begin:end].reshape(blocks, FAN_OUT).min(axis=1)
        self.highest[target] = other.highest[begin:end].reshape(blocks, FAN_OUT).max(axis=1)
        self.worst[target] = other.worst[begin:end].reshape(blocks, FAN_OUT).max(axis=1)


class Series:
    """Append-only samples with a cached pyramid of extremes.

    Times are seconds relative to an epoch of the caller's choice: the nearer it is, the finer the times that a double
    can tell apart (about 10 ns within three years, 0.2 µs when counted from 1970).
    """

    def __init__(self) -> None:
        self._size = 0
        self._t = np.empty(0)
        self._values = np.empty(0)
        self._samples = _Level()
        self._levels: list[_Level] = []
        self._done: list[int] = []
        self._finished = FinishedColumns()

    def __len__(self) -> int:
        return self._size

    @property
    def first_time(self) -> float | None:
        """Time of the earliest sample in seconds, or None when there is none."""
        return float(self._t[0]) if self._size else None

    @property
    def last_time(self) -> float | None:
        """Time of the latest sample in seconds, or None when there is none."""
        return float(self._t[self._size - 1]) if self._size else None

    def append(self, t: ArrayLike, y: ArrayLike, flags: ArrayLike | None = None) -> None:
        """Add samples; amortised constant time for each when they come in order of time.

        Late samples are put where they belong (which costs as much as what lies behind them); samples of one time stay
        in the order they came. A value that is not finite becomes NaN: a break in the curve.

        Raises:
            ValueError: lengths differ, the arrays are not flat, or a time is not finite.
        """
        times, values, marks = _checked(t, y, flags)
        if not len(times):
            return
        if np.any(np.diff(times) < 0):
            order = np.argsort(times, kind="stable")
            times, values, marks = times[order], values[order], marks[order]
        if self._size and times[0] < self._t[self._size - 1]:
            times, values, marks = self._with_tail_after(times, values, marks)
        self._write(times, values, marks)

    def between(self, t0: float, t1: float) -> Stretch:
        """A copy of every stored sample with t0 <= time <= t1."""
        begin = int(np.searchsorted(self._t[: self._size], t0, "left"))
        end = int(np.searchsorted(self._t[: self._size], t1, "right"))
        return self._copy(begin, end)

    def at(self, t: float) -> Sample | None:
        """The stored sample nearest to `t`; None before the first, after the last, or when there is none."""
        if not self._size or not self._t[0] <= t <= self._t[self._size - 1]:
            return None
        after = min(int(np.searchsorted(self._t[: self._size], t, "left")), self._size - 1)
        before = max(after - 1, 0)
        index = before if t - self._t[before] < self._t[after] - t else after
        return self._sample(index)

    def latest(self) -> Sample | None:
        """The stored sample with the highest time, or None when there is none."""
        return self._sample(self._size - 1) if self._size else None

    def visible(self, t0: float, t1: float, pixels: int) -> tuple[FloatArray, FloatArray]:
        """Times and values to draw between `t0` and `t1` on `pixels` columns; see `decimated`."""
        drawn = self.decimated(t0, t1, pixels)
        return drawn.t, drawn.y

    def decimated(self, t0: float, t1: float, pixels: int) -> Stretch:
        """What to draw between `t0` and `t1` (seconds) on `pixels` columns: about two points a column.

        Each column shows the lowest and the highest value that fall into it, exactly as stored, and its worst flag.
        One sample beyond each edge is added so that lines reach it. A gap wider than a column stays a NaN break.
        Columns lie on a grid that does not move with the view, so that a scrolling curve does not shimmer.

        Raises:
            ValueError: no width, or t1 is before t0.
        """
        if pixels < 1 or not t1 >= t0:
            raise ValueError(f"cannot draw {t0} to {t1} s on {pixels} pixels: the view has no width")
        known = self._t[: self._size]
        begin = max(int(np.searchsorted(known, t0, "left")) - 1, 0)
        end = min(int(np.searchsorted(known, t1, "right")) + 1, self._size)
        if end - begin <= 2 * pixels or t1 == t0:
            return self._copy(begin, end)
        width = self._finished.width_for((t1 - t0) / pixels)
        first, last = _whole_columns(t0, min(t1, float(known[-1])), width)
        if first >= last:
            inner = self._edges(width, first - 1, last + 1)
            return Stretch(*self._columns(np.concatenate(([begin], inner, [end])))[0])
        # What reaches beyond an edge, and the column that still grows, are made anew each time.
        before, after = self._edges(width, first - 1, first), self._edges(width, last, last + 1)
        head, _ = self._columns(np.concatenate(([begin], before)))
        middle = self._finished.points(first, last, self._whole)
        tail, _ = self._columns(np.concatenate((after, [end])))
        return Stretch(*joined(head, middle, tail))

    def _edges(self, width: float, first: int, last: int) -> IndexArray:
        """The index of the first sample of each column from number `first` to number `last`."""
        return np.searchsorted(self._t[: self._size], np.arange(first, last + 1) * width, "left")

    def _whole(self, width: float, first: int, end: int) -> tuple[Points, Counts]:
        return self._columns(self._edges(width, first, end))

    def _columns(self, edges: IndexArray) -> tuple[Points, Counts]:
        """The points of the columns between these samples, and how many each has; a column may be empty."""
        bounds = np.minimum(np.maximum.accumulate(edges), edges[-1])
        filled = bounds[1:] > bounds[:-1]
        counts = np.zeros(len(filled), np.intp)
        begin, end = bounds[:-1][filled], bounds[1:][filled]
        if not len(begin):
            return (np.empty(0), np.empty(0), np.empty(0, np.uint8)), counts
        points, counts[filled] = self._polyline(begin, end - 1, *self._extremes(0, begin, end))
        return points, counts

    def _polyline(
        self, begin: IndexArray, last: IndexArray, lowest: FloatArray, highest: FloatArray, worst: FlagArray
    ) -> tuple[Points, Counts]:
        """Two points a column in the order in which the values ran, and NaN where a column starts or ends in a gap."""
        empty = ~np.isfinite(lowest)
        rising = self._values[begin] <= self._values[last]
        low, high = np.where(empty, np.nan, lowest), np.where(empty, np.nan, highest)
        y = np.empty((len(begin), 4))
        y[:, 0] = y[:, 3] = np.nan
        y[:, 1] = np.where(rising, low, high)
        y[:, 2] = np.where(rising, high, low)
        t = np.repeat(self._t[begin], 4).reshape(-1, 4)
        t[:, 2] = t[:, 3] = self._t[last]
        keep = np.ones_like(y, dtype=bool)
        keep[:, 0] = np.isnan(self._values[begin])
        keep[:, 2] = (last > begin) & ~empty
        keep[:, 2] |= (low != high) & ~empty
        keep[:, 3] = np.isnan(self._values[last]) & ~empty
        return (t[keep], y[keep], np.repeat(worst, 4).reshape(-1, 4)[keep]), keep.sum(axis=1)

    def _extremes(self, depth: int, begin: IndexArray, end: IndexArray) -> _Extremes:
        """Lowest, highest, worst of each range of items of one level: its ragged ends here, its middle one level up."""
        level = self._levels[depth - 1] if depth else self._samples
        if depth >= len(self._levels) or end[-1] - begin[0] <= _SCANNED * len(begin):
            return _scanned(level, begin, end)
        first, last = -(-begin // FAN_OUT), end // FAN_OUT
        head_end = np.minimum(end, first * FAN_OUT)
        tail_begin = np.maximum(last * FAN_OUT, head_end)
        head, tail = _within_blocks(level, begin, head_end), _within_blocks(level, tail_begin, end)
        middle = self._extremes(depth + 1, np.minimum(first, last), last)
        return (
            np.minimum(np.minimum(head[0], tail[0]), middle[0]),
            np.maximum(np.maximum(head[1], tail[1]), middle[1]),
            np.maximum(np.maximum(head[2], tail[2]), middle[2]),
        )

    def _with_tail_after(
        self, t: FloatArray, y: FloatArray, flags: FlagArray
    ) -> tuple[FloatArray, FloatArray, FlagArray]:
        """Take back the stored samples later than the first of the new ones and merge both."""
        begin = int(np.searchsorted(self._t[: self._size], t[0], "right"))
        tail = self._copy(begin, self._size)
        self._size = begin
        self._finished.forget()
        kept = begin
        for depth in range(len(self._done)):
            kept //= FAN_OUT
            self._done[depth] = min(self._done[depth], kept)
        times = np.concatenate((tail.t, t))
        order = np.argsort(times, kind="stable")
        return times[order], np.concatenate((tail.y, y))[order], np.concatenate((tail.flags, flags))[order]

    def _write(self, t: FloatArray, y: FloatArray, flags: FlagArray) -> None:
        begin, end = self._size, self._size + len(t)
        if end > len(self._t):
            room = max(end, 2 * len(self._t), _FIRST_CAPACITY)
            self._t, self._values = _grown(self._t, room), _grown(self._values, room)
        self._samples.reserve(end)
        missing = np.isnan(y)
        self._t[begin:end] = t
        self._values[begin:end] = y
        self._samples.lowest[begin:end] = np.where(missing, np.inf, y)
        self._samples.highest[begin:end] = np.where(missing, -np.inf, y)
        self._samples.worst[begin:end] = flags
        self._size = end
        self._summarise()

    def _summarise(self) -> None:
        finer, available, depth = self._samples, self._size, 0
        while available >= FAN_OUT:
            if depth == len(self._levels):
                self._levels.append(_Level())
                self._done.append(0)
            done, whole = self._done[depth], available // FAN_OUT
            self._levels[depth].store(done, finer, done * FAN_OUT, whole * FAN_OUT)
            self._done[depth] = whole
            finer, available, depth = self._levels[depth], whole, depth + 1

    def _copy(self, begin: int, end: int) -> Stretch:
        part = slice(begin, max(begin, end))
        return Stretch(self._t[part].copy(), self._values[part].copy(), self._samples.worst[part].copy())

    def _sample(self, index: int) -> Sample:
        return Sample(float(self._t[index]), float(self._values[index]), int(self._samples.worst[index]))


def _scanned(level: _Level, begin: IndexArray, end: IndexArray) -> _Extremes:
    """Extremes of ranges one behind the other (some may be empty), with whatever lies between them passed over."""
    part = slice(int(begin[0]), int(end[-1]) + 1)
    return _segments(level.lowest[part], level.highest[part], level.worst[part], begin - begin[0], end - begin[0])


def _within_blocks(level: _Level, begin: IndexArray, end: IndexArray) -> _Extremes:
    """Extremes of ranges (some may be empty) none of which reaches beyond its block."""
    blocks = begin // FAN_OUT
    shift = np.arange(len(begin)) * FAN_OUT - blocks * FAN_OUT
    lowest, highest = (array.reshape(-1, FAN_OUT)[blocks].ravel() for array in (level.lowest, level.highest))
    worst = level.worst.reshape(-1, FAN_OUT)[blocks].ravel()
    return _segments(lowest, highest, worst, begin + shift, end + shift)


def _segments(
    lowest: FloatArray, highest: FloatArray, worst: FlagArray, begin: IndexArray, end: IndexArray
) -> _Extremes:
    """Extremes of ranges in order. Only the last range may end where the arrays do."""
    ends = np.stack((begin, end), axis=1).ravel()[: None if end[-1] < len(lowest) else -1]
    low = np.minimum.reduceat(lowest, ends)[::2]
    high = np.maximum.reduceat(highest, ends)[::2]
    flag = np.maximum.reduceat(worst, ends)[::2]
    empty = begin >= end
    if empty.any():
        low[empty], high[empty], flag[empty] = np.inf, -np.inf, 0
    return low, high, flag


def _whole_columns(t0: float, t1: float, width: float) -> tuple[int, int]:
    """Numbers of the columns that lie wholly between two times: from the first to below the second."""
    first, end = math.floor(t0 / width) + 1, math.floor(t1 / width)
    # Dividing and multiplying again may round to the other side of an edge.
    return first + (first * width < t0), end - (end * width > t1)


def _whole_blocks(size: int) -> int:
    return -(-size // FAN_OUT) * FAN_OUT


def _checked(t: ArrayLike, y: ArrayLike, flags: ArrayLike | None) -> tuple[FloatArray, FloatArray, FlagArray]:
    times, values = np.asarray(t, np.float64), np.asarray(y, np.float64)
    if times.ndim != 1 or times.shape != values.shape:
        raise ValueError(f"one value for each time is needed: {times.shape} times, {values.shape} values")
    if not np.isfinite(times).all():
        raise ValueError("a sample's time is not a finite number of seconds")
    finite = np.isfinite(values)
    if flags is None:
        return times, np.where(finite, values, np.nan), np.where(finite, _GOOD, _MISSING).astype(np.uint8)
    marks = np.asarray(flags, np.uint8)
    if marks.shape != times.shape:
        raise ValueError(f"one flag for each time is needed: {times.shape} times, {marks.shape} flags")
    return times, np.where(finite, values, np.nan), marks


def _grown(array: NDArray[_Number], room: int) -> NDArray[_Number]:
    larger = np.empty(room, array.dtype)
    larger[: len(array)] = array
    return larger
