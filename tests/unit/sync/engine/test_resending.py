# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A destination that means another place now, or has lost what it had, is sent everything again; the accounts stay."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from edge_daemon.domain.destination import InfluxDestination
from sync.delivery.account import Account
from sync.delivery.asides import asides, retry
from sync.delivery.books import Books
from sync.delivery.places import name_of, take_place
from sync.delivery.position import Aside
from sync.engine.drain import Patience
from sync.engine.ledger import Unbalanced, balance
from sync.engine.logs import LogFile
from sync.engine.pages import LogPages
from sync.engine.plan import plan
from sync.engine.resending import resend_all, resend_since
from sync.engine.run import Job, Listener, Sync
from tests.unit.sync.recorded import ORIGIN, FakeSink, FarEnd, Recorded

HERE = InfluxDestination("cloud", "http://one:8086", "o", "b")
THERE = InfluxDestination("cloud", "http://two:8086", "o", "b")
MOVED = InfluxDestination(
    "cloud", "http://two:8086/", "o", "b", same_data_as='["influxdb", "http://one:8086", "o", "b"]'
)


class Bench:
    """One log, its books by a clock that stands, and what is delivered from it."""

    def __init__(self, folder: Path) -> None:
        self.now_ns = 1_000
        self.books = Books(folder / "delivery.sqlite3", now_ns=lambda: self.now_ns)
        self.log = Recorded().begin()
        self.cfg = self.log.sensor("a")
        self.file = folder / "log.sqlite3"

    def record(self, readings: int) -> None:
        self.log.readings("a", self.cfg, readings)
        self.log.write(self.file)

    def sync(self, far: FarEnd) -> None:
        quiet = Listener(lambda *_: None, lambda *_: None, lambda *_: None, lambda *_: None)
        logs = (LogFile(ORIGIN, ORIGIN, self.file),)
        [result] = Sync(self.books, logs, quiet, threading.Event(), Patience(lambda: 0.5, 5.0)).run(
            [Job("cloud", lambda _: FakeSink(far))]
        )
        assert result.done

    def account(self) -> Account:
        return Account(self.books, "cloud", ORIGIN)

    def since(self, since_ns: int) -> int:
        with LogPages(self.file) as pages:
            return resend_since(self.account(), self.books, pages, since_ns)

    def difference(self) -> int:
        with LogPages(self.file) as pages:
            return balance(self.account(), pages).difference

    def put_by(self) -> list[tuple[str, int]]:
        with self.books.asking() as connection:
            return connection.execute(
                "SELECT destination, delivered FROM cursor WHERE destination LIKE 'cloud (until %' ORDER BY 1"
            ).fetchall()


def test_another_place_under_the_same_name_gets_everything_and_the_old_account_is_kept(tmp_path: Path) -> None:
    bench, one, two = Bench(tmp_path), FarEnd(), FarEnd()
    assert take_place(bench.books, HERE) is None
    bench.record(60)
    bench.sync(one)
    assert take_place(bench.books, HERE) is None
    before = plan(bench.books, "cloud", (LogFile(ORIGIN, ORIGIN, bench.file),), account=name_of(bench.books, THERE))
    assert (before.destination, before.readings, before.size_bytes) == ("cloud", 60, None)
    assert take_place(bench.books, THERE) is not None
    bench.sync(two)
    assert len(one.kept) == len(two.kept) == 60
    assert [delivered for _, delivered in bench.put_by()] == [60]
    assert name_of(bench.books, THERE) == "cloud"


def test_the_same_data_behind_a_new_address_is_not_sent_again(tmp_path: Path) -> None:
    bench, far = Bench(tmp_path), FarEnd()
    take_place(bench.books, HERE)
    bench.record(20)
    bench.sync(far)
    assert name_of(bench.books, MOVED) == "cloud"
    assert take_place(bench.books, MOVED) is None
    bench.sync(far)
    assert far.received == 20
    assert not bench.put_by()


def test_all_of_it_goes_out_again(tmp_path: Path) -> None:
    bench, far, restored = Bench(tmp_path), FarEnd(), FarEnd()
    bench.record(30)
    bench.sync(far)
    resend_all(bench.books, "cloud")
    bench.sync(restored)
    assert restored.indices() == far.indices()
    assert [delivered for _, delivered in bench.put_by()] == [30]


def test_what_was_delivered_since_goes_out_again_and_no_account_is_lost(tmp_path: Path) -> None:
    bench, far, restored = Bench(tmp_path), FarEnd(), FarEnd()
    bench.record(300)
    bench.sync(far)
    early = set(far.indices())
    bench.now_ns = 2_000
    bench.record(50)
    bench.sync(far)
    again = bench.since(1_500)
    assert 50 <= again < 300
    assert bench.difference() == 0
    bench.sync(restored)
    assert set(far.indices()) - early <= set(restored.indices())
    assert len(restored.kept) == again
    assert bench.difference() == 0
    assert [delivered for _, delivered in bench.put_by()] == [350]


def test_what_was_delivered_late_since_goes_out_again(tmp_path: Path) -> None:
    bench, far, restored = Bench(tmp_path), FarEnd(), FarEnd()
    bench.record(300)
    bench.sync(far)
    with bench.books.changing() as connection:
        connection.execute("UPDATE cursor SET delivered = delivered - 3")
        connection.execute(
            "INSERT INTO late (destination, origin, first, last, count, at_ns) VALUES ('cloud', ?, 20, 22, 3, 2000)",
            (ORIGIN,),
        )
    bench.since(1_500)
    assert bench.difference() == 0
    bench.sync(restored)
    assert {20, 21, 22} <= set(restored.indices())
    assert bench.difference() == 0


def test_accounts_that_do_not_add_up_can_only_be_begun_anew(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.record(30)
    bench.sync(FarEnd())
    with closing(sqlite3.connect(bench.books.path)) as connection, connection:
        connection.execute("UPDATE cursor SET delivered = delivered - 1")
    with pytest.raises(Unbalanced):
        bench.since(0)
    resend_all(bench.books, "cloud")
    assert bench.difference() == 0


def test_what_a_former_place_refused_is_neither_shown_nor_tried_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    take_place(bench.books, HERE)
    bench.account().put_aside(Aside(7, "no"))
    assert len(asides(bench.books)) == 1
    take_place(bench.books, THERE)
    assert not asides(bench.books)
    assert retry(bench.books) == 0
