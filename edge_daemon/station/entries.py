# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Entries that are no readings, decoded from their bytes. Reads the log."""

from collections.abc import Sequence

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import Entry, decode_entry


def entries_of(
    reader: LogReader, types: Sequence[str], *, sensor: str = "", after: int = -1, limit: int = 1000
) -> list[tuple[int, Entry]]:
    """At most `limit` entries of these types with a greater index than `after`, in log order."""
    found = reader.events(types, sensor=sensor, after=after, limit=limit)
    return [(event.index, decode_entry(reader.entries(event.index, 1)[0][1])) for event in found]
