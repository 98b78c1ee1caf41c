# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames, commands and replies of Benewake's TFmini-S and TFmini Plus. Pure: opens no port.

Source: Benewake, TFmini-S product manual A00 and TFmini Plus A05. A data frame is `59 59`, distance, strength and
temperature with the low byte first, and the low byte of the sum of all before it; commands and replies are `5A`, the
length of the whole, code, data and such a sum. The manual prints the sums of three replies one too low: both are taken.
"""

import re
import struct
from typing import NamedTuple

from edge_daemon.domain.faults import ChecksumMismatch, Fault, MalformedFrame
from edge_daemon.instruments.checked_frames import CheckedFramer, FrameForm

DATA_LENGTH = 9
LONGEST_REPLY = 8
SHORTEST_REPLY = 4

VERSION, RESET, RATE, FORMAT, OUTPUT, SAVE = 0x01, 0x02, 0x03, 0x05, 0x07, 0x11
MISPRINTED = frozenset({0x02, 0x10, 0x11})

_START, _ANSWER = 0x59, 0x5A
_BEGINNING = re.compile(rb"[\x59\x5a]")
_DATA = struct.Struct("<2xhHHx")
_FIRST_GENERATION_MODES = frozenset({0x02, 0x07})


class Measured(NamedTuple):
    """What a data frame holds: the distance in the unit the device is set to, or a code of 0 and below."""

    distance: int
    strength: int
    temperature_degc: float


def new_framer() -> CheckedFramer:
    """Finds the data frames and replies of one connection."""
    return CheckedFramer(_FORM)


def measured(frame: bytes) -> Measured | None:
    """What a data frame holds; None for a reply.

    Raises ChecksumMismatch; MalformedFrame for another form, or a frame of the first generation, whose sixth and
    seventh bytes are a mode and a spare and not a temperature.
    """
    fault = _fault(frame)
    if fault is not None:
        raise fault
    if frame[0] == _ANSWER:
        return None
    if is_first_generation(frame):
        raise MalformedFrame("a frame of the first TFmini, which is another instrument than TFmini-S and TFmini Plus")
    distance, strength, temperature = _DATA.unpack(frame)
    return Measured(distance, strength, temperature / 8 - 256)


def is_first_generation(frame: bytes) -> bool:
    """Whether a sound data frame is the first TFmini's. A temperature would be below -255 °C with these bytes."""
    return frame[6] in _FIRST_GENERATION_MODES and frame[7] == 0


def sealed(content: bytes) -> bytes:
    """The bytes followed by the low byte of their sum."""
    return content + bytes([sum(content) & 0xFF])


def command(code: int, data: bytes = b"") -> bytes:
    """A command frame. A setting is acknowledged by the same frame."""
    return sealed(bytes([_ANSWER, len(data) + 4, code]) + data)


def data_end(so_far: bytes) -> int | None:
    """Where the first data frame ends in what has arrived; None while none is whole."""
    return _end(so_far, _START, DATA_LENGTH, b"")


def reply_end(so_far: bytes, code: int, length: int) -> int | None:
    """Where the first reply of this code and whole length ends, whatever data frames stand before it."""
    return _end(so_far, _ANSWER, length, bytes([length, code]))


def _end(so_far: bytes, start: int, length: int, following: bytes) -> int | None:
    at = so_far.find(start)
    while 0 <= at <= len(so_far) - length:
        frame = so_far[at : at + length]
        if frame[1 : 1 + len(following)] == following and _fault(frame) is None:
            return at + length
        at = so_far.find(start, at + 1)
    return None


def _start_after(buffer: bytes, at: int) -> int:
    found = _BEGINNING.search(buffer, at)
    return found.start() if found else len(buffer)


def _size(buffer: bytes, at: int) -> int | None:
    """Length of the frame that begins here, 0 where none can, None while the next byte must tell."""
    if at + 1 >= len(buffer):
        return None
    second = buffer[at + 1]
    if buffer[at] == _START:
        return DATA_LENGTH if second == _START else 0
    return second if SHORTEST_REPLY < second <= LONGEST_REPLY else 0


def _fault(frame: bytes) -> Fault | None:
    data = len(frame) == DATA_LENGTH and frame[0] == frame[1] == _START
    reply = SHORTEST_REPLY < len(frame) <= LONGEST_REPLY and frame[0] == _ANSWER and frame[1] == len(frame)
    if not (data or reply):
        return MalformedFrame(f"no TFmini frame: {frame[:DATA_LENGTH].hex(' ')}")
    computed = sum(frame[:-1]) & 0xFF
    if computed == frame[-1] or (reply and frame[2] in MISPRINTED and frame[-1] == computed - 1):
        return None
    return ChecksumMismatch(f"the sum is {computed:02X}, the frame says {frame[-1]:02X}")


_FORM = FrameForm(_start_after, _size, _fault, "TFmini")
