# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated controller that prints text lines: boot text, then lines at an even rate. Pure.

Lines end in `*` and the exclusive or of their bytes as two hexadecimal digits, as NMEA 0183 does.
"""

import math
import re
from collections.abc import Callable

BOOT_S = 0.4
BANNER = b"rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\nsensor interface ready\r\n"

_SUM = re.compile(rb"\*([0-9A-F]{2})\r\n")


def sealed(text: str) -> bytes:
    """The line with its checksum and end."""
    total = 0
    body = text.encode("utf-8")
    for byte in body:
        total ^= byte
    return body + b"*%02X\r\n" % total


class LineSender:
    """Prints one line an interval; ignores what it is sent.

    Args:
        model: its key in the catalogue.
        line: the text of the line at a time, given the seconds since power-up.
        interval_s: seconds between lines.
        now: when it was switched on.
    """

    def __init__(self, model: str, line: Callable[[float, float], str], interval_s: float, now: float) -> None:
        self.model = model
        self._line = line
        self._interval_s = interval_s
        self.power_up(now)

    def power_up(self, now: float) -> None:
        """Boot text again, then lines."""
        self._on_since = now
        self._booted = False
        self._next_at = now + BOOT_S

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - the controller only prints
        """Nothing."""
        return b""

    def due(self, now: float) -> bytes:
        """The boot text, or the line whose time has come; lines that were missed are not made up."""
        if now < self._next_at:
            return b""
        if not self._booted:
            self._booted = True
            self._next_at += self._interval_s
            return BANNER
        self._next_at += self._interval_s * (math.floor((now - self._next_at) / self._interval_s) + 1)
        return sealed(self._line(now, now - self._on_since))

    def next_due(self) -> float:
        """The time of the next line."""
        return self._next_at

    def spoil(self, sent: bytes) -> bytes:
        """Another checksum at the end of every line."""
        return _SUM.sub(lambda match: b"*%02X\r\n" % (int(match[1], 16) ^ 0xFF), sent)
