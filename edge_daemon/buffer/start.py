# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a writer comes by its file when the disk may be full: at once, with the reserve's room, or later. Opens files."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.appender import Appender, first_head, verified_head, write_first
from edge_daemon.buffer.record import Head, Record
from edge_daemon.buffer.reserve import Reserve
from edge_daemon.buffer.schema import create_file
from edge_daemon.buffer.trouble import fault_of, faults
from edge_daemon.domain.faults import DiskFull, Fault


@dataclass(frozen=True, slots=True)
class Start:
    """The file as far as it could be opened.

    `full` says that there was no room; then `appender` is None, or has only what the reserve gave. `open` may be tried
    again until it succeeds; it raises sqlite3.Error, OSError, DamagedLog. `head` is what the log goes on with.
    """

    head: Head
    open: Callable[[], Appender]
    appender: Appender | None = None
    full: DiskFull | None = None


def continued(path: Path) -> Start:
    """The log in the file `path`. Raises DamagedLog, Conflict, BufferUnavailable, but not DiskFull."""
    return _start(path, lambda: Appender(path), lambda: verified_head(path))


def begun(path: Path, origin: str, records: Sequence[Record], make_way: Callable[[], None]) -> Start:
    """A new log in the new file `path` with its first entries, all or none.

    `make_way` takes an older file away, and may be called again if it or what follows fails. Raises OSError,
    BufferUnavailable, but not DiskFull.
    """

    def open_new() -> Appender:
        make_way()
        if not path.exists():
            create_file(path, lambda connection: write_first(connection, origin, records))
        return Appender(path)

    return _start(path, open_new, lambda: first_head(origin, records))


def _start(path: Path, open_file: Callable[[], Appender], head_meanwhile: Callable[[], Head]) -> Start:
    reserve = Reserve(path.parent)
    full = _no_room(path, reserve, open_file)
    if isinstance(full, Appender):
        return Start(full.head, open_file, full)
    with faults(path):
        reserve.release()
    still = _no_room(path, reserve, open_file)
    if isinstance(still, Appender):
        return Start(still.head, open_file, still, full)
    with faults(path):
        return Start(head_meanwhile(), open_file, None, still)


def _no_room(path: Path, reserve: Reserve, open_file: Callable[[], Appender]) -> Appender | DiskFull:
    try:
        return open_file()
    except (sqlite3.Error, OSError) as error:
        fault: Fault = fault_of(error, path)
        # A file that cannot even be created for lack of room gives another error than one that cannot grow.
        if isinstance(fault, DiskFull):
            return fault
        with faults(path):
            full = path.parent.exists() and reserve.is_full()
        if not full:
            raise fault from error
        return DiskFull(f"no room to write {path}")
