# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Logs of millions of readings, written in one go: the recorder's bytes, tree and counts. Writes a SQLite file.

Left out are the columns for plots (`sample`, `minute`, `hour`), from which delivery reads nothing.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.entry import Stamp, encode_reading, leaf_hash
from edge_daemon.log.tree import Frontier, stored_count
from tests.unit.sync.recorded import TEMPERATURE, Recorded

S = 1_000_000_000
BLOCK = 20_000


def write_long_log(path: Path, readings: int, sensors: int = 4, others: Sequence[str] = ()) -> dict[str, int]:
    """A new log of as many readings, of one channel each, of the sensors in turn, ten a second.

    `others` are configured too, and have no readings. Returns the index of each sensor's configuration.
    """
    log = Recorded().begin()
    configured = {name: log.sensor(name) for name in others}
    settings = {f"sensor_{number}": log.sensor(f"sensor_{number}", (TEMPERATURE,)) for number in range(sensors)}
    log.write(path)
    begun = len(log.entries)
    frontier = Frontier()
    frontier.extend(map(leaf_hash, log.entries))
    made = _readings(log, settings, readings)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for index in range(begun, begun + readings, BLOCK):
            some = list(islice(made, BLOCK))
            hashes = frontier.extend(map(leaf_hash, some))
            with connection:
                connection.executemany("INSERT INTO entry (idx, bytes) VALUES (?, ?)", enumerate(some, index))
                connection.executemany(
                    "INSERT INTO tree_hash (position, hash) VALUES (?, ?)", enumerate(hashes, stored_count(index))
                )
        with connection:
            connection.executemany(
                "INSERT INTO sensor_total (sensor, readings, last_idx, last_t_ns) VALUES (?, ?, 0, 0)",
                [(name, len(range(number, readings, sensors))) for number, name in enumerate(settings)],
            )
    return configured | settings


def _readings(log: Recorded, settings: dict[str, int], count: int) -> Iterator[bytes]:
    turns = list(settings.items())
    for number in range(count):
        sensor, configuration = turns[number % len(turns)]
        stamp = Stamp(log.t_ns + number * S // 10, log.mono_us + number * 100_000, number.to_bytes(16, "big"))
        value = float(number % 50)
        channels = {"temperature": ChannelValue(value, value, Flag.GOOD)}
        yield encode_reading(stamp, sensor, channels, 90, configuration, {}, ())
