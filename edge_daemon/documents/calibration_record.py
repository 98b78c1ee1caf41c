# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""All that a calibration report says, gathered from the log. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass

from edge_daemon.domain.station import Station
from edge_daemon.log.calibration_body import (
    CalibrationCommand,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationPoint,
    CalibrationSkip,
    CalibrationStart,
    CalibrationVerdict,
    StandardBody,
)


@dataclass(frozen=True, slots=True)
class Item:
    """The instrument that was calibrated. `serial_known_by` says how its serial number became known."""

    maker: str
    title: str
    serial: str
    serial_known_by: str
    firmware: str
    sensor: str
    sensor_name: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Where the verdict stands: the log's origin, the entry's index, the hash of its leaf in hexadecimal."""

    origin: str
    index: int
    leaf: str


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """A signed run. Points are (log index, UTC ns, body), in log order; the last of a stage and name counts.

    `standards` are by the index of their entries. `started_ns` and `signed_ns` are the laptop's clock, UTC.
    """

    station: Station
    item: Item
    proof: Proof
    program: str
    start: CalibrationStart
    started_ns: int
    verdict: CalibrationVerdict
    signed_ns: int
    points: tuple[tuple[int, int, CalibrationPoint], ...]
    standards: Mapping[int, StandardBody]
    conditions: CalibrationConditions | None = None
    decision: CalibrationDecision | None = None
    commands: tuple[CalibrationCommand, ...] = ()
    skips: tuple[CalibrationSkip, ...] = ()
    demo: bool = False

    @property
    def identification(self) -> str:
        """Unique to this report: the log's random origin and the verdict's place in it."""
        return f"{self.proof.origin}#{self.proof.index}"

    def taken(self, stage: str) -> tuple[CalibrationPoint, ...]:
        """The points of a stage that count, in the procedure's order."""
        last = {point.point: point for _, _, point in self.points if point.stage == stage}
        return tuple(last[spec.name] for spec in self.start.procedure.points if spec.name in last)

    def left_out(self) -> tuple[CalibrationSkip, ...]:
        """Points that were left out and not taken after all, each once."""
        last = {(skip.stage, skip.point): skip for skip in self.skips}
        return tuple(
            skip for (stage, name), skip in last.items() if name not in {point.point for point in self.taken(stage)}
        )

    def repeated(self) -> tuple[CalibrationPoint, ...]:
        """Points that were taken and then taken again."""
        counted = {id(point) for stage in ("as_found", "as_left") for point in self.taken(stage)}
        return tuple(point for _, _, point in self.points if id(point) not in counted)
