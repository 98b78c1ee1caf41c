# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is judged over the points of a calibration together, each with its value and limit. Makes parts of a document,
no bytes.

Whether a verdict passes is decided by `edge_daemon.calibration.agreement`; here the same is told number by number.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.platypus import Flowable

from edge_daemon.calibration.agreement import comparison, largest_difference, sensitivity_change
from edge_daemon.calibration.electrode_check import VOLTAGE
from edge_daemon.calibration.run import Run, Taken
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.numbers import beside, plain
from edge_daemon.documents.sheet import SMALL, STRONG, grid, space, text
from edge_daemon.domain.procedure import PERCENTILE95
from edge_daemon.log.calibration_body import CalibrationPoint, Stage
from edge_daemon.metrology.comparison import Comparison, Targets, sensitivity

_NO_VOLTAGE = "Nernst check: not made, the instrument gives no voltage."
SENSITIVITY_UNITS = {"W/m²": " µV/(W/m²)"}
"""What a sensitivity is in, by the unit of what is measured. Source: calibration reference, section 1.4.4."""
_NO_TEMPERATURE = "Nernst check: not made, the temperature of the buffers is not known."


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is judged beside the errors of points: what came out, what is allowed, whether it is met."""

    name: str
    value: str
    limit: str
    met: bool


def joint_part(record: CalibrationRecord, stage: Stage) -> list[Flowable]:
    """A table of these; nothing where the procedure asks for none."""
    found = criteria(record, stage)
    parts: list[Flowable] = []
    if found:
        rows = [(one.name, one.value, one.limit, "pass" if one.met else "FAIL") for one in found]
        heads = ("Judged over the points together", "Value", "Limit", "Outcome")
        parts = [space(2), grid(heads, rows, (38, 30, 26, 12))]
    if record.start.procedure.sensitivity and (told := sensitivity_change(_run(record), stage)):
        parts.append(text(told[0], SMALL))
    if stage == "as_found" and (words := _no_electrode(record)):
        parts.append(text(words, STRONG))
    return parts


def criteria(record: CalibrationRecord, stage: Stage) -> tuple[Criterion, ...]:
    """All that is judged together at this stage, in the order of the report."""
    run = _run(record)
    if not run.taken(stage):
        return ()
    found = [*_hysteresis(run, stage), *_comparison(run, stage), *_sensitivity(run, stage, record.sensitivity)]
    electrode = _electrode(record) if stage == "as_found" else ()
    return (*found, *_percentiles(run, stage), *electrode)


def _run(record: CalibrationRecord) -> Run:
    points = tuple(Taken(*one) for one in record.points)
    return Run(
        record.verdict.run,
        record.start,
        record.started_ns,
        record.proof.index,
        record.conditions,
        points,
        record.skips,
        record.decision,
        tuple(body for _, body in record.commands),
    )


def _hysteresis(run: Run, stage: Stage) -> Iterator[Criterion]:
    limit, found = run.procedure.hysteresis, largest_difference(run, stage)
    if limit is not None and found is not None:
        unit = run.start.unit
        name = "Hysteresis: largest difference between going up and down"
        yield Criterion(name, f"{beside(found, limit)} {unit}", f"at most {plain(limit)} {unit}", found <= limit)


def _comparison(run: Run, stage: Stage) -> Iterator[Criterion]:
    found = comparison(run, stage)
    if found is None:
        return
    targets = Targets(intercept=run.procedure.comparison_intercept, rmse=run.procedure.comparison_rmse)
    yield from _against(found, targets, run.start.unit)


def _against(found: Comparison, targets: Targets, unit: str) -> Iterator[Criterion]:
    """Source: calibration reference, section 1.4.2 (F9, targets of US EPA's base test)."""
    name = "Comparison with the reference instrument: "
    slope, intercept, share = targets.slope, targets.intercept, targets.nrmse_percent
    low, high = (1 - slope, 1 + slope)
    yield Criterion(
        f"{name}slope",
        beside(found.slope, high if found.slope > 1 else low),
        f"{plain(round(low, 9))} to {plain(round(high, 9))}",
        abs(found.slope - 1) <= slope,
    )
    yield Criterion(
        f"{name}intercept",
        f"{beside(found.intercept, math.copysign(intercept, found.intercept))} {unit}",
        f"± {plain(intercept)} {unit}",
        abs(found.intercept) <= intercept,
    )
    yield Criterion(
        f"{name}R²",
        beside(found.determination, targets.determination),
        f"at least {plain(targets.determination)}",
        found.determination >= targets.determination,
    )
    yield Criterion(
        f"{name}error (RMSE)",
        f"{beside(found.rmse, targets.rmse)} {unit}, {beside(found.nrmse_percent, share)} % of the mean",
        f"at most {plain(targets.rmse)} {unit} or {plain(share)} %",
        found.rmse <= targets.rmse or found.nrmse_percent <= share,
    )


def _sensitivity(run: Run, stage: Stage, in_use: float | None) -> Iterator[Criterion]:
    if not run.procedure.sensitivity:
        return
    points = [one.body for one in run.taken(stage).values()]
    limit = 100 * run.procedure.tolerance.relative
    name, allowed = "Sensitivity against the one in use", f"change at most ± {plain(limit)} %"
    try:
        found = sensitivity([one.indication for one in points], [one.reference for one in points])
    except ValueError as wrong:
        yield Criterion(name, f"not known: {wrong}", allowed, met=False)
        return
    change = found.change_percent(1.0)
    words = f"ratio {found.mean:.6f}, change {change:+.4f} %"
    if in_use is not None:
        unit = SENSITIVITY_UNITS.get(run.start.unit, "")
        now = plain(in_use * found.mean, in_use * found.mean_deviation)
        words = f"{now}{unit} (in use {plain(in_use)}{unit}), {words}"
    yield Criterion(name, words, allowed, abs(change) <= limit)


def _percentiles(run: Run, stage: Stage) -> Iterator[Criterion]:
    for name, one in run.taken(stage).items():
        point, unit = run.procedure.point(name), run.start.unit
        limit = point.percentile95
        if limit is None:
            continue
        found = one.body.auxiliary.get(PERCENTILE95, math.nan)
        value = "not recorded" if math.isnan(found) else f"{beside(found, limit)} {unit}"
        words = f"{point.title}: 95th percentile of the readings' magnitudes"
        yield Criterion(words, value, f"at most {plain(limit)} {unit}", found <= limit)


def _electrode(record: CalibrationRecord) -> Iterator[Criterion]:
    found, procedure = record.verdict.electrode, record.start.procedure
    slope, zero = procedure.electrode_slope25_mv, procedure.electrode_zero_mv
    if found is None or slope is None or zero is None:
        return
    for name, value, (low, high) in (
        ("Electrode: slope at 25 °C", found.slope25_mv, slope),
        ("Electrode: voltage at pH 7", found.zero_mv, zero),
    ):
        unit = "mV per pH" if "slope" in name else "mV"
        near = low if abs(value - low) < abs(value - high) else high
        yield Criterion(
            name, f"{beside(value, near)} {unit}", f"{plain(low)} to {plain(high)} {unit}", low <= value <= high
        )


def _no_electrode(record: CalibrationRecord) -> str:
    if record.start.procedure.check != "nernst" or record.verdict.electrode is not None:
        return ""
    return _NO_VOLTAGE if any(_voltage_missing(one) for one in record.taken("as_found")) else _NO_TEMPERATURE


def _voltage_missing(point: CalibrationPoint) -> bool:
    return VOLTAGE not in point.auxiliary
