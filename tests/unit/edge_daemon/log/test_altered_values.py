# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A setting that alters an instrument's values is an adjustment: no value is carried across it."""

from dataclasses import replace
from datetime import date

import pytest

from edge_daemon.domain.channel import Computed
from edge_daemon.domain.faults import Conflict
from edge_daemon.log.bodies import Body, ChannelBody, ConfigurationBody, ConnectionBody
from edge_daemon.log.calibration_body import ValueUncertainty
from edge_daemon.log.calibration_due import due_of
from edge_daemon.log.carrying import carried
from edge_daemon.log.instruments import Key
from edge_daemon.log.recomputation import recomputed
from tests.unit.edge_daemon.log.calibration_world import CHANNEL, MODEL, SENSOR, SERIAL, installed, start, told, verdict


def configured(*, altered: bool) -> ConfigurationBody:
    return ConfigurationBody(
        sensor=SENSOR,
        state="recording",
        name="Hut",
        kind="co2",
        model=MODEL,
        driver="sensirion_scd30",
        driver_version="1",
        interval_ns=2_000_000_000,
        channels=(ChannelBody(CHANNEL, "ppm", 0, 40_000, "co2", "ppm", 1.0),),
        connection=ConnectionBody("p", "physical", "19200 8N1"),
        settings={"altitude_m": 900},
        demo=False,
        primary=CHANNEL,
        values_altered=altered,
    )


def test_nothing_is_recomputed_or_subtracted_across_a_setting_that_alters_values() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, configured(altered=True)))
    (made,) = known.made
    assert recomputed(known, SENSOR, 25, 735.0, made) == pytest.approx(693.4235977)
    with pytest.raises(Conflict, match="adjusted at entry 30"):
        recomputed(known, SENSOR, 35, 735.0, made)
    assert known.continuous(SENSOR, CHANNEL, 22, 28)
    assert not known.continuous(SENSOR, CHANNEL, 28, 32)
    assert known.in_force(made.key, CHANNEL) == made, "it is what was signed last all the same"


def test_what_was_calibrated_is_doubtful_from_then_on_until_a_calibration_passes() -> None:
    before: tuple[tuple[int, Body], ...]
    before = ((1, installed()), (10, start()), (20, verdict(10, due="2027-12-31")))
    known = told(*before, (30, configured(altered=True)))
    assert known.doubted(SENSOR, 25) == frozenset()
    assert known.doubted(SENSOR, 35) == known.present(SENSOR).doubted == {CHANNEL}
    due = due_of(known, Key(MODEL, SERIAL), CHANNEL, date(2027, 1, 20))
    assert due.standing == "overdue"
    assert "a setting was changed after the last calibration" in due.words(date(2027, 1, 20))
    again = carried(known, "verifield/old")
    follows = told((1, installed()), *((5 + place, body) for place, body in enumerate(again)))
    assert follows.doubted(SENSOR) == {CHANNEL}
    told_again = due_of(follows, Key(MODEL, SERIAL), CHANNEL, date(2027, 1, 20))
    assert "a setting was changed after the last calibration" in told_again.words(date(2027, 1, 20))
    passed = told(*before, (30, configured(altered=True)), (40, start()), (50, verdict(40)))
    assert passed.doubted(SENSOR) == frozenset()
    assert passed.doubted(SENSOR, 35) == {CHANNEL}, "what was read meanwhile stays doubtful"


@pytest.mark.parametrize("altered", [(), ("energy",), (CHANNEL,)])
def test_a_counters_doubt_ends_with_the_next_comparison_of_its_power_in_the_log_that_follows_too(
    altered: tuple[str, ...],
) -> None:
    counter = ChannelBody("energy", "kWh", 0, 1e9, computed=Computed(CHANNEL, "counter"))
    body = replace(configured(altered=False), channels=(*configured(altered=False).channels, counter))
    compared = replace(verdict(10), function=None, uncertainty=ValueUncertainty(0.0, 0.001))
    now = replace(body, values_altered=True, altered=altered)
    known = told((1, body), (2, installed()), (10, start()), (20, compared), (30, now))
    assert "energy" in known.doubted(SENSOR)
    again = tuple((3 + place, one) for place, one in enumerate(carried(known, "verifield/old")))
    follows = told((1, body), (2, installed()), *again)
    assert follows.doubted(SENSOR) == known.doubted(SENSOR)
    words = due_of(follows, Key(MODEL, SERIAL), "energy", date(2027, 1, 20)).words(date(2027, 1, 20))
    assert "a setting was changed after the last calibration" in words
    passed = told((1, body), (2, installed()), *again, (40, start()), (50, replace(compared, run=40)))
    assert passed.doubted(SENSOR) == frozenset()
    assert {name: one.index for name, one in passed.for_sensor(SENSOR).items()} == {CHANNEL: 50, "energy": 50}


def test_nothing_is_doubtful_that_was_not_calibrated() -> None:
    assert told((1, installed()), (30, configured(altered=True))).doubted(SENSOR) == frozenset()
    other = replace(configured(altered=True), channels=(ChannelBody("humidity", "%", 0, 100),))
    assert told((1, installed()), (10, start()), (20, verdict(10)), (30, other)).doubted(SENSOR) == frozenset()


def test_a_setting_of_one_channel_leaves_the_others_as_they_are() -> None:
    both = (*configured(altered=True).channels, ChannelBody("humidity", "%", 0, 100))
    for named, doubted in ((("humidity",), frozenset()), ((CHANNEL,), {CHANNEL}), ((), {CHANNEL})):
        body = replace(configured(altered=True), channels=both, altered=named)
        known = told((1, installed()), (10, start()), (20, verdict(10)), (30, body))
        assert known.doubted(SENSOR) == doubted
        assert {mark.channel for mark in known.adjusted} == set(named or (CHANNEL, "humidity"))


def test_any_other_change_of_a_configuration_leaves_no_mark() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, configured(altered=False)))
    assert known.adjusted == ()
    assert known.continuous(SENSOR, CHANNEL, 22, 32)
