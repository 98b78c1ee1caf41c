# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Takes a bundle to a destination from another machine, as far as it goes now. Reads a file; uses the sink's network.

What was taken to it before is known from the receipt beside the bundle, so that it can be broken off and gone on with.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.packets.item import Item
from sync.sinks.file.bundle import Runs, parts_of, runs_of
from sync.sinks.sink import Delivered, Later, Refused, Sink, Stopped


@dataclass(frozen=True, slots=True)
class Carried:
    """One part's readings and summaries by log index: taken, and refused with the destination's words.

    `trouble` ended the way. `came_back`: the destination had ended the connection before, and may have been restarted.
    """

    part: int
    delivered: Runs
    refused: tuple[tuple[int, str], ...]
    trouble: Later | Stopped | None = None
    came_back: bool = False


def carry(bundle: Path, sink: Sink, cancelled: threading.Event, done: Runs = ()) -> Iterator[Carried]:
    """Deliver the readings that are not in `done`, part by part; a part with trouble is the last.

    Each part is checked whole before anything of it is sent. Raises DamagedBundle, OSError.
    """
    before = {index for first, last in done for index in range(first, last + 1)}
    for part in parts_of(bundle):
        way = _Way(sink, cancelled)
        # A correction bears the index of the reading that went out before it.
        trouble = way.send([reading for reading in part.readings if reading.resent or reading.index not in before])
        yield Carried(part.number, runs_of(iter(way.delivered)), tuple(way.refused), trouble, way.came_back)
        if trouble is not None or cancelled.is_set():
            return


class _Way:
    """What became of one part's readings so far."""

    def __init__(self, sink: Sink, cancelled: threading.Event) -> None:
        self._sink = sink
        self._cancelled = cancelled
        self.delivered: list[int] = []
        self.refused: list[tuple[int, str]] = []
        self.came_back = False

    def send(self, readings: Sequence[Item]) -> Later | Stopped | None:
        """Deliver these readings, halving what is refused until the culprit stands alone."""
        chunks = self._sink.chunks(readings)
        done = 0
        for outcome in self._sink.deliver(chunks, self._cancelled):
            if isinstance(outcome, Later | Stopped):
                return outcome
            part = readings[done : done + outcome.chunk.count]
            done += outcome.chunk.count
            if isinstance(outcome, Delivered):
                self.delivered += [reading.index for reading in part]
                self.came_back = self.came_back or outcome.came_back
                continue
            return self._halve(part, outcome) or self.send(readings[done:])
        return None

    def _halve(self, part: Sequence[Item], refused: Refused) -> Later | Stopped | None:
        if len(part) == 1:
            self.refused.append((part[0].index, refused.words))
            return None
        middle = len(part) // 2
        return self.send(part[:middle]) or self.send(part[middle:])
