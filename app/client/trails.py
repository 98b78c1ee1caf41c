# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The last hour of each sensor's main channel in a few points, for the trend in its tile. Pure.

A slot of time keeps its lowest and highest value, so that the trend of a quick sensor shows its spikes too.
"""

from dataclasses import dataclass, field

from app.client.times import seconds_of
from edge_daemon.api.messages import Plot

TRAIL_S = 3_600.0
TRAIL_POINTS = 360
_SLOT_S = TRAIL_S / TRAIL_POINTS
_BREAK_INTERVALS = 3.5

Point = tuple[float, float | None]


@dataclass(slots=True)
class _Slot:
    first: float
    last: float
    low: float
    high: float

    def widened(self, other: "_Slot") -> "_Slot":
        return _Slot(
            min(self.first, other.first),
            max(self.last, other.last),
            min(self.low, other.low),
            max(self.high, other.high),
        )


@dataclass(slots=True)
class _Trail:
    interval_s: float = 0.0
    slots: dict[int, _Slot] = field(default_factory=dict)


class Trails:
    """Trends by sensor. Times are seconds since 1970."""

    def __init__(self) -> None:
        self._trails: dict[str, _Trail] = {}

    def add(self, sensor_id: str, t: float, value: float | None) -> None:
        """Take a reading in; a missing value leaves its place empty."""
        if value is not None:
            self._put(self._trails.setdefault(sensor_id, _Trail()), _Slot(t, t, value, value))

    def set_past(self, plot: Plot, interval_s: float) -> None:
        """Take in what was recorded before, in whatever order it and live readings come."""
        trail = self._trails.setdefault(plot.sensor_id, _Trail())
        trail.interval_s = interval_s
        start = seconds_of(plot.start)
        for second, low, high in zip(plot.seconds, plot.minimum, plot.maximum, strict=True):
            if low is not None and high is not None:
                self._put(trail, _Slot(start + second, start + second, low, high))

    def points(self, sensor_id: str) -> tuple[Point, ...]:
        """Times and values in order, a missing value where the line is to break."""
        trail = self._trails.get(sensor_id, _Trail())
        longest = max(_BREAK_INTERVALS * trail.interval_s, 2.5 * _SLOT_S)
        points: list[Point] = []
        before: _Slot | None = None
        for _, slot in sorted(trail.slots.items()):
            if before is not None and slot.first - before.last > longest:
                points.append((before.last, None))
            middle = (slot.first + slot.last) / 2
            # From the end of the slot that is nearer to where the line is: else a calm trend would look like a saw.
            falling = points and points[-1][1] is not None and points[-1][1] > (slot.low + slot.high) / 2
            ends = (slot.high, slot.low) if falling else (slot.low, slot.high)
            points += [(middle, value) for value in (ends if slot.low < slot.high else ends[:1])]
            before = slot
        return tuple(points)

    def _put(self, trail: _Trail, slot: _Slot) -> None:
        place = int(slot.first // _SLOT_S)
        known = trail.slots.get(place)
        trail.slots[place] = slot if known is None else known.widened(slot)
        newest = max(trail.slots)
        for old in [one for one in trail.slots if one <= newest - TRAIL_POINTS]:
            del trail.slots[old]
