# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an amendment would change is told before it is written, and agrees with what it changes once it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import ClockStateBody
from edge_daemon.station import amendment_preview
from edge_daemon.station.amendment_preview import Preview, preview
from edge_daemon.station.amendments import AmendmentDesk, amendment_desk
from edge_daemon.station.reasons import explain
from tests.support.log_files import T0
from tests.support.logged_station import SECOND_NS, LoggedStation


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path) as open_station:
        yield open_station


def desk(station: LoggedStation) -> AmendmentDesk:
    return amendment_desk(
        station.reader,
        station.journal,
        head=station.writer.head,
        history=lambda: station.history,
        setup=lambda: station.setup,
    )


def body(kind: Any = "maintenance", first: int = 0, last: int = -1, **more: Any) -> AmendmentBody:
    return AmendmentBody(kind, first, last, "seen on site", "Ana", **more)


def at(second: int) -> str:
    return rfc3339_from_ns(T0 + second * SECOND_NS)


def look(station: LoggedStation, desk: AmendmentDesk, wanted: AmendmentBody) -> Preview:
    size = station.writer.head().size
    told = preview(station.reader, station.history, desk.amendments, desk.checked(wanted), size)
    assert station.writer.head().size == size
    return told


def test_it_counts_what_changes_and_shows_it_before_and_after(station: LoggedStation) -> None:
    indices = [station.sample(412.0 + number % 7) for number in range(300)]
    now = desk(station)
    wanted = body("value_correction", sensors=("co2-1",), channels=("co2",), gain=2.0, offset=1.0,
                  start=at(100), end=at(150))  # fmt: skip
    told = look(station, now, wanted)
    assert (told.readings, told.exact) == (50, True)
    assert [now.effective.index for now, _ in told.examples][-1] == indices[148]
    for before, then in told.examples:
        assert before.effective.amended_by == ()
        was, will = before.effective.channels["co2"].value, then.effective.channels["co2"].value
        assert was is not None
        assert will == 2 * was + 1
        assert then.effective.channels["humidity"] == before.effective.channels["humidity"]
    now.amend(wanted)
    for _, then in told.examples:
        written = explain(station.reader, "co2-1", then.effective.index, station.history, now.amendments)
        assert written.effective.channels == then.effective.channels


def test_a_withdrawal_tells_what_comes_back(station: LoggedStation) -> None:
    for number in range(20):
        station.sample(412.0 + number % 7)
    now = desk(station)
    index, _ = now.amend(body(channels=("co2",), flag=4, start=at(5), end=at(9)))
    told = look(station, now, body("withdrawal", replaces=index))
    assert (told.readings, told.exact) == (4, True)
    flags = [
        (before.effective.channels["co2"].flag, then.effective.channels["co2"].flag) for before, then in told.examples
    ]
    assert set(flags) == {(Flag.FAIL, Flag.GOOD)}


def test_a_released_time_is_told_as_held_before(tmp_path: Path) -> None:
    with LoggedStation(tmp_path, clock="none") as station:
        station.write(ClockStateBody(None, "untrusted", None))
        for number in range(10):
            station.sample(412.0 + number % 7)
        wanted = body("release_untrusted_time", offset_us=3_600_000_000, uncertainty_us=1_000_000)
        told = look(station, desk(station), wanted)
        assert told.readings == 10
        for before, then in told.examples:
            assert before.effective.time.held
            assert not then.effective.time.held
            assert then.effective.time.time_ns - before.effective.original.t_ns == 3600 * SECOND_NS


def test_a_long_range_is_counted_by_columns(station: LoggedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amendment_preview, "EDGE", 70)
    for number in range(400):
        station.sample(400.0 + number % 7)
    told = look(station, desk(station), body(sensors=("co2-1",), start=at(100), end=at(330)))
    assert (told.readings, told.exact) == (230, False)
    told = look(station, desk(station), body())
    assert (told.readings, told.exact, len(told.examples)) == (400, False, 3)


def test_what_would_be_refused_is_refused_and_nothing_is_written(station: LoggedStation) -> None:
    station.sample(412.0)
    before = station.writer.head()
    for wrong in (body(channels=("wind",)), body(flag=1), body("clock_offset", offset_us=3)):
        with pytest.raises(BadInput):
            desk(station).checked(wrong)
    with pytest.raises(Unknown):
        desk(station).checked(body("withdrawal", replaces=1))
    assert station.writer.head() == before


def test_readings_are_counted_once_whatever_channels_they_have(station: LoggedStation) -> None:
    indices = [station.sample(412.0) for _ in range(9)]
    reader = station.reader
    assert reader.count([], 0, indices[-1]) == reader.count(["co2-1"], 0, indices[-1]) == 9
    assert reader.count(["co2-1"], indices[2], indices[4]) == 3
    assert reader.count(["nobody"], 0, indices[-1]) == 0
