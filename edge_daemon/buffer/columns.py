# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Query columns and minute/hour roll-ups beside the entries, and how they follow from the bytes. Writes through a
connection that it is given, inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from edge_daemon.buffer.bulk import insert_rows
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.buffer.settled import settle
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.entry import EntryType, NotAnEntry, decode_entry, decode_reading

MINUTE_NS = 60 * NS_PER_S
HOUR_NS = 60 * MINUTE_NS
INT64 = range(-(2**63), 2**63)

_GOOD = 1
_SAMPLE_CELLS = 5
_ROLLUP_CELLS = 8
_TOTAL_CELLS = 4
_Cell = int | float | None
_SeriesKey = tuple[str, str]
_RollUp = tuple[int, int, int, int, float | None, float | None, float, int]


def record_of(data: bytes) -> Record:
    """The record of an entry's bytes, with the columns that follow from them.

    Raises NotAnEntry for bytes of an unknown version, and BadInput for a time that the columns cannot hold.
    """
    entry = decode_entry(data)
    sensor = entry.body.get("sensor", "")
    if entry.type != EntryType.READING:
        record = Record(data, entry.type, entry.t_ns, sensor if isinstance(sensor, str) else "")
    else:
        reading = decode_reading(data)
        record = Record(
            data,
            entry.type,
            reading.t_ns,
            reading.sensor,
            tuple((name, channel.value, channel.flag) for name, channel in reading.channels.items()),
            reading.settles,
        )
    check_record(record)
    return record


def check_record(record: Record) -> None:
    """Raises BadInput for a record that the tables cannot hold, before it can spoil the transaction it shares."""
    if record.t_ns not in INT64:
        raise BadInput("t_ns", record.t_ns, "a time must lie between the years 1678 and 2261")
    if not record.data:
        raise BadInput("data", record.data, "an entry has at least one byte")
    channels = [channel for channel, _, _ in record.values]
    if len(set(channels)) != len(channels):
        raise BadInput("values", record.values, "a reading holds each channel once")
    if record.type != EntryType.READING and (record.values or record.settles):
        raise BadInput("type", record.type, "only a reading has channel values")
    names = "".join((record.type, record.sensor, *channels))
    if not names.isascii() and any("\ud800" <= character <= "\udfff" for character in names):
        raise BadInput("name", names, "names must be text that UTF-8 can hold")


class ColumnWriter:
    """Writes the columns of entries. Call `accept` once the transaction is committed and `reject` if it was not."""

    def __init__(self, connection: sqlite3.Connection, database: Literal["main", "temp"] = "main") -> None:
        """Raises sqlite3.Error."""
        self._connection = connection
        self._database = database
        rows = connection.execute(f"SELECT sensor, channel, id FROM {database}.series")
        self._series: dict[_SeriesKey, int] = {(sensor, channel): number for sensor, channel, number in rows}
        self._fresh: dict[_SeriesKey, int] = {}

    def insert(self, entries: Sequence[Committed]) -> None:
        """Insert the columns of `entries` and add them to the roll-ups. Raises sqlite3.Error."""
        readings = [entry for entry in entries if entry.record.type == EntryType.READING]
        if len(readings) < len(entries):
            self._insert_events(entry for entry in entries if entry.record.type != EntryType.READING)
        if readings:
            self._insert_readings(readings)

    def accept(self) -> None:
        """The transaction was committed."""
        self._series.update(self._fresh)
        self._fresh.clear()

    def reject(self) -> None:
        """The transaction was rolled back: the series that it added do not exist."""
        self._fresh.clear()

    def _insert_events(self, entries: Iterable[Committed]) -> None:
        self._connection.executemany(
            f"INSERT INTO {self._database}.event (idx, type, t_ns, sensor) VALUES (?, ?, ?, ?)",
            ((entry.index, entry.record.type, entry.record.t_ns, entry.record.sensor) for entry in entries),
        )

    def _insert_readings(self, entries: Sequence[Committed]) -> None:
        minutes: dict[tuple[str, int], dict[str, list[_Cell]]] = {}
        readings: dict[str, int] = {}
        for entry in entries:
            index, record = entry.index, entry.record
            t_ns, sensor = record.t_ns, record.sensor
            key = (sensor, t_ns - t_ns % MINUTE_NS)
            groups = minutes.get(key)
            if groups is None:
                groups = minutes[key] = {}
            for channel, value, flag in record.values:
                group = groups.get(channel)
                if group is None:
                    groups[channel] = [self._series_of(sensor, channel), t_ns, index, value, int(flag)]
                else:
                    group += (group[0], t_ns, index, value, int(flag))
            readings[sensor] = readings.get(sensor, 0) + 1
        # One flat list a group: its slices are the columns.
        insert_rows(
            self._connection,
            f"INSERT INTO {self._database}.sample (series, t_ns, idx, value, flag)",
            _SAMPLE_CELLS,
            [cell for groups in minutes.values() for group in groups.values() for cell in group],
        )
        rows = [
            _minute(self._series_of(sensor, channel), minute, group)
            for (sensor, minute), groups in minutes.items()
            for channel, group in groups.items()
        ]
        self._add_rollups("minute", rows)
        self._add_rollups("hour", [(row[0], row[1] - row[1] % HOUR_NS, *row[2:]) for row in rows])
        newest = {entry.record.sensor: entry for entry in entries}
        totals = [
            (sensor, count, newest[sensor].index, newest[sensor].record.t_ns) for sensor, count in readings.items()
        ]
        insert_rows(
            self._connection,
            f"INSERT INTO {self._database}.sensor_total AS o (sensor, readings, last_idx, last_t_ns)",
            _TOTAL_CELLS,
            [cell for row in totals for cell in row],
            "ON CONFLICT (sensor) DO UPDATE SET readings = o.readings + excluded.readings, "
            "last_idx = excluded.last_idx, last_t_ns = excluded.last_t_ns",
        )
        for entry in entries:
            if entry.record.settles:
                settle(self._connection, self._database, entry)

    def _add_rollups(self, table: Literal["minute", "hour"], rows: Sequence[_RollUp]) -> None:
        # min() and max() of two values are NULL when either is, hence coalesce in both directions.
        insert_rows(
            self._connection,
            f"INSERT INTO {self._database}.{table} AS o "
            "(series, start_ns, count, good, minimum, maximum, total, worst)",
            _ROLLUP_CELLS,
            [cell for row in rows for cell in row],
            "ON CONFLICT (series, start_ns) DO UPDATE SET "
            "count = o.count + excluded.count, good = o.good + excluded.good, "
            "minimum = min(coalesce(o.minimum, excluded.minimum), coalesce(excluded.minimum, o.minimum)), "
            "maximum = max(coalesce(o.maximum, excluded.maximum), coalesce(excluded.maximum, o.maximum)), "
            "total = o.total + excluded.total, worst = max(o.worst, excluded.worst)",
        )

    def _series_of(self, sensor: str, channel: str) -> int:
        key = (sensor, channel)
        known = self._series.get(key) or self._fresh.get(key)
        if known is not None:
            return known
        number = max(self._series.values(), default=0) + len(self._fresh) + 1
        self._connection.execute(
            f"INSERT INTO {self._database}.series (id, sensor, channel) VALUES (?, ?, ?)", (number, *key)
        )
        self._fresh[key] = number
        return number


def decoded(rows: Iterable[tuple[int, bytes]]) -> Iterator[Committed | int]:
    """The entries of (index, bytes) rows, or the bare index where the bytes give no columns."""
    for index, data in rows:
        try:
            yield Committed(index, record_of(data))
        except (NotAnEntry, BadInput):
            yield index


def _minute(series: int, start_ns: int, group: Sequence[_Cell]) -> _RollUp:
    values = [value for value in group[3::_SAMPLE_CELLS] if value is not None]
    flags = [flag for flag in group[4::_SAMPLE_CELLS] if flag is not None]
    # A worse QARTOD flag is a larger number, so the worst is the maximum, here and in SQL.
    return (
        series,
        start_ns,
        len(values),
        flags.count(_GOOD),
        min(values, default=None),
        max(values, default=None),
        sum(values, 0.0),
        int(max(flags)),
    )
