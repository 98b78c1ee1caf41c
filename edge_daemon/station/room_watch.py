# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Warns while there is still time that the disk will be full. Asks the file system for free room and the log's size.

Looks when the recorder is asked how it is, and not more often than the answer can change.
"""

import shutil
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from edge_daemon.acquisition.clock import Clock
from edge_daemon.domain.faults import DiskLow
from edge_daemon.domain.room import NS_PER_DAY, bytes_per_day, days_of_room, is_low

LOOK_US = 30 * 1_000_000
SHORTEST_US = 10 * 60 * 1_000_000
"""Less than this of recording says nothing of a day."""
LONGEST_US = NS_PER_DAY // 1000

TYPICAL_ENTRY_BYTES = 600
"""What a reading of a few channels takes, hashes, columns and roll-ups included."""
LARGE_FILE_BYTES = 128 * 2**20
"""From this size on the file itself tells what an entry takes; before, much of it may be in the write-ahead log."""


class RoomWatch:
    """Used by any thread. `entries` is the number of entries in the log, `free` the free bytes of a folder's disk."""

    def __init__(
        self,
        buffer: Path,
        entries: Callable[[], int],
        clock: Clock,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self._buffer = buffer
        self._entries = entries
        self._clock = clock
        self._free = free
        self._lock = threading.Lock()
        self._marks: deque[tuple[int, int]] = deque()
        self._fault: DiskLow | None = None

    def fault(self) -> DiskLow | None:
        """The warning, for the recorder's health; None while there is room. Raises OSError when the disk cannot be
        asked."""
        now_us = self._clock.now().boot_us
        with self._lock:
            if not self._marks or now_us - self._marks[-1][0] >= LOOK_US:
                self._look(now_us)
            return self._fault

    def _look(self, now_us: int) -> None:
        entries = self._entries()
        self._marks.append((now_us, entries))
        while now_us - self._marks[0][0] > LONGEST_US and len(self._marks) > 2:
            self._marks.popleft()
        free = self._free(self._buffer.parent)
        growth = self._growth(now_us, entries)
        days = days_of_room(free, growth)
        self._fault = (
            DiskLow(_words(free, growth, days)) if is_low(free, days, before=self._fault is not None) else None
        )

    def _growth(self, now_us: int, entries: int) -> float | None:
        first_us, first = self._marks[0]
        if now_us - first_us < SHORTEST_US:
            return None
        return bytes_per_day(self._entry_bytes(entries), entries - first, (now_us - first_us) * 1000)

    def _entry_bytes(self, entries: int) -> float:
        size = self._buffer.stat().st_size if self._buffer.exists() else 0
        return size / entries if entries and size >= LARGE_FILE_BYTES else TYPICAL_ENTRY_BYTES


def _words(free: int, growth: float | None, days: float | None) -> str:
    left = f"{free / 1e9:.1f} GB are left"
    if growth is None or days is None:
        return f"{left}."
    until = "less than a day" if days < 1 else f"about {days:.0f} days" if days >= 2 else "about a day"
    return f"{left}: room for {until} at the present rate of recording ({growth / 1e6:.0f} MB a day)."
