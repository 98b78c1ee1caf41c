# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How the local ledger can be told to misbehave. Types and choice only; pure but for the randomness the caller gives.

Each kind but the clock's is used up by the request that it strikes, so that a test can script a sequence.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong with one request."""

    DROP = "drop"
    """The request is lost before it is read: the connection ends without an answer."""
    CUT = "cut"
    """The request is carried out; the connection is cut in the middle of the answer."""
    DELAY = "delay"
    """The answer comes late, by the ledger's `delay_s`."""
    LIMIT = "429"
    """The gateway's plain-text answer to too many requests."""
    ERROR = "500"
    BUSY = "503"
    FULL = "507"
    """The mempool is full."""
    LOSE = "lose"
    """A transaction is answered as taken and then forgotten."""
    STALE = "stale"
    """The answer comes from a node that lags behind: an older version and an older ledger time."""
    ABORT = "abort"
    """The transaction is taken and aborts when it is committed, though a simulation succeeded."""


SUBMISSIONS = frozenset({Kind.LOSE, Kind.ABORT, Kind.FULL})
"""Kinds that only strike a submitted transaction."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A misbehaviour, and how often it strikes."""

    kind: Kind
    times: int = 1


class Misbehaviour:
    """What will go wrong next, in order."""

    def __init__(self) -> None:
        self._next: deque[Kind] = deque()

    def plan(self, planned: Planned) -> None:
        """Add to what will go wrong."""
        self._next.extend([planned.kind] * planned.times)

    def clear(self) -> None:
        """Behave from now on."""
        self._next.clear()

    def strike(self, *, submission: bool) -> Kind | None:
        """What goes wrong with this request, if anything."""
        if not self._next or (self._next[0] in SUBMISSIONS and not submission):
            return None
        return self._next.popleft()
