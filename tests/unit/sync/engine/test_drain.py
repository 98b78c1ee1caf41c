# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One destination and one log: what is sent, what is put aside, what is held, and what happens when things break."""

import random
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from edge_daemon.domain.channel import Flag
from sync.delivery.account import Account
from sync.delivery.asides import asides, retry
from sync.delivery.books import Books
from sync.engine.drain import MOST_IN_VAIN, MOST_REFUSED, Drain, Patience
from sync.engine.ending import Ending
from sync.engine.ledger import Balance, balance
from sync.engine.meter import Meter
from sync.engine.pages import LogPages
from sync.packets.item import Item
from sync.sinks.sink import Chunk, Later, Outcome, Refused, Stopped
from tests.unit.sync.recorded import FakeSink, FarEnd, Recorded

CALM = Patience(lambda: 0.5, 30.0)


def drain(
    folder: Path, sink: FakeSink, *, cancelled: threading.Event | None = None, patience: Patience = CALM
) -> Ending:
    with Books(folder / "delivery.sqlite3") as books, LogPages(folder / "buffer.sqlite3") as pages:
        account = Account(books, "far", pages.origin())
        meter = Meter("far", lambda _: None, lambda: 0.0)
        return Drain(sink, account, pages, meter, cancelled or threading.Event(), patience).run()


def balance_of(folder: Path) -> Balance:
    with Books(folder / "delivery.sqlite3") as books, LogPages(folder / "buffer.sqlite3") as pages:
        told = balance(Account(books, "far", pages.origin()), pages)
    assert told.difference == 0, str(told)
    return told


def execute(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql, values)


def test_every_reading_arrives_once_and_the_ledger_balances(tmp_path: Path) -> None:
    log = Recorded().begin()
    one, two = log.sensor("a"), log.sensor("b")
    expected = [log.reading(name, cfg) for _ in range(50) for name, cfg in (("a", one), ("b", two))]
    log.write(tmp_path / "buffer.sqlite3")
    far = FarEnd()
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == expected
    assert far.received == len(expected)
    assert balance_of(tmp_path).delivered == 100
    expected += log.readings("a", one, 30)
    log.write(tmp_path / "buffer.sqlite3")
    assert balance_of(tmp_path).waiting == 30
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == expected
    assert far.received == len(expected)


def test_one_refused_reading_is_set_aside_with_the_far_ends_words_and_can_be_tried_again(tmp_path: Path) -> None:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), 40)
    log.write(tmp_path / "buffer.sqlite3")
    bad = expected[17]

    def refuse(chunk: Chunk, readings: Sequence[Item]) -> Outcome | None:
        return Refused(chunk, "field type conflict") if any(r.index == bad for r in readings) else None

    far = FarEnd()
    assert drain(tmp_path, FakeSink(far, refuse)) == Ending("done")
    assert far.indices() == [index for index in expected if index != bad]
    assert balance_of(tmp_path).aside == 1
    with Books(tmp_path / "delivery.sqlite3") as books:
        [told] = asides(books)
        assert (told.index, told.words, told.tries, told.damaged) == (bad, "field type conflict", 1, False)
        assert retry(books, "other") == 0
        assert retry(books) == 1
    assert balance_of(tmp_path).waiting == 1
    assert drain(tmp_path, FakeSink(far, refuse)) == Ending("done")
    with Books(tmp_path / "delivery.sqlite3") as books:
        [told] = asides(books)
        assert told.tries == 2
        retry(books)
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == expected
    assert balance_of(tmp_path).delivered == 40


def test_later_is_waited_out_and_stopped_ends_with_the_remedy(tmp_path: Path) -> None:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), 60)
    log.write(tmp_path / "buffer.sqlite3")
    answers: list[Outcome | None] = [None, Later("busy", 0.01), None, Stopped("401 token", "Enter the token anew.")]
    far = FarEnd()
    assert drain(tmp_path, FakeSink(far, lambda *_: answers.pop(0))) == Ending(
        "stopped", "401 token", "Enter the token anew."
    )
    assert balance_of(tmp_path).delivered == 14
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == expected
    assert far.received == 60


def test_gives_up_when_nothing_was_taken_for_long(tmp_path: Path) -> None:
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), 3)
    log.write(tmp_path / "buffer.sqlite3")
    sink = FakeSink(FarEnd(), lambda *_: Later("no route", 0.0))
    assert drain(tmp_path, sink, patience=Patience(lambda: 0.5, 0.0)).how == "gave_up"
    sink = FakeSink(FarEnd(), lambda *_: Later("too busy", 0.0, answered=True))
    assert drain(tmp_path, sink, patience=Patience(lambda: 0.5, 0.0)).how == "put_off"
    assert balance_of(tmp_path).waiting == 3


def test_who_asks_to_be_left_alone_for_longer_than_the_patience_is_not_waited_for(tmp_path: Path) -> None:
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), 3)
    log.write(tmp_path / "buffer.sqlite3")
    asked: list[int] = []

    def answer(chunk: Chunk, _: Sequence[Item]) -> Outcome:
        asked.append(chunk.first)
        return Later("429: slow down", 100_000.0, answered=True)

    ending = drain(tmp_path, FakeSink(FarEnd(), answer), patience=Patience(lambda: 0.5, 900.0))
    assert len(asked) == 1
    assert ending.how == "put_off"
    assert "asks to be left alone until" in ending.words
    assert balance_of(tmp_path).waiting == 3


def test_what_was_acknowledged_before_an_unclean_break_is_sent_again_as_the_same_bytes(tmp_path: Path) -> None:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), 70)
    log.write(tmp_path / "buffer.sqlite3")
    far = FarEnd()
    crashes = [3, 6]

    def crash(chunk: Chunk, readings: Sequence[Item]) -> Outcome | None:
        if crashes and len(far.payloads) >= crashes[0]:
            crashes.pop(0)
            far.crash()
            return Later("connection reset", 0.0, unclean=True)
        return None

    assert drain(tmp_path, FakeSink(far, crash)) == Ending("done")
    assert far.indices() == expected
    assert balance_of(tmp_path).delivered == 70
    assert len(set(far.payloads)) == 10


def test_held_readings_are_passed_over_and_go_out_once_a_fix_gives_them_their_time(tmp_path: Path) -> None:
    log = Recorded().begin("untrusted")
    cfg = log.sensor("a")
    held = log.readings("a", cfg, 20)
    log.boot("boot-2", "trusted")
    later = log.readings("a", cfg, 20)
    log.write(tmp_path / "buffer.sqlite3")
    far = FarEnd()
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == later
    assert balance_of(tmp_path).held == 20
    log.fix("boot-1", offset_ns=-100 * 10**9)
    log.write(tmp_path / "buffer.sqlite3")
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == held + later
    assert balance_of(tmp_path).held == 0
    assert far.received == 40


def test_a_released_range_goes_out_and_the_rest_stays_held(tmp_path: Path) -> None:
    log = Recorded().begin("untrusted")
    cfg = log.sensor("a")
    held = log.readings("a", cfg, 20)
    log.write(tmp_path / "buffer.sqlite3")
    far = FarEnd()
    drain(tmp_path, FakeSink(far))
    assert balance_of(tmp_path).held == 20
    log.amendment("release_untrusted_time", held[5], held[9], offset_us=0, uncertainty_us=60_000_000)
    log.write(tmp_path / "buffer.sqlite3")
    drain(tmp_path, FakeSink(far))
    assert far.indices() == held[5:10]
    assert balance_of(tmp_path).held == 15


def test_a_flag_settled_later_sends_the_reading_again_under_the_same_key(tmp_path: Path) -> None:
    log = Recorded().begin()
    cfg = log.sensor("a")
    first = log.reading("a", cfg)
    log.reading("a", cfg, settles=[(first, "wind", Flag.SUSPECT)])
    log.write(tmp_path / "buffer.sqlite3")
    far = FarEnd()
    drain(tmp_path, FakeSink(far))
    [sent] = [reading for reading in far.kept.values() if reading.index == first]
    assert {value.channel.field: value.flag for value in sent.values} == {"temperature": 1, "wind_speed": 3}
    assert sent.resent
    # Another run knows the reading from the log alone.
    log.reading("a", cfg, settles=[(first, "temperature", Flag.FAIL)])
    log.write(tmp_path / "buffer.sqlite3")
    drain(tmp_path, FakeSink(far))
    [sent] = [reading for reading in far.kept.values() if reading.index == first]
    assert {value.channel.field: value.flag for value in sent.values} == {"temperature": 4, "wind_speed": 3}
    assert len(far.kept) == 3
    assert balance_of(tmp_path).delivered == 3


def test_an_amendment_sends_its_range_again_with_the_worst_flag(tmp_path: Path) -> None:
    log = Recorded().begin()
    cfg = log.sensor("a")
    indices = log.readings("a", cfg, 10)
    log.amendment("maintenance", indices[2], indices[4], sensors=["a"], channels=["wind"])
    log.write(tmp_path / "buffer.sqlite3")
    far = FarEnd()
    drain(tmp_path, FakeSink(far))
    flags = {r.index: [v.flag for v in r.values if v.channel.field == "wind_speed"] for r in far.kept.values()}
    assert [index for index in indices if flags[index] == [4]] == indices[2:5]
    assert balance_of(tmp_path).delivered == 10


def test_bytes_that_do_not_match_their_leaf_are_never_sent_and_an_edited_column_changes_nothing(tmp_path: Path) -> None:
    log = Recorded().begin()
    indices = log.readings("a", log.sensor("a"), 10)
    buffer = log.write(tmp_path / "buffer.sqlite3")
    forged = log.entries[indices[4]].replace(b"[4,4,1]", b"[5,5,1]")
    assert forged != log.entries[indices[4]]
    execute(buffer, "UPDATE entry SET bytes = ? WHERE idx = ?", forged, indices[4])
    execute(buffer, "UPDATE sample SET value = 999, flag = 4")
    execute(buffer, "DELETE FROM entry WHERE idx = ?", indices[7])
    far = FarEnd()
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == [index for index in indices if index not in {indices[4], indices[7]}]
    assert {value.flag for reading in far.kept.values() for value in reading.values} == {1}
    assert all(value.value != 999 for reading in far.kept.values() for value in reading.values)
    with Books(tmp_path / "delivery.sqlite3") as books:
        told = asides(books)
    assert [(item.index, item.damaged) for item in told] == [(indices[4], True), (indices[7], True)]
    assert "leaf hash" in told[0].words
    assert balance_of(tmp_path).aside == 2


def test_a_hidden_clock_entry_does_not_change_the_times(tmp_path: Path) -> None:
    log = Recorded().begin()
    cfg = log.sensor("a")
    log.readings("a", cfg, 5)
    log.clock("untrusted")
    log.readings("a", cfg, 5)
    buffer = log.write(tmp_path / "buffer.sqlite3")
    execute(buffer, "UPDATE event SET type = 'note' WHERE type = 'clock'")
    far = FarEnd()
    drain(tmp_path, FakeSink(far))
    assert len(far.kept) == 5
    assert balance_of(tmp_path).held == 5


def test_a_lost_account_is_noticed(tmp_path: Path) -> None:
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), 10)
    log.write(tmp_path / "buffer.sqlite3")
    drain(tmp_path, FakeSink(FarEnd()))
    execute(tmp_path / "delivery.sqlite3", "UPDATE cursor SET delivered = delivered - 1")
    with pytest.raises(AssertionError, match="1 unaccounted for"):
        balance_of(tmp_path)


def test_cancelling_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), 50)
    log.write(tmp_path / "buffer.sqlite3")
    cancelled, far = threading.Event(), FarEnd()

    def cancel(chunk: Chunk, readings: Sequence[Item]) -> Outcome | None:
        if len(far.payloads) == 2:
            cancelled.set()
        return None

    assert drain(tmp_path, FakeSink(far, cancel), cancelled=cancelled) == Ending("cancelled")
    assert 14 <= balance_of(tmp_path).delivered <= 21
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == expected


def test_a_far_end_that_refuses_everything_is_left_alone_soon(tmp_path: Path) -> None:
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), 3_000)
    log.write(tmp_path / "buffer.sqlite3")
    asked: list[int] = []

    def refuse(chunk: Chunk, _: Sequence[Item]) -> Outcome:
        asked.append(chunk.first)
        return Refused(chunk, f"422: point {chunk.first} is beyond the retention policy")

    ending = drain(tmp_path, FakeSink(FarEnd(), refuse))
    assert ending.how == "stopped"
    assert "beyond the retention policy" in ending.words
    assert "how long it keeps data" in ending.remedy
    assert len(asked) < 3 * MOST_REFUSED
    told = balance_of(tmp_path)
    assert (told.aside, told.waiting, told.difference) == (MOST_REFUSED, 3_000 - MOST_REFUSED, 0)


@pytest.mark.parametrize(
    ("words", "most"),
    [("400: Ray ID {:012x}", MOST_REFUSED), ("400: {}", MOST_IN_VAIN)],
    ids=["numbered", "all differ"],
)
def test_refusals_that_differ_in_a_number_or_in_everything_are_one_reason(
    tmp_path: Path, words: str, most: int
) -> None:
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), 1_500)
    log.write(tmp_path / "buffer.sqlite3")
    chance = random.Random(4)

    def refuse(chunk: Chunk, _: Sequence[Item]) -> Outcome:
        told = chance.getrandbits(48)
        # Letters that no number is written with.
        said = words.format(told if "x" in words else "".join(chr(ord("g") + int(digit)) for digit in str(told)))
        return Refused(chunk, said)

    assert drain(tmp_path, FakeSink(FarEnd(), refuse)).how == "stopped"
    assert balance_of(tmp_path).aside == most


def test_refusals_among_deliveries_stop_nothing(tmp_path: Path) -> None:
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), 600)
    log.write(tmp_path / "buffer.sqlite3")

    def refuse(chunk: Chunk, readings: Sequence[Item]) -> Outcome | None:
        return Refused(chunk, "no") if any(reading.index % 2 for reading in readings) else None

    assert drain(tmp_path, FakeSink(FarEnd(), refuse)) == Ending("done")
    assert balance_of(tmp_path).aside == 300


def test_what_is_recorded_during_a_sync_goes_out_with_it(tmp_path: Path) -> None:
    log = Recorded().begin()
    cfg = log.sensor("a")
    log.readings("a", cfg, 60)
    log.write(tmp_path / "buffer.sqlite3")
    far, more = FarEnd(), [1_900]

    def record(_chunk: Chunk, _readings: Sequence[Item]) -> Outcome | None:
        if more:
            log.readings("a", cfg, more.pop())
            log.write(tmp_path / "buffer.sqlite3")
        return None

    assert drain(tmp_path, FakeSink(far, record, size=100)) == Ending("done")
    assert balance_of(tmp_path).waiting == 0
    assert len(far.kept) == 1_960


def test_a_station_that_records_faster_than_the_way_takes_it_ends_its_sync_all_the_same(tmp_path: Path) -> None:
    log = Recorded().begin()
    cfg = log.sensor("a")
    log.readings("a", cfg, 10)
    log.write(tmp_path / "buffer.sqlite3")

    def record(_chunk: Chunk, _readings: Sequence[Item]) -> Outcome | None:
        log.readings("a", cfg, 20)
        log.write(tmp_path / "buffer.sqlite3")
        return None

    assert drain(tmp_path, FakeSink(FarEnd(), record, size=20)) == Ending("done")
    assert balance_of(tmp_path).waiting > 0
