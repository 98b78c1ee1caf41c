# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed of the durable log, from values to commit, against plain SQLite inserting the same bytes and rows.

The same means: the same tables, indexes and statements, the same transactions with the same syncs, rows ready made.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from edge_daemon.buffer.columns import HOUR_NS, MINUTE_NS, record_of
from edge_daemon.buffer.record import Record
from edge_daemon.buffer.schema import connect_writer, create_file
from edge_daemon.buffer.writer import BATCH_RECORDS, LogWriter
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.entry import EntryType, ReadingEncoder, Stamp, encode_entry
from edge_daemon.log.tree import stored_count

ORIGIN = "verifield/log/" + "12" * 16
READINGS = 20_000
ROUNDS = 3
SENSOR = "co2_monitor"
CHANNELS = ("co2", "temperature", "humidity")
Row = tuple[object, ...]

ROLLUP = (
    "INSERT INTO {table} AS o (series, start_ns, count, good, minimum, maximum, total, worst) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (series, start_ns) DO UPDATE SET "
    "count = o.count + excluded.count, good = o.good + excluded.good, minimum = min(o.minimum, excluded.minimum), "
    "maximum = max(o.maximum, excluded.maximum), total = o.total + excluded.total, worst = max(o.worst, excluded.worst)"
)
STATEMENTS = {
    "entry": "INSERT INTO entry (idx, bytes) VALUES (?, ?)",
    "tree_hash": "INSERT INTO tree_hash (position, hash) VALUES (?, ?)",
    "sample": "INSERT INTO sample (series, t_ns, idx, value, flag) VALUES (?, ?, ?, ?, ?)",
    "minute": ROLLUP.format(table="minute"),
    "hour": ROLLUP.format(table="hour"),
    "sensor_total": (
        "INSERT INTO sensor_total AS o (sensor, readings, last_idx, last_t_ns) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (sensor) DO UPDATE SET readings = o.readings + excluded.readings, "
        "last_idx = excluded.last_idx, last_t_ns = excluded.last_t_ns"
    ),
}
BARE = ("entry", "tree_hash", "sample")


def test_append_against_plain_sqlite(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(5)
    inputs = [
        (
            Stamp(1_795_421_730_000_000_000 + number * 1_000_000, number * 1_000, random.randbytes(16)),
            {name: ChannelValue(raw, raw * 1.0125 + 0.5, Flag.GOOD) for name in CHANNELS for raw in [random.random()]},
        )
        for number in range(READINGS)
    ]
    first = record_of(encode_entry(EntryType.LOG, Stamp(1, 1, bytes(16)), {"origin": ORIGIN}))
    ours = min(log_seconds(tmp_path / f"log-{number}", first, inputs) for number in range(ROUNDS))
    bytes_a_reading = (tmp_path / "log-0").stat().st_size / READINGS
    transactions = list(transactions_of(tmp_path / "log-0"))
    assert sum(len(rows) for rows in (batch["sample"] for batch in transactions)) == READINGS * len(CHANNELS)
    same = min(plain_seconds(tmp_path / f"same-{number}", transactions) for number in range(ROUNDS))
    bare = min(plain_seconds(tmp_path / f"bare-{number}", transactions, BARE) for number in range(ROUNDS))
    with closing(sqlite3.connect(tmp_path / "same-0")) as one, closing(sqlite3.connect(tmp_path / "log-0")) as other:
        assert all(contents(one, table) == contents(other, table) for table in STATEMENTS)
    figures = {
        "readings_per_s": round(READINGS / ours),
        "ratio_same_rows": round(same / ours, 2),
        "ratio_without_rollups": round(bare / ours, 2),
        "bytes_on_disk_per_reading": round(bytes_a_reading),
    }
    for name, figure in figures.items():
        record_property(name, figure)
    with capsys.disabled():
        print(
            f"\nappend {READINGS / ours:,.0f} readings/s; plain SQLite with the same rows {READINGS / same:,.0f}/s "
            f"(ratio {same / ours:.2f}), without roll-ups {READINGS / bare:,.0f}/s (ratio {bare / ours:.2f}); "
            f"{bytes_a_reading:.0f} bytes on disk per reading of {len(CHANNELS)} channels"
        )
    assert same / ours >= 0.12  # the goal is 0.5; this only catches a collapse


def log_seconds(path: Path, first: Record, inputs: list[tuple[Stamp, dict[str, ChannelValue]]]) -> float:
    """Seconds from the first value to the commit of the last."""
    encoder = ReadingEncoder(SENSOR, CHANNELS, 0, {})
    done = threading.Event()
    with LogWriter.create(path, ORIGIN, [first]) as writer:
        writer.on_commit = lambda entries: done.set() if entries[-1].index == READINGS else None
        start = perf_counter()
        for stamp, channels in inputs:
            data = encoder.encode(stamp, channels, 90)
            values = tuple((name, channel.value, channel.flag) for name, channel in channels.items())
            assert writer.submit(Record(data, "reading", stamp.t_ns, SENSOR, values))
        assert done.wait(60)
        return perf_counter() - start


def transactions_of(path: Path) -> Iterator[dict[str, list[Row]]]:
    """What each transaction of the log inserted: its rows ready made, in the order of the log's own statements."""
    with closing(sqlite3.connect(path)) as connection:
        for start in range(1, READINGS + 1, BATCH_RECORDS):
            span = (start, start + BATCH_RECORDS)
            rows: dict[str, list[Row]] = {
                table: connection.execute(f"SELECT * FROM {table} WHERE {key} >= ? AND {key} < ?", bounds).fetchall()
                for table, key, bounds in (
                    ("entry", "idx", span),
                    ("tree_hash", "position", tuple(map(stored_count, span))),
                    ("sample", "idx", span),
                )
            }
            for table, width_ns in (("minute", MINUTE_NS), ("hour", HOUR_NS)):
                rows[table] = connection.execute(
                    "SELECT series, t_ns / ?1 * ?1, count(value), sum(flag = 1), min(value), max(value), total(value), "
                    "max(flag) FROM sample WHERE idx >= ?2 AND idx < ?3 GROUP BY 1, 2",
                    (width_ns, *span),
                ).fetchall()
            rows["sensor_total"] = connection.execute(
                "SELECT ?, count(DISTINCT idx), max(idx), max(t_ns) FROM sample WHERE idx >= ? AND idx < ?",
                (SENSOR, *span),
            ).fetchall()
            yield rows


def plain_seconds(path: Path, transactions: Sequence[Mapping[str, Sequence[Row]]], tables: Iterable[str] = ()) -> float:
    """Seconds that plain SQLite takes for the same transactions, in a file with the same tables and settings."""
    create_file(path, lambda _: None)
    chosen = {table: STATEMENTS[table] for table in tables or STATEMENTS}
    with closing(connect_writer(path)) as connection:
        start = perf_counter()
        for rows in transactions:
            connection.execute("BEGIN IMMEDIATE")
            for table, statement in chosen.items():
                connection.executemany(statement, rows[table])
            connection.execute("COMMIT")
        return perf_counter() - start


def contents(connection: sqlite3.Connection, table: str) -> int:
    """Rows in a table, leaving out the log's first entry, which the plain file lacks."""
    first = {"entry": "WHERE idx > 0", "tree_hash": "WHERE position > 0"}
    (count,) = connection.execute(f"SELECT count(*) FROM {table} {first.get(table, '')}").fetchone()
    return int(count)
