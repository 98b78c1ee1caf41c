# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that keeps hourly summaries, on a real log file beside its writer, across a restart."""

from pathlib import Path

from edge_daemon.log.entry import EntryType
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.station.entries import entries_of
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.summaries import SummaryDesk
from tests.support.log_files import T0
from tests.support.logged_station import LoggedStation
from tests.support.waiting import wait_until


def desk(station: LoggedStation) -> SummaryDesk:
    index = HourIndex(station.reader.entries, station.history)
    return SummaryDesk(index, station.journal.write, lambda: T0 + 2 * HOUR_NS + 700 * 10**9)


def test_the_desk_writes_what_is_due_and_nothing_again_after_a_restart(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        for number in range(20):
            station.sample(400.0 + number)
        first = desk(station)
        first.start()
        try:
            wait_until(lambda: len(first.summaries.hours()) == 1, seconds=60, what="the hour's summary")
        finally:
            first.stop()
        again = desk(station)
        again.start()
        try:
            wait_until(lambda: again.complete and not again.busy, seconds=60, what="the end of the log")
        finally:
            again.stop()
        ((index, entry),) = entries_of(station.reader, (EntryType.SUMMARY.value,))
        (key,) = again.summaries.hours()
        told = again.summaries.current(key)
        assert told is not None
        assert (told.index, told.body.readings, told.body.channels["co2"].mean) == (index, 20, 409.5)
        assert entry.body["sensor"] == key[0] == "co2-1"
