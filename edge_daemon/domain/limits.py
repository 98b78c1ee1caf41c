# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Thresholds of the quality tests of one channel, in the channel's unit. Pure.

There are no universal ones: the catalogue gives those to start with, a site adjusts them, and a configuration entry
records those in force. None leaves a test out.
"""

from dataclasses import dataclass

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds per test; of each pair the first makes a value suspect and the second makes it fail.

    `plausible` is the site's span, limits included; outside it a value is suspect. `spike` is a distance from the mean
    of both neighbours. `rate_per_s` is a change per second. `flat_s` is how long all values may lie within
    `flat_tolerance` of each other; with `flat_above`, only values above it count (irradiance at night, an idle meter).
    `least_deviation` bounds the standard deviation over `deviation_s` seconds from below.
    """

    plausible: Span | None = None
    spike: Span | None = None
    rate_per_s: Span | None = None
    flat_s: Span | None = None
    flat_tolerance: float = 0.0
    flat_above: float | None = None
    least_deviation: Span | None = None
    deviation_s: float = 0.0
