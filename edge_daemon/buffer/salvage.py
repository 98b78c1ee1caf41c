# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Copies what is whole out of a damaged log into a clean file. Never writes to the damaged file.

The copy keeps every index, so it has holes where entries could not be saved, and it is for reading only. It appears
whole or not at all, with the report in it, so that a salvage that was cut short is simply done again. Runs for minutes
on a large log: `python -m edge_daemon.buffer.salvage DAMAGED TARGET` is for a parent that reads its progress (lines of
{phase, done, of}). Exit status 0: done, 1: nothing can be read, 2: not possible now, try again.
"""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from edge_daemon.buffer.child import become_child, progress_teller, say
from edge_daemon.buffer.columns import ColumnWriter, decoded
from edge_daemon.buffer.record import Committed
from edge_daemon.buffer.schema import connect_reader, create_file, read_meta, transaction, write_meta
from edge_daemon.buffer.stored import RANGE
from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import Conflict, DamagedLog, Fault
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.tree import stored_count, stored_position

_REPORT = "salvage_report"
_Row = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """What became of the entries of a damaged log.

    `size`: entries that it held as far as can be told. `copied`: bytes match their leaf hash. `changed`: bytes do not
    match. `unproven`: bytes are there but their leaf hash is lost. `unreadable`: no bytes.
    """

    size: int
    copied: int
    changed: int
    unproven: int
    unreadable: int


def salvage(
    damaged: Path, target: Path, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> SalvageReport:
    """Copy each entry of `damaged` whose bytes match its stored leaf hash, and all readable hashes, to the new
    file `target`, which is then read-only. `progress` gets (entries done, entries in all).

    Raises Conflict when `target` exists, DamagedLog when not even the tables can be found, DiskFull,
    BufferUnavailable.
    """
    if target.exists():
        raise Conflict(f"{target} exists already; salvage writes a new file only")
    with faults(damaged), closing(connect_reader(damaged)) as source:
        size = _last_size(source)
        reports: list[SalvageReport] = []
        with faults(target):
            create_file(target, lambda copy: reports.append(_copy(source, copy, size, progress)))
            target.chmod(0o400)
    return reports[0]


def report_of(path: Path) -> SalvageReport | None:
    """What the salvage that made the file `path` reported; None for a file made otherwise. Raises Fault."""
    with faults(path), closing(connect_reader(path)) as connection:
        return report_in(connection)


def report_in(connection: sqlite3.Connection) -> SalvageReport | None:
    """The same of an open file. Raises sqlite3.Error."""
    told = read_meta(connection, _REPORT)
    return None if told is None else SalvageReport(**json.loads(told))


def _copy(
    source: sqlite3.Connection, copy: sqlite3.Connection, size: int, progress: Callable[[int, int], None]
) -> SalvageReport:
    columns = ColumnWriter(copy)
    copied = changed = unproven = 0
    with suppress(sqlite3.DatabaseError), transaction(copy):
        for key in ("origin", "verified"):
            value = read_meta(source, key)
            if value is not None:
                write_meta(copy, key, value)
    for start in range(0, size, RANGE):
        end = min(start + RANGE, size)
        hashes = dict(_readable(_hashes_of(source), stored_count(start), stored_count(end)))
        whole: list[_Row] = []
        for index, data in _readable(_entries_of(source), start, end):
            leaf = hashes.get(stored_position(0, index))
            if leaf is None:
                unproven += 1
            elif leaf_hash(data) != leaf:
                changed += 1
            else:
                whole.append((index, data))
        with transaction(copy):
            copy.executemany("INSERT INTO entry (idx, bytes) VALUES (?, ?)", whole)
            copy.executemany("INSERT INTO tree_hash (position, hash) VALUES (?, ?)", sorted(hashes.items()))
            columns.insert([entry for entry in decoded(whole) if isinstance(entry, Committed)])
        columns.accept()
        copied += len(whole)
        progress(end, size)
    report = SalvageReport(size, copied, changed, unproven, size - copied - changed - unproven)
    with transaction(copy):
        write_meta(copy, "salvaged_size", str(size))
        write_meta(copy, _REPORT, json.dumps(asdict(report)))
    return report


def _entries_of(source: sqlite3.Connection) -> Callable[[int, int], list[_Row]]:
    sql = "SELECT idx, bytes FROM entry WHERE idx >= ? AND idx < ?"
    return lambda first, end: source.execute(sql, (first, end)).fetchall()


def _hashes_of(source: sqlite3.Connection) -> Callable[[int, int], list[_Row]]:
    sql = "SELECT position, hash FROM tree_hash WHERE position >= ? AND position < ?"
    return lambda first, end: source.execute(sql, (first, end)).fetchall()


def _readable(read: Callable[[int, int], list[_Row]], first: int, end: int) -> Iterator[_Row]:
    """The rows of [first, end) that can be read: a range that cannot be is halved, down to single rows."""
    try:
        rows = read(first, end)
    except sqlite3.DatabaseError:
        if end - first > 1:
            middle = (first + end) // 2
            yield from _readable(read, first, middle)
            yield from _readable(read, middle, end)
        return
    # A damaged page may hand out rows of any kind, in any number.
    seen: set[int] = set()
    for key, data in rows:
        if first <= key < end and key not in seen and isinstance(data, bytes):
            seen.add(key)
            yield key, data


def _last_size(source: sqlite3.Connection) -> int:
    """The most entries that any readable part of the file speaks of."""
    sizes = [0]
    with suppress(sqlite3.DatabaseError):
        sizes += [int(last) + 1 for (last,) in source.execute("SELECT max(idx) FROM entry") if last is not None]
    with suppress(sqlite3.DatabaseError):
        for (last,) in source.execute("SELECT max(position) FROM tree_hash"):
            sizes.append(0 if last is None else _size_storing(int(last) + 1))
    with suppress(sqlite3.DatabaseError, ValueError):
        sizes.append(int((read_meta(source, "verified") or "0").split(" ")[0]))
    return max(sizes)


def _size_storing(hashes: int) -> int:
    """The fewest leaves whose tree stores at least this many hashes."""
    low, high = 0, hashes
    while low < high:
        middle = (low + high) // 2
        if stored_count(middle) < hashes:
            low = middle + 1
        else:
            high = middle
    return low


def main(arguments: Sequence[str]) -> int:
    """Salvage DAMAGED into TARGET, telling the parent; return the exit status."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m edge_daemon.buffer.salvage DAMAGED TARGET\n")
        return 2
    become_child()
    try:
        report = salvage(Path(arguments[0]), Path(arguments[1]), progress_teller("salvage"))
    except DamagedLog as damage:
        say({"message": str(damage)})
        return 1
    except Fault as fault:
        say({"message": str(fault)})
        return 2
    say(asdict(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
