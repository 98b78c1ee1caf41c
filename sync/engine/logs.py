# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The logs of a home in the order of their delivery: closed ones first, then the one being written. Looks at files."""

from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.closed import ClosedLog, closed_logs
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import DamagedLog, Fault
from edge_daemon.home import Home
from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.log.origin import is_demo
from edge_daemon.log.tree import root_of
from sync.engine.pages import LogPages


@dataclass(frozen=True, slots=True)
class LogFile:
    """One log and its file. `account` is what the books know it by: its origin, unless two files share that.

    `holes`: what was salvaged from a damaged log.
    """

    origin: str
    account: str
    path: Path
    holes: bool = False

    def pages(self) -> LogPages:
        """The log, read from its file for as long as that is this log's."""
        return LogPages(self.path, holes=self.holes, origin=self.origin)

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
        logs.append(LogFile(origin, f"{origin} {path.stem}" if taken else origin, path, holes))
    return Shelf(tuple(logs), tuple(troubles))


def raise_troubles(shelf: Shelf) -> None:
    """Raises DamagedLog when a log of the home cannot be read."""
    if shelf.troubles:
        raise DamagedLog("; ".join(shelf.troubles))


def _usable(closed: ClosedLog) -> bool:
    return not closed.wants_salvage and (not closed.failure or closed.salvaged is not None)


def _why_not(closed: ClosedLog) -> str:
    if closed.failure:
        return f"{closed.file.name}: nothing of it could be salvaged ({closed.failure})"
    return f"{closed.file.name}: it is damaged and waits for its salvage; start the recorder"


def _closed_at(closed: ClosedLog) -> tuple[str, str]:
    return (closed.closing.time if closed.closing else "", closed.name)
