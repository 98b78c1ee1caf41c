# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is judged of a stage's points together: hysteresis, and the agreement with a reference instrument. Pure."""

from edge_daemon.calibration.run import Run
from edge_daemon.log.calibration_body import Stage
from edge_daemon.metrology.comparison import Comparison, Targets, compared

LEAST_COMPARED = 3
"""Different reference values: fewer say nothing of a slope."""


def hysteresis(run: Run, stage: Stage) -> tuple[str, bool] | None:
    """The largest difference between going up and down, in words, and whether it is small enough; None without any."""
    limit, taken = run.procedure.hysteresis, run.taken(stage)
    pairs = [
        abs(one.body.indication - taken[repeated].body.indication)
        for name, one in taken.items()
        if (repeated := run.procedure.point(name).repeats) in taken
    ]
    if limit is None or not pairs:
        return None
    largest = max(pairs)
    return f"Largest difference between up and down: {largest:.4g} {run.start.unit}, ± {limit:g} allowed.", (
        largest <= limit
    )


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
        f"Against the reference: slope {found.slope:.3f}, intercept {found.intercept:.3g} {run.start.unit}, "
        f"R² {found.determination:.3f}, error {found.rmse:.3g} {run.start.unit} ({found.nrmse_percent:.1f} %)."
    )
    return (f"{line} Outside the targets: {', '.join(missed)}." if missed else line), not missed
