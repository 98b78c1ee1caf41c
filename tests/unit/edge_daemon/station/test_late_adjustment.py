# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A certificate that is accepted late tells of an adjustment before: the energy of its hour is told anew, at once and
after a restart, and why."""

import pytest

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, to_json
from edge_daemon.log.canonical import canonical
from edge_daemon.log.late_adjustments import told_late
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from tests.unit.edge_daemon.station.certified import SERIAL, adjusted_since, install
from tests.unit.edge_daemon.station.summary_world import METER, SummaryWorld
from tests.unit.edge_daemon.station.test_hour_cache import resumed
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, content, world_at

H = MIDNIGHT // HOUR_NS
HOURS = 4


def four_hours(block: int) -> tuple[SummaryWorld, list[int]]:
    """A meter at 12 kW, every hour of it summarised, and its readings."""
    world = world_at(MIDNIGHT)
    world.block = block
    install(world)
    readings = []
    for _ in range(HOURS * 12):
        readings.append(world.sample(METER, power=12_000.0))
        world.run(300)
    world.sample(METER, power=12_000.0)
    world.run(HOUR_NS // 10**9 + 900)
    world.summarise()
    return world, readings


def uncovered_s(world: SummaryWorld) -> list[float]:
    energies = [world.current[METER, H + hour].energy for hour in range(HOURS)]
    return [energy.uncovered_us / 1e6 if energy else -1.0 for energy in energies]


def numbers(world: SummaryWorld) -> dict[int, bytes]:
    return {key[1] - H: content(body) for key, body in world.current.items()}


@pytest.mark.parametrize("block", [1, 7, 500])
@pytest.mark.parametrize(("place", "hours", "missing"), [(20, [1], 300.0), (24, [1], 300.0), (47, [3], 300.0)])
def test_the_hour_of_the_adjustment_is_told_anew(block: int, place: int, hours: list[int], missing: float) -> None:
    world, readings = four_hours(block)
    adjusted_since(world, readings[place])
    written = world.summarise()
    assert [(one.sensor, one.reasons) for one in written] == [(METER, ("calibration",))] * len(hours)
    assert [one.hour[12] for one in written] == [str(hour) for hour in hours]
    assert uncovered_s(world) == [missing if hour in hours else 0.0 for hour in range(HOURS)]
    assert world.summarise(afresh=True) == []


def test_an_adjustment_between_two_hours_is_told_in_both() -> None:
    world = world_at(MIDNIGHT)
    install(world)
    world.run(150)
    readings = []
    for _ in range(2 * 12):
        readings.append(world.sample(METER, power=12_000.0))
        world.run(300)
    world.run(HOUR_NS // 10**9 + 900)
    world.summarise()
    before = {key: body.energy.uncovered_us for key, body in world.current.items() if body.energy}
    adjusted_since(world, readings[12])
    assert sorted(one.hour[12] for one in world.summarise()) == ["0", "1"]
    after = {key: body.energy.uncovered_us for key, body in world.current.items() if body.energy}
    assert [after[METER, H + hour] - before[METER, H + hour] for hour in (0, 1)] == [150 * 10**6] * 2


@pytest.mark.parametrize("kept", ["before the certificate", "after it, before its hour was told", "after all"])
def test_a_restart_that_goes_on_from_the_side_file_tells_it_too(kept: str) -> None:
    world, readings = four_hours(20)
    assert world.summariser is not None
    state = world.summariser.index.state()
    adjusted_since(world, readings[20])
    if kept != "before the certificate":
        for _ in world.summariser.index.catch_up():
            pass
        state = world.summariser.index.state()
    if kept == "after all":
        world.summarise()
        state = world.summariser.index.state()
    world.summariser = resumed(world, state)
    written = world.summarise()
    assert [one.reasons for one in written] == ([] if kept == "after all" else [("calibration",)])
    assert uncovered_s(world) == [0.0, 300.0, 0.0, 0.0]
    told = numbers(world)
    assert world.summarise(afresh=True) == []
    assert numbers(world) == told


def test_what_also_came_late_is_called_late() -> None:
    world, readings = four_hours(500)
    adjusted_since(world, readings[20])
    world.amend("clock_offset", readings[0], readings[0], offset_us=-(10**6), uncertainty_us=1)
    reasons = {one.hour[12]: one.reasons for one in world.summarise()}
    assert reasons["1"] == ("calibration",)
    assert reasons["0"] != ("calibration",)


def test_a_serial_number_that_is_told_after_the_review_makes_it_known() -> None:
    """Until then nobody knew that the certificate is of the instrument at the meter."""
    world = world_at(MIDNIGHT)
    world.write(InstallationBody(METER, "m", "", SerialSource.UNKNOWN))
    readings = []
    for _ in range(13):
        readings.append(world.sample(METER, power=12_000.0))
        world.run(300)
    world.run(HOUR_NS // 10**9)
    world.summarise()
    adjusted_since(world, readings[5])
    assert world.summarise() == []
    world.write(InstallationBody(METER, "m", SERIAL, SerialSource.LABEL, event="described"))
    (written,) = world.summarise()
    assert written.energy is not None
    assert written.energy.uncovered_us == 300 * 10**6
    assert world.summarise(afresh=True) == []


def test_an_entry_that_tells_nothing_late_touches_nothing() -> None:
    world, readings = four_hours(500)
    before = world.calibrations
    adjusted_since(world, readings[20])
    assert told_late(before, world.calibrations, len(world.data)) == (readings[20],)
    assert told_late(world.calibrations, world.calibrations, len(world.data)) == ()
    assert told_late(before, world.calibrations, readings[20]) == ()


def test_the_reason_is_in_the_entry_s_bytes() -> None:
    world, readings = four_hours(500)
    adjusted_since(world, readings[20])
    (body,) = world.summarise()
    assert isinstance(body, SummaryBody)
    assert b'"reasons":["calibration"]' in canonical(to_json(body))
