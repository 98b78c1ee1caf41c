# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""SDI-12 through an adapter that makes the break, the parity and the timing by itself. Pure: opens no port.

Source: SDI-12 Support Group, SDI-12 specification 1.4, 4.3 and 4.4 (commands, replies, checksum). Adapters print a
banner when they start, and some give back what was typed; a line that is not the sensor's is passed over.
"""

import re
from dataclasses import dataclass
from functools import partial

from edge_daemon.domain.faults import ChecksumMismatch, DeviceRefused, MalformedFrame, NoReply, NotReady
from edge_daemon.instruments.driver import Dialogue, Exchange, Identity, Pause

ADDRESSES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CRC_CHARACTERS = 3
MOST_DIGITS = 7
MOST_FETCHES = 10
SPARE_S = 1.0

REPLY_S = 2.0
TRIES = 3
TRIES_AFTER_START = 6
"""An adapter that starts when its port is opened needs up to ten seconds."""

_VALUE = re.compile(rb"[+-](?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_VALUES = re.compile(rb"(?:[+-](?:[0-9]+\.?[0-9]*|\.[0-9]+))*")
_READY = re.compile(rb"([0-9]{3})([0-9]{1,2}|[:;<=>?])")
_IDENTITY = re.compile(rb"([0-9]{2})([ -~]{8})([ -~]{6})([ -~]{3})([ -~]{0,13})")


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_CRC_TABLE = tuple(map(_crc_of_byte, range(256)))


def crc(data: bytes) -> bytes:
    """The three characters that stand for the CRC-16/ARC of data; any of them but the first can be DEL."""
    value = 0
    for byte in data:
        value = value >> 8 ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return bytes([0x40 | value >> 12, 0x40 | value >> 6 & 0x3F, 0x40 | value & 0x3F])


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor behind an adapter: its address, what the adapter wants after a command, and how it is asked.

    `concurrent` asks by C and leaves the port free meanwhile; otherwise by M, where the sensor tells when it is done.
    A sensor begins to answer within 15 ms; `reply_s`, in seconds, is what its adapter needs besides.
    """

    address: str
    line_end: bytes = b"\r\n"
    concurrent: bool = True
    checked: bool = True
    reply_s: float = REPLY_S

    def present(self, tries: int = TRIES) -> Dialogue[None]:
        """See that it is there. Raises NoReply, MalformedFrame."""
        reply = yield from self.ask("", tries)
        if reply:
            raise MalformedFrame(f"address {self.address} answered {reply[:32]!r} where only its address was expected")

    def identity(self) -> Dialogue[Identity]:
        """Maker, model, firmware and, where it tells one, serial number. Raises NoReply, MalformedFrame."""
        reply = yield from self.ask("I")
        match = _IDENTITY.fullmatch(reply)
        if match is None:
            raise MalformedFrame(f"no SDI-12 identification: {reply[:48]!r}")
        version, maker, model, firmware, rest = (part.decode("ascii").strip() for part in match.groups())
        details = {"maker": maker, "model": model, "SDI-12 version": f"{version[0]}.{version[1]}"}
        return Identity(rest, firmware, details)

    def measure(self, expected: int) -> Dialogue[tuple[float, ...]]:
        """All values of one measurement, which must be `expected` many.

        Raises DeviceRefused for another number, NotReady where there is no data, ChecksumMismatch, MalformedFrame,
        NoReply.
        """
        letters = ("C" if self.concurrent else "M") + ("C" if self.checked else "")
        seconds, count = ready((yield from self.ask(letters)))
        if seconds and self.concurrent:
            yield Pause(seconds + SPARE_S)
        elif seconds:
            yield from self._service_request(seconds)
        found = yield from self._fetched(count)
        # Compared only now: an announcement carries no checksum, so a wrong number may be damage, as the data show.
        if count != expected:
            raise DeviceRefused(f"the sensor sends {count} values, the list of parameters here has {expected}")
        return found

    def _fetched(self, count: int) -> Dialogue[tuple[float, ...]]:
        found: tuple[float, ...] = ()
        for fetch in range(MOST_FETCHES):
            part = values(self.address, (yield from self.ask(f"D{fetch}")), checked=self.checked)
            found += part
            if not part or len(found) >= count:
                break
        if not found:
            raise NotReady(f"the sensor has no data, though it announced {count} values")
        if len(found) != count:
            raise MalformedFrame(f"{len(found)} values came where {count} were announced")
        return found

    def change_address(self, wanted: str) -> Dialogue[None]:
        """Give it another address, and see that it answers there. Raises as `present`."""
        moved = Sensor(wanted, self.line_end, reply_s=self.reply_s)
        yield Exchange(self._command(f"A{wanted}"), partial(reply_length, wanted), self.reply_s, tries=1)
        yield Pause(SPARE_S)
        yield from moved.present()

    def ask(self, letters: str, tries: int = TRIES) -> Dialogue[bytes]:
        """What stands after the address in the reply to a command."""
        reply = yield Exchange(self._command(letters), partial(reply_length, self.address), self.reply_s, tries)
        return reply_in(self.address, reply)

    def _service_request(self, seconds: int) -> Dialogue[None]:
        # Many adapters swallow it, so its absence means nothing: the stated time has then passed all the same.
        try:
            yield Exchange(b"", partial(reply_length, self.address), seconds + SPARE_S, tries=1, silence_s=0.0)
        except NoReply:
            return

    def _command(self, letters: str) -> bytes:
        return f"{self.address}{letters}!".encode("ascii") + self.line_end


def reply_length(address: str, so_far: bytes) -> int | None:
    """Through the first line that the sensor at this address can have sent."""
    at = 0
    while (end := so_far.find(b"\n", at)) >= 0:
        if _sent_by(address, so_far[at:end]) is not None:
            return end + 1
        at = end + 1
    return None


def reply_in(address: str, received: bytes) -> bytes:
    """What stands after the address in the last line of what was received. Raises MalformedFrame."""
    lines = received.removesuffix(b"\n").split(b"\n")
    found = _sent_by(address, lines[-1]) if received.endswith(b"\n") else None
    if found is None:
        raise MalformedFrame(f"no line of the sensor at address {address}: {received[-64:]!r}")
    return found


def _sent_by(address: str, line: bytes) -> bytes | None:
    # An adapter that gives back the command may put the reply right behind it.
    reply = line.removesuffix(b"\r").rpartition(b"!")[2]
    return reply[1:] if reply.startswith(address.encode("ascii")) else None


def ready(reply: bytes) -> tuple[int, int]:
    """Seconds until the data is there and the number of values, from what stands after the address.

    Some sensors count on in ASCII after 9, so that `:` is ten. Raises MalformedFrame.
    """
    match = _READY.fullmatch(reply)
    if match is None:
        raise MalformedFrame(f"no answer to a request to measure: {reply[:32]!r}")
    seconds, count = match.groups()
    return int(seconds), int(count) if count.isdigit() else count[0] - ord("0")


def values(address: str, reply: bytes, *, checked: bool) -> tuple[float, ...]:
    """The values of a data reply, from what stands after the address; with `checked` a checksum stands behind them.

    Raises ChecksumMismatch, MalformedFrame.
    """
    if checked:
        body, sum_ = reply[:-CRC_CHARACTERS], reply[-CRC_CHARACTERS:]
        if crc(address.encode("ascii") + body) != sum_:
            raise ChecksumMismatch(f"the checksum of the data reply {address}{reply[:80]!r} is wrong")
        reply = body
    if not _VALUES.fullmatch(reply):
        raise MalformedFrame(f"no values of a sensor: {reply[:80]!r}")
    found = _VALUE.findall(reply)
    if any(sum(byte in b"0123456789" for byte in one) > MOST_DIGITS for one in found):
        raise MalformedFrame(f"a value of more than {MOST_DIGITS} digits: {reply[:80]!r}")
    return tuple(float(one) for one in found)
