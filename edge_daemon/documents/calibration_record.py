# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""All that a calibration report says, gathered from the log. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from edge_daemon.calibration.closed_log import ClosedLog
from edge_daemon.domain.station import Station
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibration_body import (
    CalibrationCommand,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationPoint,
    CalibrationSkip,
    CalibrationStart,
    CalibrationVerdict,
    StandardBody,
    ValueFunction,
)

Taken = tuple[int, int, CalibrationPoint]
"""A point with its entry's log index and time (UTC ns)."""
Commanded = tuple[int, CalibrationCommand]
"""A command, or what came of it, with its entry's log index."""
Installation = tuple[int, int, InstallationBody]
"""What was said of which instrument is connected, with its entry's log index and time (UTC ns)."""


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
class PlannedInterval:
    """How often the project's own monitoring plan has the channel calibrated: the plan's log entry, and what it
    follows."""

    index: int
    days: int
    methodology: str = ""


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """A signed run. Points are (log index, UTC ns, body), in log order; the last of a stage and name counts.

    `standards` are by the index of their entries. `started_ns` and `signed_ns` are the laptop's clock, UTC.
    `before` is the function until this calibration (None: raw was the value), `device_words` what the instrument said
    of its own calibration before this one, compared with the log. `sensitivity` is what the instrument computes with,
    None where it has none or tells none. `planned` is None where the project's plan names no interval. `decisions` are
    all that were made, of which the last counts; `installations` what was said of the sensor's instrument meanwhile.
    `closed_log` has readings that are as suspect as those that were amended.
    """

    station: Station
    item: Item
    proof: Proof
    program: str
    start: CalibrationStart
    started_ns: int
    verdict: CalibrationVerdict
    signed_ns: int
    points: tuple[Taken, ...]
    standards: Mapping[int, StandardBody]
    conditions: CalibrationConditions | None = None
    decisions: tuple[CalibrationDecision, ...] = ()
    commands: tuple[Commanded, ...] = ()
    skips: tuple[CalibrationSkip, ...] = ()
    demo: bool = False
    before: ValueFunction | None = None
    device_words: tuple[str, ...] = ()
    sensitivity: float | None = None
    planned: PlannedInterval | None = None
    installations: tuple[Installation, ...] = ()
    closed_log: ClosedLog | None = None

    @property
    def decision(self) -> CalibrationDecision | None:
        """The one that counts."""
        return self.decisions[-1] if self.decisions else None

    @property
    def device_touched(self) -> bool:
        """Whether a command may have changed the instrument: from the first byte on, whatever was answered."""
        return any(command.phase == "sent" for _, command in self.commands)

    @property
    def identification(self) -> str:
        """Unique to this report: the log's random origin and the verdict's place in it."""
        return f"{self.proof.origin}#{self.proof.index}"

    def observed(self, stage: str) -> tuple[Taken, ...]:
        """The points of a stage that count, in the procedure's order."""
        last = {taken[2].point: taken for taken in self.points if taken[2].stage == stage}
        return tuple(last[spec.name] for spec in self.start.procedure.points if spec.name in last)

    def taken(self, stage: str) -> tuple[CalibrationPoint, ...]:
        """The bodies of `observed`."""
        return tuple(point for _, _, point in self.observed(stage))

    def left_out(self) -> tuple[CalibrationSkip, ...]:
        """Points that were left out and not taken after all, each once."""
        last = {(skip.stage, skip.point): skip for skip in self.skips}
        return tuple(
            skip for (stage, name), skip in last.items() if name not in {point.point for point in self.taken(stage)}
        )

    def repeated(self) -> tuple[tuple[int, Taken, str], ...]:
        """Points that were taken and then taken again: the how-manieth time it was, and why it was done again."""
        tries: dict[tuple[str, str], list[Taken]] = {}
        for one in self.points:
            tries.setdefault((one[2].stage, one[2].point), []).append(one)
        return tuple(
            (place, one, after[2].repeat_reason)
            for many in tries.values()
            for place, (one, after) in enumerate(pairwise(many), start=1)
        )
