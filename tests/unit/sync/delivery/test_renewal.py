# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Damaged books: delivery begins anew, what is evidence is taken over, and the damaged file is kept."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge_daemon.home import Home
from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.secrets.private_file import write_private
from sync.anchor.books import AnchorBooks
from sync.commands.status import standing_of
from sync.compose import station
from sync.delivery import runs
from sync.delivery.account import Account
from sync.delivery.books import Books, DamagedBooks
from sync.delivery.position import Advance
from sync.delivery.receipt_heads import ReceiptHead, ReceiptHeads
from sync.delivery.renewal import left_behind, renewed_if_damaged
from tests.unit.sync.recorded import ORIGIN, T0, Recorded

HEAD = ReceiptHead(Checkpoint(ORIGIN, 7, b"\x01" * 32), "the office", T0)


def delivered_home(folder: Path) -> Home:
    home = Home(folder / "home")
    Recorded().begin().write(home.buffer)
    write_private(home.path / "destinations.toml", f'[destinations.far]\nkind="file"\nfolder="{folder}"\n'.encode())
    with station(home) as here:
        Account(here.books, "far", ORIGIN).advance([Advance(5, {"a": T0}, delivered=3, waypoint=True)])
        runs.end(here.books, runs.begin(here.books, "far"), "done", "")
        ReceiptHeads(here.books).keep(HEAD)
    return home


def spoil(path: Path, table: str, leaves: tuple[int, ...] = ()) -> None:
    """Overwrite the table's first page, or the `leaves` below it (SQLite file format, section 1.6)."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (root,), (size,) = (
            connection.execute(sql, (table,)).fetchone(),
            connection.execute("PRAGMA page_size").fetchone(),
        )
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        page = file.read(size)
        cells = [int.from_bytes(page[at : at + 2]) for at in range(12, 12 + 2 * int.from_bytes(page[3:5]), 2)]
        children = [int.from_bytes(page[cell : cell + 4]) for cell in cells] if leaves else []
        for number in [children[leaf] for leaf in leaves] or [root]:
            file.seek((number - 1) * size)
            file.write(b"\xa5" * size)


@pytest.mark.parametrize("table", ["cursor", "waypoint", "late"])
def test_delivery_begins_anew_and_what_is_evidence_stays(tmp_path: Path, table: str) -> None:
    home = delivered_home(tmp_path)
    spoil(home.delivery, table)
    with station(home, renew=True) as here:
        assert "were damaged; they are kept as delivery.sqlite3.damaged-" in here.note
        assert Account(here.books, "far", ORIGIN).cursor().next == 0
        assert ReceiptHeads(here.books).of(ORIGIN) == [HEAD]
        assert [run.ending for run in runs.newest(here.books)] == ["done"]
    [kept] = home.path.glob("delivery.sqlite3.damaged-*Z")
    assert kept.stat().st_size > 0
    with station(home, renew=True) as here:
        assert here.note == ""


def test_a_file_of_which_nothing_can_be_read_is_put_by_too(tmp_path: Path) -> None:
    home = delivered_home(tmp_path)
    home.delivery.write_bytes(b"\xa5" * 8192)
    with pytest.raises(DamagedBooks) as fault, Books(home.delivery):
        pass
    assert "in another file" in fault.value.advice
    assert renewed_if_damaged(home.delivery, T0)
    with Books(home.delivery) as books:
        assert runs.newest(books) == []


def test_a_renewal_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    home = delivered_home(tmp_path)
    home.delivery.replace(home.delivery.with_name("delivery.sqlite3.new"))
    with station(home, renew=True) as here:
        assert Account(here.books, "far", ORIGIN).cursor().next == 5


def test_sound_books_are_left_as_they_are(tmp_path: Path) -> None:
    home = delivered_home(tmp_path)
    assert renewed_if_damaged(home.delivery, T0) == ""
    assert list(home.path.glob("delivery.sqlite3.*")) == []


def anchors_of(home: Home) -> tuple[int, int]:
    with closing(sqlite3.connect(home.delivery)) as connection:
        return (
            connection.execute("SELECT count(*) FROM anchor").fetchone()[0],
            connection.execute("SELECT count(*) FROM anchor_attempt").fetchone()[0],
        )


def with_anchors(home: Home, count: int) -> None:
    with Books(home.delivery) as books:
        AnchorBooks(books)
    with closing(sqlite3.connect(home.delivery)) as connection, connection:
        for table in ("anchor", "anchor_attempt"):
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            marks = ", ".join("?" * len(columns))
            rows = [
                [number if kind == "INTEGER" else f"{number}-" * 30 for _, _, kind, *_ in columns]
                for number in range(1, count + 1)
            ]
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def test_anchors_that_cannot_be_taken_over_are_told_for_as_long_as_the_damaged_file_lies_there(tmp_path: Path) -> None:
    home = delivered_home(tmp_path)
    with_anchors(home, 100)
    spoil(home.delivery, "anchor")
    with station(home, renew=True) as here:
        assert "of the anchors none, of the transactions of anchors none could be read" in here.note
        assert "paid a second time" in here.note
    assert anchors_of(home) == (0, 0), "no attempt may come to be another anchor's"
    [kept] = home.path.glob("delivery.sqlite3.damaged-*Z")
    with station(home) as here:
        assert kept.name in here.note
    assert [words for words in standing_of(home).troubles if kept.name in words]
    kept.unlink()
    assert left_behind(home.delivery) == ()


def test_rows_between_two_damaged_pages_are_taken_over_one_by_one(tmp_path: Path) -> None:
    home = delivered_home(tmp_path)
    with_anchors(home, 100)
    spoil(home.delivery, "anchor_attempt", leaves=(1, -2))
    with station(home, renew=True) as here:
        assert "of the transactions of anchors only" in here.note
    anchors, attempts = anchors_of(home)
    assert anchors == 100
    assert 60 < attempts < 100
