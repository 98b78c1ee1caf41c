# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""SQLite's and the system's errors as faults named by cause. Pure."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_daemon.domain.faults import BufferUnavailable, DamagedLog, DiskFull, Fault

# The shared-memory file beside a WAL cannot grow: SQLite gives that its own code instead of SQLITE_FULL.
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY_CODE = 0xFF


def fault_of(error: sqlite3.Error | OSError, path: Path) -> Fault:
    """The fault that `error`, raised while working on the file `path`, stands for."""
    if isinstance(error, OSError):
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        return DiskFull(f"no room to write {path}") if full else BufferUnavailable(f"{path}: {error}")
    # Python's own sqlite3 errors, such as the use of a closed connection, carry no code of SQLite's.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if lacks_room(error):
        return DiskFull(f"no room to write {path}")
    if code & _PRIMARY_CODE in _DAMAGED:
        return DamagedLog(f"{path}: {error}")
    return BufferUnavailable(f"{path}: {error}")


def lacks_room(error: sqlite3.Error) -> bool:
    """Whether SQLite failed for want of room on the disk."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code in _FULL or code & _PRIMARY_CODE in _FULL


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Raise SQLite's and the system's errors within the block as DiskFull, DamagedLog or BufferUnavailable."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise fault_of(error, path) from error
