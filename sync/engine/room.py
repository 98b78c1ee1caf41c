# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long the disk lasts, measured on the log's last day and hour. Reads the log's file, asks for free space.

A day with pauses in it says too little of what a day without would take: the faster of both counts.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.domain.room import NS_PER_DAY, bytes_per_day, days_of_room
from edge_daemon.log.entry import NotAnEntry, decode_entry
from sync.engine.pages import LogPages

_NS_PER_HOUR = NS_PER_DAY // 24


@dataclass(frozen=True, slots=True)
class Room:
    """Free bytes, the log's growth in bytes a day, and how many days that lasts; None where it cannot be told."""

    free_bytes: int
    growth_bytes_per_day: float | None
    days: float | None


def room(buffer: Path, pages: LogPages) -> Room:
    """The room for the log in the file `buffer`. Raises OSError, DamagedLog, BufferUnavailable."""
    free = shutil.disk_usage(buffer.parent).free
    size = pages.size()
    newest_ns = _time_ns(pages, size - 1)
    if newest_ns is None:
        return Room(free, None, None)
    wal = buffer.with_name(buffer.name + "-wal")
    held = buffer.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    rates = (_growth(pages, size, held / size, newest_ns, during_ns) for during_ns in (NS_PER_DAY, _NS_PER_HOUR))
    growth = max((rate for rate in rates if rate is not None), default=None)
    return Room(free, growth, days_of_room(free, growth))


def _growth(pages: LogPages, size: int, entry_bytes: float, newest_ns: int, during_ns: int) -> float | None:
    first = _first_since(pages, size, newest_ns - during_ns)
    first_ns = _time_ns(pages, first)
    return bytes_per_day(entry_bytes, size - 1 - first, 0 if first_ns is None else newest_ns - first_ns)


def _first_since(pages: LogPages, size: int, since_ns: int) -> int:
    """The first entry since then, as long as the clock ran forwards: good enough for a gauge."""
    low, high = 0, size - 1
    while low < high:
        middle = (low + high) // 2
        t_ns = _time_ns(pages, middle)
        if t_ns is not None and t_ns >= since_ns:
            high = middle
        else:
            low = middle + 1
    return low


def _time_ns(pages: LogPages, index: int) -> int | None:
    for row in pages.page(index, index + 1) if index >= 0 else []:
        try:
            return None if row.damage else decode_entry(row.data).t_ns
        except NotAnEntry:
            return None
    return None
