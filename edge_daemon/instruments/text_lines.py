# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Text lines from a stream, each with the CSV header it belongs under. Pure: opens no port.

A line may end in `*` and two hexadecimal digits, the exclusive or of the bytes before it, as NMEA 0183 does: text
carries no other protection, and a changed digit is a wrong reading.
"""

import re

from edge_daemon.domain.faults import ChecksumMismatch, MalformedFrame
from edge_daemon.instruments.driver import BadFrame

LONGEST_LINE = 1024
KEPT_BYTES = 256
_ROW_STARTS = frozenset(b"+-.0123456789{")
_SUM = re.compile(rb"[0-9A-Fa-f]{2}")
_NAME = re.compile(rb'[ \t]*"?[A-Za-z_\xc2][^,:"*\x00-\x1f]*"?[ \t]*')
_NO_NAMES = frozenset({b"nan", b"inf", b"infinity", b"null", b"none", b"na", b"n/a"})


class LineFramer:
    """Splits at CR or LF, drops empty lines and puts the last CSV header, and a line feed, before each row of values.

    A header is a line of two or more names with commas between. The first line after connecting may have lost its
    beginning, which nothing would show: it is dropped. What follows a line that broke off is refused up to its end.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._header = b""
        self._opening = True
        self._broken = False

    def feed(self, data: bytes) -> list[bytes | BadFrame]:
        """The lines that `data` completes. A line over 1024 bytes is bad."""
        found: list[bytes | BadFrame] = []
        *lines, rest = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        if lines and self._opening:
            self._opening = False
            del lines[0]
        for line in lines:
            if self._broken:
                self._broken = False
                if line:
                    found.append(_bad(line, "the end of a line that broke off"))
            elif line:
                self._take(line, found)
        self._rest = b"" if self._opening else rest
        if len(rest) > LONGEST_LINE and not self._opening:
            self._break_off(found, f"a line of more than {LONGEST_LINE} bytes")
        return found

    def idle(self) -> list[bytes | BadFrame]:
        """The line that did not end, as bad."""
        found: list[bytes | BadFrame] = []
        if self._rest:
            self._break_off(found, "a line without an end")
        return found

    def _break_off(self, found: list[bytes | BadFrame], why: str) -> None:
        found.append(_bad(self._rest, why))
        self._rest = b""
        self._broken = True

    def _take(self, line: bytes, found: list[bytes | BadFrame]) -> None:
        if len(line) > LONGEST_LINE:
            found.append(_bad(line, f"a line of more than {LONGEST_LINE} bytes"))
        elif line[0] in _ROW_STARTS or b":" in line or not _is_header(line[:-3] if _is_sealed(line) else line):
            found.append(self._header + line)
        else:
            self._take_header(line, found)

    def _take_header(self, line: bytes, found: list[bytes | BadFrame]) -> None:
        try:
            self._header = _unsealed(line) + b"\n"
        except ChecksumMismatch as fault:
            found.append(BadFrame(line[:KEPT_BYTES], fault))


def split_frame(frame: bytes, *, checksum_required: bool = False) -> tuple[str, str]:
    """The header (empty without one) and the line of a frame, as text without their checksum.

    Raises ChecksumMismatch; MalformedFrame where the checksum is missing though required, and for bytes that are no
    UTF-8 or control characters: a line with such bytes is damaged, whatever number may be read in it.
    """
    header, _, line = frame.rpartition(b"\n")
    body = _unsealed(line)
    if checksum_required and body is line:
        raise MalformedFrame(f"a line without the checksum it must end in: {line[:80]!r}")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedFrame(f"bytes that are no text: {line[:80]!r}") from error
    if not text.isprintable() and not text.replace("\t", " ").isprintable():
        raise MalformedFrame(f"control characters in a line of text: {line[:80]!r}")
    return header.decode("utf-8", "replace") if header else "", text


def sealed_line(text: str) -> bytes:
    """A line with its checksum and line end, as a controller can send it."""
    body = text.encode("utf-8")
    return body + f"*{_xor(body):02X}\r\n".encode("ascii")


def _is_sealed(line: bytes) -> bool:
    return line[-3:-2] == b"*" and _SUM.fullmatch(line, len(line) - 2) is not None


def _unsealed(line: bytes) -> bytes:
    """The line without its checksum, or the very same line where it has none. Raises ChecksumMismatch."""
    if not _is_sealed(line):
        return line
    body = line[:-3]
    computed = _xor(body)
    if computed != int(line[-2:], 16):
        raise ChecksumMismatch(f"the checksum is {computed:02X}, the line says {line[-2:].decode('ascii')}")
    return body


def _xor(data: bytes) -> int:
    """The exclusive or of all bytes, by folding them onto each other: a loop over them would cost most of a line."""
    value, width = int.from_bytes(data, "little"), 4 << len(data).bit_length()
    while width >= 8:
        value ^= value >> width  # what lies above is not looked at again
        width >>= 1
    return value & 0xFF


def _is_header(line: bytes) -> bool:
    cells = line.split(b",")
    return len(cells) > 1 and all(_NAME.fullmatch(cell) and cell.strip().lower() not in _NO_NAMES for cell in cells)


def _bad(data: bytes, why: str) -> BadFrame:
    return BadFrame(data[:KEPT_BYTES], MalformedFrame(f"{len(data)} bytes: {why}"))
