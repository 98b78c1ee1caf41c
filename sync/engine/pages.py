# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log's bytes, page by page, each held against its stored leaf hash. Reads the log's file (`mode=ro`), short ranges.

The query columns serve two ends here: as a hint where landmarks lie, whose bytes then count, and for the conservation
ledger, which holds them against what was delivered. Nothing that is sent comes from them.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, TypeVar

from edge_daemon.buffer.salvage import report_in
from edge_daemon.buffer.schema import connect_for_a_moment
from edge_daemon.buffer.stored import origin_of, size_of
from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import DamagedLog, Fault
from edge_daemon.log.entry import EntryType, NotAnEntry, decode_entry, leaf_hash
from edge_daemon.log.tree import stored_count
from sync.packets.chronicle import LANDMARKS, Chronicle, chronicle_of
from sync.packets.meaning import READING_END

T = TypeVar("T")

PAGE = 4096
"""Entries read at a time. No packet reaches across a multiple of it, so that none depends on where a run began."""

SETTLES = b'"re":[['
"""Stands in the bytes of a reading that gives flags to earlier ones (maybe in others, too)."""


class LogReplaced(Fault):
    """In the file of a log that was read lies another one by now."""

    code: ClassVar[str] = "log_replaced"
    title: ClassVar[str] = "The log was closed meanwhile"
    advice: ClassVar[str] = "Sync again: the closed log and the new one are both kept, and nothing is lost."


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. `damage` says what is wrong with bytes that must not be sent; then `data` may be empty."""

    index: int
    data: bytes
    damage: str = ""


class LogPages:
    """The log in one file. `holes`: a salvaged copy, in which entries are missing by right. For one thread at a time.

    `more` are amendments that follow a closed log's own entries, in order.

    Methods raise DamagedLog or BufferUnavailable, and LogReplaced once the file holds another log than `origin`.
    """

    def __init__(self, path: Path, *, holes: bool = False, origin: str | None = None, more: Sequence[Row] = ()) -> None:
        self._path = path
        self._more = more
        self.holes = holes
        self._origin = origin
        self._kept: sqlite3.Connection | None = None

    def __enter__(self) -> "LogPages":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def origin(self) -> str:
        """The log's name."""
        with faults(self._path):
            try:
                return self._ask(origin_of)
            except LookupError as error:
                raise DamagedLog(f"{self._path}: {error}") from error

    def size(self) -> int:
        """Entries committed so far, and what follows them."""
        return max(self._size(), self._more[-1].index + 1) if self._more else self._size()

    def page(self, first: int, end: int) -> list[Row]:
        """The entries from `first` to before `end`, in order; one that is missing from a whole log comes as damage."""
        if not self._more or end <= self._more[0].index:
            return self._own(first, end)
        own = self._own(first, max(first, min(end, self._size())))
        return [*own, *(row for row in self._more if first <= row.index < end)]

    def amendments(self) -> Iterator[Row]:
        """The log's own, by the columns; their bytes count."""
        for (index,) in self._query("SELECT idx FROM event WHERE type = ? ORDER BY idx", (EntryType.AMENDMENT,)):
            yield from (row for row in self._own(index, index + 1) if not row.damage)

    def _size(self) -> int:
        with faults(self._path):
            return self._ask(size_of)

    def _own(self, first: int, end: int) -> list[Row]:
        rows = self._query(
            "SELECT idx, CAST(bytes AS BLOB) FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx", (first, end)
        )
        hashes: dict[int, bytes] = dict(
            self._query(
                "SELECT position, hash FROM tree_hash WHERE position >= ? AND position < ?",
                (stored_count(first), stored_count(end)),
            )
        )
        page = [_checked(index, data, hashes) for index, data in rows]
        if len(page) == end - first or self.holes:
            return page
        there = {row.index: row for row in page}
        return [there.get(index) or Row(index, b"", "its bytes are missing") for index in range(first, end)]

    def settling(self, first: int, end: int) -> Iterator[Row]:
        """The readings from `first` to before `end` that give flags to earlier ones."""
        found = self._query(
            "SELECT idx FROM entry WHERE idx >= ? AND idx < ? AND instr(bytes, ?)", (first, end, SETTLES)
        )
        for (index,) in found:
            yield from (row for row in self.page(index, index + 1) if not row.damage and is_reading(row.data))

    def landmarks(self, told: Iterable[int]) -> Chronicle:
        """What the log's landmarks tell: those at the indices `told`, and those that the columns hint at."""
        marks = ",".join("?" * len(LANDMARKS))
        hinted = self._query(f"SELECT idx FROM event WHERE type IN ({marks})", sorted(LANDMARKS))
        entries = {}
        for index in sorted({*(index for (index,) in hinted), *told, *(row.index for row in self._more)}):
            row = next(iter(self.page(index, index + 1)), None)
            if row is None or row.damage:
                continue
            try:
                entry = decode_entry(row.data)
            except NotAnEntry:  # of a version to come: whatever depends on it is set aside when its turn comes
                continue
            if entry.type in LANDMARKS:
                entries[index] = entry
        try:
            return chronicle_of(entries.items())
        except ValueError as error:
            raise DamagedLog(f"{self._path}: an entry on clock, station or setup has no known form") from error

    def type_of(self, index: int) -> str:
        """What the entry is by the columns: the only witness where its bytes are damaged."""
        found = self._query("SELECT type FROM event WHERE idx = ?", (index,))
        return str(found[0][0]) if found else EntryType.READING

    def tally(self, index: int) -> tuple[int, int]:
        """Readings that the recorder counted into this log, and how many entries from `index` on are readings.

        Both of one moment, told from tables that delivery never reads.
        """
        there = "(SELECT count(*) FROM entry WHERE idx >= :index)"
        if not self.holes:
            there = "max(0, (SELECT coalesce(max(idx) + 1, 0) FROM entry) - :index)"
        sql = (
            f"SELECT (SELECT coalesce(sum(readings), 0) FROM sensor_total), "
            f"{there} - (SELECT count(*) FROM event WHERE idx >= :index)"
        )
        with faults(self._path):
            accepted, waiting = self._ask(lambda connection: connection.execute(sql, {"index": index}).fetchone())
        return int(accepted), int(waiting)

    def lost(self) -> int:
        """How many entries of the log a salvaged copy could not take over."""
        with faults(self._path):
            report = self._ask(report_in)
        return report.size - report.copied if report else 0

    def amending(self, index: int) -> int:
        """How many hourly summaries and amendments there are from `index` on, the log's own by the columns."""
        sql = "SELECT count(*) FROM event WHERE type IN (?, ?) AND idx >= ?"
        own = int(self._query(sql, (EntryType.SUMMARY, EntryType.AMENDMENT, index))[0][0])
        return own + sum(row.index >= index for row in self._more)

    def _query(self, sql: str, values: Iterable[object]) -> list[Any]:
        with faults(self._path):
            return self._ask(lambda connection: connection.execute(sql, tuple(values)).fetchall())

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        if self._kept is not None:
            return question(self._kept)
        connection, lasting = connect_for_a_moment(self._path)
        with ExitStack() as to_close:
            to_close.callback(connection.close)
            self._check_origin(connection)
            if lasting:
                to_close.pop_all()
                self._kept = connection
            return question(connection)

    def _check_origin(self, connection: sqlite3.Connection) -> None:
        if self._origin is None:
            return
        try:
            found = origin_of(connection)
        except LookupError as error:
            raise DamagedLog(f"{self._path}: {error}") from error
        if found != self._origin:
            raise LogReplaced(f"{self._path.name} holds {found} by now, not {self._origin}")


def _checked(index: int, data: bytes, hashes: dict[int, bytes]) -> Row:
    stored = hashes.get(stored_count(index))
    if stored is None:
        return Row(index, data, "its leaf hash is missing")
    if leaf_hash(data) != stored:
        return Row(index, b"", "its bytes do not match its leaf hash")
    return Row(index, data)


def is_reading(data: bytes) -> bool:
    """Whether these are a reading's bytes: by their end, or where a key of a later version stands there, by reading."""
    if data.endswith(READING_END):
        return True
    if b'"type":"reading"' not in data:
        return False
    try:
        return decode_entry(data).type == EntryType.READING
    except NotAnEntry:
        return False
