# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Records and log files for tests of the buffer."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.record import Record
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.entry import EntryType, Stamp, encode_entry, encode_reading, leaf_hash
from edge_daemon.log.tree import Frontier

ORIGIN = "verifield/log/" + "ab" * 16
T0 = 1_795_421_700_000_000_000
MISSING = ChannelValue(None, None, Flag.MISSING)
MANY = 10_000


def stamp(t_ns: int, salt: int = 0) -> Stamp:
    return Stamp(t_ns, 1_000, salt.to_bytes(16, "big"))


def first_record() -> Record:
    return record_of(encode_entry(EntryType.LOG, stamp(T0), {"origin": ORIGIN}))


def note(t_ns: int, text: str, sensor: str = "") -> Record:
    return record_of(encode_entry(EntryType.NOTE, stamp(t_ns), {"text": text, "sensor": sensor}))


def reading(t_ns: int, sensor: str, channels: dict[str, ChannelValue], salt: int = 0) -> Record:
    return record_of(encode_reading(stamp(t_ns, salt), sensor, channels, 90, 0, {}))


def co2(number: int, value: float | None = None) -> Record:
    value = float(number) if value is None else value
    return reading(T0 + number * 10**9, "s1", {"co2": ChannelValue(value, value, Flag.GOOD)}, number)


def write_log(path: Path, records: Sequence[Record]) -> None:
    with LogWriter.create(path, ORIGIN, [first_record()]) as writer:
        for record in records:
            assert writer.submit(record)


def execute(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql, values)


def root_from_bytes(entries: Sequence[tuple[int, bytes]]) -> bytes:
    frontier = Frontier()
    frontier.extend(leaf_hash(data) for _, data in entries)
    return frontier.root()


def rollups(path: Path, table: str) -> dict[tuple[str, str, int, str], float | None]:
    names = ("count", "good", "minimum", "maximum", "total", "worst")
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            f"SELECT sensor, channel, start_ns, {', '.join(names)} FROM {table} JOIN series ON id = series"
        ).fetchall()
    return {(*row[:3], name): value for row in rows for name, value in zip(names, row[3:], strict=True)}
