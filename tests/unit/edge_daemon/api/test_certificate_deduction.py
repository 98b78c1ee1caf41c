# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The energy that a meter's certificate proposes to deduct. On a log of real bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from edge_daemon.calibration.allowed import Allowed
from edge_daemon.calibration.impact import Energy
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.procedure import Tolerance
from edge_daemon.log.calibration_body import LaboratoryPoint
from edge_daemon.station.laboratory_impact import LaboratoryImpact
from edge_daemon.station.past import calibrations_of, entry_at
from tests.unit.edge_daemon.api.test_certificate_impact import amended, run
from tests.unit.edge_daemon.log.calibration_world import certificate
from tests.unit.edge_daemon.station.record_world import SENSOR, SERIAL, RecordWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


@dataclass
class Counted:
    """A meter that counted 10 000 kWh, whenever it is asked."""

    asked: list[tuple[str, int, int]] = field(default_factory=list)

    def between(self, sensor: str, first: int, last: int) -> Energy | None:
        self.asked.append((sensor, first, last))
        return Energy(10_000.0)

    def since(self, sensor: str, t_ns: int, last: int) -> Energy | None:
        self.asked.append((sensor, t_ns, last))
        return Energy(10_000.0)


def impact_of(world: RecordWorld, meter: Counted) -> LaboratoryImpact:
    return LaboratoryImpact(
        world.amendments,
        lambda: world.station.calibrations.told,
        lambda index: calibrations_of(world.station.reader, index),
        lambda *_: Allowed(Tolerance(0.0, 0.002)),
        meter,
        lambda: world.station.writer.head().size - 1,
        lambda index: entry_at(world.station.reader, index),
        world.station.reader.first_reading,
    )


@pytest.mark.parametrize(("share", "opened", "claimable"), [(0.0035, True, "9965"), (0.0005, False, "9980")])
def test_a_meters_certificate_proposes_the_deduction_of_the_vectors_m4_and_m5(
    world: RecordWorld, share: float, opened: bool, claimable: str
) -> None:
    good = run(world, due="2026-12-01")
    last = world.station.sample(500.0)
    points = tuple(LaboratoryPoint(load, load * (1 + share), load * 2e-4) for load in (5.0, 100.0))
    body = replace(certificate(SERIAL, calibrated="2026-12-11"), sensor=SENSOR, model="fake", unit="kWh", points=points)
    meter = Counted()
    desk = impact_of(world, meter)
    found = desk.assess(last + 1, body, "Bo")
    assert any(f"{claimable} kWh of 10000 kWh export count" in words for words in found.words)
    assert any("10 days late" in words for words in found.words)
    assert bool(found.amendments) is opened
    index = desk.open(last + 1, found)
    assert (index is not None) is opened
    if opened:
        (one,) = amended(world).in_force
        assert (one.index, one.body.channels, one.body.flag) == (index, (), Flag.SUSPECT)
        assert f"{claimable} kWh of 10000 kWh" in one.body.evidence
        assert (SENSOR, good, last) in meter.asked


def test_energy_that_the_meter_counted_once_it_was_right_again_is_not_deducted(world: RecordWorld) -> None:
    run(world)
    world.station.sample(500.0)
    world.pass_days(30)
    right = world.station.sample(501.0)
    newest = [world.station.sample(502.0) for _ in range(3)][-1]
    points = (
        LaboratoryPoint(100.0, 101.0, 0.02),
        LaboratoryPoint(100.0, 100.0, 0.02, stage="as_left"),
    )
    body = replace(certificate(SERIAL, calibrated="2026-12-11", device_adjusted=True), sensor=SENSOR, model="fake")
    meter = Counted()
    found = impact_of(world, meter).assess(newest + 1, replace(body, unit="kWh", points=points), "Bo")
    assert [one.last for one in found.amendments] == [right]
    assert [last for _, _, last in meter.asked] == [right]


# ---- a new sensitivity without points ------------------------------------------------------------------------------
