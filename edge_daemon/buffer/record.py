# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes into the buffer and what comes back. Pure values; the writer's and reader's contract."""

from dataclasses import dataclass
from typing import NamedTuple

from edge_daemon.domain.channel import Flag
from edge_daemon.log.reading_encoder import Settled


class Record(NamedTuple):
    """One entry on its way into the log: its bytes, and the query columns derived from them.

    `values` is (channel, value, flag) for each channel of a reading and empty for every other type; `settles` holds
    the flags that the reading gives to earlier ones. (A tuple, since thousands of these are made each second.)
    """

    data: bytes
    type: str
    t_ns: int
    sensor: str = ""
    values: tuple[tuple[str, float | None, Flag], ...] = ()
    settles: tuple[Settled, ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """A record that is durable, at its index in the log."""

    index: int
    record: Record


@dataclass(frozen=True, slots=True)
class Head:
    """Head of a log: `root` is the 32-byte RFC 6962 tree head of its first `size` entries."""

    origin: str
    size: int
    root: bytes
