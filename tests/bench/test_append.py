# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed of the durable log, from values to commit, against plain SQLite inserting the same bytes and rows."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.record import Record
from edge_daemon.buffer.schema import connect_writer, create_file
from edge_daemon.buffer.writer import BATCH_RECORDS, LogWriter
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.entry import EntryType, ReadingEncoder, Stamp, encode_entry

ORIGIN = "verifield/log/" + "12" * 16
READINGS = 20_000 - 1
ROUNDS = 3
CHANNELS = ("co2", "temperature", "humidity")
TABLES = {
    "entry": "idx, bytes",
    "tree_hash": "position, hash",
    "sample": "series, t_ns, idx, value, flag",
}


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
    rows = rows_of(tmp_path / "log-0")
    assert len(rows["sample"]) == READINGS * len(CHANNELS)
    plain = min(plain_seconds(tmp_path / f"plain-{number}", rows) for number in range(ROUNDS))
    rate, ratio = READINGS / ours, plain / ours
    record_property("readings_per_s", round(rate))
    record_property("ratio", round(ratio, 2))
    with capsys.disabled():
        print(f"\nappend {rate:,.0f} readings/s, plain SQLite {READINGS / plain:,.0f}/s, ratio {ratio:.2f}")
    assert ratio >= 0.08  # the goal is 0.5; this only catches a collapse


def log_seconds(path: Path, first: Record, inputs: list[tuple[Stamp, dict[str, ChannelValue]]]) -> float:
    """Seconds from the first value to the commit of the last."""
    encoder = ReadingEncoder("co2_monitor", CHANNELS, 0, {})
    done = threading.Event()
    with LogWriter.create(path, ORIGIN, first) as writer:
        writer.on_commit = lambda entries: done.set() if entries[-1].index == READINGS else None
        start = perf_counter()
        for stamp, channels in inputs:
            data = encoder.encode(stamp, channels, 90)
            values = tuple((name, channel.value, channel.flag) for name, channel in channels.items())
            assert writer.submit(Record(data, "reading", stamp.t_ns, "co2_monitor", values))
        assert done.wait(60)
        return perf_counter() - start


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT {names} FROM {table} ORDER BY {names.split(',')[0]}").fetchall()
            for table, names in TABLES.items()
        }


def plain_seconds(path: Path, rows: dict[str, list[tuple[object, ...]]]) -> float:
    create_file(path, lambda _: None)
    batches = -(-READINGS // BATCH_RECORDS)
    parts = {table: -(-len(values) // batches) for table, values in rows.items()}
    with closing(connect_writer(path)) as connection:
        start = perf_counter()
        for batch in range(batches):
            connection.execute("BEGIN IMMEDIATE")
            for table, names in TABLES.items():
                marks = ", ".join("?" * len(names.split(",")))
                some = rows[table][batch * parts[table] : (batch + 1) * parts[table]]
                connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", some)
            connection.execute("COMMIT")
        return perf_counter() - start
