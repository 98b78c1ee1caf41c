# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a destination is to the engine.

The engine owns order, cursors, waiting and giving up; a sink knows its wire. Cursors follow `Delivered`, in order.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sync.packets.item import Item


@dataclass(frozen=True, slots=True)
class Chunk:
    """A payload with `count` readings and summaries of the log. Small enough to be sent.

    `first` and `last` are the lowest and highest index of what it holds or takes the place of. `place` is read by the
    sink that made the chunk alone: where it goes, if the far end has several places.
    """

    payload: bytes
    first: int
    last: int
    count: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The far end says that it has the chunk.

    `came_back`: it had ended the connection before without a word, so that it may have been restarted.
    """

    chunk: Chunk
    came_back: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The far end will never take this chunk as it is; `words` are its own. The engine halves it to find the culprit.

    `too_large`: the same in smaller chunks may well be taken.
    """

    chunk: Chunk
    words: str
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: no connection, too busy. `after_s` is what the far end asked to wait, None to back off as usual.

    `unclean`: the connection broke, and the far end may have died: before more goes out it is asked for its witness.
    `answered`: the far end is there, and it is what says so.
    """

    words: str
    after_s: float | None = None
    unclean: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """No use to go on before a person has done something: `words` are the far end's, `remedy` is what to do."""

    words: str
    remedy: str


Outcome = Delivered | Refused | Later | Stopped


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a far end had come: it was told everything below index `acked`, and late deliveries up to `late`."""

    acked: int
    late: int


@dataclass(frozen=True, slots=True)
class Witness:
    """What a far end says of itself, so that one that died, and lost what it had acknowledged, is noticed.

    `name` is another one once that may have happened; empty where the far end does not say. What was acknowledged
    `age_s` seconds before the same name is seen is beyond doubt. A far end that keeps marks in order with what it is
    told is left one with `leave` every few seconds; `has` is the one that it still has, when that was just read.
    `watched`: without a name, nothing but connections that held for `age_s` puts anything beyond doubt.
    """

    name: str
    age_s: float = 60.0
    has: Mark | None = None
    leave: Callable[[Mark], None] | None = None
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check before the first send, or of the editor's Test button.

    One that failed for what is `temporary`, such as a missing network, is worth another try; `answered` and `after_s`
    as in `Later`.
    """

    title: str
    verdict: Literal["passed", "failed", "warning", "not_checked"]
    words: str
    remedy: str = ""
    temporary: bool = False
    answered: bool = False
    after_s: float | None = None


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

    def witness(self, known: str, cancelled: threading.Event, /) -> Witness | Later | Stopped:
        """Ask the far end for its witness; connects where there is no connection. `known`: the name when last seen.

        Returns within a second of `cancelled`.
        """

    def chunks(self, items: Sequence[Item]) -> list[Chunk]:
        """These, in order, as chunks of the size that the far end takes at the moment.

        A summary with an `after` below its index comes in a chunk behind the ones that it takes the place of.
        """

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        """Send the chunks and tell what became of each, in order. Anything but `Delivered` ends the run of outcomes;
        the refusal of a chunk with one item may leave it going.

        Returns within a second of `cancelled`; what was not told is not delivered.
        """

    def close(self) -> Stopped | None:
        """Let go of connections and threads. Returns what keeps the delivered from being of use, None where nothing."""


def let_go(outcomes: object) -> None:
    """End a sink's generator of outcomes, so that it lets go of what it has under way."""
    close = getattr(outcomes, "close", None)
    if close is not None:
        close()
