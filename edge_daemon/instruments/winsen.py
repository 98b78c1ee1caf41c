# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Winsen's serial frames: nine bytes out, nine or more back. Pure: opens no port.

Sources: Winsen, MH-Z19B user manual v1.5 (2019), serial port protocol; ZE07-CH2O manual. A frame begins with FF and
ends with the two's complement of the sum of the bytes between.
"""

from collections.abc import Callable

from edge_daemon.domain.faults import ChecksumMismatch, MalformedFrame
from edge_daemon.instruments.driver import Exchange

READ = 0x86
REPLY_LENGTH = 9
REPLY_S = 0.5

_START = 0xFF
_TO_MODULE = 0x01
_SHOWN_BYTES = 32


def checksum(data: bytes) -> int:
    """The checksum of the bytes between the start byte and the checksum."""
    return -sum(data) & 0xFF


def request(command: int, data: bytes = bytes(5)) -> bytes:
    """A command and its five data bytes as a frame. Raises ValueError for another number of data bytes."""
    if len(data) != 5:
        raise ValueError(f"{len(data)} data bytes where a request has 5")
    body = bytes([_TO_MODULE, command]) + data
    return bytes([_START]) + body + bytes([checksum(body)])


def exchange(command: int, length: int = REPLY_LENGTH, *, timeout_s: float = REPLY_S, tries: int = 3) -> Exchange:
    """The request for a reply of `length` bytes. Modules answer within about 0.1 s."""
    return Exchange(request(command), _always(length), timeout_s=timeout_s, tries=tries)


def unanswered(command: int, data: bytes) -> Exchange:
    """A command whose reply is not documented: some firmware answers and some does not, so that none is waited for."""
    return Exchange(request(command, data), _always(REPLY_LENGTH), expects_reply=False)


def payload(reply: bytes, command: int, length: int = REPLY_LENGTH) -> bytes:
    """The bytes between header and checksum. Raises MalformedFrame (no reply to this command) or ChecksumMismatch."""
    shown = reply[:_SHOWN_BYTES].hex(" ")
    if len(reply) != length or reply[:2] != bytes([_START, command]):
        raise MalformedFrame(f"no reply of a Winsen module to command {command:02X}: {shown}")
    if checksum(reply[1:-1]) != reply[-1]:
        raise ChecksumMismatch(f"the checksum of {shown} should be {checksum(reply[1:-1]):02X}")
    return reply[2:-1]


def _always(length: int) -> Callable[[bytes], int | None]:
    return lambda _so_far: length
