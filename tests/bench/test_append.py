# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed of the durable log, from the driver's sample to commit, against plain SQLite inserting the same bytes and rows.

The same means: the same tables, indexes and statements, the same transactions with the same syncs, rows ready made. The
samples are those of a real model with its quality tests, from several sensors in turn, at the rate that is the goal.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from edge_daemon.acquisition.pipeline import Pipeline
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.acquisition.whereabouts import Whereabouts
from edge_daemon.buffer.columns import HOUR_NS, MINUTE_NS, record_of
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.buffer.schema import connect_writer, create_file
from edge_daemon.buffer.writer import BATCH_RECORDS, LogWriter
from edge_daemon.domain.channel import Flag
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.registry import driver
from edge_daemon.log.entry import EntryType, Stamp, encode_entry
from edge_daemon.log.tree import stored_count

ORIGIN = "verifield/log/" + "12" * 16
READINGS = 20_000
ROUNDS = 3
MODEL = load_catalogue()["sensirion_scd30"]
SENSORS = tuple(f"co2_monitor_{number}" for number in range(16))
CHANNELS = tuple(channel.name for channel in MODEL.channels)
GOAL_RATE = 20_000
Input = tuple[str, Sample, Stamp]
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
    inputs = samples()
    first = record_of(encode_entry(EntryType.LOG, Stamp(1, 1, bytes(16)), {"origin": ORIGIN}))
    ours = min(log_seconds(tmp_path / f"log-{number}", first, inputs) for number in range(ROUNDS))
    records = list(made(inputs))
    assert all(flag is Flag.GOOD for record in records[len(SENSORS) :] for _, _, flag in record.values[:1])
    written = min(writer_seconds(tmp_path / f"writer-{number}", first, records) for number in range(ROUNDS))
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
        "ratio_from_records_on": round(same / written, 2),
        "bytes_on_disk_per_reading": round(bytes_a_reading),
    }
    for name, figure in figures.items():
        record_property(name, figure)
    with capsys.disabled():
        print(
            f"\nappend {READINGS / ours:,.0f} readings/s; plain SQLite with the same rows {READINGS / same:,.0f}/s "
            f"(ratio {same / ours:.2f}), without roll-ups {READINGS / bare:,.0f}/s (ratio {bare / ours:.2f}); "
            f"records ready made {READINGS / written:,.0f}/s (ratio {same / written:.2f}); "
            f"{bytes_a_reading:.0f} bytes on disk per reading of {len(CHANNELS)} channels"
        )
    assert same / ours >= 0.06  # far below what is measured: this only catches a collapse


def samples() -> list[Input]:
    """What drivers hand over: sensor after sensor, each value a little off the sensor's last."""
    random = Random(5)
    values = dict.fromkeys(CHANNELS, 0.0) | {"co2": 500.0, "temperature": 21.0, "humidity": 50.0}
    step_ns = 1_000_000_000 // GOAL_RATE
    return [
        (
            SENSORS[number % len(SENSORS)],
            Sample({name: value + random.random() * 1e-3 for name, value in values.items()}),
            Stamp(1_795_421_730_000_000_000 + number * step_ns, number * step_ns // 1000, random.randbytes(16)),
        )
        for number in range(READINGS)
    ]


def made(inputs: Sequence[Input], accept: Callable[[Record], bool] = lambda _: True) -> Iterator[Record]:
    """The records that the sensors' pipelines make, each handed over before the next is made."""
    whereabouts = Whereabouts()
    limits = {channel.name: channel.limits for channel in MODEL.channels}
    pipelines = {
        sensor: Pipeline(
            DeviceSetup(sensor, MODEL, driver(MODEL.driver), MODEL.interval.default_ns, 0, limits=limits),
            whereabouts.locate,
        )
        for sensor in SENSORS
    }
    for sensor, sample, stamp in inputs:
        pipeline = pipelines[sensor]
        record = pipeline.reading(sample, stamp, warming_up=False)
        assert accept(record)
        pipeline.recorded(record)
        yield record


def log_seconds(path: Path, first: Record, inputs: Sequence[Input]) -> float:
    """Seconds from the first sample to the commit of the last."""
    return _seconds_until_durable(path, first, lambda writer: deque(made(inputs, writer.submit), maxlen=0))


def writer_seconds(path: Path, first: Record, records: Sequence[Record]) -> float:
    """Seconds from the first record, ready made, to the commit of the last."""

    def submit(writer: LogWriter) -> None:
        for record in records:
            assert writer.submit(record)

    return _seconds_until_durable(path, first, submit)


def _seconds_until_durable(path: Path, first: Record, submit: Callable[[LogWriter], object]) -> float:
    done = threading.Event()

    def committed(entries: Sequence[Committed]) -> None:
        if entries[-1].index == READINGS:
            done.set()

    with LogWriter.create(path, ORIGIN, [first], on_commit=committed) as writer:
        start = perf_counter()
        submit(writer)
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
                "SELECT sensor, count(DISTINCT idx), max(idx), max(t_ns) FROM sample JOIN series ON series.id = series "
                "WHERE idx >= ? AND idx < ? GROUP BY sensor",
                span,
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
