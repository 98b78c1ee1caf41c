# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is judged beside the errors of points: hysteresis, scatter, agreement with a reference instrument. Pure."""

import math

from edge_daemon.calibration.figures import figures
from edge_daemon.calibration.run import Run
from edge_daemon.domain.procedure import PERCENTILE95
from edge_daemon.log.calibration_body import CalibrationPoint, Stage
from edge_daemon.metrology.comparison import (
    MOST_RATIO_DEVIATION,
    Comparison,
    Sensitivity,
    Targets,
    compared,
    sensitivity,
)
from edge_daemon.metrology.conformity import SAME

LEAST_COMPARED = 3
"""Different reference values: fewer say nothing of a slope."""
NOTABLE_PERCENT = 1.0
"""A change of sensitivity above it is worth a note (calibration reference, section 1.4.4)."""


def judged_together(run: Run, stage: Stage) -> tuple[tuple[str, bool], ...]:
    """All that is judged beside the errors, in words, and whether it is met."""
    found = [hysteresis(run, stage), agreement(run, stage), sensitivity_change(run, stage), *percentiles(run, stage)]
    return tuple(one for one in found if one is not None)


def hysteresis(run: Run, stage: Stage) -> tuple[str, bool] | None:
    """The largest difference between going up and down, in words, and whether it is small enough; None without any."""
    limit, largest = run.procedure.hysteresis, largest_difference(run, stage)
    if limit is None or largest is None:
        return None
    return (
        f"Largest difference between up and down: {figures(largest)} {run.start.unit}, ± {figures(limit, 6)} allowed.",
        _within(largest, limit),
    )


def _within(found: float, limit: float) -> bool:
    """Whether it is, by the decimals that were meant: 2.52 - 2.5 is 0.02."""
    return found <= limit * (1 + SAME)


def largest_difference(run: Run, stage: Stage) -> float | None:
    """Between the indications of one level going up and down, in the channel's unit; None where none was repeated."""
    taken = run.taken(stage)
    pairs = [
        abs(one.body.indication - taken[repeated].body.indication)
        for name, one in taken.items()
        if (repeated := run.procedure.point(name).repeats) in taken
    ]
    return max(pairs, default=None)


def comparison(run: Run, stage: Stage) -> Comparison | None:
    """The sensor against its reference instrument over the stage's points; None where that is not asked or not told."""
    points = [one.body for one in run.taken(stage).values()]
    if run.procedure.check != "comparison" or len({point.reference for point in points}) < LEAST_COMPARED:
        return None
    return compared([point.reference for point in points], [point.indication for point in points])


def agreement(run: Run, stage: Stage) -> tuple[str, bool] | None:
    """The comparison in words, and whether it reaches the targets; None where there is none."""
    found = comparison(run, stage)
    if found is None:
        return None
    targets = Targets(intercept=run.procedure.comparison_intercept, rmse=run.procedure.comparison_rmse)
    missed = targets.missed(found)
    line = (
        f"Against the reference: slope {found.slope:.3f}, intercept {figures(found.intercept, 3)} {run.start.unit}, "
        f"R² {found.determination:.3f}, error {figures(found.rmse, 3)} {run.start.unit} ({found.nrmse_percent:.1f} %)."
    )
    return (f"{line} Outside the targets: {', '.join(missed)}." if missed else line), not missed


def percentiles(run: Run, stage: Stage) -> list[tuple[str, bool]]:
    """Each point's 95th percentile against its limit; one that was not recorded is not met."""
    limited = [(one.body, run.procedure.point(name)) for name, one in run.taken(stage).items()]
    return [
        _percentile(taken, point.title, point.percentile95, run.start.unit)
        for taken, point in limited
        if point.percentile95 is not None
    ]


def sensitivity_change(run: Run, stage: Stage) -> tuple[str, bool] | None:
    """The mean ratio to the reference as a change of the sensitivity in use, and whether it is within the relative
    tolerance; None where that is not asked. With E = U/S the ratio of irradiances is that of new and used sensitivity.

    Source: calibration reference, section 1.4.4 (TV-I3).
    """
    points = [one.body for one in run.taken(stage).values()]
    if not run.procedure.sensitivity or not points:
        return None
    try:
        found = sensitivity([one.indication for one in points], [one.reference for one in points])
    except ValueError as wrong:
        return f"The change of sensitivity is not known: {wrong}.", False
    limit = 100 * run.procedure.tolerance.relative
    return _sensitivity_words(run, found, points, limit), _within(abs(found.change_percent(1.0)), limit)


def _sensitivity_words(run: Run, found: Sensitivity, points: list[CalibrationPoint], limit: float) -> str:
    change, cross = found.change_percent(1.0), 100 * (found.ratio_of_sums - 1)
    left_out = ", ".join(run.procedure.point(points[place].point).title for place in found.rejected)
    rejected = f" Left out, over {100 * MOST_RATIO_DEVIATION:g} % from the median: {left_out}." if left_out else ""
    advice = ""
    if abs(change) > limit:
        advice = " Outside that: look for the cause, and have it calibrated in a laboratory."
    elif abs(change) > NOTABLE_PERCENT:
        advice = f" More than {NOTABLE_PERCENT:g} %: watch it."
    return (
        f"Sensitivity against the one in use: {change:+.4f} % (mean of {len(points) - len(found.rejected)} ratios, "
        f"known to ± {100 * found.mean_deviation / found.mean:.4f} %, one standard deviation; by the sums "
        f"{cross:+.4f} %), ± {limit:g} % allowed.{rejected}{advice}"
    )


def _percentile(taken: CalibrationPoint, title: str, limit: float, unit: str) -> tuple[str, bool]:
    found = taken.auxiliary.get(PERCENTILE95, math.nan)
    if math.isnan(found):
        return f"{title}: how far single readings go was not recorded; take the point again.", False
    return (
        f"{title}: 95 % of the readings are at most {figures(found, 3)} {unit}, {figures(limit, 6)} {unit} allowed.",
        _within(found, limit),
    )
