# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What of the acknowledged is in doubt, and what clears it: the witness alone, by a clock that nobody sets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sync.delivery.account import Account
from sync.delivery.books import Books
from sync.delivery.moment import Moment, moment
from sync.delivery.position import Advance
from sync.sinks.sink import Mark, Witness

S = 10**9


@dataclass
class World:
    """The books of one log, and both clocks."""

    folder: Path
    now: Moment = field(default_factory=lambda: Moment("boot", 0))
    wall_ns: int = 1_800_000_000 * S

    def __post_init__(self) -> None:
        path = self.folder / "delivery.sqlite3"
        self.books = Books(path, now_ns=lambda: self.wall_ns, moment=lambda: self.now)
        self.account = Account(self.books, "far", "log")
        self.doubts = self.account.doubts

    def pass_(self, seconds: float) -> None:
        self.now = Moment(self.now.boot, self.now.ns + round(seconds * S))
        self.wall_ns += round(seconds * S)

    def acknowledged(self, upto: int) -> None:
        """In packets of ten readings."""
        begin = self.account.cursor().next
        steps = [Advance(index, {}, delivered=10, waypoint=True) for index in range(begin + 10, upto + 1, 10)]
        self.account.advance(steps)

    def owed(self) -> list[tuple[int, int]]:
        return [(debt.first, debt.last) for debt in self.account.debts()]

    def pay(self) -> None:
        for debt in self.account.debts():
            self.account.pay(debt, debt.last + 1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    with world.books:
        yield world


ONE, TWO, NOBODY = Witness("one"), Witness("two"), Witness("", 90.0)


def test_the_same_witness_a_minute_later_clears_what_was_acknowledged_before_and_nothing_else(world: World) -> None:
    assert not world.doubts.seen(ONE, broke=True)
    world.acknowledged(100)
    assert not world.doubts.seen(ONE, broke=False)
    world.pass_(61)
    assert not world.doubts.seen(ONE, broke=True)
    world.acknowledged(200)
    world.pass_(30)
    assert not world.doubts.seen(ONE, broke=True)
    world.pass_(31)
    assert not world.doubts.seen(ONE, broke=False)
    world.acknowledged(300)
    assert world.doubts.seen(TWO, broke=False)
    assert world.owed() == [(100, 299)]


def test_what_was_acknowledged_a_moment_ago_is_in_doubt_however_often_the_witness_is_seen(world: World) -> None:
    world.doubts.seen(ONE, broke=True)
    world.pass_(61)
    world.acknowledged(100)
    for _ in range(3):
        world.doubts.seen(ONE, broke=True)
    world.pass_(59)
    world.doubts.seen(ONE, broke=True)
    assert world.doubts.seen(TWO, broke=True)
    assert world.owed() == [(0, 99)]


def test_what_goes_out_again_stays_in_doubt(world: World) -> None:
    world.doubts.seen(ONE, broke=True)
    world.acknowledged(100)
    assert world.doubts.seen(TWO, broke=True)
    assert world.owed() == [(0, 99)]
    [debt] = world.account.debts()
    world.account.pay(debt, 50)
    assert world.doubts.seen(Witness("three"), broke=True)
    assert world.owed() == [(0, 99)]
    world.pay()
    world.pass_(61)
    assert not world.doubts.seen(Witness("three"), broke=True)
    assert world.doubts.seen(Witness("four"), broke=True)
    assert world.owed() == [(0, 99)]


def test_neither_a_clock_that_is_set_nor_another_boot_clears_anything(world: World) -> None:
    world.doubts.seen(ONE, broke=True)
    world.acknowledged(100)
    world.doubts.seen(ONE, broke=False)
    world.wall_ns += 3_600 * S
    world.doubts.seen(ONE, broke=False)
    world.now = Moment("another boot", world.now.ns + 3_600 * S)
    world.doubts.seen(ONE, broke=False)
    assert world.doubts.seen(TWO, broke=False)
    assert world.owed() == [(0, 99)]


def test_an_older_mark_puts_in_doubt_what_came_behind_it_even_what_was_sure(world: World) -> None:
    name = "marks"
    world.doubts.seen(Witness(name, 60.0), broke=True)
    world.acknowledged(100)
    assert world.doubts.acknowledged() == Mark(100, 0)
    for _ in range(3):
        world.pass_(61)
        world.doubts.seen(Witness(name, 60.0), broke=False)
    world.acknowledged(200)
    assert world.doubts.seen(Witness(name, 60.0, has=Mark(155, 0)), broke=True)
    assert world.owed() == [(155, 199)]
    assert world.doubts.acknowledged() == Mark(155, 0)
    world.pay()
    assert world.doubts.seen(Witness(name, 60.0, has=Mark(40, 0)), broke=True)
    assert world.owed() == [(40, 199)]
    world.pay()
    assert not world.doubts.seen(Witness(name, 60.0, has=Mark(200, 0)), broke=True)
    # No mark at all: what was before the older one is sure still.
    assert world.doubts.seen(Witness("new"), broke=True)
    assert world.owed() == [(40, 199)]


def test_who_does_not_say_who_it_is_may_have_died_with_every_break(world: World) -> None:
    world.doubts.seen(NOBODY, broke=True)
    world.acknowledged(100)
    world.pass_(91)
    assert not world.doubts.seen(NOBODY, broke=False)
    world.acknowledged(200)
    world.pass_(91)
    assert not world.doubts.seen(NOBODY, broke=False)
    world.acknowledged(300)
    assert world.doubts.seen(NOBODY, broke=True)
    assert world.owed() == [(100, 299)]


def test_who_does_not_say_who_it_is_gets_everything_twice_and_no_more(world: World) -> None:
    began = world.doubts.acknowledged()
    world.doubts.seen(NOBODY, broke=True)
    world.acknowledged(100)
    world.doubts.ended(began)
    began = world.doubts.acknowledged()
    assert world.doubts.seen(NOBODY, broke=True)
    world.pay()
    world.acknowledged(200)
    world.doubts.ended(began)
    assert world.doubts.seen(NOBODY, broke=True)
    assert world.owed() == [(100, 199)]


def test_one_that_is_silent_for_a_while_is_another(world: World) -> None:
    world.doubts.seen(ONE, broke=True)
    world.acknowledged(100)
    assert world.doubts.seen(NOBODY, broke=False)
    world.pay()
    assert world.doubts.seen(ONE, broke=False)
    assert world.owed() == [(0, 99)]


def test_what_somebody_vouches_for_is_sure_and_what_was_in_doubt_before_stays_so(world: World) -> None:
    began = world.doubts.acknowledged()
    world.acknowledged(100)
    world.doubts.vouched(began)
    assert not world.doubts.pending()
    assert not world.doubts.seen(ONE, broke=True)
    world.acknowledged(200)
    began = world.doubts.acknowledged()
    world.acknowledged(300)
    world.doubts.vouched(began)
    assert world.doubts.seen(TWO, broke=True)
    assert world.owed() == [(100, 299)]


def test_moments_of_two_boots_cannot_be_compared() -> None:
    first, then = moment(), moment()
    passed = then.seconds_since(first)
    assert passed is not None
    assert passed >= 0
    assert Moment("other", then.ns).seconds_since(first) is None
