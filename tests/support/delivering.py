# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The least of an engine: a cursor that follows deliveries, and steps back as the witness says. Uses the sink."""

import threading
from collections.abc import Callable, Iterator, Sequence

from sync.packets.reading import Outgoing
from sync.sinks.sink import Chunk, Delivered, Later, Mark, Sink, Witness
from tests.support.waiting import wait_until

BETWEEN_CHUNKS = "the far end had ended the connection between two chunks"
"""A server that is up may do so: a look at it shows that it is the same one."""

_PAUSE_SECONDS = 0.05


def deliver_all(
    sink: Sink,
    readings: Sequence[Outgoing],
    *,
    on_delivered: Callable[[Chunk], None] = lambda _chunk: None,
    seconds: float = 90.0,
) -> list[Later]:
    """Send until the cursor is behind the last reading; returns what got in the way.

    A far end that dies when nothing is under way is told by what comes after it, and got in the way all the same.

    Raises AssertionError where the sink stops or refuses, or the time is up.
    """
    first = cursor = readings[0].index
    delays: list[Later] = []
    known = Witness("")
    unsure = True

    def looked() -> bool:
        nonlocal cursor, known, unsure
        told = sink.witness(known.name, threading.Event())
        if isinstance(told, Later):
            delays.append(told)
            threading.Event().wait(_PAUSE_SECONDS)
            return False
        assert isinstance(told, Witness), f"the sink said {told}"[:500]
        there = first if told.name != known.name or not told.name else cursor
        cursor, known, unsure = min(cursor, there, told.has.acked if told.has else cursor), told, False
        return True

    def through() -> bool:
        nonlocal cursor, unsure
        if unsure and not looked():
            return False
        waiting = [reading for reading in readings if reading.index >= cursor]
        for outcome in sink.deliver(_lazily(sink, waiting), threading.Event()):
            if isinstance(outcome, Delivered):
                cursor = outcome.chunk.last + 1
                on_delivered(outcome.chunk)
                if known.leave is not None:
                    known.leave(Mark(cursor, 0))
                if outcome.came_back:
                    delays.append(Later(BETWEEN_CHUNKS, unclean=True))
                    unsure = True
                    return False
                continue
            assert isinstance(outcome, Later), f"the sink said {outcome}"[:500]
            delays.append(outcome)
            unsure = unsure or outcome.unclean
            threading.Event().wait(_PAUSE_SECONDS)
        return cursor > readings[-1].index

    wait_until(through, seconds=seconds, what="every reading to be delivered")
    return delays


def _lazily(sink: Sink, readings: Sequence[Outgoing], page: int = 1024) -> Iterator[Chunk]:
    for start in range(0, len(readings), page):
        yield from sink.chunks(readings[start : start + page])
