# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The results of a calibration report and their plots. Makes parts of a document, no bytes."""

from collections.abc import Sequence

from reportlab.platypus import Flowable

from edge_daemon.documents.calibration_joint import joint_part
from edge_daemon.documents.calibration_observations import observations_part
from edge_daemon.documents.calibration_plot import error_plot, residual_plot
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.numbers import plain
from edge_daemon.documents.sheet import WIDTH, grid, space, text
from edge_daemon.domain.rounding import rounded
from edge_daemon.log.calibration_body import Outcome, PointResult, Stage

_SHORT: dict[Outcome, str] = {
    "pass": "pass",
    "conditional_pass": "conditional pass",
    "conditional_fail": "conditional fail",
    "fail": "FAIL",
}


def results_part(results: Sequence[PointResult], record: CalibrationRecord, stage: Stage) -> list[Flowable]:
    """A table of points with their errors, and one of how each was observed; or that none was taken."""
    if not results:
        return [text("Not taken.")]
    start = record.start
    measured = ("Reference", "Indication", "Error", "U")
    heads = ("Point", *(f"{name} ({start.unit})" for name in measured), "k", "Tolerance", "Outcome")
    titles = {point.name: point.title for point in start.procedure.points}
    rows = [_result(one, titles.get(one.point, one.point)) for one in results]
    table = grid(heads, rows, (20, 14, 14, 13, 12, 7, 12, 14))
    return [table, *joint_part(record, stage), space(1.5), *observations_part(record.observed(stage), start)]


def _result(one: PointResult, title: str) -> tuple[str, ...]:
    error, uncertainty = _rounded(one.error, one.expanded_uncertainty)
    indication, _ = _rounded(one.indication, one.expanded_uncertainty)
    return (
        title,
        plain(one.reference, one.expanded_uncertainty),
        indication,
        error,
        uncertainty,
        f"{one.factor:.2f}",
        f"±{plain(one.tolerance)}",
        _SHORT[one.outcome],
    )


def _rounded(value: float, expanded: float) -> tuple[str, str]:
    return rounded(value, expanded) if expanded > 0 else (plain(value), "not estimable")


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
