# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds binary frames that begin with known bytes and end in a sum, for any instrument that sends such. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from edge_daemon.domain.faults import ChecksumMismatch, Fault, MalformedFrame
from edge_daemon.instruments.driver import BadFrame

KEPT_BYTES = 256


@dataclass(frozen=True, slots=True)
class FrameForm:
    """What frames look like.

    `start` finds the first place, from one on, where a frame can begin; the buffer's length where there is none.
    `size` tells how long the frame that begins at a place is, 0 where none can, None while the bytes do not tell.
    `fault` judges a frame of that length. `name` is the instrument's, for people.
    """

    start: Callable[[bytes, int], int]
    size: Callable[[bytes, int], int | None]
    fault: Callable[[bytes], Fault | None]
    name: str


class CheckedFramer:
    """Finds frames by start, length and sum; after a failed start it searches on from the next byte.

    The start bytes occur inside data too, so nothing but the sum tells where a frame begins.
    """

    def __init__(self, form: FrameForm) -> None:
        self._form = form
        self._rest = b""
        self._refused = bytearray()
        self._fault: Fault | None = None

    def feed(self, data: bytes) -> list[bytes | BadFrame]:
        """What is complete with `data`. Bytes outside frames come as BadFrame with the cause."""
        found: list[bytes | BadFrame] = []
        self._rest = self._scan(self._rest + data, found, whole=False)
        return found

    def idle(self) -> list[bytes | BadFrame]:
        """Everything held back, as bad, apart from whole frames hidden behind a false start."""
        found: list[bytes | BadFrame] = []
        self._rest = self._scan(self._rest, found, whole=True)
        self._report(found)
        return found

    def _scan(self, buffer: bytes, found: list[bytes | BadFrame], *, whole: bool) -> bytes:
        form, at, end = self._form, 0, len(buffer)
        while at < end:
            start = form.start(buffer, at)
            if start > at:
                self._refuse(buffer[at:start], self._outside(), found)
                at = start
                continue
            size = form.size(buffer, at)
            if size and end - at >= size:
                frame = buffer[at : at + size]
                fault = form.fault(frame)
                if fault is None:
                    self._report(found)
                    found.append(frame)
                    at += size
                    continue
                if isinstance(fault, ChecksumMismatch):  # the better name for what follows: the rest of that frame
                    self._report(found)
            elif size == 0:
                fault = self._outside()
            elif whole:
                fault = MalformedFrame("a frame that ends before its length")
            else:
                break
            self._refuse(buffer[at : at + 1], fault, found)
            at += 1
        return buffer[at:]

    def _outside(self) -> Fault:
        return MalformedFrame(f"bytes that belong to no {self._form.name} frame")

    def _refuse(self, data: bytes, fault: Fault, found: list[bytes | BadFrame]) -> None:
        for offset in range(0, len(data), KEPT_BYTES):
            self._fault = self._fault or fault
            self._refused += data[offset : offset + KEPT_BYTES]
            if len(self._refused) >= KEPT_BYTES:
                rest = self._refused[KEPT_BYTES:]
                self._refused = self._refused[:KEPT_BYTES]
                self._report(found)
                self._refused, self._fault = rest, fault if rest else None

    def _report(self, found: list[bytes | BadFrame]) -> None:
        if self._fault is not None:
            found.append(BadFrame(bytes(self._refused), self._fault))
        self._refused, self._fault = bytearray(), None
