# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Until when a sensor is in calibration that left its place for it. Pure."""

from dataclasses import replace

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import Body, from_json, to_json
from edge_daemon.log.calibration_body import CalibrationReturned, CalibrationStart, SensorAway
from edge_daemon.log.calibrations import fold
from edge_daemon.log.carrying import still_away
from edge_daemon.log.run_ranges import is_over
from tests.support.logged_station import CO2
from tests.unit.edge_daemon.log.calibration_world import (
    CHANNEL,
    DAY_NS,
    MODEL,
    PROCEDURE,
    SENSOR,
    SERIAL,
    T_NS,
    abort,
    entry,
    installed,
    start,
    told,
    verdict,
)

ORIGIN = "verifield/AAAA"
LEAVING = replace(start(), procedure=replace(PROCEDURE, leaves_place=True))
INSTALLED: tuple[int, Body] = (1, installed())


def back(run: int) -> CalibrationReturned:
    return CalibrationReturned(run, SENSOR, MODEL, SERIAL, "Ana")


def marked(*entries: tuple[int, Body], until: int = 40) -> list[int]:
    """The readings in calibration, by index."""
    known = told(INSTALLED, *entries)
    return [index for index in range(2, until) if known.during(SENSOR, index) is not None]


@pytest.mark.parametrize("end", [verdict(10), abort(10)])
def test_readings_are_marked_until_somebody_says_that_the_sensor_is_back(end: Body) -> None:
    run = ((10, LEAVING), (20, end))
    assert marked(*run) == list(range(11, 40))
    assert marked(*run, (30, back(10))) == list(range(11, 30))
    waiting = told(INSTALLED, *run).present(SENSOR)
    assert (waiting.run, waiting.away_since_ns) == (10, T_NS)
    assert waiting.interval_ns == 0, "it is sampled as usual again"
    here = told(INSTALLED, *run, (30, back(10))).present(SENSOR)
    assert (here.run, here.away_since_ns) == (None, None)


def test_a_run_in_place_ends_with_its_verdict_and_needs_no_more() -> None:
    assert marked((10, start()), (20, verdict(10))) == list(range(11, 20))
    old = {name: value for name, value in to_json(start()).items() if name != "procedure"}
    procedure = {name: value for name, value in to_json(start())["procedure"].items() if name != "leaves_place"}  # type: ignore[union-attr]  # an object
    assert not from_json(CalibrationStart, {**old, "procedure": procedure}).procedure.leaves_place


def test_only_the_run_itself_once_it_has_ended_can_be_returned_from() -> None:
    assert marked((10, LEAVING), (15, back(10)), (20, verdict(10))) == list(range(11, 40))
    assert marked((10, LEAVING), (20, verdict(10)), (25, back(9))) == list(range(11, 40))


def test_the_next_run_takes_over_and_its_return_ends_both() -> None:
    both = ((10, LEAVING), (20, verdict(10)), (22, LEAVING), (30, verdict(22)))
    assert marked(*both) == [*range(11, 22), *range(23, 40)], "a start is no reading"
    assert marked(*both, (35, back(22))) == [*range(11, 22), *range(23, 35)]


def test_another_instrument_at_the_sensor_was_never_away() -> None:
    run = ((10, LEAVING), (20, verdict(10)))
    assert marked(*run, (25, installed("S-2"))) == list(range(11, 25))
    assert marked(*run, (25, installed())) == list(range(11, 40)), "the same one, plugged in again"


REMOVED: Body = replace(CO2, sensor=SENSOR, state="removed")


def test_the_first_one_put_back_after_another_is_not_awaited_again() -> None:
    run = ((10, LEAVING), (20, verdict(10)), (25, installed("S-2")), (30, installed()))
    assert marked(*run) == list(range(11, 25)), "what was said of the other ended it"
    known = told(INSTALLED, *run)
    assert known.present(SENSOR).away_since_ns is None
    assert is_over(known.runs, SENSOR, 10)


def test_a_sensor_that_is_removed_is_awaited_no_more_also_where_it_is_added_again() -> None:
    run = ((10, LEAVING), (20, verdict(10)), (25, REMOVED))
    assert marked(*run) == list(range(11, 25))
    assert marked(*run, (30, installed())) == list(range(11, 25)), "the same instrument under the same id"
    assert marked((10, LEAVING), (15, REMOVED), (20, abort(10))) == list(range(11, 20)), "removed before the end"
    for known in (told(INSTALLED, *run), told(INSTALLED, *run, (30, installed()))):
        assert known.present(SENSOR).away_since_ns is None
        assert is_over(known.runs, SENSOR, 10)
        assert not list(still_away(known, ORIGIN, {10: LEAVING}))
    under_way = told(INSTALLED, (10, LEAVING), (15, REMOVED))
    assert not list(still_away(under_way, ORIGIN, {10: LEAVING})), "there is nothing to come back to"


def test_a_run_is_over_only_once_its_end_is_known_and_nobody_waits() -> None:
    assert not is_over(told(INSTALLED, (10, LEAVING)).runs, SENSOR, 10)
    assert not is_over(told(INSTALLED, (10, LEAVING), (20, verdict(10))).runs, SENSOR, 10)
    assert is_over(told(INSTALLED, (10, LEAVING), (20, verdict(10)), (30, back(10))).runs, SENSOR, 10)
    assert is_over(told(INSTALLED, (10, start()), (20, verdict(10))).runs, SENSOR, 10)
    assert not is_over(told(INSTALLED).runs, SENSOR, 10)


@pytest.mark.parametrize("end", [verdict(10), abort(10)])
def test_another_instrument_that_came_during_the_run_is_not_marked_after_its_end(end: Body) -> None:
    exchanged = ((10, LEAVING), (15, installed("S-2")), (20, end))
    assert marked(*exchanged) == list(range(11, 20))
    present = told(INSTALLED, *exchanged).present(SENSOR)
    assert (present.run, present.away_since_ns) == (None, None)


def test_the_right_one_put_back_before_the_end_is_awaited_as_ever() -> None:
    run = ((10, LEAVING), (13, installed("S-2")), (16, installed()), (20, verdict(10)))
    assert marked(*run) == list(range(11, 40))
    assert marked(*run, (30, back(10))) == list(range(11, 30))


def test_a_sensor_with_another_instrument_is_not_away_in_the_log_after_this_one() -> None:
    known = told(INSTALLED, (10, LEAVING), (15, installed("S-2")))
    assert not list(still_away(known, ORIGIN, {10: LEAVING}))


@pytest.mark.parametrize("ended", [True, False])
def test_it_stays_marked_in_the_log_after_this_one(ended: bool) -> None:
    entries: tuple[tuple[int, Body], ...] = ((10, LEAVING), *(((20, verdict(10)),) if ended else ()))
    (carried,) = still_away(told(INSTALLED, *entries), ORIGIN, {10: LEAVING})
    assert (carried.origin, carried.index, carried.start) == (ORIGIN, 10, LEAVING)
    assert from_json(SensorAway, to_json(carried)) == carried
    assert carried.ended == (rfc3339_from_ns(T_NS) if ended else "")
    later_ns = T_NS + DAY_NS
    following = fold([(1, entry(installed())), (5, entry(carried, later_ns))])
    assert following.present(SENSOR).away_since_ns == (T_NS if ended else later_ns)
    assert marked((5, carried)) == list(range(6, 40))
    assert marked((5, carried), (12, back(5))) == list(range(6, 12))
    (again,) = still_away(told(INSTALLED, (5, carried)), "next", {5: carried.start})
    assert (again.origin, again.index) == ("next", 5)


def test_what_is_back_or_never_left_is_not_carried() -> None:
    done = told(INSTALLED, (10, LEAVING), (20, verdict(10)), (30, back(10)))
    assert not list(still_away(done, ORIGIN, {10: LEAVING}))
    assert not list(still_away(told(INSTALLED, (10, start())), ORIGIN, {10: start()}))


def test_the_verdict_takes_effect_at_once_all_the_same() -> None:
    known = told(INSTALLED, (10, LEAVING), (20, verdict(10)))
    assert known.for_sensor(SENSOR)[CHANNEL].index == 20
