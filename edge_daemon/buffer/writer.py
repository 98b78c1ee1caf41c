# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The one writer of a log: a thread with the file's only writing connection and a bounded queue before it.

Records that come singly share a transaction (group commit). What was accepted is never dropped while the program runs:
when the disk is full or fails, it stays in memory, is tried again each second, and nothing further is accepted.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from edge_daemon.buffer.appender import Appender
from edge_daemon.buffer.columns import check_record
from edge_daemon.buffer.record import Committed, Head, Record
from edge_daemon.buffer.reserve import Reserve
from edge_daemon.buffer.start import Start, begun, continued
from edge_daemon.buffer.trouble import fault_of, faults
from edge_daemon.domain.faults import BufferUnavailable, Conflict, DamagedLog, DiskFull, Fault, Overloaded

GROUP_COMMIT_S = 0.25
RETRY_S = 1.0
QUEUE_RECORDS = 20_000
BATCH_RECORDS = 2_000
KEPT_RECORDS = 1_000

_Request = tuple[Record, "Future[int] | None"]
_WORTH_WAKING = frozenset({1, BATCH_RECORDS})
"""So many in the queue make a difference to the writer: something to wait for, and a whole transaction."""


class Writing(StrEnum):
    """What the writer is doing."""

    RECORDING = "recording"
    DISK_FULL = "disk_full"
    UNAVAILABLE = "unavailable"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class WriterState:
    """What the writer is doing, and the cause in words when it is not recording."""

    writing: Writing
    reason: str = ""


def _ignore(_: object) -> None:
    """Listens to nothing."""


def _stay() -> None:
    """No older file is in the way."""


class LogWriter:
    """Appends to one log. Its methods may be called from any thread.

    `on_commit` gets the records of a transaction after its commit, in log order; `on_state` each change of state. Both
    are called in the writer's thread, must return quickly and must not raise.
    """

    def __init__(
        self,
        path: Path,
        start: Start,
        on_commit: Callable[[Sequence[Committed]], None],
        on_state: Callable[[WriterState], None],
    ) -> None:
        """Raises BufferUnavailable when the reserve cannot be kept for a cause other than a full disk."""
        self.on_commit = on_commit
        self.on_state = on_state
        self._path = path
        self._full_at_start = start.full
        self._appender = start.appender
        self._open = start.open if start.appender is None else self._reopen
        self._reserve = Reserve(path.parent)
        self._changed = threading.Condition()
        self._queue: deque[_Request] = deque()
        self._waiting = 0  # requests in the queue that someone waits for
        self._closing = False
        self._state = WriterState(Writing.RECORDING)
        if start.full:
            self._state = WriterState(Writing.DISK_FULL, str(start.full))
        else:
            with faults(path):
                self._reserve.keep()
        self._unwritten: Fault | None = None
        self._head = start.head
        self._thread = threading.Thread(target=self._run, name=f"log-writer {path.name}")
        self._thread.start()

    @classmethod
    def create(
        cls,
        path: Path,
        origin: str,
        first: Sequence[Record],
        *,
        make_way: Callable[[], None] = _stay,
        on_commit: Callable[[Sequence[Committed]], None] = _ignore,
        on_state: Callable[[WriterState], None] = _ignore,
    ) -> "LogWriter":
        """Start a new log in the new file `path` with its first entries, which are not reported to `on_commit`.

        They are durable on return, all or none, unless the disk is full: then they are as soon as there is room.
        `make_way` takes an older file at `path` away just before, and must allow to be called again after a failure.

        Raises Conflict when the file exists, BadInput for a record, BufferUnavailable.
        """
        for record in first:
            check_record(record)
        if path.exists() and make_way is _stay:
            raise Conflict(f"{path} exists already; a log is never written over")
        return cls(path, begun(path, origin, first, make_way), on_commit, on_state)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        on_commit: Callable[[Sequence[Committed]], None] = _ignore,
        on_state: Callable[[WriterState], None] = _ignore,
    ) -> "LogWriter":
        """Go on with the log in `path` after verifying its tail. On a full disk it waits for room before it records.

        Raises DamagedLog naming the first bad index, Conflict for a salvaged copy, BufferUnavailable.
        """
        return cls(path, continued(path), on_commit, on_state)

    def __enter__(self) -> "LogWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def state(self) -> WriterState:
        """What the writer is doing now."""
        return self._state

    def head(self) -> Head:
        """Head of what is committed."""
        return self._head

    def submit(self, record: Record) -> bool:
        """Hand over a record without waiting. False when it is refused: the queue is full, or nothing can be written.

        Raises BadInput for a record that the log cannot hold.
        """
        check_record(record)
        with self._changed:
            if self._refusal() is not None:
                return False
            self._enqueue((record, None))
        return True

    def keep(self, record: Record) -> None:
        """Accept a record that is no measurement and must not be lost, even while nothing can be written.

        It is committed in its turn, before any record that is accepted later. Raises Overloaded when very many wait,
        BufferUnavailable when the log is closed, BadInput for a record that the log cannot hold.
        """
        check_record(record)
        with self._changed:
            if self._closing or self._state.writing is Writing.CLOSED:
                raise BufferUnavailable("the log is closed")
            if len(self._queue) >= QUEUE_RECORDS + KEPT_RECORDS:
                raise Overloaded(f"{len(self._queue)} records are waiting for the disk already")
            self._enqueue((record, None))

    def append(self, record: Record, timeout_s: float) -> int:
        """Commit a record now and return its index.

        Raises DiskFull, BufferUnavailable or Overloaded, and BadInput for a record that the log cannot hold. The record
        is then not in the log; only when the disk did not answer or failed while writing may it still appear.
        """
        check_record(record)
        outcome: Future[int] = Future()
        with self._changed:
            refusal = self._refusal()
            if refusal is not None:
                raise refusal
            self._waiting += 1
            self._enqueue((record, outcome))
            self._changed.notify()
        try:
            return outcome.result(timeout_s)
        except TimeoutError:
            if outcome.cancel():
                raise Overloaded(f"the record was not written within {timeout_s:g} s and is withdrawn") from None
            raise BufferUnavailable(
                f"the disk has not confirmed a record within {timeout_s:g} s; it may still be recorded"
            ) from None

    def close(self) -> None:
        """Write what was accepted, end the thread and close the file. May be called again.

        Raises DiskFull or BufferUnavailable, saying how many accepted records could not be written.
        """
        with self._changed:
            already = self._closing
            self._closing = True
            self._changed.notify()
        self._thread.join()
        if not already and self._unwritten is not None:
            raise self._unwritten

    def _refusal(self) -> Fault | None:
        writing = self._state.writing
        if self._closing or writing is Writing.CLOSED:
            return BufferUnavailable("the log is closed")
        if writing is not Writing.RECORDING:
            return (DiskFull if writing is Writing.DISK_FULL else BufferUnavailable)(self._state.reason)
        if len(self._queue) >= QUEUE_RECORDS:
            return Overloaded(f"{QUEUE_RECORDS} records are waiting for the disk already")
        return None

    def _enqueue(self, request: _Request) -> None:
        self._queue.append(request)
        if len(self._queue) in _WORTH_WAKING:
            self._changed.notify()

    # ---- in the writer's thread ----

    def _run(self) -> None:
        try:
            if self._full_at_start:
                self._hold([], self._full_at_start)
            while batch := self._next_batch():
                self._write(batch)
        finally:
            self._end()

    def _next_batch(self) -> list[_Request]:
        """The requests of the next transaction; empty when closing and everything is done."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._queue or self._closing)
                self._changed.wait_for(
                    lambda: self._waiting or self._closing or len(self._queue) >= BATCH_RECORDS, GROUP_COMMIT_S
                )
                taken = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_RECORDS))]
                self._waiting -= sum(outcome is not None for _, outcome in taken)
                batch = [
                    (record, outcome)
                    for record, outcome in taken
                    if outcome is None or outcome.set_running_or_notify_cancel()
                ]
                if batch or (self._closing and not self._queue):
                    return batch

    def _write(self, batch: list[_Request]) -> None:
        try:
            self._append(batch)
        except (sqlite3.Error, OSError) as error:
            self._hold(batch, fault_of(error, self._path))

    def _append(self, batch: Sequence[_Request]) -> None:
        appender = self._opened()
        committed = appender.append([record for record, _ in batch])
        self._head = appender.head
        self._report(committed, batch)

    def _opened(self) -> Appender:
        if self._appender is None:
            self._appender = self._open()
            self._open = self._reopen
        return self._appender

    def _reopen(self) -> Appender:
        return Appender(self._path)

    def _report(self, committed: Sequence[Committed], batch: Sequence[_Request]) -> None:
        for entry, (_, outcome) in zip(committed, batch, strict=True):
            if outcome is not None and not outcome.done():
                outcome.set_result(entry.index)
        if committed:
            self.on_commit(committed)

    def _hold(self, batch: list[_Request], fault: Fault) -> None:
        """Keep what was accepted until it can be written; refuse everything else meanwhile, loudly."""
        last_try = False
        while True:
            self._suspend(batch, fault)
            if last_try:
                self._give_up(batch, fault)
                return
            with self._changed:
                last_try = self._changed.wait_for(lambda: self._closing, RETRY_S)
            try:
                if not last_try and isinstance(fault, DiskFull) and not self._reserve.has_room():
                    continue
                if not isinstance(fault, DiskFull) and self._was_written_after_all(batch):
                    batch = []
                batch = [(record, outcome) for record, outcome in batch if outcome is None]
                batch = self._rewrite(batch)
                self._reserve.keep()
                break
            except (sqlite3.Error, OSError) as error:
                fault = fault_of(error, self._path)
            except DamagedLog as damage:
                fault = damage
        self._show(WriterState(Writing.RECORDING))

    def _was_written_after_all(self, batch: Sequence[_Request]) -> bool:
        """Open the file anew: after a failed sync only the file can tell whether the transaction took place."""
        size = self._head.size
        if self._appender is not None:
            self._appender.close(fold_wal=False)
            self._appender = None
        appender = self._opened()
        if appender.head.size == size:
            return False
        self._head = appender.head
        self._report([Committed(index, record) for index, (record, _) in enumerate(batch, size)], batch)
        return True

    def _rewrite(self, kept: list[_Request]) -> list[_Request]:
        """Write what is kept, or try whether the file can be written; returns what is left to write: nothing."""
        if kept:
            self._append(kept)
        else:
            self._opened().probe()
        return []

    def _suspend(self, batch: Sequence[_Request], fault: Fault) -> None:
        full = isinstance(fault, DiskFull)
        if full:
            self._reserve.release()
        self._show(WriterState(Writing.DISK_FULL if full else Writing.UNAVAILABLE, str(fault)))
        with self._changed:
            waiting = [outcome for _, outcome in self._queue if outcome is not None]
            self._queue = deque(request for request in self._queue if request[1] is None)
            self._waiting = 0
        for outcome in waiting:
            if outcome.set_running_or_notify_cancel():
                outcome.set_exception(fault)
        for _, started in batch:
            if started is not None and not started.done():
                started.set_exception(fault)

    def _give_up(self, batch: Sequence[_Request], fault: Fault) -> None:
        with self._changed:
            lost = sum(outcome is None for _, outcome in batch) + len(self._queue)
            self._queue.clear()
        if lost:
            self._unwritten = type(fault)(f"{lost} accepted records could not be written: {fault}")

    def _show(self, state: WriterState) -> None:
        with self._changed:
            changed = state != self._state
            self._state = state
        if changed:
            self.on_state(state)

    def _end(self) -> None:
        with self._changed:
            self._state = WriterState(Writing.CLOSED, "the log is closed")
            left = [outcome for _, outcome in self._queue if outcome is not None]
        for outcome in left:
            if outcome.set_running_or_notify_cancel():
                outcome.set_exception(BufferUnavailable("the log is closed"))
        try:
            if self._appender is not None:
                self._appender.close()
        except sqlite3.Error as error:
            # The write-ahead log stays beside the file and holds everything; only a lost record is worse news.
            self._unwritten = self._unwritten or fault_of(error, self._path)
