# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A laboratory's certificate that is reviewed after its instrument was adjusted and measures again, in a log."""

from dataclasses import replace

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody
from tests.unit.edge_daemon.log.calibration_world import certificate, review
from tests.unit.edge_daemon.station.summary_world import METER, SummaryWorld

SERIAL = "1"


def install(world: SummaryWorld) -> int:
    """The meter is the instrument that `adjusted_since` speaks of."""
    return world.write(InstallationBody(METER, "m", SERIAL, SerialSource.LABEL))


def adjusted_since(world: SummaryWorld, reading: int, calibrated: str = "2026-11-18") -> int:
    """An accepted certificate on the meter's power, adjusted before this reading; the index of its review."""
    paper = replace(
        certificate(SERIAL, device_adjusted=True, calibrated=calibrated),
        sensor=METER,
        model="m",
        channel="power",
        unit="W",
    )
    accepted = replace(review(world.write(paper), serial=SERIAL), sensor=METER, model="m", channel="power")
    return world.write(replace(accepted, adjusted_from=reading))


def adjusted_before_any(world: SummaryWorld, seed: int) -> None:
    """The same before one of the log's readings, by the seed; the meter is installed where it is not."""
    if world.calibrations.instruments.present(METER) is None:
        install(world)
    readings = [at for at, entry in enumerate(world.entries) if entry.type == "reading"]
    if readings:
        adjusted_since(world, readings[seed % len(readings)])
