# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where in the log a reading came to stand, for a later reading that settles it. In memory only.

A reading's index is known only once it is committed. A worker asks about the reading that it handed over last, which is
therefore either the newest committed one of its sensor or still on its way.
"""

import threading
from collections.abc import Callable, Sequence

from edge_daemon.buffer.record import Committed, Record
from edge_daemon.log.entry import EntryType


class Whereabouts:
    """`committed` is called by the log's writer, `locate` by the workers, each in its own thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[str, Committed] = {}
        self._asked: dict[str, list[tuple[Record, Callable[[int], None]]]] = {}

    def committed(self, batch: Sequence[Committed]) -> None:
        """These records are durable."""
        readings = [item for item in batch if item.record.type == EntryType.READING]
        with self._lock:
            answers = [answer for item in readings if item.record.sensor in self._asked for answer in self._told(item)]
            self._newest.update({item.record.sensor: item for item in readings})
        for told, index in answers:
            told(index)

    def locate(self, record: Record, told: Callable[[int], None]) -> None:
        """Call `told` with the record's index, now or once it is durable. `record` is its sensor's last accepted one.

        `told` may be called in the writer's thread: it must return at once and raise nothing.
        """
        with self._lock:
            newest = self._newest.get(record.sensor)
            if newest is None or newest.record is not record:
                self._asked.setdefault(record.sensor, []).append((record, told))
                return
        told(newest.index)

    def _told(self, item: Committed) -> list[tuple[Callable[[int], None], int]]:
        asked = self._asked.pop(item.record.sensor)
        left = [(record, told) for record, told in asked if record is not item.record]
        if left:
            self._asked[item.record.sensor] = left
        return [(told, item.index) for record, told in asked if record is item.record]
