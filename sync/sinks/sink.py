# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a destination is to the engine. Types only.

The engine owns order, cursors, waiting and giving up; a sink knows its wire. Cursors follow `Delivered`, in order.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sync.packets.reading import Outgoing


@dataclass(frozen=True, slots=True)
class Chunk:
    """A payload and the readings in it (log indices `first` to `last`, `count` of them). Small enough to be sent."""

    payload: bytes
    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """The far end says that it has the chunk."""

    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Refused:
    """The far end will never take this chunk as it is; `words` are its own. The engine halves it to find the culprit.

    `too_large`: the same readings in smaller chunks may well be taken.
    """

    chunk: Chunk
    words: str
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: no connection, too busy. `after_s` is what the far end asked to wait, None to back off as usual.

    `resend_from` is the log index from which acknowledged readings are sent again, because the break was unclean.
    """

    words: str
    after_s: float | None = None
    resend_from: int | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """No use to go on before a person has done something: `words` are the far end's, `remedy` is what to do."""

    words: str
    remedy: str


Outcome = Delivered | Refused | Later | Stopped


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check before the first send, or of the editor's Test button."""

    title: str
    verdict: Literal["passed", "failed", "warning", "not_checked"]
    words: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: the log it comes from, how many readings, and the oldest one's reported time (UTC ns)."""

    origin: str
    readings: int
    oldest_ns: int | None


class Sink(Protocol):
    """One destination. Not shared between threads. No method raises for what the network or the far end does."""

    name: str

    def check(self, waiting: Waiting) -> Iterator[Check]:
        """Reachability, rights, retention, field types: line by line, each with a remedy when it fails."""

    def chunks(self, readings: Sequence[Outgoing]) -> list[Chunk]:
        """The readings, in order, as chunks of the size that the far end takes at the moment."""

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        """Send the chunks and tell what became of each, in order. Anything but `Delivered` ends the run of outcomes.

        Returns within a second of `cancelled`; what was not told is not delivered.
        """

    def close(self) -> None:
        """Let go of connections and threads."""
