# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Until when the log says what became of a chamber's scheduled closings. Reads the log."""

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import GapBody, from_json
from edge_daemon.log.entry import EntryType
from edge_daemon.station.entries import entries_of


def accounted_ns(reader: LogReader, sensor: str) -> int | None:
    """The time (UTC ns) of the flux sensor's last reading or, where it is later, the end of its last gap; None with
    neither. Raises what the reader raises."""
    last = reader.last_reading(sensor)
    after = -1 if last is None else last.index
    until = None if last is None else last.t_ns
    while page := entries_of(reader, (EntryType.GAP.value,), sensor=sensor, after=after):
        after = page[-1][0]
        ends = [ns_from_rfc3339(from_json(GapBody, entry.body).end) for _, entry in page]
        until = max(ends if until is None else [until, *ends])
    return until
