# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What of a closed log's calibrations the log after it says again, so that values stay what they are, and which runs
ended with it. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import CarriedCalibration, CutOffRun, PointResult
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.instruments import Key


def carried(told: Calibrations, origin: str) -> Iterator[CarriedCalibration]:
    """What is in force, and what is in doubt, at the end of the log `origin`: of each sensor's instrument, and of those
    installed nowhere whose serial number is known (a nameless one cannot be told from others there)."""
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


def cut_off(
    told: Calibrations, origin: str, cause: str, found: Mapping[int, tuple[PointResult, ...]]
) -> Iterator[CutOffRun]:
    """The runs that were under way at the end of the log `origin`, which was closed for this `cause`. `found` are their
    as-found points, by the run's start."""
    for sensor, runs in told.runs.items():
        for run in runs:
            if run.end is None:
                key = run.key
                yield CutOffRun(
                    sensor,
                    key.model,
                    key.serial,
                    run.channel,
                    origin,
                    run.start,
                    cause,
                    commanded=run.commanded,
                    as_found=found.get(run.start, ()),
                )


def _spoken_of(told: Calibrations) -> Iterable[tuple[Key, str]]:
    made = ((one.key, one.channel) for one in told.made)
    return dict.fromkeys((*made, *((mark.key, mark.channel) for mark in told.doubts)))


def _again(told: Calibrations, key: Key, channel: str, sensor: str, origin: str) -> Iterator[CarriedCalibration]:
    one = told.in_force(key, channel)
    doubt = told.in_doubt(key, channel, one)
    if one is not None:
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
        )
    elif doubt is not None:
        # Nothing made its values, and a run found it outside its limits: raw stays the value, and the doubt stays.
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
        )
