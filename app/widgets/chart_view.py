# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which stretch of time a chart shows, and how the technician's hand changes it. Pure: no Qt, no clock."""

from dataclasses import dataclass, replace
from enum import Enum

SHORTEST_SPAN_S = 0.01
LONGEST_SPAN_S = 20 * 365.25 * 86_400.0


class Preset(Enum):
    """Stretches offered with one press. The value is the length in seconds; None is all there is."""

    FIVE_MINUTES = 300.0
    ONE_HOUR = 3_600.0
    ONE_DAY = 86_400.0
    EVERYTHING = None


@dataclass(frozen=True, slots=True)
class ChartView:
    """From `start` to `end`, seconds since the chart's epoch.

    A live view moves so that its end is the latest sample; with `everything` its start is the first one as well.
    """

    start: float
    end: float
    live: bool = True
    everything: bool = False

    @property
    def span(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    def followed(self, first: float | None, latest: float | None) -> "ChartView":
        """This view once samples reach from `first` to `latest`; a paused view stays where it is."""
        if not self.live or first is None or latest is None:
            return self
        if self.everything:
            return replace(self, start=first, end=max(latest, first + SHORTEST_SPAN_S))
        return replace(self, start=latest - self.span, end=latest)

    def with_preset(self, preset: Preset, first: float | None, latest: float | None) -> "ChartView":
        """The stretch asked for; live stays live, and a paused view keeps its end."""
        if preset.value is not None:
            return replace(self, start=self.end - preset.value, everything=False).followed(first, latest)
        fitted = replace(self, live=True, everything=True).followed(first, latest)
        return replace(fitted, live=self.live)

    def zoomed(self, factor: float, about: float) -> "ChartView":
        """`factor` times as long, the moment `about` staying in its place on the screen. Leaves live."""
        span = min(max(self.span * factor, SHORTEST_SPAN_S), LONGEST_SPAN_S)
        start = about - (about - self.start) * span / self.span
        return ChartView(start, start + span, live=False)

    def panned(self, share: float) -> "ChartView":
        """Moved by `share` of its length, later when positive. Leaves live."""
        return ChartView(self.start + share * self.span, self.end + share * self.span, live=False)
