# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What was refused, as the commands list, export and retry it; and secrets that are all there are."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.home import Home
from edge_daemon.secrets.private_file import write_private
from sync.__main__ import app
from sync.compose import secret_of, secret_place, station
from sync.delivery.account import Account
from sync.delivery.asides import trace
from sync.delivery.position import Aside
from tests.unit.sync.recorded import ORIGIN, Recorded


def named(home: Home, name: str) -> None:
    table = f'[destinations.{name}]\nkind = "file"\nfolder = "/stick"\n'
    write_private(home.path / "destinations.toml", table.encode())


def commanded(home: Home, *words: str) -> str:
    ran = CliRunner().invoke(app, ["set-aside", *words, "--home", str(home.path)])
    assert ran.exit_code == 0, ran.output[-300:]
    return ran.output


def test_what_a_destination_refused_that_is_no_more_is_exported_and_not_promised(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    log = Recorded().begin()
    [index] = log.readings("a", log.sensor("a"), 1)
    log.write(home.buffer)
    named(home, "cloud")
    with station(home) as here:
        before = trace(here.books)
        Account(here.books, "cloud", ORIGIN).put_aside(Aside(index, "422: no"))
        Account(here.books, "cloud", ORIGIN).put_aside(Aside(index, "422: no", counted=False))
        assert trace(here.books).shows_more_than(before)
        assert not trace(here.books).shows_more_than(trace(here.books))
    assert len(commanded(home, "list", "--json").splitlines()) == 2
    named(home, "next")
    assert commanded(home, "list", "--json") == ""
    assert commanded(home, "retry").startswith("0 of them")
    commanded(home, "export", str(tmp_path / "aside.csv"))
    with (tmp_path / "aside.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["destination"], json.loads(row["entry"])["type"]) for row in rows] == [("cloud", "reading")] * 2
    named(home, "cloud")
    assert commanded(home, "retry").startswith("2 of them")


def test_what_is_handed_over_is_all_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No place of the command's own is asked: a stale token may lie there."""
    destination = InfluxDestination("cloud", "https://influx.example", "coast", "readings")
    monkeypatch.setattr("sync.compose.choose_store", lambda *_, **__: pytest.fail("another place was asked"))
    with pytest.raises(SecretUnavailable, match="not stored"):
        secret_of(destination, secret_place(tmp_path, None, None, {}))
