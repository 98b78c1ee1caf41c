# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Sensirion's SHDLC frames. Pure: opens no port.

Source: Sensirion, Datasheet SPS30, version 1.0 D1, March 2020, chapter 5. Between two 7E: address, command, state (in
replies), length, data and the inverted low byte of their sum; 7E, 7D, 11 and 13 are sent as 7D and the byte XOR 20.
"""

from dataclasses import dataclass

from edge_daemon.domain.faults import ChecksumMismatch, DeviceRefused, MalformedFrame

EDGE = 0x7E
DEVICE_ERROR = 0x80
WRONG_STATE = 0x43

_ESCAPE = 0x7D
_STUFFED = frozenset({EDGE, _ESCAPE, 0x11, 0x13})
_LEAST_REPLY = 5
_REFUSALS = {
    0x01: "wrong length of data",
    0x02: "unknown command",
    0x03: "no access right",
    0x04: "value not allowed",
    0x28: "value out of range",
    WRONG_STATE: "not allowed in its present state",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """The data, whether the device's status register holds an error, and the execution code, 0 for accepted."""

    data: bytes
    device_error: bool
    code: int


def request(command: int, data: bytes = b"") -> bytes:
    """A command to the only device on the line (address 0)."""
    body = bytes([0, command, len(data)]) + data
    return bytes([EDGE]) + _stuffed(body + bytes([_checksum(body)])) + bytes([EDGE])


def reply_length(so_far: bytes) -> int | None:
    """How many bytes end at the reply's closing 7E, with whatever came before its opening one."""
    start = so_far.find(EDGE)
    while start >= 0 and (end := so_far.find(EDGE, start + 1)) >= 0:
        if end > start + 1:
            return end + 1
        start = end
    return None


def reply(command: int, received: bytes) -> Reply:
    """What the device answered to `command`.

    Raises MalformedFrame (no frame, wrong escape or length, another command) or ChecksumMismatch.
    """
    shown = received[:32].hex(" ")
    if len(received) < 2 or received[-1] != EDGE:
        raise MalformedFrame(f"no whole SHDLC frame: {shown}")
    start = received.rfind(EDGE, 0, len(received) - 1)
    content = _unstuffed(received[start + 1 : -1]) if start >= 0 else b""
    if len(content) < _LEAST_REPLY:
        raise MalformedFrame(f"no whole SHDLC frame: {shown}")
    if _checksum(content[:-1]) != content[-1]:
        raise ChecksumMismatch(f"the checksum of {shown} should be {_checksum(content[:-1]):02X}")
    address, answered, state, length = content[:4]
    data = content[4:-1]
    if address != 0 or answered != command or length != len(data):
        raise MalformedFrame(f"{shown} is no reply to command {command:02X}")
    return Reply(data, bool(state & DEVICE_ERROR), state & ~DEVICE_ERROR)


def accepted(command: int, received: bytes) -> Reply:
    """As `reply`, and raises DeviceRefused with the meaning of an execution code other than 0."""
    answer = reply(command, received)
    if answer.code:
        meaning = _REFUSALS.get(answer.code, f"code {answer.code:02X}")
        raise DeviceRefused(f"the device refused command {command:02X}: {meaning}")
    return answer


def _checksum(data: bytes) -> int:
    return ~sum(data) & 0xFF


def _stuffed(data: bytes) -> bytes:
    return b"".join(bytes([_ESCAPE, byte ^ 0x20]) if byte in _STUFFED else bytes([byte]) for byte in data)


def _unstuffed(data: bytes) -> bytes:
    # One pass from left to right: replacing pair by pair would undo what is data.
    plain = bytearray()
    escaped = False
    for byte in data:
        if escaped:
            plain.append(byte ^ 0x20)
            escaped = False
        elif byte == _ESCAPE:
            escaped = True
        else:
            plain.append(byte)
    if escaped:
        raise MalformedFrame(f"an SHDLC frame that ends in its escape: {data[:32].hex(' ')}")
    return bytes(plain)
