# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The data behind one curve: what the daemon summarised of the past, and what came in since. Pure: no Qt, no I/O."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from app.widgets.decimation import FloatArray, Sample, Series, Stretch

_MISSING = 9


@dataclass(slots=True)
class Curve:
    """A channel's samples. `label`, `unit` and the `group` it is listed in are shown, `colour` is its pen's number.

    `decimals` is how finely the instrument tells its values (None: not known), `least_span` the least span of values
    that is worth filling the height of a plot with, in the curve's unit.
    `breaks` are starts and ends (seconds, a row each) of stretches that no line may bridge.
    """

    key: str
    label: str
    unit: str
    colour: int
    group: str = ""
    decimals: int | None = None
    least_span: float = 0.0
    shown: bool = True
    live: Series = field(default_factory=Series)
    history: Series = field(default_factory=Series)
    breaks: FloatArray = field(default_factory=lambda: np.empty((0, 2)))

    @property
    def name(self) -> str:
        """What the curve is called where its group is not at hand."""
        return f"{self.group}: {self.label}" if self.group else self.label

    @property
    def first_time(self) -> float | None:
        """Earliest time known in seconds, of history or samples."""
        return min((t for t in (self.history.first_time, self.live.first_time) if t is not None), default=None)

    @property
    def last_time(self) -> float | None:
        """Latest time known in seconds, of history or samples."""
        return max((t for t in (self.history.last_time, self.live.last_time) if t is not None), default=None)

    def set_history(self, t: ArrayLike, lo: ArrayLike, hi: ArrayLike, flags: ArrayLike | None = None) -> None:
        """Replace the summary of the past: lowest and highest value and worst flag of each interval, NaN for a gap.

        Raises:
            ValueError: lengths differ or a time is not finite.
        """
        times, lowest, highest = (np.asarray(array, np.float64) for array in (t, lo, hi))
        if times.ndim != 1 or not times.shape == lowest.shape == highest.shape:
            raise ValueError(
                f"history needs a lowest and a highest value for each of {times.shape} times: "
                f"got {lowest.shape}, {highest.shape}"
            )
        history = Series()
        marks = None if flags is None else np.repeat(np.asarray(flags, np.uint8), 2)
        history.append(np.repeat(times, 2), np.stack((lowest, highest), axis=1).ravel(), marks)
        self.history = history

    def decimated(self, t0: float, t1: float, pixels: int) -> Stretch:
        """What to draw from `t0` to `t1`: history up to the first sample held, then the samples themselves."""
        live = self.live.decimated(t0, t1, pixels)
        if not len(self.history):
            return _broken(live, self.breaks, (t1 - t0) / pixels)
        past = self._before_live(self.history.decimated(t0, t1, pixels))
        whole = Stretch(
            np.concatenate((past.t, live.t)),
            np.concatenate((past.y, live.y)),
            np.concatenate((past.flags, live.flags)),
        )
        return _broken(whole, self.breaks, (t1 - t0) / pixels)

    def history_between(self, t0: float, t1: float) -> Stretch:
        """The summary within t0 to t1 that lies before the first sample held: lowest and highest by turns."""
        return self._before_live(self.history.between(t0, t1))

    def at(self, t: float) -> Sample | None:
        """The sample, or point of the summary, nearest to `t`; None outside what is known."""
        return self.live.at(t) or self.history.at(t)

    def latest(self) -> Sample | None:
        """The latest sample, or the latest point of the summary while there is none."""
        return self.live.latest() or self.history.latest()

    def _before_live(self, past: Stretch) -> Stretch:
        begin = self.live.first_time
        if begin is None:
            return past
        keep = past.t < begin
        return Stretch(past.t[keep], past.y[keep], past.flags[keep])


def _broken(drawn: Stretch, breaks: FloatArray, column_s: float) -> Stretch:
    """With a missing value in each break that is at least a column wide and lies between two samples."""
    wide = breaks[breaks[:, 1] - breaks[:, 0] >= column_s]
    if not len(wide) or not len(drawn.t):
        return drawn
    middle = wide.mean(axis=1)
    place = np.searchsorted(drawn.t, middle)
    within = (place > 0) & (place < len(drawn.t))
    place, middle = place[within], middle[within]
    return Stretch(
        np.insert(drawn.t, place, middle),
        np.insert(drawn.y, place, np.nan),
        np.insert(drawn.flags, place, _MISSING),
    )
