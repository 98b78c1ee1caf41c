# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One call into a Move compiler's shared library, in a process of its own: a bad payload ends that process.

Usage: python move_call.py LIBRARY (build|test|decode) PATH. Loads the library; writes diagnostics and, for decode,
JSON.
"""

import ctypes
import sys
from pathlib import Path


class View(ctypes.Structure):
    """Bytes handed in."""

    _fields_ = (("is_nil", ctypes.c_bool), ("ptr", ctypes.c_char_p), ("len", ctypes.c_size_t))


class Vector(ctypes.Structure):
    """Bytes handed out."""

    _fields_ = (
        ("is_none", ctypes.c_bool),
        ("ptr", ctypes.POINTER(ctypes.c_uint8)),
        ("len", ctypes.c_size_t),
        ("cap", ctypes.c_size_t),
    )


def text(value: str) -> bytes:
    """A text in BCS; none here is longer than 127 bytes or so, but paths may be."""
    data, out, length = value.encode(), bytearray(), len(value.encode())
    while length >= 0x80:
        out.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes(out) + bytes([length]) + data


def arguments(package: str, *, test: bool) -> bytes:
    """The compiler's arguments: package, verbosity, and the build configuration with bytecode 7 and language 2.1."""
    flags = bytes(
        [0, 1, test, 0, 0, 0, 1, 0, 1]
    )  # verbose, dev, test, docs, abis, no install folder, force, fetch, skip
    return b"\1" + text(package) + flags + (7).to_bytes(4, "little") + text("2.1") + text("2.1") + b"\0"


def call(library: str, name: str, *payloads: bytes) -> bytes:
    """The function's answer; ends the process with the library's own words when it fails."""
    function = getattr(ctypes.CDLL(library), name)
    function.restype = Vector
    function.argtypes = [ctypes.POINTER(Vector), *[View] * len(payloads)]
    error = Vector(True, None, 0, 0)
    answer = function(ctypes.byref(error), *(View(False, data, len(data)) for data in payloads))
    if not error.is_none:
        sys.exit(ctypes.string_at(error.ptr, error.len).decode(errors="replace"))
    return b"" if answer.is_none else ctypes.string_at(answer.ptr, answer.len)


def main(library: str, what: str, path: str) -> None:
    """Do what is asked."""
    if what == "build":
        call(library, "build_move_package", arguments(path, test=False))
    elif what == "test":
        call(library, "test_move_package", arguments(path, test=True), bytes([0, 0, 0, 1, 0]))
    else:
        sys.stdout.buffer.write(call(library, "decode_module_bytes", Path(path).read_bytes()))


if __name__ == "__main__":
    main(*sys.argv[1:])
