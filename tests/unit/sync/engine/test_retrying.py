# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What was refused can be tried again, corrections too; it costs what is tried again, and can be broken off."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from edge_daemon.domain.channel import Flag
from sync.delivery.account import Account
from sync.delivery.asides import asides, retry
from sync.delivery.books import Books
from sync.delivery.position import Advance, Aside
from sync.engine import settlers
from sync.engine.ending import Ending
from sync.engine.pages import LogPages, Row
from sync.packets.item import Item
from sync.sinks.sink import Chunk, Outcome, Refused
from tests.unit.sync.engine.test_drain import balance_of, drain
from tests.unit.sync.recorded import FakeSink, FarEnd, Recorded


def refuse_corrections(chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
    return Refused(chunk, "422: it is there already") if any(item.resent for item in items) else None


def tried_again(folder: Path) -> int:
    with Books(folder / "delivery.sqlite3") as books:
        return retry(books)


def set_aside(folder: Path) -> list[tuple[int, bool]]:
    with Books(folder / "delivery.sqlite3") as books:
        return [(told.index, told.counted) for told in asides(books)]


@pytest.mark.parametrize("kind", ["settled", "amended", "given to another sensor"])
def test_a_refused_correction_arrives_once_it_is_tried_again(tmp_path: Path, kind: str) -> None:
    log = Recorded().begin()
    log.sensor("b")
    configuration = log.sensor("a")
    indices = log.readings("a", configuration, 20)
    match kind:
        case "settled":
            log.reading("a", configuration, settles=[(indices[3], "wind", Flag.SUSPECT)])
        case "amended":
            log.amendment("maintenance", indices[3], indices[5], sensors=["a"], channels=["wind"])
        case _:
            log.amendment("wrong_plug", indices[3], indices[5], sensors=["a"], reads_as="b")
    log.write(tmp_path / "buffer.sqlite3")
    far, fresh = FarEnd(), FarEnd()
    assert drain(tmp_path, FakeSink(far, refuse_corrections)) == Ending("done")
    refused = set_aside(tmp_path)
    assert {counted for _, counted in refused} == {False}
    assert tried_again(tmp_path) == len(refused)
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    (tmp_path / "delivery.sqlite3").unlink()
    assert drain(tmp_path, FakeSink(fresh)) == Ending("done")
    assert shown(far) == shown(fresh)
    assert len(far.kept) >= len(indices)


def shown(far: FarEnd) -> dict[tuple[str, int], object]:
    return {key: (reading.values, reading.quality) for key, reading in far.kept.items()}


def test_nothing_of_it_is_left_in_the_list_and_the_accounts_stay(tmp_path: Path) -> None:
    log = Recorded().begin()
    configuration = log.sensor("a")
    first = log.reading("a", configuration)
    log.reading("a", configuration, settles=[(first, "wind", Flag.SUSPECT)])
    log.write(tmp_path / "buffer.sqlite3")
    far = FarEnd()
    drain(tmp_path, FakeSink(far, refuse_corrections))
    before = balance_of(tmp_path)
    # Refused once more, it is in the list once more.
    tried_again(tmp_path)
    drain(tmp_path, FakeSink(far, refuse_corrections))
    assert set_aside(tmp_path) == [(first, False)]
    tried_again(tmp_path)
    drain(tmp_path, FakeSink(far))
    assert set_aside(tmp_path) == []
    assert balance_of(tmp_path) == before


@pytest.mark.parametrize("newer", ["settled", "amended"])
def test_a_refused_correction_is_let_go_when_a_newer_one_arrives(tmp_path: Path, newer: str) -> None:
    """The newer one tells all that corrects the reading, and nothing of another reading."""
    log = Recorded().begin()
    configuration = log.sensor("a")
    indices = log.readings("a", configuration, 20)
    log.amendment("maintenance", indices[3], indices[4], sensors=["a"], channels=["wind"])
    log.write(tmp_path / "buffer.sqlite3")
    far, fresh = FarEnd(), FarEnd()
    assert drain(tmp_path, FakeSink(far, refuse_corrections)) == Ending("done")
    assert set_aside(tmp_path) == [(indices[3], False), (indices[4], False)]
    if newer == "settled":
        log.reading("a", configuration, settles=[(indices[3], "temperature", Flag.SUSPECT)])
    else:
        log.amendment("maintenance", indices[3], indices[3], sensors=["a"], channels=["temperature"])
    log.write(tmp_path / "buffer.sqlite3")
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert set_aside(tmp_path) == [(indices[4], False)]
    (tmp_path / "delivery.sqlite3").unlink()
    assert drain(tmp_path, FakeSink(fresh)) == Ending("done")
    [told, wanted] = [[one for one in end.kept.values() if one.index == indices[3]] for end in (far, fresh)]
    assert [one.values for one in told] == [one.values for one in wanted]


def test_what_adjoins_is_one_stretch(tmp_path: Path) -> None:
    with Books(tmp_path / "delivery.sqlite3") as books:
        account = Account(books, "far", "o")
        account.advance([Advance(50, {}, delivered=40)])
        for index in (*range(10, 20), 22):
            account.put_aside(Aside(index, "422"))
        for index in (30, 31, 40):
            account.put_aside(Aside(index, "422", counted=False))
        assert retry(books) == 14
        assert [(one.range.first, one.range.last, one.range.count) for one in account.held()] == [
            (10, 19, 10),
            (22, 22, 1),
        ]
        assert [(debt.first, debt.last) for debt in account.debts()] == [(30, 31), (40, 40)]


def test_the_log_is_searched_once_however_much_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlers, "PIECE", 50)
    log = Recorded().begin()
    indices = log.readings("a", log.sensor("a"), 1_000)
    log.write(tmp_path / "buffer.sqlite3")
    bad = set(indices[::20])

    def refuse(chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        return Refused(chunk, "422") if any(item.index in bad for item in items) else None

    far, searched = FarEnd(), list[int]()
    drain(tmp_path, FakeSink(far, refuse))
    assert tried_again(tmp_path) == 50

    def settling(pages: LogPages, first: int, end: int) -> Iterator[Row]:
        searched.append(end - first)
        return iter(())

    monkeypatch.setattr(LogPages, "settling", settling)
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == indices
    assert sum(searched) <= len(log.entries)


def test_a_search_ends_with_the_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlers, "PIECE", 50)
    log = Recorded().begin()
    indices = log.readings("a", log.sensor("a"), 1_000)
    log.write(tmp_path / "buffer.sqlite3")

    def refuse(chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        return Refused(chunk, "422") if any(item.index == indices[0] for item in items) else None

    far, cancelled, searched = FarEnd(), threading.Event(), list[int]()
    drain(tmp_path, FakeSink(far, refuse))
    tried_again(tmp_path)

    def settling(pages: LogPages, first: int, end: int) -> Iterator[Row]:
        searched.append(first)
        cancelled.set()
        return iter(())

    monkeypatch.setattr(LogPages, "settling", settling)
    assert drain(tmp_path, FakeSink(far), cancelled=cancelled) == Ending("cancelled")
    assert len(searched) == 1
    monkeypatch.undo()
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == indices


def test_what_a_refused_reading_says_of_an_earlier_one_is_not_lost_with_what_goes_out_again(tmp_path: Path) -> None:
    log = Recorded().begin()
    configuration = log.sensor("a")
    first = log.reading("a", configuration)
    settler = log.reading("a", configuration, settles=[(first, "wind", Flag.SUSPECT)])
    log.write(tmp_path / "buffer.sqlite3")

    def refuse(chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        return Refused(chunk, "422") if any(item.index == settler for item in items) else None

    far = FarEnd()
    drain(tmp_path, FakeSink(far, refuse))
    assert set_aside(tmp_path) == [(settler, True)]
    far.crash()
    drain(tmp_path, FakeSink(far, refuse))
    [sent] = far.kept.values()
    assert {value.channel.field: value.flag for value in sent.values} == {
        "temperature": Flag.GOOD,
        "wind_speed": Flag.SUSPECT,
    }


def test_what_was_lost_is_taken_off_the_delivered_once(tmp_path: Path) -> None:
    with Books(tmp_path / "delivery.sqlite3") as books:
        account = Account(books, "far", "o")
        account.advance([Advance(50, {}, delivered=40)])
        for _ in range(2):
            account.lost(Aside(10, "422"))
        assert (account.sums().delivered, account.sums().aside) == (39, 1)
        # What waits out of order is accounted for there.
        retry(books)
        account.lost(Aside(10, "422"))
        assert (account.sums().delivered, account.sums().retry, account.sums().aside) == (39, 1, 0)
