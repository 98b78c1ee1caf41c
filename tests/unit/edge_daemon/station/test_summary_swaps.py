# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An hour's energy where the meter was exchanged, or its counter chosen anew: no difference crosses that."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, InstallationEvent
from edge_daemon.log.summary import HOUR_NS, EnergySummary
from tests.unit.edge_daemon.log.clock_world import NOON
from tests.unit.edge_daemon.station.summary_world import COUNTER, METER, POWER, SummaryWorld, configuration

FULL_HOUR = (NOON // HOUR_NS + 1) * HOUR_NS
KILOWATTS = 12.0
STEP_KWH = KILOWATTS * 300 / 3600
MOST_OF_A_MODEL = replace(POWER, maximum=1e10)
BODY = configuration(METER, "power_meter", MOST_OF_A_MODEL, COUNTER)


def hour_with(change: Callable[[SummaryWorld], None], jump_kwh: float) -> EnergySummary:
    """An hour of 12 kW whose counter stands `jump_kwh` higher after the `change` in its middle."""
    world = SummaryWorld(true_ns=FULL_HOUR, wall_ns=FULL_HOUR, synchronised=True)
    world.begin(BODY)
    world.write(InstallationBody(METER, "m", "1", SerialSource.DEVICE))
    for place in range(25):
        if place == 6:
            change(world)
        counted = 100.0 + place * STEP_KWH + (jump_kwh if place >= 6 else 0.0)
        world.sample(METER, power=1000.0 * KILOWATTS, energy=counted)
        world.run(300)
    world.run(2400)
    world.summarise()
    found = next(body.energy for _, body in sorted(world.current.items()))
    assert found is not None
    return found


def told(event: InstallationEvent, serial: str) -> Callable[[SummaryWorld], None]:
    def change(world: SummaryWorld) -> None:
        world.write(InstallationBody(METER, "m", serial, SerialSource.DEVICE, event=event))

    return change


def reconfigured(**changes: object) -> Callable[[SummaryWorld], None]:
    def change(world: SummaryWorld) -> None:
        world.configurations[METER] = world.write(replace(BODY, **changes))  # type: ignore[arg-type]  # any field

    return change


@pytest.mark.parametrize(
    "change",
    [told("installed", "2"), told("unconfirmed", "1"), reconfigured(settings={"energy": "received"})],
    ids=["another meter", "perhaps another meter", "another counter"],
)
@pytest.mark.parametrize("jump_kwh", [0.5, 70_000.0])
def test_no_difference_of_counters_crosses_an_exchange(change: Callable[[SummaryWorld], None], jump_kwh: float) -> None:
    energy = hour_with(change, jump_kwh)
    assert energy.kilowatt_hours == pytest.approx(KILOWATTS)
    assert energy.basis == "power"
    assert energy.from_counter == pytest.approx(11 * STEP_KWH)


@pytest.mark.parametrize(
    "change",
    [told("described", "1"), told("confirmed", "1"), reconfigured(name="Roof")],
    ids=["told more", "confirmed", "renamed"],
)
def test_what_leaves_the_meter_the_same_costs_nothing(change: Callable[[SummaryWorld], None]) -> None:
    energy = hour_with(change, 0.0)
    assert (energy.basis, energy.counter_events) == ("counter", {})
    assert energy.from_counter == pytest.approx(KILOWATTS)
