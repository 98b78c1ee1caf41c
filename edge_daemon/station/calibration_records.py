# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The log's calibration runs, kept up with it: read at the start, then told by what is written. Writes to the log."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed
from edge_daemon.calibration.impact import tells_of
from edge_daemon.calibration.run import OtherRun, OutOfOrder, Run, RunEntry, away, begun, runs_of
from edge_daemon.domain.faults import BufferUnavailable, Conflict, DamagedLog
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import Body, from_json
from edge_daemon.log.calibration_body import CALIBRATION_BODIES, CalibrationBody, CalibrationStart, SensorAway
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.station.entries import entries_of

log = logging.getLogger(__name__)

PAGE = 1_000
RUN_EVENTS = frozenset(
    {"start", "conditions", "point", "decision", "skip", "command", "verdict", "abort", "returned", "away"}
)
Told = tuple[int, int, CalibrationBody]


class RunBook:
    """The newest run of each sensor and every one under way. Safe to use from several threads.

    `write` makes an entry durable and tells its index. What was given up as too late and is recorded after all is
    taken in when it is (`committed`).
    """

    def __init__(self, past: Sequence[Told], write: Callable[[Body], tuple[int, Entry]]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._runs: dict[int, Run] = {}
        for run in runs_of(past).values():
            self._keep(run)

    def of(self, sensor: str) -> Run | None:
        """The sensor's run under way, or else its last one."""
        with self._lock:
            found = [run for run in self._runs.values() if run.start.sensor == sensor]
        return max(found, key=lambda run: (run.end is None, run.index), default=None)

    def under_way(self) -> tuple[Run, ...]:
        """Every run that has not ended."""
        with self._lock:
            return tuple(run for run in self._runs.values() if run.end is None)

    def begin(self, start: CalibrationStart) -> Run:
        """Write the start of a run. Raises what the log raises."""
        index, entry = self._write(start)
        self._take(index, entry.t_ns, start)
        with self._lock:
            return self._runs[index]

    def add(self, run: Run, body: RunEntry) -> Run:
        """Write an entry of the run. Raises Conflict where it does not fit what was done so far, and what the log
        raises."""
        try:
            run.after(run.last + 1, run.started_ns, body)
        except (OtherRun, OutOfOrder) as misfit:
            raise Conflict(str(misfit)) from misfit
        index, entry = self._write(body)
        self._take(index, entry.t_ns, body)
        with self._lock:
            return self._runs[run.index]

    def committed(self, batch: Sequence[Committed]) -> None:
        """Called by the log's writer after each commit."""
        for item in batch:
            if item.record.type != EntryType.CALIBRATION:
                continue
            entry = decode_entry(item.record.data)
            body = body_of(entry)
            if body is not None:
                self._take(item.index, entry.t_ns, body)

    def _take(self, index: int, t_ns: int, body: CalibrationBody) -> None:
        with self._lock:
            if isinstance(body, CalibrationStart):
                if index not in self._runs:
                    self._keep(begun(index, t_ns, body))
                return
            if isinstance(body, SensorAway):
                self._keep(away(index, t_ns, body))
                return
            run = self._runs.get(getattr(body, "run", -1))
            if run is None or index <= run.last or index in run.refused:
                return
            try:
                self._keep(run.after(index, t_ns, body))
            except (OtherRun, OutOfOrder) as misfit:
                log.warning("entry %d does not fit the calibration at %d: %s", index, run.index, misfit)

    def _keep(self, run: Run) -> None:
        older = [
            index
            for index, one in self._runs.items()
            if one.start.sensor == run.start.sensor and one.end is not None and index < run.index
        ]
        for index in older:
            del self._runs[index]
        self._runs[run.index] = run


def past_runs(reader: LogReader) -> tuple[Told, ...]:
    """What the log says of calibrations; nothing where it cannot be read at the moment, which is logged."""
    try:
        return tuple(_told(reader))
    except (BufferUnavailable, DamagedLog) as fault:
        log.error("which calibrations the log holds cannot be read: %s", fault)
        return ()


def amendments_of(reader: LogReader, run_index: int) -> Iterator[tuple[int, AmendmentBody]]:
    """The amendments that were written for a run, in log order. Raises what the log raises."""
    after = run_index
    while page := entries_of(reader, (EntryType.AMENDMENT.value,), after=after, limit=PAGE):
        for index, entry in page:
            body = from_json(AmendmentBody, entry.body)
            if tells_of(body, run_index):
                yield index, body
        after = page[-1][0]


def body_of(entry: Entry) -> CalibrationBody | None:
    """What an entry of a run says; None for any other, and for one of a form that this program does not know."""
    event = str(entry.body.get("event"))
    kind = CALIBRATION_BODIES.get(event)
    if kind is None or event not in RUN_EVENTS:
        return None
    try:
        return from_json(kind, entry.body)
    except ValueError as wrong:
        log.error("a calibration entry has an unknown form: %s", type(wrong).__name__)
        return None


def _told(reader: LogReader) -> Iterator[Told]:
    after = -1
    while page := entries_of(reader, (EntryType.CALIBRATION.value,), after=after, limit=PAGE):
        for index, entry in page:
            body = body_of(entry)
            if body is not None:
                yield index, entry.t_ns, body
        after = page[-1][0]
