# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Why a value is flagged: the same tests over the same samples once more, and their verdict in words. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge_daemon.domain.limits import Limits, Span
from edge_daemon.metrology.qartod import ChannelTests, Test, Verdict, narrower

Values = Mapping[str, float | None]
GAP = None
"""Stands among the samples where some were lost, where a configuration or the recorder itself began anew."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What the tests of one channel go by: the instrument's span, the limits in force, and the unit for words."""

    span: Span
    limits: Limits
    unit: str


def replay(samples: Iterable[tuple[int, Values] | None], channels: Mapping[str, Tested]) -> Mapping[str, Verdict]:
    """What the tests say of the last of these samples (µs of the clock that is never set, values before any flag)."""
    tests = {name: ChannelTests(one.span, one.limits) for name, one in channels.items()}
    verdicts: dict[str, Verdict] = {}
    for sample in samples:
        if sample is GAP:
            for test in tests.values():
                test.gap()
            continue
        at_us, values = sample
        verdicts = {name: test.judge(at_us, values.get(name)) for name, test in tests.items()}
    return verdicts


def explained(test: Test, value: float, of: Tested) -> str:
    """Why this test is not passed, with the limits that were in force."""
    limits, unit = of.limits, of.unit
    match test:
        case Test.GROSS_RANGE:
            low, high = narrower(of.span, limits.possible)
            return f"{value:g} {unit} lies outside what can be measured here, {low:g} to {high:g} {unit}."
        case Test.PLAUSIBLE_RANGE:
            return f"{value:g} {unit} lies outside what is expected at this site, {_span(limits.plausible, unit)}."
        case Test.SPIKE:
            return f"It stands out from the samples before and after it by more than {_first(limits.spike)} {unit}."
        case Test.RATE_OF_CHANGE:
            return f"It changed too quickly: the limit is {_rate(limits)}."
        case Test.FLAT_LINE:
            seconds = _first(limits.flat_s)
            return f"For {seconds} s or more it has not changed by {limits.flat_tolerance:g} {unit}: stuck, or blocked."
        case Test.ATTENUATED_SIGNAL:
            least = _first(limits.least_deviation)
            return f"Over {limits.deviation_s:g} s it varied less than {least} {unit} (standard deviation)."


def _span(span: Span | None, unit: str) -> str:
    return "which nobody stated" if span is None else f"{span[0]:g} to {span[1]:g} {unit}"


def _first(span: Span | None) -> str:
    return "?" if span is None else f"{span[0]:g}"


def _rate(limits: Limits) -> str:
    per_min = limits.rate_per_s[0] * 60.0 if limits.rate_per_s else 0.0
    over = f", over at least {limits.rate_over_s:g} s" if limits.rate_over_s else ""
    return f"{per_min:g} a minute{over}"
