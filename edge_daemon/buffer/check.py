# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Full check of a log's file: bytes, leaf hashes, tree nodes, and columns against bytes. Reads only.

Runs for minutes on a large log, so the daemon starts it as a child: `python -m edge_daemon.buffer.check PATH` writes
its report as a line of JSON; with `--child` it tells its progress before, in lines of {phase, done, of}, and ends with
its parent. Exit status 0: sound, 1: damaged, 2: the file cannot be read as a log.
"""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from edge_daemon.buffer.child import become_child, progress_teller, say
from edge_daemon.buffer.columns import ColumnWriter, decoded
from edge_daemon.buffer.record import Committed
from edge_daemon.buffer.schema import connect_reader, create_column_tables
from edge_daemon.buffer.stored import RANGE, Problem, mark_of, origin_of, problems, read_hashes, size_of, surplus
from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import DamagedLog, Fault
from edge_daemon.log.tree import Frontier

MAX_PROBLEMS = 100


def _silent(_done: int, _of: int) -> None:
    """Tells nobody."""


_SAME_COLUMNS = {
    "event": "idx, type, t_ns, sensor",
    "sample": "series, t_ns, idx, value, flag",
    "sensor_total": "sensor, readings, last_idx, last_t_ns",
    "minute": "series, start_ns, count, good, minimum, maximum, worst",
    "hour": "series, start_ns, count, good, minimum, maximum, worst",
}
_HOW_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Outcome of a check of the entries from `first` to `size`.

    `root` (hex) is what the stored leaf hashes give. `problems` holds the first hundred of `problem_count`. `undecoded`
    entries are of a form this program does not know: their hashes were checked, but no columns could be compared.
    """

    origin: str
    first: int
    size: int
    root: str
    undecoded: int
    columns_checked: bool
    problem_count: int
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong."""
        return self.problem_count == 0


def check_log(
    path: Path,
    first: int = 0,
    progress: Callable[[int, int], None] = _silent,
    columns_progress: Callable[[int, int], None] = _silent,
) -> CheckReport:
    """Check the log in `path` from entry `first` on; the columns are compared only when all of it is checked.

    Both kinds of progress get (entries done, entries in all). Raises DamagedLog when the file cannot be read as a log
    at all, or ValueError when it has no entry `first`, BufferUnavailable.
    """
    with faults(path), closing(connect_reader(path)) as connection:
        try:
            origin, size = origin_of(connection), size_of(connection)
            if not 0 <= first <= size:
                raise ValueError(f"a log of {size} entries cannot be checked from entry {first} on")
            frontier = Frontier.load(first, lambda positions: read_hashes(connection, positions))
        except LookupError as error:
            raise DamagedLog(f"{path}: {error}") from error
        found = chain(
            problems(connection, frontier, size, progress), surplus(connection, size), _mark_problems(connection, size)
        )
        listed, count = _collect(found)
        undecoded = 0
        if first == 0:
            undecoded, found_columns = _compare_columns(connection, size, columns_progress)
            # There are few tables, and none of them may be hidden behind a hundred damaged entries.
            room = MAX_PROBLEMS - len(found_columns)
            listed, count = [*listed[:room], *found_columns], count + len(found_columns)
        columns_checked = first == 0 and not undecoded
        return CheckReport(origin, first, size, frontier.root().hex(), undecoded, columns_checked, count, tuple(listed))


def _collect(found: Iterator[Problem]) -> tuple[list[Problem], int]:
    listed: list[Problem] = []
    count = 0
    for problem in found:
        count += 1
        if count <= MAX_PROBLEMS:
            listed.append(problem)
    return listed, count


def _mark_problems(connection: sqlite3.Connection, size: int) -> Iterator[Problem]:
    try:
        mark = mark_of(connection)
        if mark.size > size:
            yield Problem(size, f"it and all up to {mark.size - 1} are missing")
        elif Frontier.load(mark.size, lambda at: read_hashes(connection, at)).root() != mark.root:
            yield Problem(None, f"the tree of the first {mark.size} entries does not give the root seen before")
    except (LookupError, ValueError) as error:
        yield Problem(None, str(error))


def _compare_columns(
    connection: sqlite3.Connection, size: int, progress: Callable[[int, int], None]
) -> tuple[int, list[Problem]]:
    """How many entries gave no columns, and, where all did, what differs from the columns that the bytes give."""
    create_column_tables(connection, "temp")
    # With the file's own series numbers the tables can be compared row by row.
    connection.execute("INSERT INTO temp.series SELECT id, sensor, channel FROM main.series")
    columns = ColumnWriter(connection, "temp")
    undecoded = 0
    for start in range(0, size, RANGE):
        connection.execute("BEGIN")
        undecoded += _expect_columns(connection, columns, start, min(start + RANGE, size))
        connection.execute("COMMIT")
        progress(min(start + RANGE, size), size)
    # Recording goes on: catch up with it, and compare as of one moment.
    connection.execute("BEGIN")
    try:
        undecoded += _expect_columns(connection, columns, size, size_of(connection))
        return undecoded, [] if undecoded else list(_column_problems(connection))
    finally:
        connection.execute("ROLLBACK")


def _expect_columns(connection: sqlite3.Connection, columns: ColumnWriter, start: int, end: int) -> int:
    """Add to the temporary tables the columns that the bytes give; returns how many entries gave none."""
    rows = connection.execute("SELECT idx, CAST(bytes AS BLOB) FROM entry WHERE idx >= ? AND idx < ?", (start, end))
    decodings = list(decoded(rows))
    entries = [entry for entry in decodings if isinstance(entry, Committed)]
    columns.insert(entries)
    columns.accept()
    return len(decodings) - len(entries)


def _column_problems(connection: sqlite3.Connection) -> Iterator[Problem]:
    for table, names in _SAME_COLUMNS.items():
        for one, other, what in (
            ("main", "temp", "has rows that do not follow from the bytes"),
            ("temp", "main", "lacks rows that follow from the bytes"),
        ):
            (count,) = connection.execute(
                f"SELECT count(*) FROM (SELECT {names} FROM {one}.{table} EXCEPT SELECT {names} FROM {other}.{table})"
            ).fetchone()
            if count:
                yield Problem(None, f"the column table {table} {what} ({count})")
    for table in ("minute", "hour"):
        # Sums depend on the order of adding in their last digits.
        (count,) = connection.execute(
            f"SELECT count(*) FROM main.{table} a JOIN temp.{table} b USING (series, start_ns) "
            "WHERE abs(a.total - b.total) > ? * a.count * max(abs(a.minimum), abs(a.maximum))",
            (_HOW_CLOSE,),
        ).fetchone()
        if count:
            yield Problem(None, f"the column table {table} has sums that do not follow from the bytes ({count})")


def main(arguments: Sequence[str]) -> int:
    """Check the log whose path is the last argument; write the report as a line of JSON; return the exit status."""
    as_child = arguments[:1] == ["--child"]
    if len(arguments) != 1 + as_child:
        sys.stderr.write("usage: python -m edge_daemon.buffer.check [--child] PATH\n")
        return 2
    if as_child:
        become_child()
    entries, columns = (progress_teller(phase) if as_child else _silent for phase in ("entries", "columns"))
    try:
        report = check_log(Path(arguments[-1]), 0, entries, columns)
    except Fault as fault:
        say({"sound": False, "error": fault.code, "message": str(fault)})
        return 2
    say({"sound": report.sound, **asdict(report)})
    return 0 if report.sound else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
