# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Modbus RTU: address, function and data under a CRC. Pure: opens no port.

Source: MODBUS over Serial Line V1.02, 2.5.1 (framing, CRC). What functions carry is in `modbus_pdu`; `modbus_tcp` is
the framing used on a network; `modbus_unit` is how a driver talks to a device through either.
"""

import struct

from edge_daemon.domain.faults import ChecksumMismatch, MalformedFrame
from edge_daemon.instruments import modbus_pdu as pdu
from edge_daemon.instruments.modbus_pdu import MOST_REGISTERS, READ_HOLDING, READ_INPUT, WRITE_SINGLE

__all__ = [
    "MOST_REGISTERS",
    "READ_HOLDING",
    "READ_INPUT",
    "WRITE_SINGLE",
    "check_written",
    "crc",
    "framed",
    "opened",
    "read_request",
    "register_bytes",
    "registers",
    "reply_length",
    "reply_length_after_echo",
    "without_echo",
    "write_request",
]


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_CRC_TABLE = tuple(map(_crc_of_byte, range(256)))


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS of `data` in wire order, low byte first."""
    value = 0xFFFF
    for byte in data:
        value = (value >> 8) ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return value.to_bytes(2, "little")


def framed(address: int, request: bytes) -> bytes:
    """A PDU as it goes onto the line. Raises ValueError for an address that does not exist."""
    if not 0 <= address <= 0xFF:
        raise ValueError(f"address {address} is out of range")
    body = bytes([address]) + request
    return body + crc(body)


def opened(request: bytes, reply: bytes) -> bytes:
    """The PDU in the reply to this framed request.

    Raises MalformedFrame (not a whole reply, or of another device) or ChecksumMismatch. What the PDU says is not looked
    at: `modbus_pdu.checked` does that.
    """
    length = reply_length(reply)
    if length is None or len(reply) != length or length < 4 or not _is_known(reply[1]):
        raise MalformedFrame(f"{len(reply)} bytes that are no whole Modbus reply: {reply[:32].hex(' ')}")
    if crc(reply[:-2]) != reply[-2:]:
        raise ChecksumMismatch(f"the CRC of the Modbus reply {reply[:32].hex(' ')} is wrong")
    if reply[0] != request[0]:
        raise MalformedFrame(f"address {reply[0]} answered a request to address {request[0]}")
    return reply[1:-2]


def reply_length(so_far: bytes) -> int | None:
    """How many bytes the whole reply has, or None while the bytes so far do not tell.

    With a function that nothing here asks for, what has arrived counts as whole, so that it is refused at once.
    """
    if len(so_far) < 2:
        return None
    if not _is_known(so_far[1]):
        return len(so_far)
    length = pdu.reply_length(so_far[1:])
    return None if length is None else 3 + length


def reply_length_after_echo(request: bytes, so_far: bytes) -> int | None:
    """As `reply_length`, for an adapter that also gives back what was sent: an exact copy of the request comes first.

    A write is answered by what looks like its echo, so that there the first copy counts.
    """
    if request[1] in pdu.WRITES:
        return reply_length(so_far)
    if so_far.startswith(request):
        rest = reply_length(so_far[len(request) :])
        return None if rest is None else len(request) + rest
    if request.startswith(so_far) and not _is_sound(so_far):
        return None
    return reply_length(so_far)


def without_echo(request: bytes, reply: bytes) -> bytes:
    """The reply without the copy of the request that an adapter put before it."""
    if len(reply) > len(request) and reply.startswith(request) and request[1] not in pdu.WRITES:
        return reply[len(request) :]
    return reply


def read_request(address: int, register: int, count: int, function: int = READ_HOLDING) -> bytes:
    """Request for `count` registers from `register` on (zero-based, as on the wire) by function 3 or 4.

    Raises ValueError for numbers that the protocol cannot carry.
    """
    return framed(address, pdu.read(function, register, count))


def write_request(address: int, register: int, value: int) -> bytes:
    """Request to write one register (function 6). Raises ValueError for numbers that the protocol cannot carry."""
    return framed(address, pdu.write_register(register, value))


def register_bytes(request: bytes, reply: bytes) -> bytes:
    """The registers' bytes, high byte first, from the reply to a read request.

    Raises MalformedFrame (not a reply to this request), ChecksumMismatch, or DeviceRefused with the exception's
    meaning.
    """
    return pdu.register_bytes(request[1:-2], opened(request, reply))


def registers(request: bytes, reply: bytes) -> tuple[int, ...]:
    """The registers as unsigned 16-bit numbers. Raises as `register_bytes`."""
    data = register_bytes(request, reply)
    return struct.unpack(f">{len(data) // 2}H", data)


def check_written(request: bytes, reply: bytes) -> None:
    """Accept only the confirmation of this write request. Raises as `register_bytes`."""
    pdu.check_written(request[1:-2], opened(request, reply))


def _is_known(function: int) -> bool:
    return function & ~pdu.REFUSED in pdu.KNOWN


def _is_sound(frame: bytes) -> bool:
    return reply_length(frame) == len(frame) and crc(frame[:-2]) == frame[-2:]
