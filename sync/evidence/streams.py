# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The files of a bundle as streams: hashed as they pass, inflated within bounds, cut into lines. Pure."""

import zlib
from collections.abc import Iterator
from hashlib import sha256

from sync.evidence.form import FileNote, NotEvidence, Parts

BLOCK = 2**20
LONGEST_LINE = 16 * 2**20
_GZIP = 31


def whole(parts: Parts, name: str, largest: int) -> bytes:
    """A small file at once. Raises NotEvidence."""
    content = bytearray()
    for block in parts.read(name):
        content += block
        if len(content) > largest:
            raise NotEvidence(f"{name} is larger than {largest} bytes")
    return bytes(content)


def checked(parts: Parts, note: FileNote) -> Iterator[bytes]:
    """The file's bytes as they pass. After the last, raises NotEvidence unless they are those that the index names."""
    digest, size = sha256(), 0
    for block in parts.read(note.name):
        digest.update(block)
        size += len(block)
        if size > note.size:
            raise NotEvidence(f"{note.name} is longer than the index says")
        yield block
    if size != note.size or digest.hexdigest() != note.sha256:
        raise NotEvidence(f"{note.name} is not the file that the index names: its content was changed or cut")


def lines(blocks: Iterator[bytes], name: str, largest: int) -> Iterator[list[bytes]]:
    """The lines of a gzip file, some at a time. Raises NotEvidence for damage or more than `largest` bytes."""
    rest = b""
    for plain in inflated(blocks, name, largest):
        found = (rest + plain).split(b"\n")
        rest = found.pop()
        if len(rest) > LONGEST_LINE:
            raise NotEvidence(f"{name} has a line of more than {LONGEST_LINE} bytes")
        if found:
            yield found
    if rest:
        raise NotEvidence(f"{name} ends within a line")


def inflated(blocks: Iterator[bytes], name: str, largest: int) -> Iterator[bytes]:
    """What a gzip file of one member holds, at most a megabyte at a time. Raises NotEvidence."""
    inflator, size = zlib.decompressobj(_GZIP), 0
    for block in blocks:
        waiting = block
        while waiting and not inflator.eof:
            try:
                plain = inflator.decompress(waiting, BLOCK)
            except zlib.error as error:
                raise NotEvidence(f"{name} is damaged: {error}") from error
            waiting = inflator.unconsumed_tail
            size += len(plain)
            if size > largest:
                raise NotEvidence(f"{name} holds more than {largest} bytes")
            yield plain
        if inflator.eof and (waiting or inflator.unused_data):
            raise NotEvidence(f"{name} has something after its end")
    if not inflator.eof:
        raise NotEvidence(f"{name} is cut short")
