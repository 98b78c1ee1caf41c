# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The numbers of a calibration report: results, adjustment, plots, uncertainty. Makes parts of a document, no bytes."""

from collections.abc import Sequence

from reportlab.platypus import Flowable

from edge_daemon.documents.calibration_plot import error_plot, residual_plot
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.sheet import SMALL, WIDTH, grid, space, text
from edge_daemon.log.calibration_body import CalibrationStart, Outcome, PointResult, ValueFunction
from edge_daemon.metrology.uncertainty import rounded

_UNCHANGED = (0.0, 1.0)

_SHORT: dict[Outcome, str] = {
    "pass": "pass",
    "conditional_pass": "conditional pass",
    "conditional_fail": "conditional fail",
    "fail": "FAIL",
}


def results_part(results: Sequence[PointResult], start: CalibrationStart) -> list[Flowable]:
    """A table of points with their errors, or that none was taken."""
    if not results:
        return [text("Not taken.")]
    measured = ("Reference", "Indication", "Error", "U")
    heads = ("Point", *(f"{name} ({start.unit})" for name in measured), "k", "Tolerance", "Outcome")
    titles = {point.name: point.title for point in start.procedure.points}
    rows = [_result(one, titles.get(one.point, one.point)) for one in results]
    return [grid(heads, rows, (20, 14, 14, 13, 12, 7, 12, 14))]


def _result(one: PointResult, title: str) -> tuple[str, ...]:
    error, uncertainty = _rounded(one.error, one.expanded_uncertainty)
    indication, _ = _rounded(one.indication, one.expanded_uncertainty)
    return (
        title,
        f"{one.reference:g}",
        indication,
        error,
        uncertainty,
        f"{one.factor:.2f}",
        f"±{one.tolerance:g}",
        _SHORT[one.outcome],
    )


def _rounded(value: float, expanded: float) -> tuple[str, str]:
    return rounded(value, expanded) if expanded > 0 else (f"{value:g}", "not estimable")


def adjustment_part(record: CalibrationRecord) -> list[Flowable]:
    verdict, unit = record.verdict, record.start.unit
    parts: list[Flowable] = []
    if record.decision and record.decision.reason:
        parts.append(text(f"Decided by {record.decision.person}: {record.decision.reason}"))
    for command in record.commands:
        argument = "" if command.argument is None else f" with {command.argument:g} {unit}"
        told = f"{command.action.replace('_', ' ')}{argument}: {command.phase}. {command.answer}"
        parts.append(text(f"Command to the instrument: {told}"))
    if verdict.device_adjusted:
        parts.append(
            text("On the instrument, which keeps it; what it did before cannot be had back from its readings.")
        )
    if verdict.function is not None and verdict.function.coefficients != _UNCHANGED:
        effect = (
            "" if verdict.takes_effect else "It did NOT take effect, since the instrument stayed out of tolerance. "
        )
        kept = "In software; the uncalibrated reading is kept beside the value."
        parts.append(text(f"{kept} {effect}{_function(verdict.function)}"))
        if verdict.fit is not None:
            fit = verdict.fit
            parts.append(
                text(
                    f"Fit over {fit.levels} levels: residual deviation {fit.residual_deviation:.4g} {unit}, "
                    f"{fit.degrees_of_freedom} degrees of freedom, R² {fit.determination:.6f}"
                    + (f", Birge ratio {fit.birge_ratio:.3g}" if fit.birge_ratio is not None else "")
                )
            )
    if verdict.electrode is not None:
        one = verdict.electrode
        parts.append(
            text(
                f"Electrode: slope {one.slope_mv:.2f} mV per pH, {one.slope25_mv:.2f} at 25 °C "
                f"({one.efficiency_percent:.1f} % of Nernst), {one.zero_mv:.1f} mV at pH 7: "
                f"{'accepted' if one.accepted else 'NOT accepted'}"
            )
        )
    return parts or [text("None. The instrument was left as it was found.")]


def _function(function: ValueFunction) -> str:
    if function.form == "segments":
        knots = "; ".join(f"{raw:.6g} → {value:.6g}" for raw, value in function.knots)
        words = f"Value by straight lines between (reading → value): {knots}"
    else:
        powers = ("", " · raw", " · raw²", " · raw³")
        terms = [f"{one:.9g}{powers[power]}" for power, one in enumerate(function.coefficients)]
        words = "Value = " + " + ".join(terms)
    if function.span is None:
        return words
    low, high = function.span
    return f"{words}. Made from readings between {low:.6g} and {high:.6g}; beyond, it extrapolates."


def plots_part(record: CalibrationRecord) -> list[Flowable]:
    verdict, unit = record.verdict, record.start.unit
    found = error_plot(verdict.as_found, verdict.as_left, unit, WIDTH)
    parts: list[Flowable] = [] if found is None else [space(3), found]
    if verdict.fit is not None:
        fitted = [one for one in record.taken("as_found") if record.start.procedure.point(one.point).adjusts]
        residuals = residual_plot([one.reference for one in fitted], verdict.fit.residuals, unit, WIDTH)
        if residuals is not None:
            parts += [space(3), residuals]
    return parts


def uncertainty_part(record: CalibrationRecord) -> list[Flowable]:
    results = record.verdict.as_left or record.verdict.as_found
    parts: list[Flowable] = [
        text(
            "U is the expanded uncertainty: the combined standard uncertainty times the coverage factor k, for a "
            "coverage probability of about 95 % (JCGM 100:2008). k follows from the effective degrees of freedom."
        )
    ]
    largest = max(results, key=lambda one: one.expanded_uncertainty, default=None)
    if largest is not None and largest.budget:
        unit = record.start.unit
        rows = [
            (
                term.name,
                f"{term.standard:.3g} {unit}",
                term.distribution,
                "infinite" if term.degrees_of_freedom is None else f"{term.degrees_of_freedom:.3g}",
            )
            for term in largest.budget
        ]
        parts.append(text(f"Budget at {largest.point}, the largest:", SMALL))
        parts.append(
            grid(("Contribution", "Standard uncertainty", "Distribution", "Degrees of freedom"), rows, (40, 25, 20, 15))
        )
    return parts
