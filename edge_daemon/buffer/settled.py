# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Flags that a later reading gives to an earlier one, in the query columns. Writes through a connection that it is
given, inside the caller's transaction, after the entries and samples concerned are in their tables.

The effective flag is the worst that any entry gives, so that the order in which entries are applied does not matter.
"""

import sqlite3
from typing import Literal

from edge_daemon.buffer.record import Committed
from edge_daemon.domain.channel import Flag
from edge_daemon.log.entry import NotAnEntry, decode_reading

_GOOD = int(Flag.GOOD)


def settle(connection: sqlite3.Connection, database: Literal["main", "temp"], entry: Committed) -> None:
    """Apply what the reading `entry` says of earlier readings of its sensor. What names no such reading says nothing.

    Raises sqlite3.Error.
    """
    for index, channel, flag in entry.record.settles:
        t_ns = _time_of(connection, index, entry.record.sensor) if index < entry.index else None
        if t_ns is not None:
            _worsen(connection, database, (entry.record.sensor, channel), index, t_ns, int(flag))


def _time_of(connection: sqlite3.Connection, index: int, sensor: str) -> int | None:
    row = connection.execute("SELECT bytes FROM main.entry WHERE idx = ?", (index,)).fetchone()
    if row is None:
        return None
    try:
        reading = decode_reading(row[0])
    except NotAnEntry:
        return None
    return reading.t_ns if reading.sensor == sensor else None


def _worsen(
    connection: sqlite3.Connection,
    database: Literal["main", "temp"],
    series: tuple[str, str],
    index: int,
    t_ns: int,
    flag: int,
) -> None:
    found = connection.execute(
        f"SELECT series, flag FROM {database}.sample WHERE t_ns = ? AND idx = ? "
        f"AND series = (SELECT id FROM {database}.series WHERE sensor = ? AND channel = ?)",
        (t_ns, index, *series),
    ).fetchone()
    if found is None or found[1] >= flag:
        return
    number, before = found
    connection.execute(
        f"UPDATE {database}.sample SET flag = ? WHERE series = ? AND t_ns = ? AND idx = ?", (flag, number, t_ns, index)
    )
    for table, width_ns in (("minute", 60 * 10**9), ("hour", 3600 * 10**9)):
        connection.execute(
            f"UPDATE {database}.{table} SET good = good - ?, worst = max(worst, ?) WHERE series = ? AND start_ns = ?",
            (int(before == _GOOD), flag, number, t_ns - t_ns % width_ns),
        )
