# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log's gaps page by page, with the times that are known by now. Reads the log."""

from dataclasses import dataclass

from edge_daemon.api import messages as m
from edge_daemon.api.paging import Page, Stretch, read_page
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.effective import Amendments
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.station.placed_gaps import GapPlacer, PlacedGap

# A gap is written when it ends, as soon as the recorder comes to it.
WRITTEN_LATE_NS = 3_600_000_000_000
LATEST_NS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class GapPage:
    """Gaps in log order, and the page of entries that they were read from."""

    gaps: list[m.GapMessage]
    page: Page


def gap_page(
    reader: LogReader,
    history: ClockHistory,
    amendments: Amendments,
    stretch: Stretch,
    after: int,
    limit: int,
    sensor: str,
) -> GapPage:
    """The gaps that touch the stretch; one without a time is told wherever it may have been.

    `history` and `amendments` are those of the whole log that `reader` reads. Raises ValueError for an entry of a wrong
    form, and what reading the log raises.
    """
    earliest = None if stretch.since_ns is None else stretch.since_ns - WRITTEN_LATE_NS
    placer = GapPlacer(reader, history, amendments)
    placed: dict[int, PlacedGap] = {}

    def touches(index: int, entry: Entry) -> bool:
        gap = placed[index] = placer.placed(index, entry)
        start_ns = gap.start_ns if gap.start_ns is not None else gap.earliest_ns
        end_ns = gap.end_ns if gap.end_ns is not None else gap.latest_ns
        return stretch.overlaps(start_ns or 0, LATEST_NS if end_ns is None else end_ns)

    page = read_page(
        reader,
        EntryType.GAP.value,
        after,
        limit,
        sensor=sensor,
        likely=lambda event: earliest is None or event.t_ns >= earliest or placer.told_late(event.index),
        wanted=touches,
    )
    return GapPage([_message(placed[index]) for index, _ in page.entries], page)


def _message(gap: PlacedGap) -> m.GapMessage:
    told = gap.body
    return m.GapMessage(
        index=gap.index,
        sensor_id=told.sensor,
        start=told.start if gap.start_ns is None else rfc3339_from_ns(gap.start_ns),
        end=told.end if gap.end_ns is None else rfc3339_from_ns(gap.end_ns),
        expected=gap.expected,
        causes=told.causes,
        start_known=gap.start_ns is not None,
        end_known=gap.end_ns is not None,
        recorded_start=told.start,
        recorded_end=told.end,
    )
