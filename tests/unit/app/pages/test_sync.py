# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The sync page against a real server: what a person presses, and what the screen then shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.client.session import Session
from app.pages.sync import SyncPage
from app.pages.sync_editor import FIELDS, DestinationEditor, same_data
from app.pages.sync_words import duration_words, headline, progress_words, size_words, synced_words
from app.pages.window import Window
from edge_daemon.api.messages_sync import DestinationMessage, SyncMessage, SyncPlan, SyncProgress, SyncStanding
from edge_daemon.domain.destination import from_plain
from tests.unit.app.client.delivery_stand_in import DeliveryStandIn
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import opened_at

T = "2026-11-23T08:00:00Z"
RUN = {"destination": "stick", "start": "2026-11-23T08:00:00Z", "end": "2026-11-23T08:05:00Z", "delivered": 80,
       "ending": "done", "words": ""}  # fmt: skip


@pytest.fixture
def stand_in(tmp_path: Path) -> DeliveryStandIn:
    return DeliveryStandIn(tmp_path, destinations={"stick": {"kind": "file", "folder": "/media/stick"}}, runs=[RUN])


@pytest.fixture
def window(qtbot: QtBot, stand_in: DeliveryStandIn, session: Session) -> Iterator[Window]:
    yield from opened_at(qtbot, stand_in, session, "sync")


@pytest.fixture
def page(qtbot: QtBot, window: Window) -> SyncPage:
    qtbot.waitUntil(lambda: "Ready" in window.sync.words.text() and bool(window.sync.cards), timeout=WAIT_MS)
    return window.sync


def editor_of(page: SyncPage) -> DestinationEditor:
    return next(child for child in page.findChildren(DestinationEditor) if child.isVisible())


def test_what_waits_and_how_long_it_takes_is_said_before_the_start(page: SyncPage) -> None:
    assert "Room for 100 days" in page.words.text()
    assert "120 readings wait" in page.cards["stick"].words.text()
    assert "1.2 MB, 2 min" in page.cards["stick"].words.text()
    assert "2026-11-23 08:00 UTC · stick · 80 readings" in page.runs.item(0).text()


def test_a_sync_shows_its_progress_and_its_end(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn, window: Window
) -> None:
    stand_in.progress = [
        {"destination": "stick", "state": "sending", "done": 60, "total": 120, "rate": 20.0, "left_s": 3.0}
    ]
    QTest.mouseClick(page.start, Qt.MouseButton.LeftButton)
    card = page.cards["stick"]
    qtbot.waitUntil(lambda: "60 of 120 readings, 20 a second, 3 s left" in card.words.text(), timeout=WAIT_MS)
    assert (card.bar.value(), card.bar.maximum()) == (60, 120)
    assert not page.start.isEnabled()
    assert page.cancel.isEnabled()
    stand_in.progress, stand_in.waiting, stand_in.running = [{"destination": "stick", "state": "done"}], 0, False
    qtbot.waitUntil(lambda: "Everything is delivered" in page.words.text(), timeout=WAIT_MS)
    assert page.start.isEnabled()
    assert window.overview.synced.text() == "Everything is synced"


def test_cancel_ends_it(qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn) -> None:
    QTest.mouseClick(page.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.cancel.isEnabled, timeout=WAIT_MS)
    QTest.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.start.isEnabled, timeout=WAIT_MS)
    assert not stand_in.running


def test_without_network_the_page_stays_calm(qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn) -> None:
    stand_in.progress = [{"destination": "stick", "state": "gave_up", "words": "no route"}]
    QTest.mouseClick(page.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.cancel.isEnabled, timeout=WAIT_MS)
    stand_in.running = False
    qtbot.waitUntil(lambda: page.words.text() == "No network here. Room for 100 days.", timeout=WAIT_MS)


def test_a_check_is_told_line_by_line(qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn) -> None:
    stand_in.checks = [
        {"title": "Reachable", "verdict": "passed", "words": "It answers."},
        {"title": "Token", "verdict": "failed", "words": "unauthorized access", "remedy": "Enter a new token."},
        {"title": "Retention", "verdict": "not_checked", "words": "The server does not tell."},
    ]
    card = page.cards["stick"]
    QTest.mouseClick(card.buttons["check"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Retention" in card.lines.text(), timeout=WAIT_MS)
    assert card.lines.text().splitlines() == [
        "✓ Reachable. It answers.",
        "✗ Token. unauthorized access Enter a new token.",
        "– not checked: Retention. The server does not tell.",
    ]


def test_a_destination_is_added_tested_and_its_secret_is_sent_once(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn
) -> None:
    stand_in.checks = [{"title": "Reachable", "verdict": "passed", "words": "It answers."}]
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    editor = editor_of(page)
    editor.kind.setCurrentIndex(editor.kind.findData("influxdb"))
    QTest.keyClicks(editor.name, "office")
    for name, text in (("url", "https://influx.example:8086"), ("organisation", "o"), ("bucket", "b")):
        line = editor.inputs[name]
        assert isinstance(line, QLineEdit)
        QTest.keyClicks(line, text)
    QTest.keyClicks(editor.secret, "s3cret-token")
    assert editor.secret.echoMode() is QLineEdit.EchoMode.Password
    QTest.mouseClick(editor.test, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "It answers" in editor.words.text(), timeout=WAIT_MS)
    assert stand_in.secrets == {"office": "s3cret-token"}
    assert editor.secret.text() == ""
    editor.reject()
    qtbot.waitUntil(lambda: "office" in page.cards, timeout=WAIT_MS)


def test_a_wrong_setting_is_told_at_the_form(qtbot: QtBot, page: SyncPage) -> None:
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    editor = editor_of(page)
    editor.kind.setCurrentIndex(editor.kind.findData("file"))
    QTest.mouseClick(editor.test, Qt.MouseButton.LeftButton)
    assert "needs a name" in editor.words.text()
    QTest.keyClicks(editor.name, "x")
    folder = editor.inputs["folder"]
    assert isinstance(folder, QLineEdit)
    QTest.keyClicks(folder, "wrong")
    QTest.mouseClick(editor.test, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "not there" in editor.words.text(), timeout=WAIT_MS)
    editor.reject()


def test_removing_asks_first(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *_: next(answers))
    QTest.mouseClick(page.cards["stick"].buttons["remove"], Qt.MouseButton.LeftButton)
    assert "stick" in stand_in.destinations
    QTest.mouseClick(page.cards["stick"].buttons["remove"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.cards, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "no destination" in page.words.text(), timeout=WAIT_MS)
    assert not page.start.isEnabled()


def test_refused_readings_are_shown_with_the_reason_and_tried_again(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn
) -> None:
    assert not page.retry.isVisible()
    stand_in.asides = [
        {"destination": "stick", "origin": "o1", "index": 7, "time": "2026-11-23T08:00:00Z", "tries": 2,
         "words": "field type conflict"}
    ]  # fmt: skip
    page.hide()
    page.show()
    qtbot.waitUntil(page.retry.isVisible, timeout=WAIT_MS)
    assert page.asides.item(0).text() == "stick · entry 7 · tried 2 times: field type conflict"
    QTest.mouseClick(page.retry, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.retry.isVisible(), timeout=WAIT_MS)


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_the_form_has_every_setting_of_a_destination(kind: str) -> None:
    needed = {
        "influxdb": {"url": "http://a", "organisation": "o", "bucket": "b"},
        "mqtt": {"host": "a"},
        "file": {"folder": "a"},
    }
    known = set(type(from_plain("x", {"kind": kind, **needed[kind]})).__slots__) - {"name", "same_data_as"}
    assert {field.name for field in FIELDS[kind]} == known


def test_words() -> None:
    assert [duration_words(s) for s in (0.2, 59, 120, 5400, 200_000)] == ["1 s", "59 s", "2 min", "1.5 h", "2 days"]
    assert [size_words(b) for b in (12, 4_200, 3_000_000)] == ["12 bytes", "4.2 kB", "3.0 MB"]
    told = SyncProgress(destination="a", state="stopped", words="wrong token", remedy="Enter it again.")
    assert progress_words(told) == "⚠ Stopped: somebody has to look at it. Wrong token. Enter it again."
    running = SyncMessage(running=True, progress=(), checks=(), alarms=(), status=None, trouble="")
    assert "close the window" in headline(running, None)


def test_kinds_change_the_form(qtbot: QtBot, page: SyncPage) -> None:
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    editor = editor_of(page)
    for kind, rows in FIELDS.items():
        editor.kind.setCurrentIndex(editor.kind.findData(kind))
        assert set(editor.inputs) == {field.name for field in rows}
        assert editor.secret.isVisible() == (kind != "file")
    editor.reject()


def test_syncing_by_itself_is_switched_and_its_state_told(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn
) -> None:
    switch = page.automatic
    qtbot.waitUntil(switch.switch.isEnabled, timeout=WAIT_MS)
    assert not switch.switch.isChecked()
    assert not switch.every.isEnabled()
    switch.switch.setFocus()
    QTest.keyClick(switch.switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: stand_in.automatic["enabled"] and switch.every.isEnabled(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "cloud can be reached" in switch.words.text(), timeout=WAIT_MS)
    switch.every.setFocus()
    QTest.keyClick(switch.every, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: stand_in.automatic["every_minutes"] == 60, timeout=WAIT_MS)


def test_a_refused_choice_is_told_and_what_is_kept_is_shown(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn
) -> None:
    stand_in.automatic = {"enabled": True, "every_minutes": 45}
    page.automatic.ask()
    qtbot.waitUntil(lambda: page.automatic.every.currentText() == "every 45 minutes", timeout=WAIT_MS)
    said: list[str] = []
    page.told.connect(said.append)
    page.automatic.every.setFocus()
    QTest.keyClick(page.automatic.every, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: any("too seldom" in words for words in said), timeout=WAIT_MS)
    assert page.automatic.every.currentText() == "every 45 minutes"


def test_the_keyboard_goes_through_the_page_as_the_eye_does(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn
) -> None:
    stand_in.asides = [{"destination": "stick", "origin": "o", "index": 7, "tries": 1, "words": "no", "time": T}]
    stand_in.destinations["cloud"] = {"kind": "file", "folder": "/srv"}
    stand_in.automatic = {"enabled": True, "every_minutes": 30}
    page.hide()
    page.show()
    qtbot.waitUntil(
        lambda: len(page.cards) == 2 and page.retry.isVisible() and page.automatic.every.isEnabled(), timeout=WAIT_MS
    )
    cards = [button for card in page.cards.values() for button in card.buttons.values()]
    way = [page.start, page.cancel, page.automatic.switch, page.automatic.every, *cards]
    way += [page.add, page.asides, page.retry, page.runs]
    passed: list[QWidget] = [page.start]
    while passed[-1] is not page.runs:
        following = passed[-1].nextInFocusChain()
        assert following is not None
        passed.append(following)
    assert [widget for widget in passed if widget in way] == way


def standing(*destinations: tuple[int, int, str | None]) -> SyncStanding:
    """Destinations that have so many readings, wait for so many, the oldest of that time."""
    return SyncStanding.model_validate(
        {
            "elsewhere": False,
            "destinations": [
                {
                    "destination": f"d{number}",
                    "readings": waiting,
                    "oldest": oldest,
                    "size_bytes": None,
                    "seconds": None,
                    "balances": [
                        {"destination": f"d{number}", "origin": "o", "accepted": has + waiting, "delivered": has,
                         "waiting": waiting, "held": 0, "aside": 0}
                    ],
                }
                for number, (has, waiting, oldest) in enumerate(destinations)
            ],
            "runs": [],
            "room": None,
            "troubles": [],
            "alarms": [],
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("destinations", "words"),
    [
        ([], ""),
        ([(0, 7, "2026-11-01T10:00:00Z")], "Not synced yet · 7 wait"),
        ([(9, 0, None)], "Everything is synced"),
        ([(9, 0, None), (5, 4, "2026-11-01T10:00:00Z")], "Synced up to 2026-11-01 10:00 UTC · 4 wait"),
        (
            [(9, 2, "2026-11-23T10:00:00Z"), (5, 6, "2026-11-01T10:00:00Z")],
            "Synced up to 2026-11-01 10:00 UTC · 8 wait",
        ),
    ],
)
def test_the_overview_says_how_far_the_slowest_destination_is(
    destinations: list[tuple[int, int, str | None]], words: str
) -> None:
    assert synced_words(standing(*destinations)).replace(" readings", "") == words


def test_what_goes_out_once_more_after_a_break_is_told() -> None:
    told = SyncProgress(destination="a", state="sending", done=1_200, total=1_200, rate=10, left_s=40, again=400)
    assert progress_words(told) == (
        "Sending: 1\u202f200 of 1\u202f200 readings, 400 once more after a break, 10 a second, 40 s left"
    )


@pytest.mark.parametrize("kind", FIELDS)
def test_the_editor_fits_a_small_screen_and_a_glove_with_all_that_a_test_says(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn, kind: str
) -> None:
    line = {"title": "Server", "verdict": "passed", "words": "It answers, and says a great deal. " * 4, "remedy": ""}
    stand_in.checks = [line] * 8
    page.add.click()
    editor = editor_of(page)
    editor.kind.setCurrentIndex(editor.kind.findData(kind))
    qtbot.waitUntil(lambda: all(widget.height() >= 32 for widget in editor.inputs.values()), timeout=WAIT_MS)
    editor.name.setText("office")
    editor.test.click()
    qtbot.waitUntil(lambda: "✓ Server" in editor.words.text(), timeout=WAIT_MS)
    assert editor.sizeHint().height() <= 560
    qtbot.waitUntil(lambda: not editor.words.visibleRegion().isEmpty(), timeout=WAIT_MS)
    assert all(not button.visibleRegion().isEmpty() for button in editor.buttons.buttons())
    editor.reject()


def test_everything_is_sent_again_only_once_the_person_confirms(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *_: next(answers))
    button = page.cards["stick"].buttons["resend"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert stand_in.resent == []
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: stand_in.resent == ["stick"], timeout=WAIT_MS)


@pytest.mark.parametrize(("answer", "kept"), [("&Another place", None), ("The &same data", '["file", "/media/stick"]')])
def test_a_new_address_is_asked_about(
    qtbot: QtBot, page: SyncPage, stand_in: DeliveryStandIn, answer: str, kept: str | None
) -> None:
    stand_in.destinations["stick"]["folder"] = "/media/stick"
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    editor_of(page).reject()
    qtbot.waitUntil(lambda: page.cards["stick"].destination.settings.get("folder") == "/media/stick", timeout=WAIT_MS)
    QTest.mouseClick(page.cards["stick"].buttons["edit"], Qt.MouseButton.LeftButton)
    editor = editor_of(page)
    folder = editor.inputs["folder"]
    assert isinstance(folder, QLineEdit)
    folder.setText("/media/other")
    asked: list[str] = []

    def choose() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        next(button for button in box.buttons() if button.text() == answer).click()

    QTimer.singleShot(0, choose)
    QTest.mouseClick(editor.test, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: stand_in.destinations["stick"]["folder"] == "/media/other", timeout=WAIT_MS)
    assert asked == ["stick has another address now. Does it hold the same data as before?"]
    assert stand_in.destinations["stick"].get("same_data_as") == kept


def test_what_was_said_of_an_address_is_kept_while_other_settings_change() -> None:
    before = DestinationMessage(
        name="x",
        kind="mqtt",
        settings={"host": "two", "port": 8883, "same_data_as": "the first"},
        needs_secret=False,
        secret=False,
    )
    never = iter(())
    changed = same_data(before, {"kind": "mqtt", "host": "two", "receipt_topic": "r"}, lambda: next(never))
    assert changed == {"kind": "mqtt", "host": "two", "receipt_topic": "r", "same_data_as": "the first"}
    assert same_data(before, {"kind": "mqtt", "host": "three"}, lambda: None) is None
    assert same_data(None, {"kind": "mqtt", "host": "three"}, lambda: next(never)) == {"kind": "mqtt", "host": "three"}


@pytest.mark.parametrize(
    ("state", "words"),
    [("gave_up", "No network here."), ("cancelled", "Ready to sync."), ("put_off", "stick: Not finished"),
     ("stopped", "stick: ⚠ Stopped: somebody has to look at it. Not authorized.")],
)  # fmt: skip
def test_no_network_is_said_only_where_no_way_was_found(state: str, words: str) -> None:
    told = SyncProgress(destination="stick", state=state, words="not authorized")
    sync = SyncMessage(running=False, progress=(told,), checks=(), alarms=(), status=1, trouble="")
    plan = SyncPlan(destination="stick", readings=10, size_bytes=None, seconds=None, balances=())
    standing = SyncStanding(elsewhere=False, destinations=(plan,), runs=(), room=None, troubles=(), alarms=())
    assert headline(sync, standing).startswith(words)
