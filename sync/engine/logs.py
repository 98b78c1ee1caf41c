# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The logs of a home in the order of their delivery: closed ones first, then the one being written. Looks at files."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from edge_daemon.buffer.closed import ClosedLog, Closing, closed_logs, write_closing
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.schema import connect_for_a_moment
from edge_daemon.buffer.trouble import fault_of
from edge_daemon.domain.faults import DamagedLog, Fault
from edge_daemon.home import Home
from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.log.origin import is_demo
from edge_daemon.log.tree import root_of
from sync.engine.pages import LogPages, Row


@dataclass(frozen=True, slots=True)
class LogFile:
    """One log and its file. `account` is what the books know it by: its origin, unless two files share that.

    `holes`: what was salvaged from a damaged log. `closed`: nothing is written to it any more. `more` are amendments
    that later logs hold of it: delivery goes on with them behind its own entries.
    """

    origin: str
    account: str
    path: Path
    holes: bool = False
    closed: bool = False
    more: tuple[Row, ...] = ()

    def pages(self) -> LogPages:
        """The log, read from its file for as long as that is this log's."""
        return LogPages(self.path, holes=self.holes, origin=self.origin)

    def followed(self) -> LogPages:
        """The same, and `more` behind it."""
        return LogPages(self.path, holes=self.holes, origin=self.origin, more=self.more)

    def differs(self, head: Checkpoint) -> bool:
        """Whether the log, by its stored tree, is another one than had this head; a salvaged copy cannot tell.

        Raises DamagedLog, BufferUnavailable.
        """
        if self.holes:
            return False
        with LogReader(self.path) as reader:
            return head.size > reader.head().size or root_of(head.size, reader.hashes) != head.root


@dataclass(frozen=True, slots=True)
class Shelf:
    """A home's logs, and what is wrong with those that cannot be read."""

    logs: tuple[LogFile, ...]
    troubles: tuple[str, ...]

    @property
    def demo(self) -> bool:
        """Whether any of them holds simulated readings."""
        return any(is_demo(log.origin) for log in self.logs)


def shelf_of(home: Home) -> Shelf:
    """The logs of this home. Raises OSError when the folder cannot be read."""
    files = sorted(closed_logs(home.closed), key=_closed_at)
    candidates = [(closed.readable, closed.salvaged is not None) for closed in files if _usable(closed)]
    troubles = [_why_not(closed) for closed in files if not _usable(closed)]
    if home.buffer.exists():
        candidates.append((home.buffer, False))
    logs: list[LogFile] = []
    for path, holes in candidates:
        try:
            with LogPages(path, holes=holes) as pages:
                origin = pages.origin()
            is_demo(origin)
        except (Fault, ValueError) as error:
            troubles.append(f"{path.name}: {error}")
            continue
        taken = any(log.account == origin for log in logs)
        account = f"{origin} {path.stem}" if taken else origin
        logs.append(LogFile(origin, account, path, holes, closed=path != home.buffer))
    return Shelf(tuple(logs), tuple(troubles))


def raise_troubles(shelf: Shelf) -> None:
    """Raises DamagedLog when a log of the home cannot be read."""
    if shelf.troubles:
        raise DamagedLog("; ".join(shelf.troubles))


def ask_for_salvage(log: LogFile) -> bool:
    """Have the recorder salvage a closed log that SQLite finds rotten; whether it will. Raises OSError."""
    files = [one for one in closed_logs(log.path.parent) if one.file == log.path] if log.closed else []
    if not files or files[0].failure or not _is_rotten(log.path):
        return False
    note = files[0].closing or Closing(log.origin, 0, "", "damaged after it was closed", "", damaged=True)
    write_closing(log.path, replace(note, damaged=True))
    return True


def _is_rotten(path: Path) -> bool:
    """Whether the file does not hold together, by SQLite's own check of all its pages."""
    try:
        connection, _ = connect_for_a_moment(path)
        with closing(connection):
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except sqlite3.Error as error:
        return isinstance(fault_of(error, path), DamagedLog)


def _usable(closed: ClosedLog) -> bool:
    return not closed.wants_salvage and (not closed.failure or closed.salvaged is not None)


def _why_not(closed: ClosedLog) -> str:
    if closed.failure:
        return f"{closed.file.name}: nothing of it could be salvaged ({closed.failure})"
    return f"{closed.file.name}: it is damaged and waits for its salvage; start the recorder"


def _closed_at(closed: ClosedLog) -> tuple[str, str]:
    return (closed.closing.time if closed.closing else "", closed.name)
