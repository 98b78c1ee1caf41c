# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Thresholds of the quality tests of one channel, in the channel's unit. Pure.

There are no universal ones: the catalogue gives those to start with, a site adjusts them, and a configuration entry
records those in force. None leaves a test out.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from edge_daemon.domain.faults import BadInput

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds per test; of each pair the first makes a value suspect and the second makes it fail.

    `possible` is the span outside which a value fails, where it is narrower than what the instrument can put out;
    `plausible` is the site's span, outside which a value is suspect; both include their ends. `spike` is a distance
    from the mean of both neighbours. `rate_per_s` is a change per second between two samples, taken over at least
    `rate_over_s` seconds, so that the noise of quick samples does not count as a rate. `flat_s` is how long all values
    may lie within `flat_tolerance` of each other; with `flat_above`, only values above it count (irradiance at night,
    an idle meter). `least_deviation` bounds the standard deviation over `deviation_s` seconds from below.
    """

    plausible: Span | None = None
    spike: Span | None = None
    rate_per_s: Span | None = None
    flat_s: Span | None = None
    flat_tolerance: float = 0.0
    flat_above: float | None = None
    least_deviation: Span | None = None
    deviation_s: float = 0.0
    possible: Span | None = None
    rate_over_s: float = 0.0


NO_LIMITS = Limits()
"""Only what the instrument cannot put out fails."""


def at_site(limits: Limits, expected: Span | None) -> Limits:
    """The limits where the project says what it expects of the channel; None where it says nothing."""
    return limits if expected is None else replace(limits, plausible=expected)


def check_limits(limits: Limits, place: str) -> Limits:
    """The limits, unless they cannot be meant. Raises BadInput naming the field after `place` and what is allowed."""
    for name, value, allowed in _mistakes(limits):
        raise BadInput(f"{place}{name}", value, allowed)
    return limits


def _mistakes(limits: Limits) -> Iterator[tuple[str, object, str]]:
    yield from _not_finite(limits)
    for name, span in (("possible", limits.possible), ("plausible", limits.plausible)):
        if span is not None and not span[0] < span[1]:
            yield name, span, "the lower end comes first"
    for name, span in (("spike", limits.spike), ("rate_per_s", limits.rate_per_s)):
        if span is not None and not 0 <= span[0] <= span[1]:
            yield name, span, "0 or more: first what is suspect, then what fails, which is not less"
    if limits.rate_over_s < 0:
        yield "rate_over_s", limits.rate_over_s, "0 or more seconds are needed"
    if limits.flat_s is not None and not 0 < limits.flat_s[0] <= limits.flat_s[1]:
        yield "flat_s", limits.flat_s, "seconds above 0: first what is suspect, then what fails, which is not less"
    if limits.flat_s is not None and limits.flat_tolerance <= 0:
        yield "flat_tolerance", limits.flat_tolerance, "a number above 0 is needed: with 0 no line would ever be flat"
    least = limits.least_deviation
    if least is not None and not least[0] >= least[1] >= 0:
        yield "least_deviation", least, "0 or more: first what is suspect, then what fails, which is not more"
    if least is not None and limits.deviation_s <= 0:
        yield "deviation_s", limits.deviation_s, "a number of seconds above 0 is needed"


def _not_finite(limits: Limits) -> Iterator[tuple[str, object, str]]:
    for name in Limits.__dataclass_fields__:
        value = getattr(limits, name)
        numbers = value if isinstance(value, tuple) else () if value is None else (value,)
        if not all(math.isfinite(number) for number in numbers):
            yield name, value, "finite numbers are needed"
