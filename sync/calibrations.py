# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which sensors of a log are due for calibration, from its entries. Folding is pure; the other function reads a log."""

from collections.abc import Iterable, Iterator
from datetime import date

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.calibration_due import sensors_due
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import Entry, EntryType, NotAnEntry, decode_entry
from edge_daemon.log.plan import Plan
from edge_daemon.log.setup import Setup

TYPES = tuple(
    kind.value
    for kind in (
        EntryType.LOG,
        EntryType.BOOT,
        EntryType.CLOCK,
        EntryType.CONFIGURATION,
        EntryType.INSTALLATION,
        EntryType.NOTE,
        EntryType.CALIBRATION,
        EntryType.PLAN,
    )
)
"""The entries that it follows from."""

PAGE = 1_000


def calibrations_due(entries: Iterable[tuple[int, Entry]], on: date) -> tuple[str, ...]:
    """The sensors of which a calibration is due within 30 days of this day (UTC) or overdue, or which the plan wants
    calibrated and which never were. Raises ValueError for an entry of a wrong form."""
    told, setup, plan = Calibrations(), Setup(), Plan()
    for index, entry in entries:
        told, setup, plan = told.after(index, entry), setup.after(index, entry), plan.after(index, entry)
    return sensors_due(told, setup, plan, on)


def entries_on_calibrations(reader: LogReader) -> Iterator[tuple[int, Entry]]:
    """The log's entries that `calibrations_due` follows from, in order; those of a version to come are left out.

    Raises what the reader does.
    """
    after = -1
    while page := reader.events(TYPES, after=after, limit=PAGE):
        for event in page:
            after = event.index
            for index, data in reader.entries(event.index, 1):
                try:
                    yield index, decode_entry(data)
                except NotAnEntry:
                    continue
