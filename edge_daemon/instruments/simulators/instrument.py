# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a simulated instrument is. Pure: bytes and a time in, bytes out."""

from collections.abc import Callable
from typing import Protocol


class SimulatedInstrument(Protocol):
    """A state machine at the far end of a serial line.

    Every `now` is in seconds since 1970-01-01 UTC and never goes back.
    """

    @property
    def model(self) -> str:
        """The key of its model in the catalogue."""

    def power_up(self, now: float) -> None:
        """Power comes back after it was lost: what the real device forgets is forgotten."""

    def receive(self, data: bytes, now: float) -> bytes:
        """Take what the host sent and return the answer, empty if there is none. Raises nothing whatever arrives."""

    def due(self, now: float) -> bytes:
        """What the instrument sends unasked at this time, empty if nothing is due."""

    def next_due(self) -> float:
        """When `due` has something next, in seconds since 1970; infinite for an instrument that only answers."""

    def spoil(self, sent: bytes) -> bytes:
        """The same output with the checksum of every frame wrong; text that carries none stays as it is."""


Maker = Callable[[int, float, float | None], SimulatedInstrument]
"""Makes an instrument from a seed, the time now, and its warm-up in seconds (None for its own)."""
