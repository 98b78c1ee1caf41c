# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A signed home of six instruments, of any length, written in one go in constant memory. Writes a SQLite file.

Every test over several readings runs on every channel, and none finds anything. Left out are the columns for plots,
from which evidence reads nothing, and hourly summaries.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from random import Random

from edge_daemon.buffer.checkpoint_files import FOLDER, CheckpointFiles
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.limits import Limits
from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.checkpoint import Checkpoint, sign_checkpoint
from edge_daemon.log.entry import ReadingEncoder, Stamp, leaf_hash
from edge_daemon.log.tree import Frontier, stored_count
from tests.unit.sync.recorded import S
from tests.unit.sync.signed_logs import SignedLog

MONTH_ENTRIES = 9_400_000
INSTRUMENTS = 6
BLOCK = 20_000
_STEP_NS = 30 * 86_400 * S // MONTH_ENTRIES
_UNCALIBRATED = 70
_LIMITS = Limits(
    plausible=(-1e4, 1e4),
    spike=(1e3, 2e3),
    rate_per_s=(1e3, 2e3),
    flat_s=(600, 1200),
    flat_tolerance=0.001,
    least_deviation=(0.001, 0.0005),
    deviation_s=300,
)
_CHANNELS = tuple(
    ChannelBody(name, unit, -1e5, 1e5, limits=_LIMITS)
    for name, unit in (("co2", "ppm"), ("temperature", "°C"), ("humidity", "%"))
)


def write_month(home: Path, entries: int) -> int:
    """A home with about so many entries, as many a day as a month of `MONTH_ENTRIES` has; returns how many they are."""
    home.mkdir(mode=0o700)
    log = SignedLog()
    log.recorded.begin()
    log.name_key("made", log.key)
    settings = {
        f"instrument_{number}": log.recorded.sensor(f"instrument_{number}", _CHANNELS, primary="co2")
        for number in range(INSTRUMENTS)
    }
    path = log.recorded.write(home / "buffer.sqlite3")
    begun = len(log.recorded.entries)
    frontier = Frontier()
    frontier.extend(map(leaf_hash, log.recorded.entries))
    made = _readings(log, settings, entries - begun)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for index in range(begun, entries, BLOCK):
            some = list(islice(made, BLOCK))
            hashes = frontier.extend(map(leaf_hash, some))
            with connection:
                connection.executemany("INSERT INTO entry (idx, bytes) VALUES (?, ?)", enumerate(some, index))
                connection.executemany(
                    "INSERT INTO tree_hash (position, hash) VALUES (?, ?)", enumerate(hashes, stored_count(index))
                )
    head = Checkpoint(log.recorded.origin, frontier.size, frontier.root())
    CheckpointFiles(home / FOLDER).keep(sign_checkpoint(head, log.key))
    return frontier.size


def _readings(log: SignedLog, settings: dict[str, int], count: int) -> Iterator[bytes]:
    names = tuple(channel.name for channel in _CHANNELS)
    turns = [ReadingEncoder(name, names, at, {}) for name, at in settings.items()]
    random = Random(7)
    t_ns, mono_us = log.recorded.t_ns, log.recorded.mono_us
    for number in range(1, count + 1):
        at_ns = number * _STEP_NS + random.randrange(20_000_000)
        levels = random.gauss(600, 40), random.gauss(21, 3), random.uniform(30, 70)
        triples = {
            name: (value, value, Flag.GOOD)
            for name, level in zip(names, levels, strict=True)
            for value in [round(level, 2)]
        }
        stamp = Stamp(t_ns + at_ns, mono_us + at_ns // 1000, random.randbytes(16))
        yield turns[number % INSTRUMENTS].encode_triples(stamp, triples, _UNCALIBRATED)
