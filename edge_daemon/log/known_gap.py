# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A gap of a sensor in reported time, as far as the log knows it: placed by the clock entries, the releases and the
amendments. Pure.

An end may have no time yet, and how many readings are missing may not have been known when the gap was written (the
computer came up without the time). Neither makes the gap harmless: what is missing is then counted by the times at
which the sensor was due (`due`).
"""

from dataclasses import dataclass

from edge_daemon.domain.faults import ClockUntrusted
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import GapBody, from_json
from edge_daemon.log.clock_history import Reported
from edge_daemon.log.effective import Amendments
from edge_daemon.log.entry import Entry
from edge_daemon.log.reported_time import ReportedTime


@dataclass(frozen=True, slots=True)
class KnownGap:
    """A gap of a sensor in reported time (UTC ns), as amended; `index` is its entry.

    An end whose time is not known is None, never both; `expected` is None where the number of missing readings is not
    known from the gap itself.
    """

    index: int
    sensor: str
    start_ns: int | None
    end_ns: int | None
    expected: int | None
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    """When a gap began and ended, each held where its time is not known."""

    start: Reported
    end: Reported


def ends_of(fold: ReportedTime, index: int, entry: Entry) -> Ends:
    """The gap entry's ends in reported time. Raises ValueError for a gap of a wrong form."""
    body = from_json(GapBody, entry.body)
    start, end = (fold.wall(index, entry, ns_from_rfc3339(text)) for text in (body.start, body.end))
    return Ends(start, end)


def known_gap(fold: ReportedTime, index: int, entry: Entry, amendments: Amendments) -> KnownGap | None:
    """The gap of this entry; None while neither end has a time, and where its ends contradict each other.

    `fold` must know the clock's history and the releases. Raises ValueError for a gap of a wrong form.
    """
    body, ends = from_json(GapBody, entry.body), ends_of(fold, index, entry)
    start_ns, end_ns = (None if one.held else one.time_ns for one in (ends.start, ends.end))
    known = start_ns if start_ns is not None else end_ns
    if known is None or (start_ns is not None and end_ns is not None and end_ns <= start_ns):
        return None
    change = amendments.change(index, body.sensor, known)
    sensor, offset_ns = (change.sensor, change.offset_ns) if change else (body.sensor, 0)
    uncounted = start_ns is None or end_ns is None or (not body.expected and ClockUntrusted.code in body.causes)
    return KnownGap(
        index=index,
        sensor=sensor,
        start_ns=None if start_ns is None else start_ns + offset_ns,
        end_ns=None if end_ns is None else end_ns + offset_ns,
        expected=None if uncounted else body.expected,
        causes=tuple(body.causes),
    )
