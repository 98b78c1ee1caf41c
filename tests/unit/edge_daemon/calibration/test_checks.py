# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is judged beside the errors of points, and the tighter limit of a check: the reference's 1.4.4, 1.4.5, 1.4.9."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.calibration.agreement import percentiles, sensitivity_change
from edge_daemon.calibration.judge import as_found_outcome, may_adjust, outcome_of, results, verdict, why_not_adjust
from edge_daemon.calibration.procedures import load_procedure, procedures_folder
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.words import summary_words, warnings
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.calibration_body import CalibrationConditions
from edge_daemon.log.calibration_values import standard_uncertainty, value_of
from tests.unit.edge_daemon.calibration.runs import (
    KNOWN,
    MODELS,
    PH,
    Level,
    decided,
    found,
    mine,
    point,
    start,
    taken,
    then,
)

IN_USE = 10.35  # µV/(W/m²)
VOLTAGES = (9871.0, 9402.0, 8930.0, 8011.0, 7205.0)  # µV
REFERENCES = (952.4, 908.1, 862.0, 774.2, 695.0)  # W/m²
SIDES = ("buffer_7", "buffer_10")
SONDE = "ysi_exo2_sdi12"


def checked(shown: float, reference: float = 4.0) -> Run:
    """Two buffers adjust, and a third one shows `shown` raw."""
    auxiliary = {"ph_voltage": 160.7, "temperature": 25.0}
    third = Level(reference, shown, 0.001, expanded=0.02, standard=7, auxiliary=auxiliary)
    levels = {**PH, "check_buffer": third}
    return taken(decided(found(start(SONDE, "ph_buffers_checked"), levels), adjust=True), "as_left", levels)


def raw_at(value: float) -> float:
    """What the sonde shows raw where the line through both buffers gives `value`."""
    (raw_7, ph_7), (raw_10, ph_10) = ((PH[name].raw, PH[name].reference) for name in SIDES)
    return raw_7 + (value - ph_7) * (raw_10 - raw_7) / (ph_10 - ph_7)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(0.0, "pass"), (0.025, "pass"), (-0.045, "conditional_pass"), (0.06, "conditional_fail"), (-0.1, "fail")],
)
def test_a_third_buffer_checks_the_adjustment_to_a_twentieth(error: float, outcome: str) -> None:
    run = checked(raw_at(4.0 + error))
    assert outcome_of(run) == outcome
    left = {one.point: one for one in results(run, "as_left")}
    assert left["check_buffer"].error == pytest.approx(error, abs=1e-9)
    assert {name: one.tolerance for name, one in left.items()} == {
        "buffer_7": 0.2,
        "buffer_10": 0.2,
        "check_buffer": 0.05,
    }
    assert {one.tolerance for one in results(run, "as_found")} == {0.2}


def test_the_check_does_not_move_the_line_nor_widen_where_it_was_made() -> None:
    run = checked(raw_at(4.02))
    body = verdict(run, person="Ada", due="2027-01-01")
    assert body.function is not None
    assert body.function.knots == ((7.05, 7.0), (10.11, 10.01))
    (line,) = warnings(
        replace(run, start=replace(run.start, procedure=replace(run.procedure, usual=(5.0, 9.0)))), body.function
    )
    assert "from 7 to 10.01" in line


def test_the_buffer_of_the_check_is_none_of_the_others() -> None:
    with pytest.raises(BadInput, match="presented at Third buffer, as a check already"):
        outcome_of(checked(10.11, reference=10.01))


def test_one_buffer_moves_the_values_and_keeps_the_slope_of_the_instrument() -> None:
    buffer = {"buffer_7": Level(7.0, 7.12, 0.001, expanded=0.02, standard=5)}
    for name in ("ysi_exo2_modbus", "ysi_exo2_rs232", SONDE):
        assert "ph_one_buffer" in MODELS[name].procedures
    run = taken(decided(found(start(SONDE, "ph_one_buffer"), buffer), adjust=True), "as_left", buffer)
    body = verdict(run, person="Ada", due="2027-01-01")
    assert body.function is not None
    offset, gain = body.function.coefficients
    assert offset == pytest.approx(-0.12)
    assert gain == 1.0
    assert value_of(body.function, 10.12) - value_of(body.function, 4.12) == pytest.approx(6.0)
    assert body.uncertainty is not None
    near, far = (standard_uncertainty(body.uncertainty, raw, raw) for raw in (7.12, 10.12))
    assert far**2 - near**2 == pytest.approx((3.0 * 0.027) ** 2 / 3)
    assert results(run, "as_found")[0].tolerance == 0.2
    assert any("tells nothing of the slope" in line for line in summary_words(run, body))


def test_one_buffer_does_not_undo_a_slope_that_a_program_gave_and_did_not_tell() -> None:
    run = start(SONDE, "ph_one_buffer")
    run = then(run, mine(run, CalibrationConditions, {"temperature": 25.0}, "Ada"))
    body = point(run, "as_found", "buffer_7", Level(7.0, 7.12, 0.001, expanded=0.02, standard=5))
    assert may_adjust(then(run, body))
    adjusted = then(run, replace(body, indication=7.03))
    assert "one point cannot carry on its slope" in str(why_not_adjust(adjusted))
    assert as_found_outcome(adjusted) == "pass"


@pytest.mark.parametrize(
    ("mean", "percentile", "outcome"),
    [(0.02, 0.2, "pass"), (0.02, 0.21, "fail"), (0.15, 0.19, "fail"), (0.02, None, "fail")],
)
def test_still_air_is_judged_by_mean_and_percentile(mean: float, percentile: float | None, outcome: str) -> None:
    auxiliary = None if percentile is None else {"percentile95": percentile}
    run = found(start("gill_windsonic", "wind_zero"), {"still_air": Level(0.0, mean, 0.001, auxiliary=auxiliary)})
    assert run.procedure.auxiliary == ("percentile95",)
    assert outcome_of(run) == outcome
    ((words, met),) = percentiles(run, "as_found")
    assert met is (percentile in {0.2, 0.19})
    assert words in summary_words(run, verdict(run, person="Ada", due="2027-01-01"))
    assert ("not recorded" in words) is (percentile is None)


def minutes(voltages: tuple[float, ...] = VOLTAGES) -> Run:
    pairs = enumerate(zip(voltages, REFERENCES, strict=True), 1)
    levels = {f"minute_{n}": Level(e, u / IN_USE, 0.5, expanded=1.0) for n, (u, e) in pairs}
    return found(start("hukseflux_sr30", "irradiance_sensitivity"), levels)


def test_vector_i3_change_of_sensitivity() -> None:
    run = minutes()
    judged = sensitivity_change(run, "as_found")
    assert judged is not None
    words, met = judged
    assert met
    assert "+0.0808 %" in words  # 10.35836374 / 10.35
    assert "mean of 5 ratios" in words
    assert "± 0.0343 %" in words  # 0.00355751 / 10.35836374
    assert "by the sums +0.0805 %" in words  # 10.35832717 / 10.35
    assert outcome_of(run) == "pass"
    assert words in summary_words(run, verdict(run, person="Ada", due="2028-01-01"))


def test_a_minute_under_a_cloud_is_left_out_and_named() -> None:
    judged = sensitivity_change(minutes((9871.0, 9402.0, 5000.0, 8011.0, 7205.0)), "as_found")
    assert judged is not None
    assert "mean of 4 ratios" in judged[0]
    assert "from the median: Minute 3." in judged[0]
    assert judged[1]


@pytest.mark.parametrize(
    ("factor", "met", "words"), [(1.015, True, "watch it"), (0.97, False, "laboratory"), (1.0, True, "")]
)
def test_a_changed_sensitivity_is_noted_or_to_be_investigated(factor: float, met: bool, words: str) -> None:
    judged = sensitivity_change(minutes(tuple(one * factor for one in VOLTAGES)), "as_found")
    assert judged is not None
    assert judged[1] is met
    assert words in judged[0]
    assert words or not {"watch", "laboratory"} & set(judged[0].split())


def test_minutes_that_do_not_agree_give_no_sensitivity() -> None:
    judged = sensitivity_change(minutes((4000.0, 12000.0, 6000.0, 9000.0, 2000.0)), "as_found")
    assert judged == (
        "The change of sensitivity is not known: two pairs at least that agree within 2 % are needed.",
        False,
    )


def test_what_was_not_asked_is_not_judged() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 430.0)})
    assert sensitivity_change(run, "as_found") is None
    assert percentiles(run, "as_found") == []


@pytest.mark.parametrize(
    ("key", "before", "after", "words"),
    [
        ("wind_zero", "percentile95 = 0.2", "percentile95 = 0.0", "percentile95"),
        ("wind_zero", "percentile95 = 0.2", "tolerance_left = { absolute = 0.1 }", "left otherwise"),
        ("ph_buffers_checked", "absolute = 0.05", "absolute = -0.05", "tolerance_left"),
        ("ph_buffers", 'unit = "pH"', 'unit = "pH"\nkeeps_slope = true', "keeps the slope"),
        ("irradiance_sensitivity", "relative = 0.02", "relative = 0.0", "sensitivity|lowest"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, key: str, before: str, after: str, words: str) -> None:
    text = (procedures_folder() / f"{key}.toml").read_text("utf-8")
    assert before in text
    path = tmp_path / f"{key}.toml"
    path.write_text(text.replace(before, after, 1), "utf-8")
    assert KNOWN[key].key == key
    with pytest.raises(BadInput, match=words):
        load_procedure(path)
