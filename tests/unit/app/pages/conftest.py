# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A window on a recorder's stand-in. A module says with its own fixture `stand_in` what that one tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.client.session import Session
from app.pages.window import Window
from tests.unit.app.client.stand_in import StandIn, serving
from tests.unit.app.client.test_session import session_on
from tests.unit.app.pages.device_window import opened


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def session(stand_in: StandIn) -> Iterator[Session]:
    with session_on(stand_in.home) as made, serving(stand_in):
        yield made


@pytest.fixture
def window(qtbot: QtBot, stand_in: StandIn, session: Session) -> Iterator[Window]:
    yield from opened(qtbot, stand_in, session)
