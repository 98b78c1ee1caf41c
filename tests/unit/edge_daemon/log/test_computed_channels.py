# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration of a channel is for those that are computed from it: value, name, uncertainty, due date, doubt."""

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import ChannelValue, Computed, Flag
from edge_daemon.log.bodies import Body, ChannelBody, ConfigurationBody, ConnectionBody
from edge_daemon.log.calibration_body import ValueFunction, ValueUncertainty
from edge_daemon.log.calibration_coverage import coverage
from edge_daemon.log.calibration_due import due_of, dues
from edge_daemon.log.calibration_values import standard_uncertainty, value_of
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.carrying import carried
from edge_daemon.log.clock_history import Reported, Standing
from edge_daemon.log.computed_channels import said_of
from edge_daemon.log.effective import NO_CALIBRATIONS, Amendments, effective
from edge_daemon.log.entry import LoggedReading
from edge_daemon.log.in_force import InForce
from edge_daemon.log.instruments import Key
from edge_daemon.log.plan import Plan
from edge_daemon.log.setup import fold as setup_of
from tests.unit.edge_daemon.log.calibration_world import (
    DAY_NS,
    T_NS,
    certificate,
    entry,
    installed,
    review,
    start,
    told,
)
from tests.unit.edge_daemon.log.calibration_world import verdict as verdict_of

STEM, MODEL, SERIAL = "stem", "dendrometer_mm", "D-1"
KEY = Key(MODEL, SERIAL)
LOW = ValueFunction("polynomial", (0.2, 1.05), span=(0.0, 10.0))
U = ValueUncertainty(0.004, 0.001, ((4e-6, -1e-7), (-1e-7, 9e-8)), 7.0, 2.4, 0.002)
ROUND = 1 / math.pi


def configured(factor: float = 2.0, how: str = "proportional", sensor: str = STEM) -> ConfigurationBody:
    diameter = Computed("compensated", how, factor)  # type: ignore[arg-type]  # a test names it
    channels = (
        ChannelBody("compensated", "mm", -1000, 1000),
        ChannelBody("diameter", "mm", -1000, 1000, computed=diameter),
        ChannelBody("movement", "mm", -1000, 1000, computed=Computed("compensated", "proportional")),
        ChannelBody("temperature", "°C", -40, 85),
    )
    return ConfigurationBody(
        sensor, "recording", sensor, "tree_growth", MODEL, "dendrometer_line", "1", 900 * 10**9, channels,
        ConnectionBody("usb", "usb", "9600 8N1"), {}, demo=False, primary="compensated",
    )  # fmt: skip


def begun(index: int, channel: str = "compensated", sensor: str = STEM) -> tuple[int, Body]:
    return index, start(SERIAL, sensor, channel, MODEL)


def ended(
    index: int,
    run: int,
    outcome: str = "pass",
    function: ValueFunction | None = LOW,
    due: str = "",
    channel: str = "compensated",
) -> Body:
    return verdict_of(
        run, outcome, function, U, serial=SERIAL, sensor=STEM, model=MODEL, channel=channel,  # type: ignore[arg-type]
        takes_effect=outcome == "pass", due=due,
    )  # fmt: skip


def known(*more: tuple[int, Body], factor: float = 2.0) -> Calibrations:
    return told((1, configured(factor)), (2, installed(SERIAL, STEM, MODEL)), *more)


def test_every_channel_of_the_sensing_element_follows_the_calibration_and_names_it() -> None:
    found = known(begun(10), (20, ended(20, 10)))
    named = {name: one.index for name, one in found.for_sensor(STEM).items()}
    assert named == {"compensated": 20, "diameter": 20, "movement": 20}
    functions = {name: one.function for name, one in found.for_sensor(STEM).items()}
    raw = 4.0
    value = value_of(LOW, raw)
    assert value_of(functions["movement"], raw) == value
    assert value_of(functions["diameter"], 2 * raw) == pytest.approx(2 * value, rel=1e-15)
    assert value_of(functions["diameter"], 2 * raw) - 2 * raw * 1.05 == pytest.approx(0.4)


def test_the_uncertainty_goes_along() -> None:
    found = known(begun(10), (20, ended(20, 10)), factor=ROUND).for_sensor(STEM)
    one, of_it = found["compensated"], found["diameter"]
    assert one.uncertainty is not None
    assert of_it.uncertainty is not None
    raw = 6.0
    expected = ROUND * standard_uncertainty(one.uncertainty, raw, value_of(one.function, raw))
    mine = standard_uncertainty(of_it.uncertainty, raw * ROUND, value_of(of_it.function, raw * ROUND))
    assert mine == pytest.approx(expected, rel=1e-12)
    assert of_it.function is not None
    assert of_it.function.span == pytest.approx((0.0, 10 * ROUND))


@given(st.floats(0.1, 10), st.floats(-50, 50), st.lists(st.floats(-3, 3), min_size=2, max_size=4), st.booleans())
def test_a_computed_value_is_the_factor_times_the_value_of_the_source(
    factor: float, raw: float, numbers: list[float], is_line: bool
) -> None:
    knots = ((-60.0, numbers[0]), (1.0, numbers[1]), (60.0, numbers[-1]))
    function = ValueFunction("polynomial", tuple(numbers)) if is_line else ValueFunction("segments", knots=knots)
    made = InForce(5, KEY, "compensated", function, None, T_NS, "", "pass")
    of_it = said_of(made, "diameter", Computed("compensated", "proportional", factor))
    assert of_it is not None
    assert value_of(of_it.function, raw * factor) == pytest.approx(factor * value_of(function, raw), rel=1e-9, abs=1e-9)


def test_a_reading_is_read_by_the_configuration_that_it_names() -> None:
    found = known(begun(10), (20, ended(20, 10)), (30, configured(ROUND)))
    before, after = found.made_with(20, "diameter", 1), found.made_with(20, "diameter", 30)
    assert before is not None
    assert after is not None
    assert value_of(before.function, 0.0) == pytest.approx(0.4)
    assert value_of(after.function, 0.0) == pytest.approx(0.2 * ROUND)
    # What was started before the change and ends after it names the configuration of before.
    assert found.of_reading(STEM, 40, 1)["diameter"].function == before.function
    assert found.for_sensor(STEM, 29)["diameter"].function == before.function
    assert found.for_sensor(STEM)["diameter"].function == after.function


def test_what_a_summary_reads_has_the_calibration_of_the_computed_channel() -> None:
    found = known(begun(10), (20, ended(20, 10)))
    names = {"compensated": 20, "diameter": 20, "movement": 20}
    channels = {name: ChannelValue(2.0, 2.0, Flag.GOOD) for name in names}
    logged = LoggedReading(STEM, channels, 100, 1, names, (), T_NS, 5, bytes(16))
    at = Reported(T_NS, 0, Standing.TRUSTED)
    read = effective(25, logged, at, Amendments(), (), found)
    assert read.made_with["diameter"] == found.for_sensor(STEM)["diameter"]
    assert read.in_calibration is None
    assert effective(25, logged, at, Amendments(), (), NO_CALIBRATIONS).made_with == {}


def test_no_growth_is_told_across_a_calibration_of_what_the_diameter_is_computed_from() -> None:
    found = known(begun(10), (20, ended(20, 10)))
    assert not found.continuous(STEM, "diameter", 5, 25)
    assert found.continuous(STEM, "diameter", 21, 25)
    assert found.continuous(STEM, "temperature", 5, 25)


def test_a_failure_casts_doubt_on_what_is_computed_from_it_until_one_passes() -> None:
    failing = known(begun(10), (20, ended(20, 10, "fail")))
    assert failing.doubted(STEM) == {"compensated", "diameter", "movement"}
    assert due_of(failing, KEY, "diameter", date(2027, 1, 15)).failed
    again = known(begun(10), (20, ended(20, 10, "fail")), begun(30), (40, ended(40, 30)))
    assert again.doubted(STEM) == frozenset()
    assert again.doubted(STEM, 25) == {"compensated", "diameter", "movement"}
    assert not due_of(again, KEY, "diameter", date(2027, 1, 15)).failed


def test_it_is_due_and_covered_with_the_channel_that_was_calibrated() -> None:
    found = known(begun(10), (20, ended(20, 10, due="2027-12-01")))
    standing = due_of(found, KEY, "diameter", date(2027, 1, 20))
    assert (standing.standing, standing.due) == ("ok", date(2027, 12, 1))
    times = {1: T_NS - 9 * DAY_NS, 2: T_NS - 9 * DAY_NS, 20: T_NS}
    part = coverage(found, STEM, "diameter", (T_NS, T_NS + DAY_NS), lambda index: times[index])
    assert (part.share, part.gaps) == (1.0, ())


def test_nobody_is_reminded_twice_of_one_calibration() -> None:
    entries = [(1, entry(configured())), (2, entry(installed(SERIAL, STEM, MODEL)))]
    found = known(begun(10), (20, ended(20, 10, due="2027-12-01")))
    told_of = dues(found, setup_of(entries), Plan(), date(2027, 11, 20))
    assert [one.channel for one in told_of] == ["compensated"]


def test_a_log_that_follows_carries_it_once() -> None:
    found = known(begun(10), (20, ended(20, 10)))
    assert [one.channel for one in carried(found, "verifield/log/a")] == ["compensated"]


def test_what_an_instrument_works_out_itself_is_not_adjusted_and_is_doubted_all_the_same() -> None:
    entries = ((1, configured(how="instrument")), (2, installed(SERIAL, STEM, MODEL)))
    passed = told(*entries, begun(10), (20, ended(20, 10)))
    assert "diameter" not in passed.for_sensor(STEM)
    failing = told(*entries, begun(10), (20, ended(20, 10, "fail")))
    assert failing.doubted(STEM) == {"compensated", "diameter", "movement"}
    again = told(*entries, begun(10), (20, ended(20, 10, "fail")), begun(30), (40, ended(40, 30)))
    assert again.doubted(STEM) == frozenset()


def test_a_configuration_of_before_says_nothing_of_computed_channels() -> None:
    plain = configured()
    plain = replace(plain, channels=tuple(replace(one, computed=None) for one in plain.channels))
    found = told((1, plain), (2, installed(SERIAL, STEM, MODEL)), begun(10), (20, ended(20, 10, "fail")))
    assert found.doubted(STEM) == {"compensated"}
    assert set(
        told((1, plain), (2, installed(SERIAL, STEM, MODEL)), begun(10), (20, ended(20, 10))).for_sensor(STEM)
    ) == {"compensated"}


# ---- a meter's counter ----------------------------------------------------------------------------------------------

METER, METER_KEY = "meter", Key("schneider_ion7550", "M-1")


def meter(*more: tuple[int, Body]) -> Calibrations:
    counter = Computed("active_power", "counter")
    channels = (
        ChannelBody("active_power", "kW", -1e6, 1e6),
        ChannelBody("energy_total", "kWh", 0, 1e9, computed=counter),
    )
    body = replace(configured(sensor=METER), model="schneider_ion7550", channels=channels, primary="active_power")
    return told((1, body), (2, installed("M-1", METER, "schneider_ion7550")), *more)


def compared(
    run: int,
    outcome: str = "pass",
    function: ValueFunction | None = None,
    relative: float = 0.0004,
    due: str = "2029-01-01",
) -> tuple[tuple[int, Body], tuple[int, Body]]:
    begin = start("M-1", METER, "active_power", "schneider_ion7550")
    uncertainty = ValueUncertainty(0.02, relative, (), 12.0, 2.2, 0.01)
    end = verdict_of(
        run, outcome, function, uncertainty, serial="M-1", sensor=METER, model="schneider_ion7550",  # type: ignore[arg-type]
        channel="active_power", takes_effect=outcome == "pass", due=due,
    )  # fmt: skip
    return (run, begin), (run + 5, end)


def test_a_meters_power_speaks_for_its_counter_by_the_share_alone() -> None:
    made = meter(*compared(10)).for_sensor(METER)["energy_total"]
    assert (made.index, made.function) == (15, None)
    assert made.uncertainty == ValueUncertainty(0.0, 0.0004, (), 12.0, 2.2, 0.0)
    standing = due_of(meter(*compared(10)), METER_KEY, "energy_total", date(2027, 1, 20))
    assert (standing.standing, standing.due) == ("ok", date(2029, 1, 1))
    failing = meter(*compared(10, "fail"))
    assert failing.doubted(METER) == {"active_power", "energy_total"}


def test_a_power_whose_values_are_made_by_a_function_says_nothing_of_the_counter() -> None:
    made = meter(*compared(10, function=ValueFunction("polynomial", (0.0, 1.02)))).for_sensor(METER)
    assert set(made) == {"active_power"}


def test_without_a_share_the_counter_has_no_uncertainty() -> None:
    made = meter(*compared(10, relative=0.0)).for_sensor(METER)["energy_total"]
    assert made.uncertainty is None


def test_a_counters_own_certificate_with_a_function_is_not_touched() -> None:
    line = ValueFunction("polynomial", (0.0, 1.001))
    paper = replace(
        certificate("M-1", line), sensor=METER, model="schneider_ion7550", channel="energy_total", unit="kWh"
    )
    accepted = replace(review(5, serial="M-1"), sensor=METER, model="schneider_ion7550", channel="energy_total")
    found = meter((5, paper), (6, accepted), *compared(10))
    assert found.for_sensor(METER)["energy_total"].index == 6
    # and one without is not history only when it comes late
    late = meter(*compared(10), (20, replace(paper, function=None)), (21, replace(accepted, certificate=20)))
    assert not late.history_only
    assert late.for_sensor(METER)["energy_total"].index == 21


def counted(
    at: int,
    uncertainty: ValueUncertainty | None,
    due: str = "2028-01-10",
    calibrated: str = "2026-01-10",
    function: ValueFunction | None = None,
) -> tuple[tuple[int, Body], tuple[int, Body]]:
    """A laboratory's certificate of the counter, and its review at `at` + 1."""
    paper = replace(
        certificate("M-1", function, uncertainty, calibrated=calibrated), sensor=METER, model="schneider_ion7550",
        channel="energy_total", unit="kWh", due=due,
    )  # fmt: skip
    accepted = replace(review(at, serial="M-1"), sensor=METER, model="schneider_ion7550", channel="energy_total")
    return (at, paper), (at + 1, accepted)


@pytest.mark.parametrize("relative", [0.0, 0.01])
def test_a_counters_own_certificate_keeps_its_uncertainty_and_due_date_until_it_is_due(relative: float) -> None:
    certified = ValueUncertainty(0.0, 0.001)
    for due in ("2028-01-10", "2027-01-15", ""):  # the comparison is of 2027-01-15: the last day counts
        found = meter(*counted(5, certified, due), *compared(10, relative=relative))
        for made in (found.for_sensor(METER)["energy_total"], found.in_force(METER_KEY, "energy_total")):
            assert made is not None
            assert (made.index, made.uncertainty, made.due, made.of) == (6, certified, due, "")
        assert found.of_reading(METER, 20, 1)["energy_total"].index == 6
        assert found.for_sensor(METER)["active_power"].index == 15
    standing = due_of(meter(*counted(5, certified), *compared(10)), METER_KEY, "energy_total", date(2027, 12, 20))
    assert (standing.standing, standing.due) == ("due", date(2028, 1, 10))


def test_once_it_is_due_the_next_comparison_of_the_power_speaks_for_the_counter() -> None:
    found = meter(*counted(5, ValueUncertainty(0.0, 0.001), "2027-01-14"), *compared(10))
    made = found.for_sensor(METER)["energy_total"]
    assert (made.index, made.of, made.due) == (15, "active_power", "2029-01-01")


def test_a_counters_certificate_without_an_uncertainty_gives_way_to_a_comparison_that_states_one() -> None:
    found = meter(*counted(5, None), *compared(10))
    assert found.for_sensor(METER)["energy_total"].uncertainty == ValueUncertainty(0.0, 0.0004, (), 12.0, 2.2, 0.0)
    silent = meter(*counted(5, None), *compared(10, relative=0.0)).for_sensor(METER)["energy_total"]
    assert (silent.index, silent.due) == (6, "2028-01-10")
    later = meter(*counted(5, None), *compared(10), *compared(30, relative=0.0)).for_sensor(METER)["energy_total"]
    assert (later.index, later.uncertainty) == (35, None), "what has given way does not come back by itself"


LEFT_RAW = ValueUncertainty(0.0, 0.001)


@pytest.mark.parametrize(
    ("due", "compared_until", "holds"),
    [
        ("2028-01-10", "2029-01-01", True),  # as if it had been accepted on its day
        ("2027-01-14", "2029-01-01", False),  # over when the power was compared, 2027-01-15
        ("2027-01-15", "2029-01-01", True),  # the last day counts: accepted on that day
    ],
)
def test_a_counters_certificate_that_is_accepted_late_counts_by_its_day(
    due: str, compared_until: str, holds: bool
) -> None:
    found = meter(*compared(10, due=compared_until), *counted(20, LEFT_RAW, due))
    made = found.for_sensor(METER)["energy_total"]
    early = meter(*counted(5, LEFT_RAW, due), *compared(10, due=compared_until)).for_sensor(METER)["energy_total"]
    assert (made.index, made.of) == ((21, "") if holds else (15, "active_power"))
    assert (made.of, made.due) == (early.of, early.due), "the same in whatever order they come"
    assert set(found.history_only) == (set() if holds else {21})


def test_one_that_ran_out_before_it_was_accepted_leaves_a_comparison_that_holds() -> None:
    papers, later_ns = counted(20, LEFT_RAW, "2027-03-01"), T_NS + 90 * DAY_NS  # accepted on 2027-04-15
    for until, holds in (("2029-01-01", False), ("2027-04-14", True)):
        found = meter(*compared(10, due=until))
        for index, body in papers:
            found = found.after(index, entry(body, later_ns))
        made = found.for_sensor(METER)["energy_total"]
        assert (made.index, made.of) == ((21, "") if holds else (15, "active_power"))
        standing = due_of(found, METER_KEY, "energy_total", date(2027, 4, 15))
        assert standing.standing == ("overdue" if holds else "ok")


def test_one_that_makes_the_counters_values_holds_however_late_it_is_accepted() -> None:
    line = ValueFunction("polynomial", (0.0, 1.001))
    found = meter(*compared(10), *counted(20, LEFT_RAW, "2027-01-14", function=line))
    assert found.for_sensor(METER)["energy_total"].index == 21


# ---- papers of an earlier day --------------------------------------------------------------------------------------

OLD = ValueFunction("polynomial", (9.0, 2.0))


def old_paper(at: int, channel: str, calibrated: str = "2020-01-10") -> tuple[tuple[int, Body], tuple[int, Body]]:
    paper = certificate(SERIAL, OLD, calibrated=calibrated)
    paper = replace(paper, sensor=STEM, model=MODEL, channel=channel, unit="mm")
    accepted = replace(review(at, serial=SERIAL), sensor=STEM, model=MODEL, channel=channel)
    return (at, paper), (at + 1, accepted)


def test_an_old_certificate_of_the_source_leaves_a_newer_calibration_of_the_computed_channel() -> None:
    own = ended(12, 10, channel="diameter")
    found = known(begun(10, "diameter"), (12, own), *old_paper(20, "compensated"))
    made = found.for_sensor(STEM)
    assert {name: one.index for name, one in made.items()} == {"compensated": 21, "diameter": 12, "movement": 21}
    assert made["diameter"].function == LOW
    assert found.of_reading(STEM, 30, 1)["diameter"] == made["diameter"]
    newer = known(begun(10, "diameter"), (12, own), *old_paper(20, "compensated", "2027-01-15"))
    assert newer.for_sensor(STEM)["diameter"].index == 21, "one of the same day takes effect"


def test_an_old_certificate_of_the_computed_channel_is_history_once_the_source_was_calibrated() -> None:
    found = known(begun(10), (12, ended(12, 10)), *old_paper(20, "diameter"))
    made = found.for_sensor(STEM)["diameter"]
    assert (made.index, made.of) == (12, "compensated")
    assert set(found.history_only) == {21}
    late = replace(found.history_only[21], index=22, calibrated_ns=T_NS - 9 * DAY_NS)
    later = found.overtaken_by(late, T_NS)
    assert later is not None
    assert later.index == 12
    newer = known(begun(10), (12, ended(12, 10)), *old_paper(20, "diameter", "2027-01-15"))
    assert newer.for_sensor(STEM)["diameter"].index == 21
    assert not newer.history_only


def test_a_run_on_the_source_takes_effect_whatever_the_clock_showed_before() -> None:
    found = known(*old_paper(5, "diameter", "2027-03-01"), begun(10), (12, ended(12, 10)))
    assert found.for_sensor(STEM)["diameter"].index == 12
