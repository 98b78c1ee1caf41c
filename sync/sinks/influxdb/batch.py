# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How many readings go into a request, led by the server's answers, and the request's body. Pure."""

import zlib
from collections.abc import Iterator, Sequence

from sync.packets.item import Item, summaries_in
from sync.packets.lines import lines_of
from sync.sinks.sink import Chunk

FIRST, MOST = 1_000, 8_000
FAST_SECONDS, SLOW_SECONDS = 0.5, 4.0

_GZIP = 31
"""zlib's `wbits` for a gzip header and trailer."""


class BatchSize:
    """Readings in a request: doubled after a quick success, halved after a slow one, a refusal of size or a break."""

    def __init__(self) -> None:
        self.readings = FIRST

    def taken(self, count: int, seconds: float) -> None:
        """The server took `count` readings in `seconds`."""
        if seconds > SLOW_SECONDS:
            self.shrink()
        elif seconds < FAST_SECONDS and count >= self.readings:
            self.readings = min(self.readings * 2, MOST)

    def shrink(self) -> None:
        """Half as many from now on."""
        self.readings = max(self.readings // 2, 1)


def chunks_of(items: Sequence[Item], size: int) -> Iterator[Chunk]:
    """Chunks of at most `size` readings and summaries. A payload is empty where none of them has a value."""
    for start in range(0, len(items), size):
        part = items[start : start + size]
        indices = [item.index for item in part]
        indices += [summary.after for summary in summaries_in(part)]
        yield Chunk(compressed("\n".join(lines_of(part))), min(indices), max(indices), len(part))


def compressed(lines: str) -> bytes:
    """The text as gzip, level 1: most of the saving for little time. Nothing stays nothing."""
    if not lines:
        return b""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return packer.compress(lines.encode()) + packer.flush()
