# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Modbus requests and replies without their framing: function code and data. Pure.

Source: MODBUS Application Protocol V1.1b3, 6 (functions and their limits) and 7 (exceptions). Addresses are zero-based,
as on the wire.
"""

import struct
from collections.abc import Mapping, Sequence

from edge_daemon.domain.faults import DeviceRefused, MalformedFrame

READ_COILS = 1
READ_DISCRETE_INPUTS = 2
READ_HOLDING = 3
READ_INPUT = 4
WRITE_COIL = 5
WRITE_SINGLE = 6
WRITE_COILS = 15
WRITE_REGISTERS = 16
ENCAPSULATED = 0x2B
DEVICE_IDENTIFICATION = 0x0E

MOST_REGISTERS = 125
MOST_BITS = 2000
MOST_WRITTEN_REGISTERS = 123
MOST_WRITTEN_BITS = 1968
MOST_PDU_BYTES = 253

BIT_READS = frozenset({READ_COILS, READ_DISCRETE_INPUTS})
REGISTER_READS = frozenset({READ_HOLDING, READ_INPUT})
WRITES = frozenset({WRITE_COIL, WRITE_SINGLE, WRITE_COILS, WRITE_REGISTERS})
KNOWN = BIT_READS | REGISTER_READS | WRITES | {ENCAPSULATED}
REFUSED = 0x80

_READS = BIT_READS | REGISTER_READS
_IDENTIFICATION_HEAD = 7
_BASIC = 1
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


def read(function: int, first: int, count: int) -> bytes:
    """Request for `count` bits (functions 1, 2) or registers (3, 4) from `first` on.

    Raises ValueError for numbers that the protocol cannot carry.
    """
    most = MOST_BITS if function in BIT_READS else MOST_REGISTERS
    if function not in _READS or not 1 <= count <= most:
        raise ValueError(f"cannot read {count} items by function {function}")
    return _packed(function, first, count)


def write_coil(coil: int, *, on: bool) -> bytes:
    """Request to switch one coil (function 5). Raises ValueError."""
    return _packed(WRITE_COIL, coil, 0xFF00 if on else 0)


def write_register(register: int, value: int) -> bytes:
    """Request to write one register (function 6). Raises ValueError."""
    return _packed(WRITE_SINGLE, register, value)


def write_coils(first: int, states: Sequence[bool]) -> bytes:
    """Request to switch coils from `first` on (function 15). Raises ValueError."""
    if not 1 <= len(states) <= MOST_WRITTEN_BITS:
        raise ValueError(f"cannot write {len(states)} coils at once")
    bits = sum(1 << place for place, on in enumerate(states) if on)
    data = bits.to_bytes((len(states) + 7) // 8, "little")
    return _packed(WRITE_COILS, first, len(states)) + bytes([len(data)]) + data


def write_registers(first: int, values: Sequence[int]) -> bytes:
    """Request to write registers from `first` on (function 16). Raises ValueError."""
    if not 1 <= len(values) <= MOST_WRITTEN_REGISTERS or not all(0 <= value <= 0xFFFF for value in values):
        raise ValueError(f"cannot write these {len(values)} registers at once")
    data = struct.pack(f">{len(values)}H", *values)
    return _packed(WRITE_REGISTERS, first, len(values)) + bytes([len(data)]) + data


def identify(first_object: int = 0) -> bytes:
    """Request for the device's own description (43/14), basic objects from `first_object` on. Raises ValueError."""
    if not 0 <= first_object <= 0xFF:
        raise ValueError(f"object {first_object} does not exist")
    return bytes([ENCAPSULATED, DEVICE_IDENTIFICATION, _BASIC, first_object])


def reply_length(so_far: bytes) -> int | None:
    """How many bytes the whole reply has, or None while the bytes so far do not tell.

    With a function that nothing here asks for, what has arrived counts as whole, so that it is refused at once.
    """
    if not so_far:
        return None
    function = so_far[0]
    if function & REFUSED:
        return 2
    if function in _READS:
        return 2 + so_far[1] if len(so_far) > 1 else None
    if function in WRITES:
        return 5
    return _identification_length(so_far) if function == ENCAPSULATED else len(so_far)


def checked(request: bytes, reply: bytes) -> bytes:
    """The reply, once it is known to be a whole answer to this request.

    Raises MalformedFrame, or DeviceRefused with the exception's meaning.
    """
    if not reply or reply_length(reply) != len(reply) or reply[0] & ~REFUSED not in KNOWN:
        raise MalformedFrame(f"{len(reply)} bytes that are no whole Modbus reply: {reply[:32].hex(' ')}")
    if reply[0] == request[0] | REFUSED:
        meaning = _REFUSALS.get(reply[1], "its reason is not in the standard")
        raise DeviceRefused(f"the device refused function {request[0]} with code {reply[1]}: {meaning}")
    if reply[0] != request[0]:
        raise MalformedFrame(f"function {reply[0]} answered a request for function {request[0]}")
    return reply


def register_bytes(request: bytes, reply: bytes) -> bytes:
    """The registers' bytes, high byte first, from the reply to a read of registers. Raises as `checked`."""
    return _data(request, reply, 2 * int.from_bytes(request[3:5], "big"))


def bits(request: bytes, reply: bytes) -> tuple[bool, ...]:
    """The states from the reply to a read of coils or inputs. Raises as `checked`."""
    count = int.from_bytes(request[3:5], "big")
    packed = int.from_bytes(_data(request, reply, (count + 7) // 8), "little")
    return tuple(bool(packed >> place & 1) for place in range(count))


def check_written(request: bytes, reply: bytes) -> None:
    """Accept only the confirmation of this write: its first five bytes again. Raises as `checked`."""
    if checked(request, reply) != request[:5]:
        raise MalformedFrame(f"the reply {reply.hex(' ')} does not repeat the write request")


def identification(request: bytes, reply: bytes) -> tuple[Mapping[int, str], int | None]:
    """The objects of the reply to `identify`, as text by number, and the next object to ask for, None at the end.

    Raises as `checked`.
    """
    data = checked(request, reply)
    if data[1] != DEVICE_IDENTIFICATION:
        raise MalformedFrame(f"the reply {data[:32].hex(' ')} is no description of a device")
    objects: dict[int, str] = {}
    at = _IDENTIFICATION_HEAD
    while at < len(data):
        number, length = data[at], data[at + 1]
        objects[number] = data[at + 2 : at + 2 + length].decode("utf-8", "replace").strip(" \0")
        at += 2 + length
    more = data[4] == 0xFF and data[5] > max(objects, default=-1)
    return objects, data[5] if more else None


def _data(request: bytes, reply: bytes, expected: int) -> bytes:
    data = checked(request, reply)
    if data[1] != expected:
        raise MalformedFrame(f"the reply carries {data[1]} data bytes where {expected} were asked for")
    return data[2:]


def _packed(function: int, address: int, word: int) -> bytes:
    try:
        return struct.pack(">BHH", function, address, word)
    except struct.error as error:
        raise ValueError(f"address {address} or number {word} is out of range") from error


def _identification_length(so_far: bytes) -> int | None:
    if len(so_far) > 1 and so_far[1] != DEVICE_IDENTIFICATION:
        return len(so_far)
    if len(so_far) < _IDENTIFICATION_HEAD:
        return None
    at = _IDENTIFICATION_HEAD
    for _ in range(so_far[6]):
        if at > MOST_PDU_BYTES:
            return len(so_far)
        if len(so_far) < at + 2:
            return None
        at += 2 + so_far[at + 1]
    return at if at <= MOST_PDU_BYTES else len(so_far)
