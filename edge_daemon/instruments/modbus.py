# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Modbus RTU requests and replies as bytes. Pure: opens no port.

Sources: MODBUS over Serial Line V1.02, 2.5.1 (framing, CRC); MODBUS Application Protocol V1.1b3, 6 and 7 (functions,
exceptions).
"""

import struct

from edge_daemon.domain.faults import ChecksumMismatch, DeviceRefused, MalformedFrame

READ_HOLDING = 3
READ_INPUT = 4
WRITE_SINGLE = 6

MOST_REGISTERS = 125

_READS = frozenset({READ_HOLDING, READ_INPUT})
_ECHOES = frozenset({5, WRITE_SINGLE, 15, 16})
_REFUSED = 0x80
_REFUSALS = {
    1: "it does not know this function",
    2: "it has no such register",
    3: "it does not accept this value",
    4: "it failed while carrying out the request",
    5: "it accepted the request and needs more time",
    6: "it is busy with another request",
    8: "its memory has a parity error",
    10: "the gateway has no path to it",
    11: "it did not answer the gateway",
}


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


def read_request(address: int, register: int, count: int, function: int = READ_HOLDING) -> bytes:
    """Request for `count` registers from `register` on (zero-based, as on the wire) by function 3 or 4.

    Raises ValueError for numbers that the protocol cannot carry.
    """
    if function not in _READS or not 1 <= count <= MOST_REGISTERS:
        raise ValueError(f"cannot read {count} registers by function {function}")
    return _framed(address, function, register, count)


def write_request(address: int, register: int, value: int) -> bytes:
    """Request to write one register (function 6). Raises ValueError for numbers that the protocol cannot carry."""
    return _framed(address, WRITE_SINGLE, register, value)


def reply_length(so_far: bytes) -> int | None:
    """How many bytes the whole reply has, or None while the bytes so far do not tell.

    With a function that nothing here asks for, what has arrived counts as whole, so that it is refused at once.
    """
    if len(so_far) < 2:
        return None
    function = so_far[1]
    if function & _REFUSED:
        return 5
    if function in _READS:
        return 5 + so_far[2] if len(so_far) > 2 else None
    return 8 if function in _ECHOES else len(so_far)


def register_bytes(request: bytes, reply: bytes) -> bytes:
    """The registers' bytes, high byte first, from the reply to a read request.

    Raises MalformedFrame (not a reply to this request), ChecksumMismatch, or DeviceRefused with the exception's
    meaning.
    """
    _check(request, reply)
    expected = 2 * int.from_bytes(request[4:6], "big")
    if reply[2] != expected:
        raise MalformedFrame(f"the reply carries {reply[2]} data bytes where {expected} were asked for")
    return reply[3:-2]


def registers(request: bytes, reply: bytes) -> tuple[int, ...]:
    """The registers as unsigned 16-bit numbers. Raises as `register_bytes`."""
    data = register_bytes(request, reply)
    return struct.unpack(f">{len(data) // 2}H", data)


def check_written(request: bytes, reply: bytes) -> None:
    """Accept only an exact echo of a write request. Raises as `register_bytes`."""
    _check(request, reply)
    if reply != request:
        raise MalformedFrame(f"the reply {reply.hex(' ')} does not repeat the write request")


def _framed(address: int, function: int, register: int, word: int) -> bytes:
    try:
        body = struct.pack(">BBHH", address, function, register, word)
    except struct.error as error:
        raise ValueError(f"address {address}, register {register} or number {word} is out of range") from error
    return body + crc(body)


def _check(request: bytes, reply: bytes) -> None:
    length = reply_length(reply)
    if length is None or len(reply) != length or reply[1] & ~_REFUSED not in _READS | _ECHOES:
        raise MalformedFrame(f"{len(reply)} bytes that are no whole Modbus reply: {reply[:32].hex(' ')}")
    if crc(reply[:-2]) != reply[-2:]:
        raise ChecksumMismatch(f"the CRC of the Modbus reply {reply[:32].hex(' ')} is wrong")
    if reply[0] != request[0]:
        raise MalformedFrame(f"address {reply[0]} answered a request to address {request[0]}")
    if reply[1] == request[1] | _REFUSED:
        meaning = _REFUSALS.get(reply[2], "its reason is not in the standard")
        raise DeviceRefused(f"address {reply[0]} refused function {request[1]} with code {reply[2]}: {meaning}")
    if reply[1] != request[1]:
        raise MalformedFrame(f"function {reply[1]} answered a request for function {request[1]}")
