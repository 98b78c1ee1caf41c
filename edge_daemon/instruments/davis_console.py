# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How to talk to a Davis Vantage console: wake it, text and binary commands, its memory. Pure: opens no port.

Source: Davis Instruments, Vantage Pro serial communication reference, revisions 2.3 to 2.6.1. A line of the console's
ends in line feed and carriage return, in this order.
"""

from functools import partial

from edge_daemon.domain.faults import DeviceRefused, MalformedFrame, NoReply, ReadsOtherwise
from edge_daemon.instruments.davis_packets import opened, sealed
from edge_daemon.instruments.driver import Dialogue, Exchange

LINE_END = b"\n\r"
ACKNOWLEDGED = 0x06
REFUSED = frozenset({0x15, 0x18, 0x21})
"""Not understood, damaged on the way, and the number that the reference prints for the first of them."""

WAKE_S = 1.2
WAKE_TRIES = 3
ANSWER_S = 2.0
CHECKSUM_BYTES = 2


def wake() -> Dialogue[None]:
    """Wake the console, which sleeps two minutes after the last character. Raises NoReply, MalformedFrame."""
    reply = yield Exchange(b"\n", partial(lines_length, 1), WAKE_S, WAKE_TRIES)
    if not reply.endswith(LINE_END):
        raise MalformedFrame(f"a console answers a line feed with 0a 0d, this came: {reply[:32].hex(' ')}")


def text(command: str, lines: int = 0) -> Dialogue[tuple[str, ...]]:
    """The lines after OK of a command that is answered in text. Raises DeviceRefused, MalformedFrame, NoReply."""
    reply = yield from _asked(command.encode("ascii") + b"\n", partial(_text_length, 2 + lines), ANSWER_S)
    _refuse_refusal(reply, command)
    head, *body, tail = reply.split(LINE_END) if LINE_END in reply else (reply, b"")
    if head or tail or len(body) != 1 + lines or body[0] != b"OK":
        raise MalformedFrame(f"the answer to {command} is not OK and {lines} lines: {reply[:48]!r}")
    return tuple(_printable(line) for line in body[1:])


def binary(command: bytes, count: int, *, timeout_s: float = ANSWER_S) -> Dialogue[bytes]:
    """The `count` bytes after the acknowledgement of a command. Raises DeviceRefused, MalformedFrame, NoReply."""
    name = command[:12].decode("latin-1").strip()
    reply = yield from _asked(command + b"\n", partial(_binary_length, count), timeout_s)
    return _acknowledged(reply, count, name)


def checked(command: str, count: int) -> Dialogue[bytes]:
    """As `binary`, for an answer of `count` bytes with a checksum behind. Raises ChecksumMismatch too."""
    return opened((yield from binary(command.encode("ascii"), count + CHECKSUM_BYTES)))


def send(command: str, data: bytes) -> Dialogue[None]:
    """A command that takes data: both must be acknowledged. Raises as `binary`."""
    yield from binary(command.encode("ascii"), 0)
    reply = yield Exchange(sealed(data), partial(_binary_length, 0), ANSWER_S, tries=1)
    _acknowledged(reply, 0, command)


def read_memory(address: int, count: int) -> Dialogue[bytes]:
    """Bytes of the console's permanent memory. Raises as `checked`."""
    return (yield from checked(f"EEBRD {address:02X} {count:02X}", count))


def write_memory(address: int, data: bytes) -> Dialogue[None]:
    """Write bytes of the permanent memory and see that they are kept. Raises as `checked`."""
    yield from send(f"EEBWR {address:02X} {len(data):02X}", data)
    held = yield from read_memory(address, len(data))
    if held != data:
        raise ReadsOtherwise(f"memory {address:02X} reads {held.hex(' ')} after {data.hex(' ')} was written")


def lines_length(lines: int, so_far: bytes) -> int | None:
    """Through the end of this many lines."""
    at = 0
    for _ in range(lines):
        found = so_far.find(LINE_END, at)
        if found < 0:
            return None
        at = found + len(LINE_END)
    return at


def _asked(command: bytes, length: partial[int | None], timeout_s: float) -> Dialogue[bytes]:
    # A command is never just sent again: half of the first may have reached a console that was falling asleep.
    yield from wake()
    try:
        return (yield Exchange(command, length, timeout_s, tries=1))
    except NoReply:
        yield from wake()
        return (yield Exchange(command, length, timeout_s, tries=1))


def _text_length(lines: int, so_far: bytes) -> int | None:
    return 1 if so_far[:1] and so_far[0] in REFUSED else lines_length(lines, so_far)


def _binary_length(count: int, so_far: bytes) -> int | None:
    if not so_far:
        return None
    if so_far[0] in REFUSED:
        return 1
    # What does not begin with an acknowledgement counts as whole, so that it is refused at once.
    return 1 + count if so_far[0] == ACKNOWLEDGED else len(so_far)


def _acknowledged(reply: bytes, count: int, command: str) -> bytes:
    _refuse_refusal(reply, command)
    if len(reply) != 1 + count or reply[0] != ACKNOWLEDGED:
        raise MalformedFrame(f"the answer to {command} is no acknowledgement and {count} bytes: {reply[:32].hex(' ')}")
    return reply[1:]


def _refuse_refusal(reply: bytes, command: str) -> None:
    if len(reply) == 1 and reply[0] in REFUSED:
        raise DeviceRefused(f"the console refused {command} with {reply[0]:02X}")


def _printable(line: bytes) -> str:
    if not line.isascii() or not line.decode("ascii").isprintable():
        raise MalformedFrame(f"the console's answer is no text: {line[:32]!r}")
    return line.decode("ascii").strip()
