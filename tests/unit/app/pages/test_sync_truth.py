# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The sync page tells no more than the truth, and the keyboard changes nothing that nobody meant."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.client.session import Session
from app.pages.sync import SyncPage
from app.pages.sync_words import headline, plan_words, progress_words, synced_words
from app.pages.window import Window
from edge_daemon.api.messages_sync import SyncBalance, SyncMessage, SyncPlan, SyncProgress, SyncStanding
from tests.unit.app.client.delivery_stand_in import DeliveryStandIn
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import opened_at

RESTING = SyncMessage(running=False, progress=(), checks=(), alarms=(), status=0, trouble="")
ROTTEN = "01-1.sqlite3: it is damaged and waits for its salvage; start the recorder"


@pytest.fixture
def stand_in(tmp_path: Path) -> DeliveryStandIn:
    return DeliveryStandIn(tmp_path, destinations={"stick": {"kind": "file", "folder": "/media/stick"}})


@pytest.fixture
def window(qtbot: QtBot, stand_in: DeliveryStandIn, session: Session) -> Iterator[Window]:
    yield from opened_at(qtbot, stand_in, session, "sync")


@pytest.fixture
def page(qtbot: QtBot, window: Window) -> SyncPage:
    qtbot.waitUntil(lambda: "Ready" in window.sync.words.text() and bool(window.sync.cards), timeout=WAIT_MS)
    return window.sync


def plan(*, held: int = 0, aside: int = 0, owed: int = 0, others: int = 0) -> SyncPlan:
    balance = SyncBalance(
        destination="x", origin="o", accepted=1000, delivered=1000 - held - aside, waiting=0, held=held, aside=aside
    )
    return SyncPlan(
        destination="x", readings=0, size_bytes=None, seconds=None, balances=(balance,), owed=owed, others=others
    )


def standing(told: SyncPlan, *troubles: str) -> SyncStanding:
    return SyncStanding(elsewhere=False, destinations=(told,), runs=(), room=None, troubles=troubles, alarms=())


@pytest.mark.parametrize(
    ("told", "page_says", "overview_says"),
    [
        (standing(plan()), "✓ Everything is delivered.", "Everything is synced"),
        (standing(plan(aside=500)), "Delivered, but 500 readings refused.", "Synced, but 500 readings refused"),
        (
            standing(plan(held=1, aside=2)),
            "Delivered, but 2 readings refused and 1 reading held until their time is known.",
            "Synced, but 2 readings refused and 1 reading held until their time is known",
        ),
        (standing(plan(others=3)), "Ready to sync.", "3 summaries and amendments wait"),
        (standing(plan(owed=30)), "Ready to sync.", "30 readings to go out once more"),
        (standing(plan(), ROTTEN), f"⚠ {ROTTEN}.", "⚠ Not everything could be read: see Sync"),
    ],
)
def test_everything_is_delivered_only_where_it_is(told: SyncStanding, page_says: str, overview_says: str) -> None:
    assert headline(RESTING, told).strip() == page_says
    assert synced_words(told) == overview_says


def test_a_destination_that_is_stayed_with_waits_for_no_network() -> None:
    words = "everything is delivered; in 57 s it is certain that it is kept there"
    told = SyncProgress(destination="x", state="watching", done=3, total=3, words=words)
    assert progress_words(told) == f"Staying with it. E{words[1:]}."


def test_a_card_has_its_check_mark_only_where_nothing_is_missing() -> None:
    assert plan_words(plan()) == "✓ Nothing waits"
    assert plan_words(plan(aside=2)) == "Nothing waits · 2 readings set aside"
    assert plan_words(plan(others=1)) == "1 summary or amendment wait"
    assert plan_words(plan(owed=3)).startswith("Nothing waits · 3 readings to go out once more")


def test_the_keyboard_stays_with_the_two_buttons(qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn) -> None:
    page.start.setFocus()
    QTest.keyClick(page.start, Qt.Key.Key_Space)
    qtbot.waitUntil(page.cancel.isEnabled, timeout=WAIT_MS)
    assert page.window().focusWidget() is page.cancel
    QTest.keyClick(page.cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(page.start.isEnabled, timeout=WAIT_MS)
    assert page.window().focusWidget() is page.start
    assert not stand_in.running
    assert stand_in.automatic == {"enabled": False, "every_minutes": 30}


def test_a_sync_of_somebody_else_is_followed_and_cancelled_and_none_is_begun_beside_it(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn
) -> None:
    stand_in.elsewhere = [{"destination": "stick", "state": "sending", "done": 60, "total": 120, "rate": 20.0}]
    page.hide()
    page.show()
    card = page.cards["stick"]
    qtbot.waitUntil(lambda: "60 of 120 readings" in card.words.text(), timeout=WAIT_MS)
    assert (card.bar.value(), card.bar.maximum()) == (60, 120)
    assert not page.start.isEnabled()
    assert "started elsewhere" in page.words.text()
    page.cancel.click()
    qtbot.waitUntil(lambda: not stand_in.elsewhere, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "120 readings wait" in card.words.text(), timeout=WAIT_MS)
    qtbot.waitUntil(page.start.isEnabled, timeout=WAIT_MS)
    assert not page.cancel.isEnabled()
