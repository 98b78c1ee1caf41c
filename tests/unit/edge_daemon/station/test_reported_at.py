# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reported time in the middle of a log: what came before decides, and whoever explains a reading knows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_daemon.api.views import latest
from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.record import Committed
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import ClockStateBody
from edge_daemon.log.effective import Amendments
from edge_daemon.log.entry import Stamp
from edge_daemon.station.amendment_preview import preview
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.reasons import explain
from edge_daemon.station.reported_at import FoldBefore, fold_before
from edge_daemon.station.timekeeping import TimeKeeper
from tests.support.log_files import T0
from tests.support.logged_station import LoggedStation

S = 10**9
HOUR_US = 3_600_000_000


class SetBack(LoggedStation):
    """After five samples the clock is set back by an hour, and believed all the same."""

    behind_s = 0

    def stamp(self) -> Stamp:
        return Stamp(T0 + (self.second - self.behind_s) * S, self.second * 10**6, self.second.to_bytes(16, "big"))

    def fold(self, block: int) -> FoldBefore:
        index = HourIndex(self.reader.entries, block=block)
        for _ in index.catch_up():
            pass
        return fold_before(self.reader, index, self.history)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[tuple[SetBack, list[int]]]:
    with SetBack(tmp_path) as station:
        for number in range(5):
            station.sample(400.0 + number)
        station.behind_s, station.second = 3600, station.second + 1
        station.write(ClockStateBody(None, "trusted", 100_000))
        yield station, [station.sample(410.0 + number) for number in range(5)]


@pytest.mark.parametrize("block", [1, 3, 500])
def test_a_reading_that_contradicts_the_one_before_is_told_as_held(
    station: tuple[SetBack, list[int]], block: int
) -> None:
    world, held = station
    before = world.fold(block)
    for index in held:
        told = explain(world.reader, "co2-1", index, world.history, Amendments(), before=before)
        assert told.effective.time.held
    early = explain(world.reader, "co2-1", 6, world.history, Amendments(), before=before)
    assert early.effective.time.standing == "trusted"


def test_what_the_index_has_not_read_yet_is_read_from_the_log(station: tuple[SetBack, list[int]]) -> None:
    world, held = station
    before = fold_before(world.reader, HourIndex(world.reader.entries), world.history)
    assert explain(world.reader, "co2-1", held[2], world.history, Amendments(), before=before).effective.time.held


def test_the_preview_of_a_release_shows_what_it_releases_as_held_before(station: tuple[SetBack, list[int]]) -> None:
    world, held = station
    body = AmendmentBody(
        "release_untrusted_time", held[0], held[-1], "set back", "Ana", offset_us=HOUR_US, uncertainty_us=10**6
    )
    told = preview(world.reader, world.history, Amendments(), body, held[-1] + 1, world.fold(3))
    assert (told.readings, told.exact) == (5, True)
    for before, after in told.examples:
        assert (before.effective.time.standing, after.effective.time.standing) == ("held", "released")


def test_the_newest_reading_is_told_as_held_when_it_contradicts_what_was_reported(
    station: tuple[SetBack, list[int]],
) -> None:
    world, held = station
    index = HourIndex(world.reader.entries)
    for _ in index.catch_up():
        pass
    keeper, newest_ns = TimeKeeper(world.history), index.fold.last_ns

    def committed(at: int) -> Committed:
        ((_, data),) = world.reader.entries(at, 1)
        return Committed(at, record_of(data))

    assert keeper.is_held(committed(held[-1]), newest_ns)
    assert keeper.is_held(committed(held[-1]), {}) is False, "nothing is known of what came before"
    assert not keeper.is_held(committed(held[0] - 2), newest_ns)
    assert latest(committed(held[-1]), world.history, newest_ns).standing == "held"
    assert latest(committed(held[0] - 2), world.history, newest_ns).standing == "trusted"
