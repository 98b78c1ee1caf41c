# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a run comes to: points judged, what is refused and why, the verdict."""

import math
from dataclasses import replace
from datetime import date

import pytest

from edge_daemon.calibration.judge import (
    Earlier,
    as_found_outcome,
    drift,
    due_on,
    may_adjust,
    must_adjust,
    outcome_of,
    results,
    verdict,
    why_not_adjust,
)
from edge_daemon.calibration.point_results import decision_rule, judged_point, worst
from edge_daemon.calibration.run import OutOfOrder, Run
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import StableSignal, Tolerance
from edge_daemon.log.bodies import from_json, to_json
from edge_daemon.log.calibration_body import CalibrationConditions, CalibrationVerdict, Outcome, ValueFunction
from tests.unit.edge_daemon.calibration.runs import (
    DAY_NS,
    PH,
    STARTED_NS,
    STILL,
    Level,
    commanded,
    decided,
    found,
    fresh_air,
    mine,
    point,
    start,
    taken,
    then,
)


def signed_off(run: Run) -> CalibrationVerdict:
    return verdict(run, person="Ada", due="2027-05-22", second_person="Grace")


def simple(tolerance: float, expanded: float, error: float) -> Outcome:
    run = start("sensirion_scd30", "co2_fresh_air", tolerance=Tolerance(tolerance), resolution=0.0)
    run = then(run, mine(run, CalibrationConditions, {}, "Ada"))
    body = point(run, "as_found", "fresh_air", Level(425.0, 425.0 + error, expanded=expanded))
    return judged_point(run.procedure, run.procedure.points[0], body).outcome


@pytest.mark.parametrize(
    ("tolerance", "expanded", "error", "outcome"),
    [
        (0.2, 0.08, 0.15, "conditional_pass"),
        (50, 31, 12, "pass"),
        (50, 31, 25, "conditional_pass"),
        (50, 31, -60, "conditional_fail"),
        (50, 31, 82, "fail"),
    ],
)
def test_vectors_g1_and_g2_with_guard_band(tolerance: float, expanded: float, error: float, outcome: Outcome) -> None:
    assert simple(tolerance, expanded, error) == outcome


def test_the_budget_of_a_point_names_its_terms() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 430.0, 3.0, 9, expanded=20.0)})
    (result,) = results(run, "as_found")
    terms = {term.name: term for term in result.budget}
    assert terms["reference"].standard == 10.0
    assert (terms["repeatability"].standard, terms["repeatability"].degrees_of_freedom) == (1.0, 8)
    assert terms["resolution"].standard == pytest.approx(0.1 / math.sqrt(12))
    assert result.expanded_uncertainty == pytest.approx(2 * math.sqrt(101 + 0.01 / 12))
    assert result.error == 5.0
    assert result.tolerance == pytest.approx(42.75)


def test_simple_acceptance_is_told_only_where_it_is_fair() -> None:
    fair = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 430.0, expanded=5.0)})
    unfair = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 430.0, expanded=20.0)})
    assert "simple acceptance" in decision_rule(results(fair, "as_found"))
    assert "simple acceptance" not in decision_rule(results(unfair, "as_found"))


def test_directions_are_compared_the_shorter_way_round() -> None:
    run = start("gill_windsonic", "wind_direction")
    run = then(run, mine(run, CalibrationConditions, {}, "Ada"))
    east = replace(run.procedure.points[0], lowest=0.0)
    body = point(run, "as_found", "east", Level(2.0, 358.0, expanded=2.0))
    assert judged_point(run.procedure, east, body).error == pytest.approx(-4.0)


def test_a_fresh_air_run_adjusted_by_the_device() -> None:
    run = fresh_air()
    body = signed_off(run)
    assert body.outcome == "pass"
    assert (body.takes_effect, body.device_adjusted) == (True, True)
    assert body.function is not None
    assert body.function.coefficients == (0.0, 1.0)
    assert body.uncertainty is not None
    assert [one.error for one in body.as_found] == [37.0]
    assert [one.error for one in body.as_left] == [1.0]
    assert from_json(CalibrationVerdict, to_json(body)) == body


def test_a_device_that_stays_wrong_takes_effect_and_is_told() -> None:
    body = signed_off(fresh_air(left=600.0))
    assert (body.outcome, body.takes_effect, body.device_adjusted) == ("fail", True, True)


def test_outside_and_left_so_it_does_not_take_effect() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 600.0, 1.0, expanded=20.0)})
    assert must_adjust(run)
    assert may_adjust(run)
    body = signed_off(decided(run, adjust=False))
    assert (body.outcome, body.takes_effect, body.function) == ("fail", False, None)
    assert due_on(run, body.outcome, date(2026, 11, 23)) == "2026-11-23"
    assert due_on(run, "pass", date(2026, 11, 23)) == "2027-05-22"


def test_inside_and_left_so_the_function_in_force_stays() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 430.0, 1.0, expanded=20.0)})
    assert not must_adjust(run)
    body = signed_off(decided(run, adjust=False))
    assert (body.outcome, body.takes_effect, body.function, body.as_left) == ("pass", True, None, ())


def test_zero_and_span_in_the_software() -> None:
    levels = {
        "zero": Level(0.0, 18.0, 1.0, expanded=1.0, standard=4),
        "span": Level(1000.0, 1052.0, 1.0, expanded=20.0, standard=5),
    }
    run = taken(decided(found(start("sensirion_scd30", "co2_zero_span"), levels), adjust=True), "as_left", levels)
    body = signed_off(run)
    assert [one.error for one in body.as_found] == [18.0, 52.0]
    assert [one.error for one in body.as_left] == [pytest.approx(0, abs=1e-9)] * 2
    assert (body.outcome, body.device_adjusted) == ("pass", False)


def test_the_worst_point_decides() -> None:
    assert worst(["pass", "conditional_fail", "conditional_pass"]) == "conditional_fail"
    with pytest.raises(ValueError):
        worst([])


def test_ph_is_adjusted_in_segments_and_its_electrode_judged() -> None:
    run = taken(decided(found(start("ysi_exo2_sdi12", "ph_buffers"), PH), adjust=True), "as_left", PH)
    body = signed_off(run)
    assert body.function is not None
    assert body.function.knots == ((7.05, 7.0), (10.11, 10.01))
    assert body.electrode is not None
    assert body.electrode.slope_mv == pytest.approx(-57.7076412, rel=1e-8)
    assert body.electrode.accepted
    assert body.outcome == "pass"


def test_a_worn_electrode_is_not_adjusted_and_fails() -> None:
    worn = {
        "buffer_7": replace(PH["buffer_7"], auxiliary={"ph_voltage": 15.0, "temperature": 25.0}),
        "buffer_4": Level(4.01, 4.05, 0.001, standard=7, auxiliary={"ph_voltage": 160.0, "temperature": 25.0}),
    }
    run = found(start("ysi_exo2_sdi12", "ph_buffers"), worn)
    refusal = why_not_adjust(run)
    assert refusal is not None
    assert "82 % of Nernst's" in str(refusal)
    assert as_found_outcome(run) == "fail"
    with pytest.raises(BadInput, match="electrode slope"):
        signed_off(taken(decided(run, adjust=True), "as_left", worn))
    assert signed_off(decided(run, adjust=False)).outcome == "fail"


def test_a_cold_electrode_is_judged_at_25_degrees() -> None:
    cold = {
        "buffer_7": Level(7.09, 7.1, auxiliary={"ph_voltage": 0.0, "temperature": 5.0}),
        "buffer_10": Level(10.25, 10.3, auxiliary={"ph_voltage": -55.2 * 3.16, "temperature": 5.0}),
    }
    run = found(start("ysi_exo2_sdi12", "ph_buffers", electrode_slope25_mv=(-59.5, -58.5)), cold)
    assert may_adjust(run)


def test_an_electrode_out_of_centre_is_not_adjusted() -> None:
    shifted = {
        name: replace(level, auxiliary={"temperature": 25.0, "ph_voltage": (level.auxiliary or {})["ph_voltage"] + 70})
        for name, level in PH.items()
    }
    assert "voltage at pH 7" in str(why_not_adjust(found(start("ysi_exo2_sdi12", "ph_buffers"), shifted)))


def test_without_its_voltage_the_electrode_is_not_judged() -> None:
    silent = {name: replace(level, auxiliary=None) for name, level in PH.items()}
    run = found(start("ysi_exo2_sdi12", "ph_buffers"), silent)
    assert may_adjust(run)
    assert signed_off(decided(run, adjust=False)).electrode is None


def blocks(shift: float = 0.0, back: float = 0.0) -> dict[str, Level]:
    levels: dict[str, Level] = {}
    for place, height in enumerate((0.0, 2.5, 5.0, 7.5, 10.0)):
        levels[f"up_{place}"] = Level(height, height + shift, 0.001, 30, 0.002, standard=place)
        levels[f"down_{place}"] = Level(height, height + shift + back, 0.001, 30, 0.002, standard=place)
    return levels


def test_blocks_up_and_down_are_judged_by_difference_and_hysteresis() -> None:
    run = found(start("dendrometer_mm", "dendrometer_gauge_blocks"), blocks(shift=3.0, back=0.004))
    assert max(abs(one.error) for one in results(run, "as_found")) == pytest.approx(0.004)
    assert as_found_outcome(run) == "pass"
    assert may_adjust(run)
    loose = found(start("dendrometer_mm", "dendrometer_gauge_blocks", tolerance=Tolerance(1.0)), blocks(back=0.03))
    assert as_found_outcome(loose) == "fail"


@pytest.mark.parametrize(("back", "outcome"), [(0.02, "pass"), (0.021, "fail")])
def test_a_difference_just_at_the_limit_is_within_it_whatever_binary_fractions_make_of_it(
    back: float, outcome: str
) -> None:
    assert 2.52 - 2.5 > 0.02
    run = found(start("dendrometer_mm", "dendrometer_gauge_blocks", tolerance=Tolerance(1.0)), blocks(back=back))
    assert as_found_outcome(run) == outcome


def test_an_error_from_zero_is_as_uncertain_as_both_ends() -> None:
    run = found(start("dendrometer_mm", "dendrometer_gauge_blocks", resolution=0.001), blocks())
    result = next(one for one in results(run, "as_found") if one.point == "up_4")
    each = 0.001**2 + 0.001**2 / 30 + 0.001**2 / 12  # reference, repeatability, resolution, in mm²
    assert math.sqrt(sum(term.standard**2 for term in result.budget)) == pytest.approx(math.sqrt(2 * each))


def test_a_comparison_is_judged_over_all_its_times() -> None:
    references = (6.0, 9.1, 13.0, 18.2)
    good = {f"period_{n}": Level(r, 1.1 * r, 0.5, expanded=1.0) for n, r in enumerate(references, 1)}
    flat = {f"period_{n}": Level(r, 10.0 + 0.01 * n, 0.5, expanded=1.0) for n, r in enumerate(references, 1)}
    assert as_found_outcome(found(start("plantower_pms7003", "pm_collocation"), good)) == "pass"
    assert as_found_outcome(found(start("plantower_pms7003", "pm_collocation"), flat)) == "fail"


def test_a_comparison_at_fewer_than_three_values_is_not_passed_unjudged() -> None:
    references = (9.0, 9.0, 13.0)
    same = {f"period_{n}": Level(r, 1.1 * r, 0.5, expanded=1.0) for n, r in enumerate(references, 1)}
    run = found(start("plantower_pms7003", "pm_collocation"), same)
    with pytest.raises(BadInput, match="3 different values of the reference"):
        outcome_of(run)
    run = then(run, point(run, "as_found", "period_4", Level(18.2, 20.0, 0.5, expanded=1.0)))
    assert outcome_of(run) == "pass"


def test_a_meter_is_judged_in_shares_of_its_reading() -> None:
    levels = {
        "full_pf1": Level(100.0, 100.18, 0.001, expanded=0.01),
        "full_pf05": Level(50.0, 50.1, 0.001, expanded=0.005),
        "tenth_pf1": Level(10.0, 10.001, 0.0001, expanded=0.001),
        "twentieth_pf1": Level(5.0, 5.001, 0.0001, expanded=0.0005),
    }
    run = found(start("schneider_pm5000", "meter_comparison"), levels)
    outcomes = {one.point: one.outcome for one in results(run, "as_found")}
    assert outcomes["full_pf1"] == "pass"
    assert outcomes["full_pf05"] == "pass"
    body = signed_off(run)
    assert body.uncertainty is not None
    assert body.uncertainty.repeatability == 0.0
    assert body.uncertainty.relative == pytest.approx(math.hypot(0.1 / math.sqrt(3), 0.0025) / 50, rel=1e-3)


def test_drift_since_the_calibration_before() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 427.6, expanded=1.0)})
    (result,) = results(run, "as_found")
    before = Earlier(50, STARTED_NS - 184 * DAY_NS, (replace(result, error=-0.4),))
    assert drift(run, before) == {"fresh_air": pytest.approx(5.95516304, rel=1e-8)}
    assert drift(run, None) == {}
    run = decided(run, adjust=False)
    plain, wandering = (verdict(run, person="Ada", due="x", before=one) for one in (None, before))
    assert plain.uncertainty is not None
    assert wandering.uncertainty is not None
    grown = math.sqrt(wandering.uncertainty.constant**2 - plain.uncertainty.constant**2)
    assert grown == pytest.approx(3.0 / 184 * 180 / math.sqrt(3))
    assert (plain.before, wandering.before) == (None, 50)


def test_drift_of_a_meter_is_told_at_the_load_of_today() -> None:
    def loads(share: float, full: float) -> dict[str, Level]:
        references = {"full_pf1": full, "full_pf05": full / 2, "tenth_pf1": full / 10, "twentieth_pf1": full / 20}
        return {name: Level(one, one * (1 + share), 1e-6, expanded=1e-5 * one) for name, one in references.items()}

    then = results(found(start("schneider_pm5000", "meter_comparison"), loads(0.001, 20.0)), "as_found")
    now = found(start("schneider_pm5000", "meter_comparison"), loads(0.001, 100.0))
    # 0.02 kW at 20 kW and 0.1 kW at 100 kW are 0.1 % both: no drift, where the difference alone would say 0.08 kW
    assert drift(now, Earlier(50, STARTED_NS - 365 * DAY_NS, then))["full_pf1"] == pytest.approx(0.0, abs=1e-9)


def test_two_calibrations_of_one_day_tell_no_drift_per_year_and_no_giant_uncertainty() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 427.6, expanded=1.0)})
    (result,) = results(run, "as_found")
    before = Earlier(50, STARTED_NS - DAY_NS // 24, (replace(result, error=1.6),))
    assert drift(run, before) == {}
    body = verdict(decided(run, adjust=False), person="Ada", due="x", before=before)
    assert body.uncertainty is not None
    assert body.uncertainty.constant < 10.0  # 1 ppm in an hour, continued for 180 days, would be 4320 ppm


def test_the_calibration_before_counts_as_it_was_left() -> None:
    body = signed_off(fresh_air())
    assert [one.error for one in Earlier.of_verdict(7, 1, body).results] == [1.0]
    assert [one.error for one in Earlier.of_verdict(7, 1, replace(body, as_left=())).results] == [37.0]


def test_a_run_that_is_not_ready_is_not_signed() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 427.6)})
    with pytest.raises(OutOfOrder, match="decide"):
        signed_off(run)
    with pytest.raises(BadInput, match="points"):
        signed_off(start("sensirion_scd30", "co2_fresh_air"))


def test_what_is_only_verified_is_never_adjusted() -> None:
    run = found(start("gill_windsonic", "wind_zero"), {"still_air": STILL})
    assert "verified only" in str(why_not_adjust(run))
    assert outcome_of(run) == "pass"


STEEP = {
    "zero": Level(0.0, 5.0, 2.0, expanded=1.0, standard=4),
    "span": Level(1050.0, 1005.0, 2.0, expanded=10.0, standard=5),
}
"""A slope of 1.05."""


def test_a_single_reading_borrows_the_scatter_that_is_allowed() -> None:
    run = start("sensirion_scd30", "co2_fresh_air", stable=StableSignal(0, 1, 7.0, 1))
    run = then(run, mine(run, CalibrationConditions, {}, "Ada"))
    body = point(run, "as_found", "fresh_air", Level(425.0, 430.0, count=1))
    terms = {term.name: term for term in judged_point(run.procedure, run.procedure.points[0], body).budget}
    assert terms["repeatability"].standard == 7.0


def test_the_scatter_of_a_value_is_that_of_raw_through_the_function_that_makes_it() -> None:
    run = start("ysi_exo2_sdi12", "turbidity")
    spec = run.procedure.points[0]
    body = point(run, "as_found", spec.name, Level(0.5, 0.5, 0.04, count=16))
    steep = ValueFunction("polynomial", (0.1, 3.0))
    plain, shown = (judged_point(run.procedure, spec, body, function=made) for made in (None, steep))
    scatter = [next(one.standard for one in two.budget if one.name == "repeatability") for two in (plain, shown)]
    assert scatter == pytest.approx([0.01, 0.03])
    adjusted = found(start("sensirion_scd30", "co2_zero_span"), STEEP)
    left = taken(decided(adjusted, adjust=True), "as_left", STEEP)
    terms = {term.name: term for term in results(left, "as_left")[0].budget}
    assert terms["repeatability"].standard == pytest.approx(1.05 * 2.0 / math.sqrt(60))


def test_an_adjustment_on_the_device_whose_command_was_left_out_is_none_in_the_software() -> None:
    (air,) = start("sensirion_scd30", "co2_fresh_air").procedure.points
    points = (replace(air, optional=True), replace(air, name="other"))
    levels = {"other": Level(425.0, 440.0, 1.0, expanded=20.0)}
    run = decided(found(start("sensirion_scd30", "co2_fresh_air", points=points), levels), adjust=True)
    body = signed_off(taken(run, "as_left", levels))
    assert (body.function, body.device_adjusted) == (None, False)
    assert [one.error for one in body.as_left] == [15.0]


def test_after_a_stopped_command_the_as_left_points_decide() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 600.0, expanded=20.0)})
    run = decided(commanded(decided(run, adjust=True), "sent", "unanswered"), adjust=False)
    run = taken(run, "as_left", {"fresh_air": Level(425.0, 427.0, expanded=20.0)})
    assert (outcome_of(run), signed_off(run).device_adjusted) == ("pass", True)
