# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The books of one home: what each destination has, holds up, refused. Writes `delivery.sqlite3`.

All of it is stored state, changed in one transaction a step, so that after a kill it is the truth. Safe to use from
several threads.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from edge_daemon.buffer.schema import transaction
from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import DamagedLog, Fault
from sync.delivery.moment import Moment, moment
from sync.delivery.position import Times
from sync.delivery.schema import connect, connect_reading


class DamagedBooks(Fault):
    """What was delivered cannot be told any more."""

    code: ClassVar[str] = "damaged_books"
    title: ClassVar[str] = "The books of what was delivered are damaged"
    advice: ClassVar[str] = (
        "The record itself is in another file. Sync: damaged books are kept under another name, new ones are begun, "
        "and everything goes out again, which does no harm where it arrived before. Damaged again? Check the disk."
    )


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """As `faults`, but what is damaged are the books and no log."""
    try:
        with faults(path):
            yield
    except DamagedLog as fault:
        raise DamagedBooks(str(fault)) from fault


class Books:
    """The open file. Raises DiskFull, DamagedBooks or BufferUnavailable.

    `reading`: nothing can be changed, and where there is no file yet none is made: the books are empty. `now_ns` is the
    laptop's clock, which people and networks set; `moment` one that nobody does.
    """

    def __init__(
        self,
        path: Path,
        *,
        reading: bool = False,
        now_ns: Callable[[], int] = time.time_ns,
        moment: Callable[[], Moment] = moment,
    ) -> None:
        self.path = path
        self.now_ns = now_ns
        self.moment = moment
        self._lock = threading.RLock()
        with _faults(path):
            self._connection = connect_reading(path) if reading else connect(path)

    def __enter__(self) -> "Books":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. What was written is on disk already."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def asking(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        with self._lock, _faults(self.path):
            yield self._connection

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction that is committed, and synced, at the end of the block."""
        with self._lock, _faults(self.path), transaction(self._connection):
            yield self._connection


def times_text(times: Mapping[str, int]) -> str:
    """Times as the tables keep them."""
    return json.dumps(dict(times), separators=(",", ":"), sort_keys=True)


def times_of(text: str) -> Times:
    """What `times_text` wrote."""
    return {str(sensor): int(t_ns) for sensor, t_ns in json.loads(text).items()}
