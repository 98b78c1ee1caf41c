# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From which reading to which a sensor is in calibration, as its runs begin and end and it comes back. Pure.

1. A run marks its sensor's readings from its start on: up to its end, or, where the sensor leaves its place for it, up
   to the entry that says it is back.
2. Another run that begins at the sensor takes over what is marked; another instrument there ends it, for it was not
   away, and so does the sensor's removal. Where that came during the run, its end ends it.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.calibration_body import CalibrationReturned, CalibrationStart, SensorAway
from edge_daemon.log.in_force import Mark, RunRange
from edge_daemon.log.instruments import Instruments, Key

RunRanges = Mapping[str, tuple[RunRange, ...]]
"""By sensor, in log order."""

NO_RUNS: RunRanges = MappingProxyType({})


def started(runs: RunRanges, index: int, body: CalibrationStart, key: Key) -> RunRanges:
    """With the run that begins at `index`."""
    check = body.procedure.key if body.procedure.check_only else ""
    run = RunRange(index, body.sensor, key, body.channel, None, False, body.interval_ns, check)
    return with_run(_back(runs, body.sensor, index), replace(run, leaves=body.procedure.leaves_place))


def away(runs: RunRanges, index: int, t_ns: int, body: SensorAway, key: Key) -> RunRanges:
    """With a sensor that was away already when the log before was closed."""
    ended_ns = ns_from_rfc3339(body.ended) if body.ended else t_ns
    return with_run(runs, RunRange(index, body.sensor, key, body.channel, index, leaves=True, ended_ns=ended_ns))


def ended(runs: RunRanges, run: RunRange, index: int, t_ns: int, instruments: Instruments) -> RunRanges:
    """With the run's end at `index`. Where another instrument is at the sensor by then, nothing is to come back to it:
    without this its readings would be marked for good, since nobody could say that it is back."""
    return _let_go(with_run(runs, replace(run, end=index, ended_ns=t_ns)), run.sensor, index, instruments)


def returned(runs: RunRanges, index: int, body: CalibrationReturned) -> RunRanges:
    """With the sensor back since the entry at `index`, where it was awaited."""
    return _back(runs, body.sensor, index, body.run)


def commanded(adjusted: tuple[Mark, ...], run: RunRange, mark: Mark, phase: str) -> tuple[tuple[Mark, ...], bool]:
    """Where instruments were changed, once a command of the run was told at `mark`; and whether the run changed its
    own. A command that failed changed nothing: it was refused, or never went out."""
    if phase != "failed":
        return (*adjusted, mark), True
    mine = [one for one in adjusted if run.start < one.index and (one.key, one.channel) == (run.key, run.channel)]
    return tuple(one for one in adjusted if one not in mine[-1:]), len(mine) > 1


def let_go(runs: RunRanges, index: int, instruments: Instruments) -> RunRanges:
    """Where by the entry at `index` nothing is to come back any more to a sensor that is away."""
    for sensor in list(runs):
        runs = _let_go(runs, sensor, index, instruments)
    return runs


def has_left(run: RunRange, instruments: Instruments) -> bool:
    """Whether the run's instrument is not to come back to its sensor: that was removed, or has another one by now."""
    known = instruments.stretches.get(run.sensor, ())
    return bool(known) and (known[-1].until is not None or known[-1].key != run.key)


def open_run(runs: RunRanges, sensor: str, start: int | None = None) -> RunRange | None:
    """The run under way at the sensor; the one that began at `start`, where that is given."""
    found = (run for run in reversed(runs.get(sensor, ())) if run.end is None)
    return next((run for run in found if start in {None, run.start}), None)


def awaited(runs: RunRanges, sensor: str) -> RunRange | None:
    """The run that has ended and from which the sensor is not back yet."""
    return next((run for run in reversed(runs.get(sensor, ())) if run.is_awaited), None)


def is_over(runs: RunRanges, sensor: str, start: int) -> bool:
    """Whether the run that began at `start` has ended, and nobody waits for its sensor, or no longer does."""
    mine = next((run for run in runs.get(sensor, ()) if run.start == start), None)
    return mine is not None and mine.end is not None and not mine.is_awaited


def with_run(runs: RunRanges, run: RunRange) -> RunRanges:
    """With this run, in place of the same one before."""
    others = (one for one in runs.get(run.sensor, ()) if one.start != run.start)
    return MappingProxyType({**runs, run.sensor: tuple(sorted((*others, run), key=lambda one: one.start))})


def _let_go(runs: RunRanges, sensor: str, index: int, instruments: Instruments) -> RunRanges:
    run = awaited(runs, sensor)
    return runs if run is None or not has_left(run, instruments) else _back(runs, sensor, index)


def _back(runs: RunRanges, sensor: str, index: int, start: int | None = None) -> RunRanges:
    known = runs.get(sensor, ())
    ending = [run for run in known if run.is_awaited and start in {None, run.start}]
    if not ending:
        return runs
    return MappingProxyType(
        {**runs, sensor: tuple(replace(run, returned=index) if run in ending else run for run in known)}
    )
