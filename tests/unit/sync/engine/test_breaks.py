# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Breaks of the link, and far ends that do not say whether they died: nothing is lost, and it ends."""

import threading
from collections.abc import Sequence
from pathlib import Path

from sync.engine.drain import Ending, Patience
from sync.packets.item import Item
from sync.sinks.sink import Chunk, Later, Outcome, Witness
from tests.unit.sync.engine.test_drain import balance_of, drain
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
