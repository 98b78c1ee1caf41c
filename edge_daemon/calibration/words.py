# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A run in plain sentences, for the page on which it is signed. Pure."""

from collections.abc import Sequence

from edge_daemon.calibration.adjusting import adjusting_points
from edge_daemon.calibration.agreement import judged_together
from edge_daemon.calibration.deviation_words import commands_words, deviations
from edge_daemon.calibration.earlier_words import earlier_words
from edge_daemon.calibration.figures import figures, unsure
from edge_daemon.calibration.judge import GOOD, Earlier, drift
from edge_daemon.calibration.run import Run
from edge_daemon.domain.procedure import Method
from edge_daemon.domain.rounding import told
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import (
    CalibrationVerdict,
    Outcome,
    PointResult,
    Stage,
    ValueFunction,
)

OUTCOME_WORDS: dict[Outcome, str] = {
    "pass": "inside its limits",
    "conditional_pass": "inside its limits, but closer to them than the uncertainty allows to be sure",
    "conditional_fail": "outside its limits, but closer to them than the uncertainty allows to be sure",
    "fail": "outside its limits",
}


def summary_words(
    run: Run,
    verdict: CalibrationVerdict,
    *,
    before: Earlier | None = None,
    impact: AmendmentBody | None = None,
    found_before: Sequence[str] = (),
    late: str = "",
) -> tuple[str, ...]:
    """What was found, what was changed, what that means for earlier readings, and until when it holds.

    `found_before` is what was found of earlier readings since the last good calibration and stands, whatever this run
    comes to.
    """
    lines = [
        _found_words(run, verdict.as_found, "as_found"),
        *_together(run, "as_found"),
        *_electrode_words(run, verdict),
        *_drift_words(run, before),
        _changed_words(run, verdict),
        *([_found_words(run, verdict.as_left, "as_left"), *_together(run, "as_left")] if verdict.as_left else []),
        *deviations(run),
        *warnings(run, verdict.function),
        *earlier_words(verdict, impact, found_before),
        late,
        _until_words(run, verdict),
    ]
    return tuple(filter(None, lines))


def warnings(run: Run, function: ValueFunction | None) -> tuple[str, ...]:
    """What to know of the function although it is allowed: values beyond the points it was made from that are usual
    or, where nobody says what is usual, that the instrument can measure."""
    known = run.procedure.usual
    usual = known or run.procedure.span
    points = [one.body.reference for one in adjusting_points(run).values()]
    if function is None:
        return ()
    if len(points) == 1:
        left_open = "zero" if run.procedure.method is Method.GAIN else "slope"
        return (f"One point tells nothing of the {left_open}: it is taken as it was.",)
    if usual is None:
        return ()
    low, high, unit = min(points), max(points), run.start.unit
    if low <= usual[0] and usual[1] <= high:
        return ()
    what = "usual values go" if known else "the instrument measures"
    return (
        f"Calibrated from {figures(low, 6)} to {figures(high, 6)} {unit}; {what} from "
        f"{figures(usual[0], 6)} to {figures(usual[1], 6)} {unit}. "
        "Beyond the points the line is only continued.",
    )


def _found_words(run: Run, found: Sequence[PointResult], stage: Stage) -> str:
    far = max(found, key=lambda one: abs(one.error) / one.tolerance)
    title, unit = run.procedure.point(far.point).title, run.start.unit
    begin = "As found" if stage == "as_found" else "As left"
    outcome = max((one.outcome for one in found), key=list(OUTCOME_WORDS).index)
    known = far.expanded_uncertainty
    error, uncertainty = told(far.error, known) if known > 0 else (figures(far.error), unsure(known))
    sign = "" if error.startswith("-") else "+"
    return (
        f"{begin}: {OUTCOME_WORDS[outcome]}. Largest error for its limit: {sign}{error} {unit} at "
        f"{title}{_percent(far, unit)}; ± {figures(far.tolerance)} allowed, known to ± {uncertainty}."
    )


def _percent(result: PointResult, unit: str) -> str:
    shown = unit in {"kW", "kWh"} and result.reference
    return f" ({figures(100 * result.error / result.reference, 3, signed=True)} %)" if shown else ""


def _together(run: Run, stage: Stage) -> list[str]:
    return [words for words, _ in judged_together(run, stage)]


def _electrode_words(run: Run, verdict: CalibrationVerdict) -> list[str]:
    if run.procedure.check != "nernst":
        return []
    electrode = verdict.electrode
    if electrode is None:
        return ["The electrode's slope was not checked: its voltage or temperature was not received."]
    state = "fit for use" if electrode.accepted else "worn or dirty: clean it, or replace the sensor"
    return [
        f"Electrode: {electrode.slope25_mv:.1f} mV per pH at 25 °C ({electrode.efficiency_percent:.1f} % of Nernst's), "
        f"{electrode.zero_mv:+.1f} mV at pH 7; {state}."
    ]


def _drift_words(run: Run, before: Earlier | None) -> list[str]:
    changes = drift(run, before)
    if not changes:
        return []
    point = max(changes, key=lambda name: abs(changes[name]))
    title = run.procedure.point(point).title
    rate = f"{figures(changes[point], 3, signed=True)} {run.start.unit} per year"
    return [f"Drift since the calibration before: {rate} at {title}."]


def _changed_words(run: Run, verdict: CalibrationVerdict) -> str:
    if verdict.device_adjusted:
        return commands_words(run)
    function = verdict.function
    if run.device_touched and function is None:
        return f"{commands_words(run)} Values are made as before."
    if function is None or not verdict.takes_effect:
        return "Nothing was changed."
    if function.form == "segments":
        return f"Changed: values follow straight lines through {len(function.knots)} points from now on; raw is kept."
    terms = " + ".join(_term(power, one) for power, one in enumerate(function.coefficients))
    return f"Changed: value = {terms} from now on; raw is kept."


def _term(power: int, coefficient: float) -> str:
    raw = {0: "", 1: " × raw"}.get(power, f" × raw^{power}")
    return f"{coefficient:.6g}{raw}"


def _until_words(run: Run, verdict: CalibrationVerdict) -> str:
    if run.procedure.check_only and verdict.outcome in GOOD:
        return "This is a check and no calibration: what held before goes on to hold, no longer and no better."
    if verdict.outcome in GOOD:
        return f"It holds until {verdict.due}."
    if verdict.takes_effect:
        return "It did not pass: values follow what the instrument is now, and count as doubtful until one passes."
    return (
        "It did not pass and does not take effect; values count as doubtful until one passes. "
        "Have the instrument serviced, or calibrate it again."
    )
