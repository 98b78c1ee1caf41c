# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command line as a whole: what one command lacks does not take the others with it."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.home import Home
from sync.__main__ import app


def test_a_command_that_cannot_be_imported_does_not_take_the_others_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sync.commands.anchor", None)
    told = CliRunner().invoke(app, ["--help"])
    assert told.exit_code == 0
    assert "Cannot be used here" in told.output
    assert CliRunner().invoke(app, ["status", "--home", str(tmp_path / "home")]).exit_code == 0
    for arguments in (["anchor"], ["anchor", "--status", "--json"], ["anchor", "a", "b"]):
        broken = CliRunner().invoke(app, arguments)
        assert broken.exit_code == 74
        assert "Cannot be used here" in broken.output


def test_status_of_a_new_home_writes_no_books(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    told = CliRunner().invoke(app, ["status", "--home", str(home.path)])
    assert told.exit_code == 0
    assert "no destination yet" in told.output
    assert not home.delivery.exists()
