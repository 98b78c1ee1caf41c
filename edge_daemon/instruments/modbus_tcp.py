# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Modbus TCP: function and data behind a header of seven bytes. Pure: opens no connection.

Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 (header).
"""

import zlib

from edge_daemon.domain.faults import MalformedFrame
from edge_daemon.instruments.modbus_pdu import MOST_PDU_BYTES

HEADER_BYTES = 7


def framed(unit: int, request: bytes, transaction: int | None = None) -> bytes:
    """A PDU as it goes onto the connection.

    Without a number of its own the transaction is told by a checksum of what it asks, so that a late reply to another
    question is never taken for this one's. Raises ValueError for numbers that the header cannot carry.
    """
    number = zlib.crc32(bytes([unit]) + request) & 0xFFFF if transaction is None else transaction
    if not 0 <= unit <= 0xFF or not 0 <= number <= 0xFFFF:
        raise ValueError(f"unit {unit} or transaction {number} is out of range")
    return number.to_bytes(2, "big") + b"\0\0" + (len(request) + 1).to_bytes(2, "big") + bytes([unit]) + request


def reply_length(so_far: bytes) -> int | None:
    """How many bytes the whole reply has, or None while the bytes so far do not tell.

    With a header that is not Modbus, what has arrived counts as whole, so that it is refused at once.
    """
    if len(so_far) < HEADER_BYTES - 1:
        return None
    following = int.from_bytes(so_far[4:6], "big")
    if so_far[2:4] != b"\0\0" or not 3 <= following <= MOST_PDU_BYTES + 1:
        return len(so_far)
    return HEADER_BYTES - 1 + following


def opened(request: bytes, reply: bytes) -> bytes:
    """The PDU in the reply to this framed request. Raises MalformedFrame."""
    if len(reply) < HEADER_BYTES + 2 or reply[2:4] != b"\0\0" or reply_length(reply) != len(reply):
        raise MalformedFrame(f"{len(reply)} bytes that are no whole Modbus TCP reply: {reply[:32].hex(' ')}")
    if reply[:2] != request[:2]:
        raise MalformedFrame(f"a reply to transaction {reply[:2].hex()} came where {request[:2].hex()} was asked")
    if reply[6] != request[6]:
        raise MalformedFrame(f"unit {reply[6]} answered a request to unit {request[6]}")
    return reply[HEADER_BYTES:]
