# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Sensirion SPS30 on SHDLC. Pure.

Source: Sensirion, Datasheet SPS30, version 1.0 D1, March 2020, chapter 5.
"""

import functools
import math
import struct
from collections.abc import Callable, Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker

LONGEST_WAIT = 1100
CLEANING_S = 10.0
SERIAL = b"A3F5D1C7E2B84069\0"
SPECIAL = {0x7E: b"\x7d\x5e", 0x7D: b"\x7d\x5d", 0x11: b"\x7d\x31", 0x13: b"\x7d\x33"}
PLAIN = {stuffed[1]: byte for byte, stuffed in SPECIAL.items()}
OK, WRONG_LENGTH, UNKNOWN, BAD_PARAMETER, WRONG_STATE = 0x00, 0x01, 0x02, 0x04, 0x43


def sealed(content: bytes) -> bytes:
    """Checksum, stuffing and both edges around address, command, state, length and data."""
    checksum = 0xFF - (sum(content) & 0xFF)
    return b"\x7e" + b"".join(SPECIAL.get(byte, bytes([byte])) for byte in (*content, checksum)) + b"\x7e"


def unsealed(stuffed: bytes) -> bytes | None:
    """The content without its checksum, or None where it is damaged."""
    plain, place = bytearray(), 0
    while place < len(stuffed):
        escaped = stuffed[place] == 0x7D and place + 1 < len(stuffed)
        plain.append(PLAIN.get(stuffed[place + 1], 0) if escaped else stuffed[place])
        place += 2 if escaped else 1
    sound = len(plain) > 3 and 0xFF - (sum(plain[:-1]) & 0xFF) == plain[-1]
    return bytes(plain[:-1]) if sound else None


class Sps30:
    """Idle and measuring, one measurement a second, the rising values after a start, and fan cleaning.

    Args:
        fine_dust: PM2.5 in µg/m³ at a time.
        now: when it was switched on.
        settling_s: how long values rise after a start.
    """

    model = "sensirion_sps30"

    def __init__(self, fine_dust: Callable[[float], float], now: float, *, settling_s: float = 30.0) -> None:
        self._fine_dust = fine_dust
        self._settling_s = settling_s
        self._cleaning_interval_s = 604_800
        self.device_flags = 0
        self.power_up(now)

    def power_up(self, now: float) -> None:
        """Idle; the interval of cleaning is kept."""
        self._measuring = False
        self._words = False
        self._since = now
        self._given = 0
        self._clean_until = -math.inf
        self._buffer = b""

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every intact frame; what is broken gets no answer."""
        self._buffer += data
        answers = b""
        while (start := self._buffer.find(b"\x7e")) >= 0:
            end = self._buffer.find(b"\x7e", start + 1)
            if end < 0:
                break
            content = unsealed(self._buffer[start + 1 : end])
            self._buffer = self._buffer[end + 1 if content else end :]
            if content and content[0] == 0 and content[2] == len(content) - 3:
                answers += self._answer(content[1], content[3:], now)
        self._buffer = self._buffer[-LONGEST_WAIT:]
        return answers

    def due(self, now: float) -> bytes:  # noqa: ARG002 - the sensor never speaks unasked
        """Nothing: the sensor only answers."""
        return b""

    def next_due(self) -> float:
        """Never."""
        return math.inf

    def spoil(self, sent: bytes) -> bytes:
        """Change the address in every frame, which its checksum then contradicts."""
        return sent.replace(b"\x7e\x00", b"\x7e\x01")

    def _answer(self, command: int, data: bytes, now: float) -> bytes:
        code, answer = self._obey(command, data, now)
        state = code | (0x80 if self.device_flags else 0)
        return sealed(bytes([0, command, state, len(answer)]) + answer)

    def _obey(self, command: int, data: bytes, now: float) -> tuple[int, bytes]:
        match command, data:
            case 0x00, b"\x01\x03" | b"\x01\x05":
                return self._start(now, words=data == b"\x01\x05"), b""
            case 0x01, b"":
                return self._stop(), b""
            case 0x03, b"":
                return (OK, self._values(now)) if self._measuring else (WRONG_STATE, b"")
            case 0x56, b"":
                return self._clean(now), b""
            case 0xD3, b"":
                self.power_up(now)
                return OK, b""
            case ((0x01 | 0x03 | 0x56 | 0xD3), _):
                return WRONG_LENGTH, b""
            case _:
                return self._tell(command, data)

    def _tell(self, command: int, data: bytes) -> tuple[int, bytes]:
        match command, data:
            case 0x80, b"\x00":
                return OK, self._cleaning_interval_s.to_bytes(4, "big")
            case 0x80, _ if len(data) == 5 and data[0] == 0:
                self._cleaning_interval_s = int.from_bytes(data[1:], "big")
                return OK, b""
            case 0xD0, b"\x00":
                return OK, b"00080000\0"
            case 0xD0, b"\x03":
                return OK, SERIAL
            case 0xD1, b"":
                return OK, bytes([2, 2, 0, 7, 0, 2, 0])
            case 0xD2, b"\x00" | b"\x01":
                return OK, self.device_flags.to_bytes(4, "big") + b"\0"
            case ((0x00 | 0x80 | 0xD0 | 0xD1 | 0xD2), _):
                return BAD_PARAMETER, b""
            case _:
                return UNKNOWN, b""

    def _start(self, now: float, *, words: bool) -> int:
        if self._measuring:
            return WRONG_STATE
        self._measuring, self._words, self._since, self._given = True, words, now, 0
        return OK

    def _stop(self) -> int:
        was, self._measuring = self._measuring, False
        return OK if was else WRONG_STATE

    def _clean(self, now: float) -> int:
        if not self._measuring:
            return WRONG_STATE
        self._clean_until = now + CLEANING_S
        return OK

    def _values(self, now: float) -> bytes:
        second = math.floor(now - self._since)
        if second <= self._given:
            return b""
        self._given = second
        at = min(now, self._clean_until - CLEANING_S) if now < self._clean_until else now
        rise = min(1.0, second / self._settling_s) if self._settling_s > 0 else 1.0
        fine = self._fine_dust(at) * rise
        masses = [fine * share for share in (0.72, 1.0, 1.14, 1.2)]
        counts = [fine * share for share in (4.1, 5.4, 5.9, 6.0, 6.02)]
        if self._words:
            return struct.pack(">10H", *(min(round(value), 0xFFFF) for value in (*masses, *counts)), 540)
        return struct.pack(">10f", *masses, *counts, 0.54)


def _make(seed: int, now: float, warm_up_s: float | None) -> Sps30:
    dust = functools.partial(physics.fine_dust, seed)
    return Sps30(dust, now, settling_s=30.0 if warm_up_s is None else warm_up_s)


SIMULATED: Mapping[str, Maker] = {"sps30": _make}
