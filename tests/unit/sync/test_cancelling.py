# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A running sync is asked to end by a file, as somebody who did not begin it does."""

from pathlib import Path

from edge_daemon.home import Home
from edge_daemon.station.sync_desk import SyncDesk
from sync.commands.run import cancelling, no_cancel_yet

PATIENCE_S = 30.0


def test_whoever_did_not_begin_it_can_end_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    desk = SyncDesk(home.path, dict, lambda: NotImplemented)
    with cancelling(no_cancel_yet(home)) as cancelled:
        assert not cancelled.is_set()
        desk.cancel()
        assert cancelled.wait(PATIENCE_S)


def test_a_wish_of_before_ends_no_later_sync(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    SyncDesk(home.path, dict, lambda: NotImplemented).cancel()
    assert home.cancel_file.exists()
    with cancelling(no_cancel_yet(home)) as cancelled:
        assert not home.cancel_file.exists()
        assert not cancelled.wait(0.5)
