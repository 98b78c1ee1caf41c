# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations that ended with the log before this one, until they are made again. Reads the log."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.closed_log import of_cut_off
from edge_daemon.calibration.given_up import found_so_far
from edge_daemon.calibration.judge import as_found_results
from edge_daemon.calibration.run import Run, runs_of
from edge_daemon.domain.faults import BadInput, BufferUnavailable, DamagedLog, Fault
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import CalibrationStart, CutOffRun
from edge_daemon.log.carrying import EndedAs, Found
from edge_daemon.log.entry import EntryType
from edge_daemon.log.run_ends import found_outside
from edge_daemon.station.calibration_records import past_runs
from edge_daemon.station.entries import entries_of

log = logging.getLogger(__name__)

PAGE = 1_000


class CalibrationCutOff(Fault):
    """A calibration was under way when the log was closed. Recording goes on."""

    code: ClassVar[str] = "calibration_cut_off"
    title: ClassVar[str] = "A calibration ended with the log before"
    advice: ClassVar[str] = "Begin it again. Points that were taken then do not count."


class CutOffRuns:
    """`sensors` are those that there are, `newest` is the newest run of a sensor in this log."""

    def __init__(
        self,
        told: Sequence[CutOffRun],
        sensors: Callable[[], Sequence[str]],
        newest: Callable[[str], Run | None],
    ) -> None:
        self._told = tuple(told)
        self._sensors = sensors
        self._newest = newest

    def fault(self) -> CalibrationCutOff | None:
        """Those whose sensors are there and were not calibrated since, in one."""
        here = frozenset(self._sensors()) if self._told else frozenset()
        words = [_words(one) for one in self._told if one.sensor in here and not self._made_again(one.sensor)]
        return CalibrationCutOff(" ".join(words)) if words else None

    def _made_again(self, sensor: str) -> bool:
        newest = self._newest(sensor)
        return newest is not None and newest.carried is None


def past_cut_off(reader: LogReader) -> tuple[CutOffRun, ...]:
    """What the log says of such runs, at its beginning; nothing where it cannot be read, which is logged."""
    try:
        page = entries_of(reader, (EntryType.CALIBRATION.value,), limit=PAGE)
    except (BufferUnavailable, DamagedLog) as fault:
        log.error("which calibrations ended with the log before cannot be read: %s", fault)
        return ()
    return tuple(from_json(CutOffRun, entry.body) for _, entry in page if entry.body.get("event") == "cut_off")


def found_under_way(reader: LogReader) -> Mapping[int, Found]:
    """What the log's runs that have not ended found until now, by the run's start. What cannot be judged is logged."""
    found: dict[int, Found] = {}
    for index, run in runs_of(past_runs(reader)).items():
        if run.end is None:
            try:
                found[index] = Found(as_found_results(run), found_so_far(run))
            except BadInput as fault:
                log.error("what the calibration at entry %d found cannot be judged: %s", index, fault)
    return found


def starts_of(reader: LogReader) -> Mapping[int, CalibrationStart]:
    """The first entries of the log's runs, and of those it says again, by index."""
    return {index: run.start for index, run in runs_of(past_runs(reader)).items()}


def ends_of(reader: LogReader) -> Mapping[int, EndedAs]:
    """How the log's runs ended, and those it says again, by the index of their first entry."""
    return {index: _ended_as(run) for index, run in runs_of(past_runs(reader)).items()}


def _ended_as(run: Run) -> EndedAs:
    if run.carried is not None:
        return EndedAs(run.carried.ended_as, run.carried.outcome)
    return EndedAs() if run.state == "under_way" else EndedAs(run.state, run.outcome)


def _words(one: CutOffRun) -> str:
    changed = ""
    if one.commanded:
        changed = " The instrument had been told to adjust itself"
    elif found_outside(one):
        changed = " The instrument was found outside its limits"
    if changed:
        changed += ", so its values are in doubt until a calibration passes."
    if found_outside(one):
        changed += f" {of_cut_off(one).words(one.channel)}"
    return (
        f"The calibration of {one.channel} at {one.sensor} was under way when the log was closed ({one.cause}). "
        f"Nothing of it takes effect.{changed}"
    )
