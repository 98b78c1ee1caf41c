# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A far end that keeps marks, and dies: a mark vouches only for what went out before it was left."""

import itertools
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from sync.delivery.account import Account
from sync.delivery.books import Books
from sync.engine.ending import Ending
from sync.engine.pages import LogPages
from sync.engine.resending import resend_since
from sync.packets.item import Item
from sync.sinks.sink import Chunk, Mark, Outcome, Witness
from tests.unit.sync.engine.test_drain import balance_of, drain
from tests.unit.sync.engine.test_retrying import refuse_corrections, set_aside, tried_again
from tests.unit.sync.recorded import ORIGIN, FakeSink, FarEnd, Recorded

READINGS = 40
NAMES = itertools.count()


class Broker(FarEnd):
    """Loses in a crash what came since it last wrote its file, marks too."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: dict[str, Mark] = {}
        self.write_file()

    def write_file(self) -> None:
        self.written = dict(self.kept), dict(self.marks)

    def crash(self) -> None:
        self.kept, self.marks = dict(self.written[0]), dict(self.written[1])


class Marking(FakeSink):
    def __init__(
        self, broker: Broker, answer: Callable[[Chunk, Sequence[Item]], Outcome | None] = lambda *_: None
    ) -> None:
        super().__init__(broker, answer)
        self.broker = broker

    def witness(self, known: str, cancelled: threading.Event) -> Witness:
        has = self.broker.marks.get(known)
        name = known if has is not None else f"mark {next(NAMES)}"

        def leave(mark: Mark) -> None:
            self.broker.marks[name] = mark

        return Witness(name, 3600.0, has=has, leave=leave)


def recorded(folder: Path) -> list[int]:
    log = Recorded().begin()
    indices = log.readings("a", log.sensor("a"), READINGS)
    log.amendment("maintenance", indices[3], indices[3], sensors=["a"], channels=["wind"])
    log.write(folder / "buffer.sqlite3")
    return indices


def flags(broker: Broker, index: int) -> tuple[int, ...]:
    [told] = [one for one in broker.kept.values() if one.index == index]
    return tuple(value.flag for value in told.values)


def test_a_mark_of_before_does_not_vouch_for_what_is_sent_again_on_request(tmp_path: Path) -> None:
    expected, broker = recorded(tmp_path), Broker()
    assert drain(tmp_path, Marking(broker)) == Ending("done")
    broker.kept.clear()  # its receivers were restored from an empty copy
    broker.write_file()
    with Books(tmp_path / "delivery.sqlite3") as books, LogPages(tmp_path / "buffer.sqlite3") as pages:
        assert resend_since(Account(books, "far", ORIGIN), books, pages, 0) == READINGS
    assert drain(tmp_path, Marking(broker)) == Ending("done")
    assert broker.indices() == expected
    broker.crash()
    assert broker.indices() == []
    assert drain(tmp_path, Marking(broker)) == Ending("done")
    assert broker.indices() == expected
    assert balance_of(tmp_path).delivered == READINGS


def test_a_mark_of_before_does_not_vouch_for_a_correction_that_is_tried_again(tmp_path: Path) -> None:
    indices, broker = recorded(tmp_path), Broker()
    assert drain(tmp_path, Marking(broker, refuse_corrections)) == Ending("done")
    broker.write_file()
    assert set_aside(tmp_path) == [(indices[3], False)]
    refused = flags(broker, indices[3])
    assert tried_again(tmp_path) == 1
    assert drain(tmp_path, Marking(broker)) == Ending("done")
    corrected = flags(broker, indices[3])
    assert corrected != refused
    broker.crash()
    assert flags(broker, indices[3]) == refused
    assert drain(tmp_path, Marking(broker)) == Ending("done")
    assert flags(broker, indices[3]) == corrected
    assert broker.indices() == indices
