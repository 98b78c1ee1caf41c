# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which calibration makes a reading's value, from entries alone: runs, certificates, instruments that move."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import Conflict
from edge_daemon.log.bodies import Body
from edge_daemon.log.calibration_body import CarriedCalibration, Outcome, ValueFunction
from edge_daemon.log.calibration_due import overdue_ns
from edge_daemon.log.calibration_values import check_function
from edge_daemon.log.calibrations import Calibrations, InForce
from edge_daemon.log.instruments import Key
from edge_daemon.log.recomputation import recomputed
from tests.unit.edge_daemon.log.calibration_world import (
    CHANNEL,
    DAY_NS,
    MODEL,
    SENSOR,
    SERIAL,
    T_NS,
    TV_A3,
    U_A3,
    abort,
    certificate,
    command,
    described,
    entry,
    installed,
    review,
    start,
    told,
    verdict,
)

KEY = Key(MODEL, SERIAL)
CHANNELS = (CHANNEL, "temperature")
SHIFTED = ValueFunction("polynomial", (5.0, 1.0))


def named(known: Calibrations, sensor: str = SENSOR, index: int | None = None) -> dict[str, int]:
    return {channel: one.index for channel, one in known.for_sensor(sensor, index).items()}


def test_a_verdict_holds_for_readings_after_it() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)))
    assert named(known, index=20) == {}
    assert named(known, index=21) == named(known) == {CHANNEL: 20}
    found = known.in_force(KEY, CHANNEL)
    assert found is not None
    assert (found.function, found.uncertainty, found.calibrated_ns, found.evidenced) == (TV_A3, U_A3, T_NS, True)
    assert known.in_force(KEY, CHANNEL, 20) is None
    assert known.in_force(KEY, CHANNEL, 21) == found == known.by_index[20]
    assert known.in_force(KEY, "temperature") is None


def test_from_start_to_end_the_sensor_is_in_calibration_and_stragglers_are_after_it() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)))
    assert [known.during(SENSOR, index) for index in (9, 11, 19, 21)] == [None, 10, 10, None]
    assert known.during("another", 15) is None
    assert known.in_calibration(SENSOR, 21, {CHANNEL: 20}, CHANNELS) is None
    assert known.in_calibration(SENSOR, 21, {}, CHANNELS) == 20
    assert known.in_calibration(SENSOR, 9, {}, CHANNELS) is None
    assert known.in_calibration(SENSOR, 15, {}, CHANNELS) == 10
    assert known.in_calibration(SENSOR, 15, {CHANNEL: 20}, CHANNELS) == 10
    open_run = told((1, installed()), (10, start()))
    assert open_run.during(SENSOR, 10**9) == 10
    assert open_run.present(SENSOR).run == 10
    assert known.present(SENSOR).run is None


@pytest.mark.parametrize(
    "end", [abort(10), verdict(10, "fail"), verdict(10, takes_effect=False), verdict(99), verdict(10, channel="other")]
)
def test_what_did_not_pass_takes_nothing_into_effect(end: Body) -> None:
    known = told((1, installed()), (10, start()), (20, end))
    assert named(known) == {}
    assert not known.made


def test_only_the_first_end_of_a_run_counts() -> None:
    known = told((1, installed()), (10, start()), (20, abort(10)), (30, verdict(10)))
    assert named(known) == {}
    assert known.during(SENSOR, 25) is None


def test_a_failed_calibration_leaves_the_one_before_in_doubt() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, start()), (40, verdict(30, "fail")))
    assert named(known) == {CHANNEL: 20}
    assert known.present(SENSOR).doubted == {CHANNEL}
    passed = known.after(50, entry(start())).after(60, entry(verdict(50)))
    assert passed.present(SENSOR).doubted == frozenset()
    assert named(passed) == {CHANNEL: 60}


def test_a_command_before_an_abort_leaves_doubt_and_an_abort_without_one_none() -> None:
    without = told((1, installed()), (10, start()), (20, abort(10)))
    assert without.present(SENSOR).doubted == frozenset()
    commanded = told((1, installed()), (10, start()), (15, command(10)), (20, abort(10)))
    assert commanded.present(SENSOR).doubted == {CHANNEL}
    assert not commanded.continuous(SENSOR, CHANNEL, 9, 21)
    assert without.continuous(SENSOR, CHANNEL, 9, 21)


def test_a_change_in_a_laboratory_breaks_values_at_the_first_reading_after_it() -> None:
    of = certificate(device_adjusted=True)
    reviewed = replace(review(20), adjusted_from=10)
    known = told((1, installed()), (19, of), (20, replace(reviewed, certificate=19)))
    assert not known.continuous(SENSOR, CHANNEL, 9, 10)
    assert not known.continuous(SENSOR, CHANNEL, 9, 15)
    assert known.continuous(SENSOR, CHANNEL, 10, 30)
    assert known.continuous(SENSOR, CHANNEL, 5, 9)
    assert not known.continuous(SENSOR, "temperature", 9, 30), "what was adjusted may stand behind every channel"


def test_a_verification_keeps_the_function_and_its_uncertainty() -> None:
    verified = verdict(30, function=None, uncertainty=None)
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, start()), (40, verified))
    found = known.in_force(KEY, CHANNEL)
    assert found is not None
    assert (found.index, found.function, found.uncertainty) == (40, TV_A3, U_A3)
    assert known.continuous(SENSOR, CHANNEL, 25, 45)
    assert not known.continuous(SENSOR, CHANNEL, 5, 25)


def test_after_an_adjustment_on_the_device_the_uncertainty_of_before_says_nothing() -> None:
    adjusted = verdict(30, function=None, uncertainty=None, device_adjusted=True)
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, start()), (35, command(30)), (40, adjusted))
    found = known.in_force(KEY, CHANNEL)
    assert found is not None
    assert (found.function, found.uncertainty, found.device_adjusted) == (TV_A3, None, True)


def test_it_follows_the_instrument_to_another_point_and_stays_away_from_its_successor() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, installed("S-2")))
    assert named(known, index=30) == {CHANNEL: 20}
    assert named(known, index=31) == {}
    assert known.in_calibration(SENSOR, 31, {CHANNEL: 20}, CHANNELS) == 30
    moved = known.after(40, entry(installed(sensor="roof")))
    assert named(moved, "roof") == {CHANNEL: 20}
    back = moved.after(50, entry(installed()))
    assert named(back) == {CHANNEL: 20}
    assert [one.index for one in back.history(KEY)] == [20]


def test_a_nameless_instrument_keeps_its_calibrations_when_its_serial_number_is_known() -> None:
    nameless = told((1, installed("")), (10, start("~1")), (20, verdict(10, serial="~1")))
    assert named(nameless) == {CHANNEL: 20}
    known = nameless.after(30, entry(described("S-1")))
    assert named(known) == named(known, index=25) == {CHANNEL: 20}
    assert known.in_force(KEY, CHANNEL) == known.in_force(Key(MODEL, "~1"), CHANNEL)
    assert known.by_index[20].key == KEY
    # A run that began under the old name ends under it, too.
    midway = told((1, installed("")), (10, start("~1")), (15, described("S-1")), (20, verdict(10, serial="~1")))
    assert named(midway) == {CHANNEL: 20}
    assert midway.in_force(KEY, CHANNEL) is not None


def test_a_name_found_later_brings_the_calibrations_it_had_from_then_on() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, installed("")), (40, described("S-1")))
    assert named(known, index=35) == {}
    assert known.in_calibration(SENSOR, 35, {}, CHANNELS) is None
    assert named(known, index=41) == {CHANNEL: 20}


def test_a_certificate_holds_once_another_person_accepts_it() -> None:
    entered = told((1, installed()), (10, certificate(uncertainty=U_A3)))
    assert named(entered) == {}
    for refused in (review(10, accepted=False), review(10, person=" ana "), review(11)):
        assert named(entered.after(20, entry(refused))) == {}
    known = entered.after(15, entry(review(10, accepted=False))).after(20, entry(review(10)))
    found = known.in_force(KEY, CHANNEL)
    assert found is not None
    assert (found.index, found.function, found.uncertainty, found.due) == (20, None, U_A3, "2028-01-10")
    assert found.calibrated_ns == 1_768_003_200_000_000_000  # 2026-01-10T00:00:00Z
    assert found.evidenced
    assert known.present(SENSOR).run is None


def test_a_log_that_follows_another_goes_on_with_what_held() -> None:
    body = CarriedCalibration(
        SENSOR, MODEL, "", CHANNEL, "o1", 20, "2026-01-10T00:00:00.000000000Z", "2027-01-10", "pass", TV_A3, U_A3
    )
    known = told((2, installed("")), (3, body))
    assert named(known) == {CHANNEL: 3}
    assert known.by_index[3].calibrated_ns == 1_768_003_200_000_000_000


def test_what_a_reading_would_be_under_another_calibration() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, start()), (40, verdict(30, function=SHIFTED)))
    first, second = known.made
    assert recomputed(known, SENSOR, 45, 735.0, first) == pytest.approx(693.4235977)
    assert recomputed(known, SENSOR, 25, 735.0, second) == 740.0
    assert recomputed(known, SENSOR, 5, 735.0, second) == 740.0


def test_no_value_is_carried_across_an_adjustment_on_the_device_or_to_another_instrument() -> None:
    known = told(
        (1, installed()),
        (10, start()),
        (20, verdict(10)),
        (30, start()),
        (35, command(30)),
        (40, verdict(30, function=SHIFTED, device_adjusted=True)),
        (50, installed("S-2")),
    )
    first, second = known.made
    with pytest.raises(Conflict, match="adjusted at entry 35"):
        recomputed(known, SENSOR, 45, 735.0, first)
    with pytest.raises(Conflict, match="adjusted at entry 35"):
        recomputed(known, SENSOR, 25, 735.0, second)
    with pytest.raises(Conflict, match="another instrument"):
        recomputed(known, SENSOR, 55, 735.0, second)
    steep = replace(second, function=ValueFunction("polynomial", (0.0, 10.0)))
    with pytest.raises(Conflict, match="no finite value"):
        recomputed(known, SENSOR, 45, 1e308, steep)
    assert recomputed(known, SENSOR, 45, 735.0, second) == 740.0


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (ValueFunction("polynomial", (1.0,)), "an offset and a gain"),
        (ValueFunction("segments", knots=((0.0, 0.0),)), "two or more knots"),
        (ValueFunction("segments", knots=((5.0, 0.0), (5.0, 1.0))), "ascend"),
    ],
)
def test_a_function_that_cannot_be_applied_takes_nothing_into_effect(function: ValueFunction, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_function(function)
    known = told((1, installed()), (10, start()), (20, verdict(10, function=function)))
    assert named(known) == {}
    assert known.during(SENSOR, 25) is None


@pytest.mark.parametrize(
    ("outcome", "after_days", "age"),
    [
        ("pass", 0, 0),
        ("conditional_pass", 180.99, 180),
        (None, 366, 366),
        ("conditional_fail", 3, None),
        ("pass", -0.5, 0),
        ("pass", -2, None),
    ],
)
def test_the_age_of_a_calibration_counts_where_it_proves_something(
    outcome: Outcome | None, after_days: float, age: int | None
) -> None:
    made = InForce(20, KEY, CHANNEL, None, None, T_NS, "2028-02-29", outcome)
    assert made.age_days(T_NS + round(after_days * DAY_NS)) == age
    assert overdue_ns(made, None) == 1_835_481_600_000_000_000  # 2028-03-01T00:00:00Z
    assert overdue_ns(replace(made, due="some day"), None) is None
    assert overdue_ns(made, 30) == made.calibrated_ns - made.calibrated_ns % DAY_NS + 31 * DAY_NS


KINDS = ("install", "describe", "start", "abort", "command", "certificate", "review")
OUTCOMES = ("pass", "conditional_pass", "conditional_fail", "fail")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(KINDS + OUTCOMES),
        st.sampled_from(("a", "b")),
        st.sampled_from(("S-1", "S-2", "")),
    ),
    max_size=25,
)


def bodies_of(events: list[tuple[str, str, str]]) -> list[tuple[int, Body]]:
    """Entries with an index each, two apart; runs and certificates refer to the newest of their sensor."""
    found: list[tuple[int, Body]] = []
    known, newest, certificates = Calibrations(), {"a": 0, "b": 0}, 0
    for number, (event, sensor, serial) in enumerate(events):
        index = 2 * number + 2
        present = known.instruments.present(sensor)
        name = present.key.name if present else "S-1"
        body: Body
        match event:
            case "install":
                body = installed(serial, sensor)
            case "describe":
                body = described(serial, sensor)
            case "start":
                body, newest[sensor] = start(name, sensor), index
            case "abort":
                body = abort(newest[sensor], name, sensor)
            case "command":
                body = command(newest[sensor], name, sensor)
            case "certificate":
                body, certificates = certificate(name), index
            case "review":
                body = review(certificates, serial=name)
            case outcome:
                body = verdict(newest[sensor], outcome, SHIFTED, serial=name, sensor=sensor)  # type: ignore[arg-type]  # drawn
        found.append((index, body))
        known = known.after(index, entry(body))
    return found


@pytest.mark.parametrize("adjusted", [False, True])
def test_a_certificate_bars_the_way_back_only_where_the_laboratory_changed_the_instrument(adjusted: bool) -> None:
    paper = certificate(function=SHIFTED, device_adjusted=adjusted, calibrated="2027-02-10")
    known = told((1, installed()), (2, start()), (9, verdict(2, "pass", SHIFTED)), (20, paper), (21, review(20)))
    in_force = known.in_force(Key(MODEL, SERIAL), CHANNEL)
    assert in_force is not None
    assert (in_force.index, in_force.device_adjusted) == (21, adjusted)
    if adjusted:
        with pytest.raises(Conflict):
            recomputed(known, SENSOR, 15, 735.0, in_force)
    else:
        assert recomputed(known, SENSOR, 15, 735.0, in_force) == recomputed(known, SENSOR, 25, 735.0, in_force)


@given(EVENTS)
def test_what_is_said_of_a_reading_never_changes_as_the_log_grows(events: list[tuple[str, str, str]]) -> None:
    bodies = bodies_of(events)
    whole, growing = told(*bodies), Calibrations()
    for index, body in bodies:
        growing = growing.after(index, entry(body))
        at = index + 1  # a reading recorded straight after it
        for sensor in ("a", "b"):
            assert named(growing, sensor, at) == named(whole, sensor, at)
            assert growing.during(sensor, at) == whole.during(sensor, at)
            for cal in ({}, named(whole, sensor, at), {CHANNEL: index}):
                before = growing.in_calibration(sensor, at, cal, CHANNELS)
                assert before == whole.in_calibration(sensor, at, cal, CHANNELS)


@given(EVENTS)
def test_only_what_passed_is_named_and_only_by_the_instrument_it_is_of(events: list[tuple[str, str, str]]) -> None:
    bodies = bodies_of(events)
    known = told(*bodies)
    by_index = dict(bodies)
    for one in known.made:
        body = by_index[one.index]
        assert getattr(body, "outcome", "accepted") != "fail"
        assert getattr(body, "accepted", True)
    for index, _ in bodies:
        for sensor in ("a", "b"):
            for channel, one in known.for_sensor(sensor, index + 1).items():
                assert one.index < index + 1
                assert one.channel == channel
                installation = known.instruments.at(sensor, index + 1)
                assert installation is not None
                assert installation.key == one.key
            reading = named(known, sensor, index + 1)
            inside = known.during(sensor, index + 1)
            assert known.in_calibration(sensor, index + 1, reading, CHANNELS) == inside
