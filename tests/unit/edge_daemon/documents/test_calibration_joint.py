# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is judged over the points together stands in the report with value, limit and outcome, and decides its verdict
just as the judgement does."""

from dataclasses import replace

import pytest

from edge_daemon.calibration.agreement import judged_together
from edge_daemon.calibration.judge import verdict
from edge_daemon.calibration.run import Run
from edge_daemon.documents.calibration_joint import criteria
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.calibration_report import calibration_report
from edge_daemon.domain.procedure import Method, Procedure
from edge_daemon.log.calibration_body import CalibrationDecision
from tests.unit.edge_daemon.calibration.runs import PH, STILL, Level, found, mine, start, then
from tests.unit.edge_daemon.calibration.test_whole_runs import ALL, whole
from tests.unit.edge_daemon.documents.test_calibration_report import RECORD, words_of

BY_FILE = {procedure.key.partition(":")[0]: (model, procedure) for model, procedure in ALL}
TV_I3 = ((9.871, 952.4), (9.402, 908.1), (8.930, 862.0), (8.011, 774.2), (7.205, 695.0))


def record_of(run: Run) -> CalibrationRecord:
    """The report's record of a run that is signed now."""
    return replace(
        RECORD,
        start=run.start,
        verdict=verdict(run, person="Ada", due="2027-01-01"),
        points=tuple((one.index, one.t_ns, one.body) for one in run.points),
        standards={},
        conditions=run.conditions,
        commands=tuple(enumerate(run.commands, start=50)),
        skips=run.skips,
    )


def printed(record: CalibrationRecord) -> str:
    return words_of(calibration_report(record))


def still_air(percentile95: float) -> Run:
    gusty = replace(STILL, deviation=0.01, expanded=0.02, auxiliary={"percentile95": percentile95})
    return found(start("gill_windsonic", "wind_zero"), {"still_air": gusty}, temperature=20.0)


def test_still_air_that_fails_by_its_gusts_says_so() -> None:
    words = printed(record_of(still_air(0.35)))
    gusts = "Still air: 95th percentile of the readings' magnitudes"
    together = "what is judged over the points together is not met"
    assert f"FAIL: each point is within tolerance, but {together}: {gusts}" in words
    assert f"{gusts} 0.35 m/s at most 0.2 m/s FAIL" in words
    assert "FAIL: outside tolerance" not in words
    assert "must be calibrated, and pass, before its values are relied on" in words


def test_a_percentile_just_above_its_limit_does_not_look_like_it() -> None:
    assert "0.2000001 m/s at most 0.2 m/s FAIL" in printed(record_of(still_air(0.200_000_1)))


def test_the_sensitivity_that_was_found_is_printed() -> None:
    levels = {
        f"minute_{number}": Level(reference, 1000 * millivolts / 10.35, 0.5, expanded=10.0)
        for number, (millivolts, reference) in enumerate(TV_I3, start=1)
    }
    run = found(start("hukseflux_sr30", "irradiance_sensitivity"), levels, temperature=20.0)
    words = printed(replace(record_of(run), sensitivity=10.35))
    row = "Sensitivity against the one in use 10.35836 µV/(W/m²) (in use 10.35 µV/(W/m²)), ratio 1.000808, "
    assert f"{row}change +0.0808 % change at most ± 2 % pass" in words
    assert "This was a check, not a calibration: it sets no date and moves none." in words


@pytest.mark.parametrize("key", sorted(BY_FILE))
def test_it_is_met_just_where_the_judgement_says_so(key: str) -> None:
    model, procedure = BY_FILE[key]
    run = whole(model, procedure, adjust=procedure.method is not Method.VERIFICATION)
    for one in (run, shifted(run)):
        record = replace(record_of(run), points=tuple((at.index, at.t_ns, at.body) for at in one.points))
        for stage in ("as_found", "as_left"):
            told = [row for row in criteria(record, stage) if not row.name.startswith("Electrode")]
            judged = judged_together(one, stage)
            assert all(row.met for row in told) == all(met for _, met in judged)
            assert bool(told) == bool(judged)


def shifted(run: Run) -> Run:
    """The same run with every other indication far off."""
    points = (
        replace(
            one, body=replace(one.body, indication=one.body.indication * (1.7 if place % 2 else 1) + 9 * (place % 2))
        )
        for place, one in enumerate(run.points)
    )
    return replace(run, points=tuple(points))


def ph_record(levels: dict[str, Level]) -> CalibrationRecord:
    run = found(start("ysi_exo2_modbus", "ph_buffers"), levels, temperature=25.0)
    return record_of(then(run, mine(run, CalibrationDecision, False, "Ada", "only looked at")))


def test_a_probe_without_a_voltage_says_that_nernst_was_not_checked() -> None:
    bare = {name: replace(level, auxiliary={"temperature": 25.0}) for name, level in PH.items()}
    assert "Nernst check: not made, the instrument gives no voltage." in printed(ph_record(bare))


def test_an_electrode_is_printed_with_its_limits() -> None:
    words = printed(ph_record(PH))
    assert "Nernst check: not made" not in words
    assert "Electrode: slope at 25 °C -57.71 mV per pH" in words
    assert "Electrode: voltage at pH 7" in words


def test_hysteresis_is_printed_with_its_limit() -> None:
    model, procedure = next((m, p) for m, p in ALL if p.hysteresis is not None)
    words = printed(_all(model, procedure))
    assert "Hysteresis: largest difference between going up and down" in words
    assert f"at most {procedure.hysteresis:g} " in words


def _all(model: str, procedure: Procedure) -> CalibrationRecord:
    return record_of(whole(model, procedure, adjust=procedure.method is not Method.VERIFICATION))
