# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the delivery program says of itself, as the API tells it."""

from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edge_daemon.api.routes_station import Wired
from edge_daemon.api.routes_sync import standing
from edge_daemon.station.sync_command import Told
from edge_daemon.station.sync_desk import SyncRun
from sync.engine.meter import Progress
from sync.engine.plan import Plan


@dataclass
class Desk:
    """The desk, beside a command that said this."""

    told: Told
    here: bool = False

    def standing(self) -> Told:
        return self.told

    def run(self) -> SyncRun:
        return SyncRun(running=self.here)


def asked(told: dict[str, Any], *, here: bool = False) -> Any:
    return standing(cast(Wired, SimpleNamespace(sync=Desk(told, here))))


@pytest.mark.parametrize("here", [True, False])
def test_a_sync_that_runs_elsewhere_is_told_with_how_far_it_is(here: bool) -> None:
    progress = {"pid": 1, "destinations": [asdict(Progress("far", "sending", done=60, total=120))]}
    told = asked({"running": True, "progress": progress}, here=here)
    assert told.elsewhere is not here
    assert [(one.destination, one.state, one.done, one.total) for one in told.progress] == [("far", "sending", 60, 120)]


@pytest.mark.parametrize("progress", [None, {}, {"destinations": None}])
def test_without_a_progress_file_there_is_none(progress: object) -> None:
    assert asked({"running": True, "progress": progress}).progress == ()


def test_what_is_owed_is_told() -> None:
    plan = asdict(Plan("far", (), (), None, None, owed=7)) | {"readings": 0}
    assert [one.owed for one in asked({"running": False, "destinations": [plan]}).destinations] == [7]
