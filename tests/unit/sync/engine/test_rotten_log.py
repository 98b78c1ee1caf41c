# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A closed log that rots keeps nothing back but itself, and is given to the recorder for its salvage."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.buffer.closed import Closing, closed_logs, salvage_target, write_closing
from edge_daemon.buffer.salvage import salvage
from edge_daemon.home import Home
from edge_daemon.log.bodies import LogBody, Predecessor
from edge_daemon.secrets.private_file import write_private
from sync.__main__ import app
from sync.commands.status import standing_of
from sync.compose import station
from sync.delivery.account import Account
from sync.delivery.bundles import Bundles
from sync.delivery.position import Aside
from sync.delivery.renewal import renewed_if_damaged
from sync.engine.logs import ask_for_salvage, shelf_of
from sync.receipts import settle_folder
from sync.sinks.file.receipt import write_receipt
from tests.unit.sync.engine.test_run import OLD, home_with_two_logs, sync
from tests.unit.sync.recorded import ORIGIN, T0, FakeSink, FarEnd, Recorded

CLOSED = "2026-11-20T00:00:00.000000000Z"


def home_with_a_rotten_log(folder: Path, *, note: bool = True) -> tuple[Home, Path]:
    home = Home(folder / "home")
    home.closed.mkdir(parents=True)
    old = Recorded(OLD).begin()
    old.readings("a", old.sensor("a"), 600)
    file = old.write(home.closed / "01-1.sqlite3")
    if note:
        write_closing(file, Closing(OLD, len(old.entries), "", "restored", CLOSED, damaged=False))
    new = Recorded(t_ns=T0 + 3_600 * 10**9).begin()
    new.readings("a", new.sensor("a"), 30)
    new.write(home.buffer)
    rot(file)
    return home, file


def rot(file: Path) -> None:
    """Overwrite a page that holds readings in the middle of the file."""
    data = file.read_bytes()
    size = int.from_bytes(data[16:18], "big")
    pages = [at for at in range(0, len(data), size) if data[at] == 0x0D and b'"type":"reading"' in data[at : at + size]]
    with file.open("r+b") as out:
        out.seek(pages[len(pages) // 2])
        out.write(os.urandom(size))


@pytest.mark.parametrize("note", [True, False])
def test_the_logs_behind_it_go_out_and_it_is_marked_for_its_salvage(tmp_path: Path, note: bool) -> None:
    home, file = home_with_a_rotten_log(tmp_path, note=note)
    far = FarEnd()
    [result] = sync(home, {"far": FakeSink(far)})
    assert len(far.kept) == 30
    assert (result.progress.state, result.done) == ("failed", False)
    assert file.name in result.progress.words
    assert "salvages" in result.progress.remedy
    assert [(log.file, log.wants_salvage) for log in closed_logs(home.closed)] == [(file, True)]
    # By the next one it waits for its salvage, as a log that was damaged when it was closed does.
    assert file.name in shelf_of(home).troubles[0]
    [again] = sync(home, {"far": FakeSink(far)})
    assert again.done


def test_the_log_being_written_and_a_sound_one_are_never_marked(tmp_path: Path) -> None:
    home, file = home_with_a_rotten_log(tmp_path)
    rot(home.buffer)
    sound = Recorded("verifield/log/" + "02" * 16).begin().write(home.closed / "02-1.sqlite3")
    asked = {log.path: ask_for_salvage(log) for log in shelf_of(home).logs}
    assert asked == {file: True, sound: False, home.buffer: False}
    assert not home.buffer.with_name("buffer.closing.json").exists()


def test_what_waits_in_the_others_is_told_all_the_same(tmp_path: Path) -> None:
    home, file = home_with_a_rotten_log(tmp_path)
    table = f'[destinations.stick]\nkind = "file"\nfolder = "{tmp_path}"\n'
    write_private(home.path / "destinations.toml", table.encode())
    standing = standing_of(home)
    assert [(one.destination, one.readings) for one in standing.plans] == [("stick", 630)]
    assert len(standing.troubles) == 1
    assert file.name in standing.troubles[0]


def test_its_receipts_are_told_to_be_of_no_use_and_keep_nothing_back(tmp_path: Path) -> None:
    home, file = home_with_a_rotten_log(tmp_path)
    table = '[destinations.office]\nkind = "influxdb"\nurl = "https://i.example"\norganisation = "o"\nbucket = "b"\n'
    write_private(home.path / "destinations.toml", table.encode())
    with station(home) as here:
        office, new = here.destinations["office"], here.shelf.logs[1].origin
        for number, (origin, first, last) in enumerate([(OLD, 4, 500), (new, 4, 20)]):
            Bundles(here.books).note(str(number) * 64, origin, first, last)
            stick = tmp_path / f"{number}.tar"
            write_receipt(stick, str(number) * 64, origin, office, ((first, last),), [], T0, None)
        settled, troubles = settle_folder(here, tmp_path)
    assert [(told.origin, told.readings) for told in settled] == [(new, 17)]
    assert len(troubles) == 1
    assert file.name in troubles[0]


def test_what_a_destination_got_before_it_rotted_raises_no_alarm(tmp_path: Path) -> None:
    """The salvaged copy counts fewer readings than went out: those are lost here alone."""
    home, file = home_with_a_rotten_log(tmp_path)
    sound = Recorded(OLD).begin()
    sound.readings("a", sound.sensor("a"), 600)
    file.unlink()
    sound.write(file)
    one, two, alarms = FarEnd(), FarEnd(), list[str]()
    assert sync(home, {"one": FakeSink(one)}, alarms=alarms)[0].done
    rot(file)
    assert not sync(home, {"two": FakeSink(two)}, alarms=alarms)[0].done
    [closed] = closed_logs(home.closed)
    copied = salvage(closed.file, salvage_target(closed.file))
    assert copied.copied < copied.size
    assert sync(home, {"one": FakeSink(one), "two": FakeSink(two)}, alarms=alarms)[1].done
    assert len(one.kept) == 630
    assert 30 < len(two.kept) < 630
    assert alarms == []
    # More than the salvage lost is no matter of the salvage.
    with closing(sqlite3.connect(home.delivery)) as books:
        books.execute("UPDATE cursor SET delivered = delivered + 1 WHERE destination = 'one' AND origin = ?", (OLD,))
        books.commit()
    assert not sync(home, {"one": FakeSink(one)}, alarms=alarms)[0].done
    assert "-1 unaccounted" in alarms[0]


@pytest.mark.parametrize("table", ["cursor", "waypoint"])
def test_damaged_books_are_no_damage_of_the_record(tmp_path: Path, table: str) -> None:
    home, _ = home_with_two_logs(tmp_path)
    assert sync(home, {"far": FakeSink(FarEnd())})[0].done
    with closing(sqlite3.connect(home.delivery)) as books:
        (page,) = books.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = books.execute("PRAGMA page_size").fetchone()
        books.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with home.delivery.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))
    far = FarEnd()
    [result] = sync(home, {"far": FakeSink(far)})
    assert result.progress.state == "failed"
    assert "books" in result.progress.words
    assert "kept under another name" in result.progress.remedy
    assert "buffer" not in result.progress.words
    assert "Everything goes out once more" in renewed_if_damaged(home.delivery, T0)
    assert sync(home, {"far": FakeSink(far)})[0].done
    assert len(far.kept) == 50


def test_a_log_that_is_not_there_any_more_is_missed_until_it_is_delivered_everywhere(tmp_path: Path) -> None:
    home, away = Home(tmp_path / "home"), tmp_path / "away.sqlite3"
    home.closed.mkdir()
    old = Recorded(OLD).begin()
    old.readings("a", old.sensor("a"), 20)
    file = old.write(home.closed / "01-1.sqlite3")
    new = Recorded(t_ns=T0 + 3_600 * 10**9)
    new.add(LogBody(ORIGIN, "D1", "P1", "1", "m", False, Predecessor(OLD, len(old.entries), "00" * 32, "restored")))
    new.write(home.buffer)
    file.rename(away)
    table = f'[destinations.stick]\nkind = "file"\nfolder = "{tmp_path}"\n'
    write_private(home.path / "destinations.toml", table.encode())
    [trouble] = standing_of(home).troubles
    assert OLD in trouble
    assert "stick" in trouble
    assert CliRunner().invoke(app, ["run", "--json", "--home", str(home.path)]).exit_code == 1
    away.rename(file)
    assert standing_of(home).troubles == ()
    assert CliRunner().invoke(app, ["run", "--json", "--home", str(home.path)]).exit_code == 0
    file.unlink()
    assert standing_of(home).troubles == ()
    with station(home) as here:
        Account(here.books, "stick", OLD).put_aside(Aside(5, "refused"))
    assert len(standing_of(home).troubles) == 1
