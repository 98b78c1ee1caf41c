# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Breaks of the link, and far ends that do not say whether they died: nothing is lost, and it ends."""

import threading
from collections.abc import Sequence
from pathlib import Path

from sync.delivery.asides import retry
from sync.delivery.books import Books
from sync.engine.drain import Patience
from sync.engine.ending import Ending
from sync.packets.item import Item
from sync.sinks.sink import Chunk, Later, Outcome, Refused, Witness
from tests.unit.sync.engine.test_drain import balance_of, drain, execute
from tests.unit.sync.recorded import FakeSink, FarEnd, Recorded


class SilentSink(FakeSink):
    """The far end does not say whether it died."""

    def witness(self, known: str, cancelled: threading.Event) -> Witness:
        return Witness("")


def test_a_far_end_that_does_not_say_whether_it_died_gets_what_is_in_doubt_after_each_break(tmp_path: Path) -> None:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), 70)
    log.write(tmp_path / "buffer.sqlite3")
    far, crashes = FarEnd(), [3, 6, 12, 15]

    def crash(chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        if crashes and len(far.payloads) >= crashes[0]:
            crashes.pop(0)
            far.crash()
            return Later("connection reset", 0.0, unclean=True)
        return None

    assert drain(tmp_path, SilentSink(far, crash)) == Ending("done")
    assert far.indices() == expected
    assert balance_of(tmp_path).delivered == 70
    # It may have died after its last answer, too: the next sync sends it again, and the one after that does not.
    far.crash()
    assert drain(tmp_path, SilentSink(far)) == Ending("done")
    assert far.indices() == expected
    received = far.received
    assert drain(tmp_path, SilentSink(far)) == Ending("done")
    assert far.received == received


def test_a_link_that_breaks_with_every_packet_ends_all_the_same(tmp_path: Path) -> None:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), 70)
    log.write(tmp_path / "buffer.sqlite3")
    far, turn = FarEnd(), [0]

    def breaks(chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        turn[0] += 1
        return Later("connection reset", 0.0, unclean=True) if turn[0] % 2 else None

    for sink in (SilentSink(far, breaks), FakeSink(far, breaks)):
        assert drain(tmp_path, sink) == Ending("done")
    assert far.indices() == expected
    assert balance_of(tmp_path).delivered == 70


def test_what_waits_for_a_far_end_that_is_away_is_not_done_while_it_is_in_doubt(tmp_path: Path) -> None:
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), 10)
    log.write(tmp_path / "buffer.sqlite3")
    far = FarEnd()
    drain(tmp_path, FakeSink(far))

    class Away(FakeSink):
        def witness(self, known: str, cancelled: threading.Event) -> Later:
            return Later("no route", 0.0)

    assert drain(tmp_path, Away(far), patience=Patience(lambda: 0.5, 0.0)).how == "gave_up"
    assert far.received == 10


def test_what_the_far_end_lost_and_refuses_afterwards_is_delivered_no_longer_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), 30)
    log.write(tmp_path / "buffer.sqlite3")
    far, bad = FarEnd(), expected[5]
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    far.crash()

    def refuse(chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        return Refused(chunk, "422: beyond retention") if any(item.index == bad for item in items) else None

    assert drain(tmp_path, FakeSink(far, refuse)) == Ending("done")
    told = balance_of(tmp_path)
    assert (len(far.indices()), told.delivered, told.aside) == (29, 29, 1)
    # It dies once more and refuses it once more: that is counted once.
    far.crash()
    assert drain(tmp_path, FakeSink(far, refuse)) == Ending("done")
    assert (balance_of(tmp_path).delivered, balance_of(tmp_path).aside) == (29, 1)
    with Books(tmp_path / "delivery.sqlite3") as books:
        assert retry(books) == 1
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == expected
    assert balance_of(tmp_path).delivered == 30


def test_what_the_far_end_lost_and_is_damaged_here_by_now_is_delivered_no_longer(tmp_path: Path) -> None:
    log = Recorded().begin()
    expected = log.readings("a", log.sensor("a"), 30)
    log.write(tmp_path / "buffer.sqlite3")
    far, bad = FarEnd(), expected[5]
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    far.crash()
    execute(tmp_path / "buffer.sqlite3", "UPDATE entry SET bytes = 'rotten' WHERE idx = ?", bad)
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.indices() == [index for index in expected if index != bad]
    assert (balance_of(tmp_path).delivered, balance_of(tmp_path).aside) == (29, 1)
