# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From CO2 in a closed chamber to a soil flux: which of the two fits counts and why, and whether to accept it. Pure.

Source: goFlux R package (selection and acceptance rules), Hüppi et al. (2018) (limit of the curvature); the limits of
R² are a field convention. R² takes no part in the choice: a straight line can have 0.999 and still be 15 % low.

The curve counts only when all of these hold, else the straight line: the line's flux is above the detection limit; the
curve could be fitted and flattens; its flux is at most `most_ratio` times the line's; its rate is at most the line's
flux over (detection limit × time); and Akaike's criterion, which charges for the third parameter, is lower.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from edge_daemon.metrology import soil_flux
from edge_daemon.metrology.soil_flux import Air, Chamber
from edge_daemon.metrology.soil_flux_fits import CO2Point, SlopeFit, co2_when_closed, fit_exponential, fit_line
from edge_daemon.metrology.uncertainty import student

LEAST_SAMPLES = 10
SAMPLES_AT_1_HZ = 60
CLEARLY_ABOVE = 3.0
INTERCEPT_SHARE = 0.10
SIGNIFICANCE = 0.95


class Outcome(StrEnum):
    """What a check comes to; the worst of all is the flux's."""

    ACCEPT = "accept"
    REVIEW = "review"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Rules:
    """What can be adjusted. `precision_ppm` is one standard deviation of the analyser. `most_ratio` of exponential to
    linear flux is 1.25 (strict), 2 (default) or 4 (lenient); fluxes in µmol m⁻² s⁻¹ beyond `least` and `most` are
    doubted.
    """

    precision_ppm: float
    most_ratio: float = 2.0
    accept_determination: float = 0.95
    review_determination: float = 0.80
    least_flux: float = 0.0
    most_flux: float = 50.0


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of acceptance, what came of it, and the numbers in words."""

    name: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Flux:
    """A flux in µmol m⁻² s⁻¹ with its standard uncertainty, the fit it stands on, and everything needed to judge it.

    `linear` and `exponential` are both fits, whichever counts; `reason` says why it does. `ratio` is exponential over
    linear. Below `detection_limit` the flux is told as it is, and `below_detection` says so.
    """

    flux: float
    uncertainty: float
    chosen: SlopeFit
    reason: str
    linear: SlopeFit
    exponential: SlopeFit | None
    ratio: float | None
    term: float
    detection_limit: float
    below_detection: bool
    most_rate: float
    measured_at_closing: float | None
    checks: tuple[Check, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of all checks."""
        found = {check.outcome for check in self.checks}
        return next((each for each in (Outcome.REJECT, Outcome.REVIEW) if each in found), Outcome.ACCEPT)


def evaluate(points: Sequence[CO2Point], dead_band_s: float, chamber: Chamber, air: Air, rules: Rules) -> Flux:
    """Fit what comes after the dead band, choose, and judge.

    `points` hold all dry CO2 since the closing: those of the dead band tell only what CO2 was when the chamber closed.
    Raises ValueError for fewer than ten points after the dead band, or an analyser's precision that is not above 0.
    """
    if not rules.precision_ppm > 0:
        raise ValueError("the analyser's precision must be above 0 ppm")
    window = [point for point in points if point.seconds >= dead_band_s]
    linear, exponential = fit_line(window), fit_exponential(window)
    term = soil_flux.flux_term(chamber, air)
    lasted_s = max(p.seconds for p in window) - min(p.seconds for p in window)
    limit = soil_flux.detectable(rules.precision_ppm, lasted_s, term)
    straight = linear.slope * term
    most_rate = abs(straight) / (limit * lasted_s)
    ratio = exponential.slope / linear.slope if exponential and linear.slope else None
    chosen, reason = _choose(linear, exponential, ratio, abs(straight) > limit, most_rate, rules)
    flux = chosen.slope * term
    measured = co2_when_closed(points)
    return Flux(
        flux=flux,
        uncertainty=soil_flux.u_flux(chosen.slope, chosen.u_slope, chamber, air),
        chosen=chosen,
        reason=reason,
        linear=linear,
        exponential=exponential,
        ratio=ratio,
        term=term,
        detection_limit=limit,
        below_detection=abs(flux) < limit,
        most_rate=most_rate,
        measured_at_closing=measured,
        checks=tuple(_checks(window, chosen, linear, flux, limit, measured, rules)),
    )


def _choose(
    linear: SlopeFit,
    exponential: SlopeFit | None,
    ratio: float | None,
    detected: bool,
    most_rate: float,
    rules: Rules,
) -> tuple[SlopeFit, str]:
    if not detected:
        return linear, "Straight line: the flux is below the detection limit, so a curvature would be noise."
    if exponential is None or ratio is None:
        return linear, "Straight line: the points do not settle a curve."
    if exponential.rate <= 0 or ratio <= 0:
        return linear, "Straight line: the course does not flatten as CO2 gathers, so the curve does not apply."
    if ratio > rules.most_ratio:
        return linear, f"Straight line: the curve's flux is {ratio:.3g} times the line's, above {rules.most_ratio:g}."
    if exponential.rate > most_rate:
        return linear, (
            f"Straight line: the curve's rate of {exponential.rate:.3g} 1/s is above {most_rate:.3g} 1/s, the most "
            "that the analyser's precision supports."
        )
    gain = linear.information - exponential.information
    if not gain > 0:
        return linear, "Straight line: Akaike's criterion finds the curve no better for its third parameter."
    return exponential, (
        f"Curve: it flattens, its flux is {ratio:.3g} times the line's (at most {rules.most_ratio:g}), its rate is "
        f"within what the precision supports, and Akaike's criterion is lower by {gain:.3g}."
    )


def _checks(
    window: Sequence[CO2Point],
    chosen: SlopeFit,
    linear: SlopeFit,
    flux: float,
    limit: float,
    measured: float | None,
    rules: Rules,
) -> list[Check]:
    found = [_samples(window), _scatter(chosen, rules), _span(flux, limit, rules)]
    if abs(flux) <= CLEARLY_ABOVE * limit:
        why = f"{flux:.3g} is not clearly above the detection limit of {limit:.3g} µmol m⁻² s⁻¹"
        return [*found, Check("detection", Outcome.ACCEPT, f"{why}: significance, R² and intercept are not judged")]
    return [*found, _significance(linear), _determination(chosen, rules), _intercept(window, chosen, measured)]


def _samples(window: Sequence[CO2Point]) -> Check:
    lasted_s = window[-1].seconds - window[0].seconds
    interval_s = lasted_s / (len(window) - 1)
    needed = max(LEAST_SAMPLES, math.ceil(SAMPLES_AT_1_HZ / max(interval_s, 1.0)))
    outcome = Outcome.ACCEPT if len(window) >= needed else Outcome.REVIEW
    return Check("samples", outcome, f"{len(window)} values at {interval_s:.3g} s; {needed} are asked for")


def _scatter(chosen: SlopeFit, rules: Rules) -> Check:
    calm = max(chosen.rmse, chosen.mae) <= rules.precision_ppm
    said = f"scatter {chosen.rmse:.3g} ppm (RMSE), {chosen.mae:.3g} ppm (MAE); precision {rules.precision_ppm:g} ppm"
    return Check("scatter", Outcome.ACCEPT if calm else Outcome.REVIEW, said)


def _span(flux: float, limit: float, rules: Rules) -> Check:
    inside = rules.least_flux - limit <= flux <= rules.most_flux + limit
    said = f"{flux:.4g} µmol m⁻² s⁻¹; {rules.least_flux:g} to {rules.most_flux:g} is expected"
    return Check("range", Outcome.ACCEPT if inside else Outcome.REVIEW, said)


def _significance(linear: SlopeFit) -> Check:
    needed = student(SIGNIFICANCE, linear.points - 2)
    reached = abs(linear.slope) > needed * linear.u_slope
    said = f"slope {linear.slope:.4g} ± {linear.u_slope:.2g} ppm/s; {needed:.3g} times its uncertainty is asked for"
    return Check("significance", Outcome.ACCEPT if reached else Outcome.REJECT, said)


def _determination(chosen: SlopeFit, rules: Rules) -> Check:
    share = chosen.determination
    outcome = Outcome.REJECT
    if share >= rules.review_determination:
        outcome = Outcome.ACCEPT if share >= rules.accept_determination else Outcome.REVIEW
    return Check("determination", outcome, f"R² {share:.4f}; accepted from {rules.accept_determination:g}")


def _intercept(window: Sequence[CO2Point], chosen: SlopeFit, measured: float | None) -> Check:
    if measured is None:
        return Check("intercept", Outcome.REVIEW, "too few values after the closing to tell CO2 then")
    allowed = INTERCEPT_SHARE * abs(window[-1].ppm - measured)
    apart = abs(chosen.co2_at_closing - measured)
    said = f"fitted {chosen.co2_at_closing:.1f} ppm at the closing, measured {measured:.1f}; allowed ±{allowed:.1f}"
    return Check("intercept", Outcome.ACCEPT if apart <= allowed else Outcome.REVIEW, said)
