# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Serves a capture on a line, as the captured instrument would: so that the real recorder can record it.

Does I/O on the line it is given. Every request gets the reply it got then; an instrument that speaks by itself says
what it said, at the same distances of time, again and again.
"""

import selectors
from collections.abc import Callable, Sequence

from edge_daemon.instruments.capture_file import Chunk
from edge_daemon.instruments.replay import Answers
from edge_daemon.instruments.simulators.bench import Line

LONGEST_REQUEST = 4096
LOOK_S = 0.2
DEFAULT_STEP_US = 1_000_000
"""Between two pieces of a capture without times, and before it begins again."""


class Player:
    """Pure: bytes and a time in microseconds in, bytes out. `speaks`: the instrument speaks by itself."""

    def __init__(self, chunks: Sequence[Chunk], *, speaks: bool) -> None:
        """Raises ValueError for a capture with nothing to play."""
        self._answers = Answers(chunks)
        self._requests = sorted(self._answers.requests - {b""}, key=len, reverse=True)
        self._said = [chunk for chunk in chunks if not chunk.sent and chunk.data] if speaks else []
        if not self._said and not self._requests:
            raise ValueError("the capture holds nothing that can be played")
        self._held = b""
        self._next = 0
        self._due_us: int | None = None

    def receive(self, data: bytes) -> bytes:
        """The replies to what the host sent."""
        self._held = (self._held + data)[-LONGEST_REQUEST:]
        replies = b""
        while self._held:
            request = next((one for one in self._requests if self._held.startswith(one)), None)
            if request is not None:
                self._held = self._held[len(request) :]
                replies += b"" if self._said else self._reply(request)
            elif any(one.startswith(self._held) for one in self._requests):
                break  # the rest is still to come
            else:
                self._held = self._held[1:]
        return replies

    def due(self, now_us: int) -> bytes:
        """What the instrument says by itself at this time."""
        if not self._said:
            return b""
        if self._due_us is None:
            self._due_us = now_us
        if now_us < self._due_us:
            return b""
        chunk = self._said[self._next]
        self._next = (self._next + 1) % len(self._said)
        following = self._said[self._next]
        timed = self._next > 0 and chunk.at_us is not None and following.at_us is not None
        self._due_us += (following.at_us or 0) - (chunk.at_us or 0) if timed else DEFAULT_STEP_US
        return chunk.data

    def wait_s(self, now_us: int) -> float:
        """How long nothing is due, in seconds."""
        return LOOK_S if self._due_us is None else min(LOOK_S, max(0, self._due_us - now_us) / 1_000_000)

    def _reply(self, request: bytes) -> bytes:
        reply = self._answers.reply(request)
        if self._answers.exhausted:  # all its replies were given: from the first one on again
            self._answers.start_again()
            reply = self._answers.reply(request)
        return reply


def serve(player: Player, line: Line, now_us: Callable[[], int], stopped: Callable[[], bool]) -> None:
    """Play on the line until stopped."""
    with selectors.DefaultSelector() as selector:
        line.register(selector, lambda: _take(player, line))
        try:
            while not stopped():
                for key, _ in selector.select(player.wait_s(now_us())):
                    key.data()
                said = player.due(now_us())
                if said:
                    line.write(said)
        finally:
            line.unregister(selector)


def _take(player: Player, line: Line) -> None:
    data = line.read()
    answer = player.receive(data) if data else b""
    if answer:
        line.write(answer)
