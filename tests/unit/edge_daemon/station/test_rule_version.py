# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log whose summaries are known number by number: whoever changes a rule that makes them gives it another version, or
a verifier would call the honest summaries of before false."""

from dataclasses import replace
from hashlib import sha256

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, to_json
from edge_daemon.log.calibration_body import ValueFunction, ValueUncertainty
from edge_daemon.log.canonical import canonical
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.metrology.period import RULES
from tests.unit.edge_daemon.log.calibration_world import start, verdict
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
from tests.unit.edge_daemon.station.test_summaries import FACTOR, MIDNIGHT, parameter

NUMBERS = {"4.3/3": "e993d99200270d9800f51b9f9df69a55e25ed62caf55e850feebf2f8f48440c8"}
"""SHA-256 of the summaries below, by the version of the rules that made them."""

LINE = ValueFunction("polynomial", (12.5, 1.01))
U = ValueUncertainty(3.0, 0.004, ((0.01, 0.0), (0.0, 1e-6)), repeatability=2.0)


def ordinary_day() -> SummaryWorld:
    """Three hours with doubts, missing values, gaps, a calibration of power, a coarse counter that is set back."""
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration(METER, "power_meter", POWER, COUNTER), configuration(AIR, "air_quality", PM, NO2))
    world.write(InstallationBody(METER, "m", "1", SerialSource.LABEL))
    world.write(PlanBody((parameter(METER, "power", factor=FACTOR, longest_gap_s=900.0),), "Ana"))
    for place in range(36):
        if place == 13:
            run = world.write(start("1", METER, "power", "m"))
            told = verdict(run, "pass", LINE, U, serial="1", sensor=METER, model="m", channel="power")
            world.write(replace(told, due="2027-11-19"))
        if place in {7, 22}:
            world.gap(METER, 20)
        flag = (Flag.GOOD, Flag.GOOD, Flag.SUSPECT, Flag.NOT_EVALUATED, Flag.FAIL)[place % 5]
        counted = float(int(700.0 + 0.9 * place)) if place < 30 else float(place - 30)
        world.sample(METER, quality=70, doubted={"power": flag}, power=10_000.0 + 37.5 * place, energy=counted)
        world.sample(AIR, quality=70, pm2_5=None if place % 11 == 3 else 4.2 + place, no2=17.3 + place / 7)
        world.run(290)
    world.run(3600 + 900)
    world.summarise()
    return world


def test_other_numbers_are_other_rules() -> None:
    world = ordinary_day()
    bodies = [to_json(body) for _, body in sorted(world.current.items())]
    assert {body["rules"] for body in bodies} == {RULES}
    digest = sha256(b"".join(canonical({**body, "rules": ""}) for body in bodies)).hexdigest()
    assert len(bodies) > 6
    assert NUMBERS.get(RULES) == digest, f"the numbers are others: tell another version than {RULES}, and {digest} here"
