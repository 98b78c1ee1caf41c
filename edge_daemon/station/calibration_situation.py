# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a run stands at this moment, for a person: its page, its points judged, its signal. Values and pure functions."""

from dataclasses import dataclass

from edge_daemon.calibration.judge import must_adjust, results, why_not_adjust
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.calibration_body import CalibrationPoint, PointResult, Stage
from edge_daemon.log.instruments import Instruments
from edge_daemon.log.setup import Setup
from edge_daemon.station.calibration_answers import Page
from edge_daemon.station.calibration_signal import Judged


@dataclass(frozen=True, slots=True)
class PointTaken:
    """A point that counts, judged. `repeated`: how often it was taken before."""

    index: int
    title: str
    body: CalibrationPoint
    result: PointResult
    repeated: int


@dataclass(frozen=True, slots=True)
class Situation:
    """A run as it stands. `words` say what happened last."""

    run: Run
    page: Page
    points: tuple[PointTaken, ...]
    live: Judged | None
    decimals: int
    summary: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a run cannot go on. `gone`: the instrument is not there any more, so it never will."""

    words: str = ""
    gone: bool = False


def points_of(run: Run) -> tuple[PointTaken, ...]:
    """The points that count, as found before as left."""
    stages: tuple[Stage, ...] = ("as_found", "as_left")
    return tuple(
        PointTaken(one.index, run.procedure.point(name).title, one.body, judged, run.repeated(one))
        for stage in stages
        for (name, one), judged in zip(run.taken(stage).items(), results(run, stage), strict=True)
    )


def adjustment(run: Run) -> tuple[bool, str]:
    """Whether it must be adjusted by what was found, and why it cannot be; empty where it can."""
    refusal = why_not_adjust(run)
    try:
        needed = must_adjust(run)
    except BadInput:
        needed = True
    return needed, "" if refusal is None else str(refusal)


def hindrance(run: Run, setup: Setup, instruments: Instruments) -> Hindrance:
    """What keeps the run from going on: the sensor or its instrument is not what it was started with."""
    sensor = run.start.sensor
    configured = setup.sensors.get(sensor)
    if configured is None:
        return Hindrance(
            f"The sensor {sensor} was removed from this station; this calibration can only be given up.", True
        )
    now, then = instruments.present(sensor), instruments.at(sensor, run.index)
    if now is None or then is None or now.key != then.key:
        name = f"{then.key.model} {then.key.name}" if then else run.start.serial
        other = f"{now.key.model} {now.key.name}" if now else "nothing that is known"
        words = f"At {sensor} is {other} now, and this calibration is of {name}; it can only be given up."
        return Hindrance(words, True)
    if now.standing == "stopped":
        found = f" The device says serial number {now.found}." if now.found else ""
        name = f" {now.key.serial}" if now.key.serial else ""
        return Hindrance(f"Another instrument is plugged in at {sensor}.{found} Plug in{name} again to go on.")
    if configured.configuration.state != "recording":
        return Hindrance(f"{sensor} is paused, so nothing is read. Let it go on first.")
    return Hindrance()
