# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How uncertain values are after a comparison: away from its level, and beside the calibration before."""

import math
from dataclasses import replace
from datetime import date

import pytest

from edge_daemon.calibration.judge import Earlier, due_on, verdict
from edge_daemon.calibration.run import Run
from edge_daemon.domain.channel import Computed
from edge_daemon.log.calibration_body import CalibrationVerdict, ValueFunction, ValueUncertainty
from edge_daemon.log.calibration_values import standard_uncertainty
from edge_daemon.log.computed_channels import said_of
from edge_daemon.log.in_force import InForce
from edge_daemon.log.instruments import Key
from edge_daemon.metrology.uncertainty import rectangular
from edge_daemon.station.recomputing import sureness
from tests.unit.edge_daemon.calibration.runs import DAY_NS, STARTED_NS, STILL, Level, decided, found, fresh_air, start

FRESH = {"fresh_air": Level(425.0, 430.0, 1.0, expanded=20.0)}
LABORATORY = ValueUncertainty(3.0, 0.01)


def kept(levels: dict[str, Level] = FRESH, model: str = "sensirion_scd30", key: str = "co2_fresh_air") -> Run:
    return decided(found(start(model, key), levels, temperature=20.0, pressure=1000.0), adjust=False)


def made(run: Run, before: ValueUncertainty | None = None) -> CalibrationVerdict:
    earlier = Earlier(9, STARTED_NS, uncertainty=before) if before else None
    return verdict(run, person="Ada", due="2027-01-01", before=earlier)


def expanded(uncertainty: ValueUncertainty | None, raw: float) -> float:
    assert uncertainty is not None
    return uncertainty.factor * standard_uncertainty(uncertainty, raw, raw)


def test_one_level_that_was_left_as_it_is_says_as_little_of_the_gain_as_one_that_was_adjusted() -> None:
    kept_there, adjusted = made(kept()).uncertainty, made(fresh_air(430.0, 425.0)).uncertainty
    assert expanded(kept_there, 425.0) == pytest.approx(21.0, abs=1.0)
    # the proportional part of SCD30's accuracy, 3 %, as a rectangle: 4575 ppm away
    gain = 2 * rectangular("gain", 0.03 * (5_000.0 - 430.0)).standard
    assert expanded(kept_there, 5_000.0) == pytest.approx(math.hypot(expanded(kept_there, 430.0), gain), rel=1e-3)
    assert expanded(kept_there, 5_000.0) == pytest.approx(expanded(adjusted, 5_000.0), rel=0.05)


def test_beyond_its_points_a_value_is_marked_as_extrapolated() -> None:
    told = InForce(3, Key("m", "S"), "active_power", None, made(compared(0.0005)).uncertainty, 0, "", "pass")
    assert not sureness(told, 430.0, 430.0).extrapolated
    assert sureness(told, 1_500.0, 1_500.0).extrapolated


def test_away_from_a_single_point_a_value_is_less_sure_and_not_beyond_anything() -> None:
    kept_there, moved = made(kept()), made(fresh_air(460.0, 425.0))
    assert moved.function is not None
    assert (kept_there.uncertainty and kept_there.uncertainty.span, moved.function.span) == (None, None)
    for verdict_ in (kept_there, moved):
        told = InForce(3, Key("m", "S"), "co2", verdict_.function, verdict_.uncertainty, 0, "", "pass")
        near, far = (sureness(told, raw, raw) for raw in (460.0, 5_000.0))
        assert not near.extrapolated
        assert not far.extrapolated
        assert near.expanded is not None
        assert far.expanded is not None
        assert far.expanded > 4 * near.expanded


def test_where_nothing_says_what_the_gain_may_be_the_makers_accuracy_does() -> None:
    run = found(start("gill_windsonic", "wind_zero", check_only=False), {"still_air": STILL}, temperature=20.0)
    body = made(run)
    assert expanded(body.uncertainty, 0.0) < 0.06
    # 2 % of 60 m/s at the far end of its span, as a rectangle
    assert expanded(body.uncertainty, 40.0) == pytest.approx(2 * 0.02 * 40.0 / math.sqrt(3), rel=0.01)


def test_where_nothing_at_all_says_so_none_is_stated() -> None:
    zero = {"zero": Level(0.0, 0.3, 0.3, expanded=1.0)}
    run = found(start("air_quality_station", "pm_zero", check_only=False), zero, temperature=20.0)
    assert run.procedure.maker_accuracy is None
    assert made(run).uncertainty is None


@pytest.mark.parametrize("raw", [0.0, 425.0, 2_000.0, 10_000.0])
def test_a_verification_makes_no_value_surer_than_the_calibration_before(raw: float) -> None:
    sure = replace(LABORATORY, covariance=((4.0, -0.001), (-0.001, 1e-5)))
    body = made(kept(), sure)
    assert expanded(body.uncertainty, raw) >= expanded(sure, raw)
    assert expanded(body.uncertainty, 430.0) >= expanded(made(kept()).uncertainty, 430.0) - 1e-9


def test_several_levels_do_not_make_it_surer_either() -> None:
    points = {
        name: Level(power, power * 1.0001, 1e-5 * power, expanded=1e-4 * power)
        for name, power in (("full_pf1", 100.0), ("full_pf05", 50.0), ("tenth_pf1", 10.0), ("twentieth_pf1", 5.0))
    }
    run = found(start("schneider_ion7550", "meter_comparison"), points, temperature=20.0)
    assert expanded(made(run).uncertainty, 100.0) < expanded(made(run, LABORATORY).uncertainty, 100.0)
    assert expanded(made(run, LABORATORY).uncertainty, 100.0) == pytest.approx(expanded(LABORATORY, 100.0), rel=0.2)


LOADS = (("full_pf1", 1_000.0), ("full_pf05", 500.0), ("tenth_pf1", 100.0), ("twentieth_pf1", 50.0))


def compared(error: float) -> Run:
    """A meter beside a better one, off by this share at every load."""
    levels = {name: Level(load, load * (1 + error), 0.0, expanded=load * 5e-4) for name, load in LOADS}
    return found(start("schneider_ion7550", "meter_comparison"), levels, temperature=20.0)


def test_a_meters_drift_is_a_share_of_what_it_shows_at_every_load() -> None:
    first = verdict(compared(-0.0010), person="Ada", due="2027-01-01")
    years = 3 * 365 * DAY_NS
    earlier = Earlier(9, STARTED_NS - years, first.as_found, first.uncertainty)
    later = verdict(compared(0.0005), person="Ada", due="2027-01-01", before=earlier).uncertainty
    assert first.uncertainty is not None
    assert later is not None
    assert later.constant == pytest.approx(first.uncertainty.constant), "the resolution alone"
    shares = [expanded(later, load) / load for load in (10.0, 100.0, 1_000.0)]
    assert shares == pytest.approx([shares[0]] * 3, rel=1e-2)
    own = math.hypot(5e-4 / 2, 5e-4 / math.sqrt(3))  # the reference's, and the error found
    drift = 0.0015 * start("schneider_ion7550", "meter_comparison").procedure.interval_days / (3 * 365)
    assert shares[2] == pytest.approx(2 * math.hypot(own, drift / math.sqrt(3)), rel=1e-3)
    power = InForce(3, Key("m", "S"), "active_power", None, later, 0, "", "pass")
    counter = said_of(power, "energy_total", Computed("active_power", "counter"))
    assert counter is not None
    assert counter.uncertainty is not None
    assert counter.uncertainty.factor * counter.uncertainty.relative == pytest.approx(shares[2], rel=1e-3)


def test_the_points_of_the_function_before_stay_known() -> None:
    line = ValueFunction("polynomial", (0.0, 1.0), span=(0.0, 1_000.0))
    run = kept()
    run = replace(run, start=replace(run.start, function=line))
    body = made(run, LABORATORY)
    assert body.uncertainty is not None
    assert body.uncertainty.span == (0.0, 1_000.0)


def test_a_check_states_no_uncertainty_and_is_due_on_no_day() -> None:
    run = found(start("gill_windsonic", "wind_zero"), {"still_air": STILL}, temperature=20.0)
    body = made(run)
    assert (body.outcome, body.takes_effect, body.uncertainty) == ("pass", False, None)
    assert due_on(run, "pass", date(2026, 11, 23)) == ""


def test_a_verdict_is_due_by_the_plan_where_that_is_earlier() -> None:
    run = kept()
    assert due_on(run, "pass", date(2026, 11, 23), 30) == "2026-12-23"
    assert due_on(run, "pass", date(2026, 11, 23), 3_000) == due_on(run, "pass", date(2026, 11, 23)) == "2027-05-22"
