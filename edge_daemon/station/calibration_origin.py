# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the closed log in which a calibration that was carried over was made, however many logs lie between. Reads
logs."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from edge_daemon.buffer.closed import ClosedLog, closed_logs
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import DamagedLog, Unknown
from edge_daemon.log.bodies import LogBody, Predecessor, from_json
from edge_daemon.log.calibration_body import CarriedCalibration
from edge_daemon.log.entry import Entry, EntryType, NotAnEntry, decode_entry


@contextmanager
def made_in(reader: LogReader, index: int, folder: Path) -> Iterator[tuple[LogReader, int]]:
    """The log and the index at which the calibration of this entry was made: its own, or a closed one in `folder`,
    which is open until the end of the context.

    Raises Unknown where an entry or a log is not there, OSError, and what the log's reader raises.
    """
    with ExitStack() as opened:
        left = closed_logs(folder)
        while (told := _carried(entry_at(reader, index))) is not None:
            log = _log_of(reader, told, left)
            left.remove(log)
            reader, index = opened.enter_context(LogReader(log.readable)), told.index
        yield reader, index


def entry_at(reader: LogReader, index: int) -> Entry:
    """The entry. Raises Unknown where there is none, DamagedLog, and what the log's reader raises."""
    return entry_of(bytes_at(reader, index), index)


def bytes_at(reader: LogReader, index: int) -> bytes:
    """The bytes of the entry at this index. Raises as `entry_at`."""
    found = reader.entries(index, 1) if index >= 0 else []
    if not found or found[0][0] != index:
        raise Unknown(f"the log has no entry {index}")
    entry_of(found[0][1], index)
    return found[0][1]


def entry_of(data: bytes, index: int) -> Entry:
    """The entry of these bytes. Raises DamagedLog."""
    try:
        return decode_entry(data)
    except NotAnEntry as error:
        raise DamagedLog(f"entry {index} cannot be read: {error}") from error


def _carried(entry: Entry) -> CarriedCalibration | None:
    if entry.type != EntryType.CALIBRATION or entry.body.get("event") != "carried":
        return None
    try:
        return from_json(CarriedCalibration, entry.body)
    except ValueError as error:
        raise DamagedLog(f"a calibration entry has a wrong form: {error}") from error


def _log_of(reader: LogReader, told: CarriedCalibration, logs: Sequence[ClosedLog]) -> ClosedLog:
    """Of two copies of one log the one that was closed before this one began."""
    same = [log for log in logs if log.closing is not None and log.closing.origin == told.origin]
    before = from_json(LogBody, entry_at(reader, 0).body).predecessor
    found = next((log for log in same if _is(log, before)), next(iter(same), None))
    if found is None:
        raise Unknown(
            f"this calibration was made in the log {told.origin}, at entry {told.index}; that log is not among the "
            "closed ones of this data folder, so its report can be had only where that log is"
        )
    return found


def _is(log: ClosedLog, before: Predecessor | None) -> bool:
    known = log.closing
    return known is not None and before is not None and (known.size, known.root) == (before.size, before.root)
