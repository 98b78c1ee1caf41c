# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations in hourly summaries: what was in calibration stays out, uncertainty of means and energy, no energy
across a change."""

import math
from dataclasses import replace

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import ConfigurationBody, InstallationBody
from edge_daemon.log.calibration_body import CalibrationCommand, Outcome, ValueFunction, ValueUncertainty
from edge_daemon.log.summary import HOUR_NS, ScoreSummary, SummaryBody
from edge_daemon.metrology.period import RULES
from tests.unit.edge_daemon.log.calibration_world import start, verdict
from tests.unit.edge_daemon.log.clock_world import NOON
from tests.unit.edge_daemon.station.summary_world import (
    AIR,
    COUNTER,
    METER,
    NO2,
    PM,
    POWER,
    SummaryWorld,
    configuration,
)

FULL_HOUR = (NOON // HOUR_NS + 1) * HOUR_NS
PLAIN = ValueFunction("polynomial", (0.0, 1.0))
SHIFT = ValueFunction("polynomial", (10.0, 1.0))
U = ValueUncertainty(3.0, 0.04, ((0.01, 0.0), (0.0, 1e-6)), repeatability=2.0)


class Site(SummaryWorld):
    """A world that is at a full hour, with one instrument."""

    @classmethod
    def of(cls, body: ConfigurationBody) -> "Site":
        made = cls(true_ns=FULL_HOUR, wall_ns=FULL_HOUR, synchronised=True)
        made.begin(body)
        made.write(InstallationBody(body.sensor, "m", "1", SerialSource.DEVICE))
        return made

    def calibrate(
        self,
        sensor: str,
        channel: str,
        function: ValueFunction | None = PLAIN,
        uncertainty: ValueUncertainty | None = None,
        outcome: Outcome = "pass",
    ) -> int:
        run = self.write(start("1", sensor, channel, "m"))
        return self.write(
            verdict(run, outcome, function, uncertainty, serial="1", sensor=sensor, model="m", channel=channel)
        )

    def hour(self) -> SummaryBody:
        """The first hour's summary."""
        self.run(3600 + 1200)
        return self.summarise()[-1]


def air() -> Site:
    return Site.of(configuration(AIR, "air_quality", PM, NO2))


def meter() -> Site:
    return Site.of(configuration(METER, "power_meter", POWER, COUNTER))


def test_what_was_in_calibration_stays_out_and_so_do_stragglers() -> None:
    world = air()
    for _ in range(4):
        world.sample(AIR, pm2_5=20.0, no2=5.0)
        world.run(300)
    run = world.write(start("1", AIR, "pm2_5", "m"))
    for raw, late in ((900.0, True), (901.0, False)):
        world.sample(AIR, late=late, pm2_5=raw, no2=700.0)
        world.run(300)
    world.write(verdict(run, "pass", SHIFT, serial="1", sensor=AIR, model="m", channel="pm2_5"))
    for raw, late in ((800.0, True), (20.0, False), (20.0, False)):
        world.sample(AIR, late=late, pm2_5=raw, no2=5.0)
        world.run(300)
    body = world.hour()
    assert (body.readings, body.accepted, body.flags) == (9, 6, {"1": 6, "4": 3})
    particles = body.channels["pm2_5"]
    assert particles.mean == pytest.approx(140 / 6)
    assert (particles.minimum, particles.maximum) == (20.0, 30.0)
    assert body.channels["no2"].maximum == 5.0


def test_the_uncertainty_of_a_mean_shares_all_but_the_repeatability() -> None:
    world = air()
    world.calibrate(AIR, "pm2_5", PLAIN, U)
    for _ in range(12):
        world.sample(AIR, pm2_5=50.0, no2=5.0)
        world.run(300)
    body = world.hour()
    shared = math.sqrt(9.0 + (0.04 * 50) ** 2 + 0.01 + 1e-6 * 50**2)
    assert body.channels["pm2_5"].uncertainty == pytest.approx(math.sqrt(shared**2 + 4.0 / 12))
    assert body.channels["no2"].uncertainty is None


@pytest.mark.parametrize("what", ["none before", "without one", "corrected"])
def test_a_mean_of_which_one_value_has_no_known_uncertainty_has_none(what: str) -> None:
    world = air()
    if what == "none before":
        world.sample(AIR, pm2_5=50.0, no2=5.0)
        world.run(300)
    world.calibrate(AIR, "pm2_5", PLAIN, U)
    first = world.sample(AIR, pm2_5=50.0, no2=5.0)
    world.run(300)
    if what == "without one":
        world.calibrate(AIR, "pm2_5", SHIFT, None)
    world.sample(AIR, pm2_5=50.0, no2=5.0)
    world.run(300)
    if what == "corrected":
        world.amend("value_correction", first, first, channels=("pm2_5",), gain=1.5, offset=0.0)
    assert world.hour().channels["pm2_5"].uncertainty is None


def run_hour(world: Site, change_at: int = -1, function: ValueFunction | None = PLAIN, power: bool = True) -> None:
    """Thirteen samples of 12 kW, five minutes apart; at one of them a calibration."""
    for place in range(14):
        if place == change_at:
            world.calibrate(METER, "power" if power else "energy", function, U)
        world.sample(METER, power=12_000.0, energy=100.0 + place)
        world.run(300)


def test_energy_of_a_calibrated_power_has_an_uncertainty() -> None:
    world = Site.of(configuration(METER, "power_meter", POWER))
    world.calibrate(METER, "power", PLAIN, ValueUncertainty(30.0, 0.002, repeatability=6.0))
    for _ in range(14):
        world.sample(METER, power=12_000.0)
        world.run(300)
    energy = world.hour().energy
    assert energy is not None
    assert energy.kilowatt_hours == pytest.approx(12.0)
    shared = math.hypot(0.030, 0.002 * 12)
    assert energy.uncertainty == pytest.approx(math.sqrt(shared**2 + 0.006**2 / 13))


def test_energy_of_a_calibrated_counter_has_the_proportional_part() -> None:
    world = meter()
    world.calibrate(METER, "energy", PLAIN, ValueUncertainty(5.0, 0.002))
    run_hour(world)
    energy = world.hour().energy
    assert energy is not None
    assert energy.basis == "counter"
    assert energy.from_counter == pytest.approx(12.0)
    assert energy.uncertainty == pytest.approx(0.024)  # what shifts both ends alike cancels


@pytest.mark.parametrize(("silent", "ends"), [((), 2), ((5,), 4), ((3, 9), 6)], ids=["one run", "two", "three"])
def test_the_repeatability_stays_at_both_ends_of_every_run_of_a_counter(silent: tuple[int, ...], ends: int) -> None:
    world = meter()
    world.calibrate(METER, "energy", PLAIN, ValueUncertainty(0.0, 0.0, repeatability=0.5))
    for place in range(14):
        world.sample(METER, power=12_000.0, energy=100.0 + 0.2 * place)
        if place in silent:
            world.gap(METER, 20)
        world.run(60)
    energy = world.hour().energy
    assert energy is not None
    assert energy.uncertainty == pytest.approx(0.5 * math.sqrt(ends))


def test_the_repeatability_of_a_step_that_the_hour_splits_counts_by_its_share() -> None:
    world = meter()
    world.calibrate(METER, "energy", PLAIN, ValueUncertainty(0.0, 0.0, repeatability=0.5))
    world.run(3600 - 75)
    for place in range(3):
        world.sample(METER, power=12_000.0, energy=100.0 + place)
        world.run(300)
    before, after = world.hour().energy, world.current[METER, FULL_HOUR // HOUR_NS + 1].energy
    assert before is not None
    assert after is not None
    assert before.uncertainty == pytest.approx(0.5 * math.sqrt(0.25**2 + 0.25**2))
    assert after.uncertainty == pytest.approx(0.5 * math.sqrt(0.75**2 + 0.25**2 + 1))


def test_no_energy_without_a_calibration_has_an_uncertainty() -> None:
    world = meter()
    run_hour(world)
    energy = world.hour().energy
    assert energy is not None
    assert energy.uncertainty is None


@pytest.mark.parametrize(("function", "kilowatt_hours"), [(PLAIN, 11.0), (None, 12.0)], ids=["changed", "verified"])
def test_no_energy_crosses_a_change_of_function(function: ValueFunction | None, kilowatt_hours: float) -> None:
    world = meter()
    run_hour(world, 6, function, power=False)
    energy = world.hour().energy
    assert energy is not None
    assert energy.from_counter == pytest.approx(kilowatt_hours)
    assert energy.from_power == pytest.approx(12.0)
    other = meter()
    run_hour(other, 6, function, power=True)
    energy = other.hour().energy
    assert energy is not None
    assert energy.from_power == pytest.approx(kilowatt_hours)
    assert energy.from_counter == pytest.approx(12.0)


def test_no_energy_crosses_an_adjustment_on_the_device() -> None:
    world = meter()
    for place in range(14):
        if place == 6:
            run = world.write(start("1", METER, "power", "m"))
            world.write(CalibrationCommand(run, METER, "m", "1", "sent", "set_ratio", 2.0, "Ana"))
            world.write(verdict(run, "pass", None, U, serial="1", sensor=METER, model="m", channel="power"))
        world.sample(METER, power=12_000.0, energy=100.0 + place)
        world.run(300)
    energy = world.hour().energy
    assert energy is not None
    assert energy.from_counter == pytest.approx(11.0)
    assert energy.from_power == pytest.approx(11.0)


def test_the_score_before_caps_stands_beside_the_quality_with_what_capped_it() -> None:
    world = air()
    for _ in range(6):
        world.sample(AIR, quality=70, pm2_5=20.0, no2=5.0)
        world.run(300)
    world.calibrate(AIR, "pm2_5")
    world.calibrate(AIR, "no2")
    for flag, quality in ((Flag.GOOD, 100), (Flag.GOOD, 100), (Flag.NOT_EVALUATED, 89), (Flag.SUSPECT, 69)):
        world.sample(AIR, quality=quality, doubted={"no2": flag}, pm2_5=20.0, no2=5.0)
        world.run(300)
    for _ in range(2):
        world.sample(AIR, quality=100, doubted={"pm2_5": Flag.FAIL}, pm2_5=20.0, no2=5.0)
        world.run(300)
    body = world.hour()
    assert (body.accepted, body.score, body.rules) == (10, (6 * 70 + 2 * 100 + 89 + 69) // 10, RULES)
    assert body.source == ScoreSummary(820, 82, {"2": 1, "3": 1}, by_coverage=False)
    assert body.channels["no2"].source == ScoreSummary(1020, 85, {"2": 1, "3": 1}, by_coverage=False)


def test_a_score_that_coverage_caps_is_told_and_a_withdrawn_hour_has_none() -> None:
    world = air()
    world.calibrate(AIR, "pm2_5")
    for _ in range(6):
        world.sample(AIR, quality=100, pm2_5=20.0, no2=5.0)
        world.run(300)
    world.gap(AIR, 30)
    body = world.hour()
    assert (body.coverage, body.score, body.level) == (50, 69, "basic")
    assert body.source == ScoreSummary(600, 100, {}, by_coverage=True)
    world.amend("clock_offset", 0, len(world.data) - 1, offset_us=-86_400 * 10**6, uncertainty_us=1)
    gone = [one for one in world.summarise() if one.withdrawn]
    assert [one.source for one in gone] == [None]


def test_an_hour_told_by_older_rules_is_told_anew_and_says_why() -> None:
    world = air()
    for _ in range(12):
        world.sample(AIR, pm2_5=20.0, no2=5.0)
        world.run(300)
    body = world.hour()
    older = {name: replace(one, source=None) for name, one in body.channels.items()}
    world.write(replace(body, rules="4.3/1", source=None, channels=older))
    (again,) = world.summarise(afresh=True)
    assert (again.reasons, again.source, again.rules) == (("rules",), body.source, RULES)


def test_readings_at_the_pace_of_a_calibration_count_as_what_was_due_as_configured() -> None:
    world = air()
    for _ in range(4):
        world.sample(AIR, pm2_5=20.0, no2=5.0)
        world.run(300)
    run = world.write(start("1", AIR, "pm2_5", "m"))
    for _ in range(300):
        world.run(5)
        world.sample(AIR, pm2_5=900.0, no2=5.0)
    world.write(verdict(run, "pass", PLAIN, serial="1", sensor=AIR, model="m", channel="pm2_5"))
    for _ in range(2):
        world.run(300)
        world.sample(AIR, pm2_5=20.0, no2=5.0)
    body = world.hour()
    assert (body.readings, body.accepted) == (306, 6)
    assert (body.expected, body.coverage) == (11, 54), "25 minutes are five readings"
