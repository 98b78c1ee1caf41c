# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A channel scores by the calibration that its own readings name, and a claim on it no better, whatever its neighbour
in the same instrument shows."""

import pytest

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibration_body import Outcome
from edge_daemon.log.plan import plan_of
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import HOUR_NS, ScoreSummary
from edge_daemon.log.summary_totals import totals_of
from edge_daemon.metrology.period import Claim
from edge_daemon.metrology.score import Level
from tests.unit.edge_daemon.log.calibration_world import start, verdict
from tests.unit.edge_daemon.station.summary_world import AIR, SummaryWorld
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, parameter, world_at

HIGH, MEDIUM = Claim(100, Level.HIGH, AIR), Claim(70, Level.MEDIUM, AIR)


def hour_of_air(calibrated: str, quality: int, outcome: Outcome = "pass", record: str = "no2") -> SummaryWorld:
    """An hour of an air monitor of which one channel was calibrated before, as its recorder scored it."""
    world = world_at(MIDNIGHT - HOUR_NS)
    world.write(InstallationBody(AIR, "m", "1", SerialSource.DEVICE))
    run = world.write(start("1", AIR, calibrated, "m"))
    world.write(verdict(run, outcome, serial="1", sensor=AIR, model="m", channel=calibrated))
    world.write(PlanBody((parameter(AIR, record, unit="µg/m³"),), "Ana"))
    world.run((MIDNIGHT - world.true_ns) // 10**9)
    for _ in range(12):
        world.sample(AIR, quality=quality, pm2_5=9.0, no2=20.0)
        world.run(300)
    world.run(4000)
    world.summarise()
    return world


def claim(world: SummaryWorld) -> Claim:
    return totals_of(world.current.values(), plan_of(world.log), MIDNIGHT, MIDNIGHT + HOUR_NS).claim


@pytest.mark.parametrize(
    ("calibrated", "quality", "record", "due"),
    [
        ("pm2_5", 100, "no2", MEDIUM),
        ("pm2_5", 100, "pm2_5", HIGH),
        ("no2", 70, "no2", MEDIUM),
    ],
    ids=["a neighbour was calibrated", "it was calibrated itself", "the reading itself is no better"],
)
def test_a_claim_rests_on_the_calibration_of_its_own_channel(
    calibrated: str, quality: int, record: str, due: Claim
) -> None:
    assert claim(hour_of_air(calibrated, quality, record=record)) == due


def test_a_channel_tells_its_own_score_before_caps_and_no_flag_is_blamed_for_it() -> None:
    (body,) = hour_of_air("pm2_5", 100).current.values()
    particles, gas = body.channels["pm2_5"], body.channels["no2"]
    assert (body.score, body.level, particles.score, gas.score, gas.level) == (100, "high", 100, 70, "medium")
    assert particles.source == ScoreSummary(1200, 100, {}, by_coverage=False)
    assert gas.source == ScoreSummary(840, 70, {}, by_coverage=False)
    assert gas.quality_sum == 840


def test_a_calibration_that_failed_proves_nothing_of_its_channel() -> None:
    """A verdict that failed takes nothing into effect, so the readings name none."""
    (body,) = hour_of_air("no2", 70, "fail").current.values()
    assert body.channels["no2"].score == 70
