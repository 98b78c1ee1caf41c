# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A station with a power meter and an air monitor whose log is summarised and signed, for tests of evidence."""

from dataclasses import dataclass, field

from edge_daemon.log.bodies import ConfigurationBody, KeyBody, LogBody
from edge_daemon.log.device_keys import statement
from edge_daemon.log.plan_body import Parameter, PlanBody, PlannedFactor
from edge_daemon.log.signed_note import to_base64
from edge_daemon.log.summary import HOUR_NS
from tests.unit.edge_daemon.log.clock_world import NOON
from tests.unit.edge_daemon.station.summary_world import METER, SummaryWorld
from tests.unit.sync.recorded import ORIGIN, Recorded
from tests.unit.sync.signed_logs import DEVICE_KEY, SignedLog

MIDNIGHT = NOON - NOON % (24 * HOUR_NS) + 24 * HOUR_NS
FACTOR = PlannedFactor("CAMX", 0.194348, "2025-06-12", "eGRID2023 rev 2", 0.05)


@dataclass
class SignedWorld(SummaryWorld):
    """`signed` is the same log with its key and checkpoints; what is written here is written there."""

    signed: SignedLog = field(default_factory=SignedLog)

    def begin(self, *bodies: ConfigurationBody) -> None:
        self.signed = SignedLog(Recorded(ORIGIN, self.data))
        public = DEVICE_KEY.public_key().public_bytes_raw()
        signature = DEVICE_KEY.sign(statement(ORIGIN, "made", public, None))
        self.write(LogBody(ORIGIN, "station-1", "P1", "1", "m", False))
        self.write(KeyBody("made", to_base64(public), to_base64(signature), ""))
        super().begin(*bodies)

    def _add(self, data: bytes) -> int:
        """A reading without a calibration has the quality 70, where the world below writes 90."""
        return super()._add(data.replace(b'"q":90', b'"q":70'))

    def plan(self) -> int:
        told = Parameter(
            parameter="electricity",
            unit="kWh",
            sensor=METER,
            channel="power",
            role="record",
            frequency_s=300.0,
            accuracy="class 0.2S",
            calibration_interval_days=365,
            longest_gap_s=900.0,
            responsible="Ana",
            factor=FACTOR,
        )
        return self.write(PlanBody((told,), "Ana"))

    def hour_of_power(self, watts: float) -> None:
        for minute in range(0, 60, 5):
            self.sample(METER, power=watts + minute)
            self.run(300)


def world_at(ns: int = MIDNIGHT) -> SignedWorld:
    world = SignedWorld(true_ns=ns, wall_ns=ns, synchronised=True)
    world.begin()
    return world
