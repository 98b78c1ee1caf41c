# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Totals of a period: a gap cannot be hidden, however seldom the plan asks for a reading."""

from dataclasses import replace

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import (
    HOUR_NS,
    ChannelSummary,
    EnergySummary,
    FactorSummary,
    ScoreSummary,
    SummaryBody,
)
from edge_daemon.log.summary_totals import Totals, totals_of
from edge_daemon.metrology.period import NoClaim
from tests.unit.edge_daemon.log.test_plan import POWER

START = 480_000
HOUR_US = 3_600_000_000
FACTOR = FactorSummary("CAMX", 0.2, "2025-06-12", "eGRID2023", 0.0, legacy_default=False)


def hour(number: int, accepted: int = 3600, quality: int = 100, expected: int = 3600) -> SummaryBody:
    """An hour of a meter that is read every second: 10 kWh in nine tenths of it."""
    source = ScoreSummary(100 * accepted, 100, {"3": accepted} if quality == 69 else {}, by_coverage=False)
    power = ChannelSummary("kW", accepted, 10, 10, 10, {"1": accepted}, quality * accepted, 100, quality, "high",
                           source=source)  # fmt: skip
    energy = EnergySummary(10.0, "power", ("active_power",), HOUR_US * 9 // 10, HOUR_US // 10, 10.0, None, None, {},
                           FACTOR, 2.0)  # fmt: skip
    return SummaryBody("meter", rfc3339_from_ns((START + number) * HOUR_NS), "power_meter", "active_power", accepted,
                       expected, accepted, 100, quality, "high", "4.3/2", {}, {"active_power": power}, 1, 2,
                       energy=energy, source=source)  # fmt: skip


def totals(hours: list[SummaryBody], length: int) -> Totals:
    """By a plan that asks for a reading a minute only."""
    plan = Plan(5, PlanBody((POWER,), "Ana"))
    return totals_of(hours, plan, START * HOUR_NS, (START + length) * HOUR_NS)


def test_hours_that_nothing_is_told_of_count_as_much_as_the_others() -> None:
    short = totals([hour(0), hour(1)], 24)
    (quality,) = short.qualities.values()
    assert (quality.accepted, quality.expected, quality.coverage) == (7200, 24 * 3600, 8)
    assert (short.claim.score, short.claim.refused) == (None, NoClaim.COVERAGE)
    enough = totals([hour(number) for number in range(18)], 24)
    assert (enough.claim.score, enough.claim.refused) == (100, None)
    capped = totals([hour(number) for number in range(17)], 24)
    assert capped.claim.score == 69
    (quality,) = capped.qualities.values()
    assert (quality.source, quality.by_coverage) == (100, True)


def test_a_counter_that_nothing_bounds_is_told_beside_the_totals() -> None:
    metered = hour(0)
    assert metered.energy is not None
    alone = replace(metered.energy, basis="counter", from_power=None, from_counter=10.0)
    assert totals([metered, replace(hour(1), energy=alone)], 2).unbounded == ("meter",)
    assert totals([metered, replace(hour(1), energy=replace(alone, rated_kilowatts=12.0))], 2).unbounded == ()
    assert totals([metered, replace(hour(1), energy=replace(alone, from_power=9.9))], 2).unbounded == ()
    beyond = replace(alone, from_power=0.0, counter_events={"beyond_power": 1})
    assert totals([metered, replace(hour(1), energy=beyond)], 2).unbounded == ("meter",)
    assert totals([metered, replace(hour(1), energy=replace(beyond, basis="power"))], 2).unbounded == ()


def test_an_hour_that_was_withdrawn_is_an_hour_that_nothing_is_told_of() -> None:
    gone = replace(hour(1), readings=0, expected=0, accepted=0, channels={}, energy=None, withdrawn=True)
    (quality,) = totals([hour(0), gone], 2).qualities.values()
    assert (quality.expected, quality.coverage) == (7200, 50)


def test_the_time_that_adds_no_energy_has_whole_hours_in_it() -> None:
    found = totals([hour(0), hour(3)], 4)
    assert found.energy_kilowatt_hours == 20.0
    assert found.avoided_tonnes == pytest.approx(0.004)
    assert found.uncovered_s == pytest.approx(4 * 3600 - 2 * 3240)
    assert totals([], 4).uncovered_s == 0


def test_scores_before_caps_add_up_and_one_that_is_not_told_leaves_none() -> None:
    both = totals([hour(0), hour(1, quality=69)], 2)
    (quality,) = both.qualities.values()
    assert (quality.score, quality.source, quality.capped) == (84, 100, {3: 3600})
    old = replace(hour(1), channels={"active_power": replace(hour(1).channels["active_power"], source=None)})
    (quality,) = totals([hour(0), old], 2).qualities.values()
    assert (quality.score, quality.source) == (100, None)


def test_what_is_imported_is_taken_off_and_a_check_counts_for_nothing() -> None:
    imported = replace(POWER, parameter="Electricity imported", sensor="import", counts="subtracts")
    check = replace(POWER, sensor="second", role="check")
    plan = Plan(5, PlanBody((POWER, imported, check), "Ana"))
    energy = hour(0).energy
    assert energy is not None
    night = replace(hour(0), sensor="import", energy=replace(energy, kilowatt_hours=2.5, avoided_kilograms=0.5))
    within = [hour(0), night, replace(hour(0), sensor="second")]
    found = totals_of(within, plan, START * HOUR_NS, (START + 1) * HOUR_NS)
    assert found.energy_kilowatt_hours == 7.5
    assert found.avoided_tonnes == pytest.approx(0.0015)
    assert set(found.qualities) == {("meter", "active_power"), ("import", "active_power")}
