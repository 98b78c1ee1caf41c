# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A running sync is asked to end by a file, as somebody who did not begin it does."""

from pathlib import Path

import pytest

from edge_daemon.home import Home
from edge_daemon.secrets.private_file import write_private
from edge_daemon.station.sync_desk import SyncDesk
from sync.commands.run import cancelling
from sync.compose import station
from sync.destinations import FILE_NAME
from sync.engine.logs import Shelf, shelf_of
from tests.unit.sync.recorded import Recorded

PATIENCE_S = 30.0


def recorded_home(folder: Path) -> Home:
    home = Home(folder / "home")
    Recorded().begin().write(home.buffer)
    write_private(home.path / FILE_NAME, b"")
    return home


def test_whoever_did_not_begin_it_can_end_it(tmp_path: Path) -> None:
    home = recorded_home(tmp_path)
    desk = SyncDesk(home.path, dict, lambda: NotImplemented)
    with station(home), cancelling(home.cancel_file) as cancelled:
        assert not cancelled.is_set()
        desk.cancel()
        assert cancelled.wait(PATIENCE_S)


def test_a_wish_of_before_ends_no_later_sync(tmp_path: Path) -> None:
    home = recorded_home(tmp_path)
    SyncDesk(home.path, dict, lambda: NotImplemented).cancel()
    assert home.cancel_file.exists()
    with station(home), cancelling(home.cancel_file) as cancelled:
        assert not home.cancel_file.exists()
        assert not cancelled.wait(0.5)


def test_a_wish_made_while_the_books_are_still_being_opened_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sees the lock offers to cancel, long before a large home is open."""
    home = recorded_home(tmp_path)

    def shelf_while_somebody_cancels(of: Home) -> Shelf:
        SyncDesk(home.path, dict, lambda: NotImplemented).cancel()
        return shelf_of(of)

    monkeypatch.setattr("sync.compose.shelf_of", shelf_while_somebody_cancels)
    with station(home), cancelling(home.cancel_file) as cancelled:
        assert cancelled.wait(PATIENCE_S)
