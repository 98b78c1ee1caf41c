# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What of a closed log's calibrations the log after it says again, so that values stay what they are, and which runs
ended with it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import (
    CalibrationStart,
    CarriedCalibration,
    CutOffRun,
    Outcome,
    PointResult,
    SensorAway,
)
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.in_force import RunRange, good
from edge_daemon.log.instruments import Key
from edge_daemon.log.run_ranges import has_left

NO_RESULTS: Mapping[int, tuple[PointResult, ...]] = MappingProxyType({})


def carried(
    told: Calibrations, origin: str, results: Mapping[int, tuple[PointResult, ...]] = NO_RESULTS
) -> Iterator[CarriedCalibration]:
    """What is in force, and what is in doubt, at the end of the log `origin`: of each sensor's instrument, and of those
    installed nowhere whose serial number is known (a nameless one cannot be told from others there). `results` are what
    each calibration left, by its entry."""
    for one in _carried(told, origin):
        yield replace(one, results=results.get(one.index, ()))


def _carried(told: Calibrations, origin: str) -> Iterator[CarriedCalibration]:
    said: set[tuple[Key, str]] = set()
    for sensor in told.instruments.stretches:
        present = told.instruments.present(sensor)
        if present is None:
            continue
        for key, channel in _spoken_of(told):
            if key == present.key:
                said.add((key, channel))
                yield from _again(told, key, channel, sensor, origin)
    for key, channel in _spoken_of(told):
        if key.serial and (key, channel) not in said:
            yield from _again(told, key, channel, "", origin)


@dataclass(frozen=True, slots=True)
class Found:
    """What a run has found until now: its as-found points, and the worst of them and of all together."""

    points: tuple[PointResult, ...] = ()
    outcome: Outcome | None = None


def cut_off(told: Calibrations, origin: str, cause: str, found: Mapping[int, Found]) -> Iterator[CutOffRun]:
    """The runs that were under way at the end of the log `origin`, which was closed for this `cause`. `found` is what
    they found, by the run's start."""
    for sensor, runs in told.runs.items():
        for run in runs:
            if run.end is None:
                yield _ended(told, run, sensor, origin, cause, found.get(run.start, Found()))


@dataclass(frozen=True, slots=True)
class EndedAs:
    """How a run ended, as `SensorAway` has it."""

    state: Literal["", "signed", "aborted"] = ""
    outcome: Outcome | None = None


def still_away(
    told: Calibrations,
    origin: str,
    starts: Mapping[int, CalibrationStart],
    ends: Mapping[int, EndedAs] = MappingProxyType({}),
) -> Iterator[SensorAway]:
    """The sensors that had left their place for a run in the log `origin` and were not back at its end; none is that
    was removed, or where another instrument has taken its place. `starts` are the runs' first entries and `ends` how
    they ended, both by the index of the first."""
    for sensor, runs in told.runs.items():
        for run in runs:
            if run.leaves and run.until is None and run.start in starts and not has_left(run, told.instruments):
                key, ended = run.key, rfc3339_from_ns(run.ended_ns) if run.ended_ns else ""
                begun, how = starts[run.start], ends.get(run.start, EndedAs())
                yield SensorAway(
                    sensor, key.model, key.serial, run.channel, origin, run.start, begun, ended, how.state, how.outcome
                )


def _ended(told: Calibrations, run: RunRange, sensor: str, origin: str, cause: str, found: Found) -> CutOffRun:
    known = good(told.history(run.key), told.doubts, run.channel)
    before = next((one for one in reversed(known) if one.index < run.start), None)
    return CutOffRun(
        sensor,
        run.key.model,
        run.key.serial,
        run.channel,
        origin,
        run.start,
        cause,
        commanded=run.commanded,
        as_found=found.points,
        outcome=found.outcome,
        since=before.index if before else None,
        since_made=rfc3339_from_ns(before.calibrated_ns) if before else "",
    )


def _spoken_of(told: Calibrations) -> Iterable[tuple[Key, str]]:
    made = ((one.key, one.channel) for one in told.made)
    return dict.fromkeys((*made, *((mark.key, mark.channel) for mark in told.doubts)))


def _again(told: Calibrations, key: Key, channel: str, sensor: str, origin: str) -> Iterator[CarriedCalibration]:
    one = told.in_force(key, channel)
    doubt = told.in_doubt(key, channel, one)
    # What is computed from another channel's is so there too: as its own it would stay, and its doubt, when that one is
    # calibrated again.
    if one is not None and not one.of:
        yield CarriedCalibration(
            sensor,
            one.key.model,
            one.key.serial,
            one.channel,
            origin,
            one.index,
            rfc3339_from_ns(one.calibrated_ns),
            one.due,
            one.outcome,
            one.function,
            one.uncertainty,
            doubt is not None,
            doubt.check if doubt else "",
            altered=bool(doubt and doubt.altered),
        )
    elif doubt is not None:
        # Nothing of its own made its values, and they came into doubt: the doubt stays.
        made = rfc3339_from_ns(doubt.t_ns)
        yield CarriedCalibration(
            sensor,
            key.model,
            key.serial,
            channel,
            origin,
            doubt.index,
            made,
            "",
            "fail",
            doubted=True,
            check=doubt.check,
            altered=doubt.altered,
        )
