# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The evidence page against a real server: what a person presses, and what the screen then shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from app.client.session import Session
from app.pages.evidence import EvidencePage
from app.pages.evidence_dialogs import BundleDialog, RegisterDialog, RootDialog
from app.pages.evidence_words import headline, job_words, timeline
from app.pages.window import Window
from app.widgets.qr_view import QrView, modules_of
from edge_daemon.api.messages_evidence import EvidenceJob, EvidenceStanding
from tests.unit.app.client.evidence_stand_in import ORIGIN, ROOT, EvidenceStandIn
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import opened_at

CHECKS = [
    {"name": "bytes", "title": "Bytes", "outcome": "passed", "words": "They match."},
    {"name": "order", "title": "Order", "outcome": "failed", "words": "Entry 17 stands twice.", "entry": 17},
    {"name": "signer", "title": "Signer", "outcome": "not_checked", "words": "No register was given."},
]
VERDICT = {"standing": "failed", "about": "The log X with 1000 entries.", "first_entry": 17, "checks": CHECKS,
           "not_proven": ["That the sensor saw what it was meant to see."]}  # fmt: skip


@pytest.fixture
def stand_in(tmp_path: Path) -> EvidenceStandIn:
    return EvidenceStandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: EvidenceStandIn, session: Session) -> Iterator[Window]:
    yield from opened_at(qtbot, stand_in, session, "evidence")


@pytest.fixture
def page(qtbot: QtBot, window: Window) -> EvidencePage:
    qtbot.waitUntil(lambda: "unwitnessed" in window.evidence.words.text(), timeout=WAIT_MS)
    return window.evidence


def dialog_of(qtbot: QtBot, page: EvidencePage, kind: type[QDialog]) -> Any:
    def found() -> list[QDialog]:
        return [child for child in page.findChildren(kind) if child.isVisible()]

    qtbot.waitUntil(lambda: bool(found()), timeout=WAIT_MS)
    return found()[0]


def press(button: Any) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_nobody_outside_has_seen_is_said_first(page: EvidencePage) -> None:
    assert "200 of 1,000 entries are unwitnessed since 2026-11-23 08:00:00 UTC" in page.words.text()
    assert "Anchors go to testnet" in page.words.text()
    assert "900 entries are under a signed checkpoint" in page.notes.text()


def test_a_check_is_followed_and_what_was_not_checked_never_looks_passed(
    qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn
) -> None:
    press(page.verify)
    qtbot.waitUntil(
        lambda: stand_in.begun == [("verify", {"path": "", "witness": "", "online": False})] and page.bar.isVisible(),
        timeout=WAIT_MS,
    )
    assert not page.verify.isEnabled()
    stand_in.job = {"kind": "verify", "running": True, "done": 500, "total": 1000}
    qtbot.waitUntil(lambda: "500 of 1,000 entries" in page.state.text(), timeout=WAIT_MS)
    stand_in.job = {"kind": "verify", "running": False, "verdicts": [VERDICT]}
    qtbot.waitUntil(lambda: "FAILED" in page.verdict.words.text(), timeout=WAIT_MS)
    rows = [page.verdict.checks.item(row).text() for row in range(page.verdict.checks.count())]
    assert rows[1].startswith("✕ FAILED: Order. Entry 17")
    unchecked = rows.index("– not checked: Signer. No register was given.")
    not_proven = next(row for row, text in enumerate(rows) if text.startswith("Not proven: That the sensor"))
    assert 1 < unchecked < not_proven < rows.index("✓ passed: Bytes. They match."), "what must be looked at comes first"
    assert rows[-1].startswith("✓ passed")
    assert page.verify.isEnabled()


def test_a_bundle_that_is_dropped_is_checked(qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn) -> None:
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile("/media/stick/evidence.zip")])
    actions, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enters = QDragEnterEvent(QPoint(5, 5), actions, dropped, left, none)
    page.dragEnterEvent(enters)
    assert enters.isAccepted()
    page.dropEvent(QDropEvent(QPointF(5, 5), actions, dropped, left, none))
    asked = ("verify", {"path": "/media/stick/evidence.zip", "witness": "", "online": False})
    qtbot.waitUntil(lambda: stand_in.begun == [asked], timeout=WAIT_MS)


def test_what_the_full_check_found_is_told(qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn) -> None:
    assert "No full check of the log was made yet" in page.notes.text()
    found = {"ended": "2026-11-23T09:30:00Z", "standing": "failed", "failed": ["Order in time: Entry 17 stands twice."]}
    stand_in.standing = {"full_check": found}
    page.hide()
    page.show()
    failed = "The full check of 2026-11-23 09:30:00 UTC FAILED. Order in time: Entry 17 stands twice."
    qtbot.waitUntil(lambda: failed in page.notes.text(), timeout=WAIT_MS)
    stand_in.standing = {"full_check": {**found, "standing": "sound", "failed": []}}
    page.hide()
    page.show()
    qtbot.waitUntil(lambda: "found nothing wrong" in page.notes.text(), timeout=WAIT_MS)


def test_the_chain_is_asked_only_when_that_is_ticked(
    qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn
) -> None:
    page.online.setChecked(True)
    press(page.verify)
    qtbot.waitUntil(
        lambda: stand_in.begun == [("verify", {"path": "", "witness": "", "online": True})], timeout=WAIT_MS
    )


def test_a_witness_from_outside_goes_with_the_check(
    qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn
) -> None:
    page.witness.setText(f" verifield/log/x 900:{'ab' * 32} ")
    press(page.verify)
    asked = {"path": "", "witness": f"verifield/log/x 900:{'ab' * 32}", "online": False}
    qtbot.waitUntil(lambda: stand_in.begun == [("verify", asked)], timeout=WAIT_MS)


def test_how_long_each_range_was_exposed_is_shown(qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn) -> None:
    press(page.verify)
    qtbot.waitUntil(page.bar.isVisible, timeout=WAIT_MS)
    recorded = {"recorded_from": "2026-11-23T08:00:00Z", "recorded_to": "2026-11-23T08:59:59Z"}
    fixed = {"first": 0, "end": 3600, **recorded, "fixed": "2026-11-23T10:00:00Z", "by": "anchor on testnet"}
    exposure = [
        {**fixed, "basis": "chain", "exposed_s": 7200.0},
        {**fixed, "first": 3600, "end": 3700, "basis": "told", "exposed_s": 90.0, "by": "a receipt that nobody signed"},
        {"first": 3700, "end": 3710, **recorded, "basis": "none"},
    ]
    stand_in.job = {"kind": "verify", "running": False, "verdicts": [{**VERDICT, "exposure": exposure}]}
    qtbot.waitUntil(lambda: "FAILED" in page.verdict.words.text(), timeout=WAIT_MS)
    rows = [page.verdict.checks.item(row).text() for row in range(page.verdict.checks.count())]
    (chain,) = (row for row in rows if row.startswith("Entries 0 to 3,599"))
    assert "exposed for 2.0 hours, until 2026-11-23 10:00:00 UTC (anchor on testnet)." in chain
    (told,) = (row for row in rows if row.startswith("Entries 3,600"))
    assert "exposed for 90 s" in told
    assert "(a receipt that nobody signed)" in told
    assert any("Entries 3,700 to 3,709" in row and "UNWITNESSED" in row for row in rows)


def test_words_that_are_dropped_are_no_bundle(page: EvidencePage) -> None:
    dropped = QMimeData()
    dropped.setText("hello")
    actions, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enters = QDragEnterEvent(QPoint(5, 5), actions, dropped, left, none)
    page.dragEnterEvent(enters)
    assert not enters.isAccepted()


def test_a_refusal_is_told_in_words(qtbot: QtBot, page: EvidencePage) -> None:
    page.check_bundle("/gone")
    qtbot.waitUntil(lambda: "a bundle on this computer is needed" in page.state.text(), timeout=WAIT_MS)


def test_cancelling_ends_it_and_says_that_nothing_counts(
    qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn
) -> None:
    press(page.anchor)
    qtbot.waitUntil(page.cancel.isEnabled, timeout=WAIT_MS)
    press(page.cancel)
    qtbot.waitUntil(lambda: "cancelled; nothing of it counts" in page.state.text(), timeout=WAIT_MS)
    assert not page.cancel.isEnabled()


def test_without_a_network_set_up_there_is_nothing_to_press(
    qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn
) -> None:
    stand_in.standing = {"network": ""}
    page.hide()
    page.show()
    qtbot.waitUntil(lambda: "Anchoring is not set up" in page.words.text(), timeout=WAIT_MS)
    assert not page.anchor.isEnabled()


def test_the_root_is_shown_for_a_second_person(qtbot: QtBot, page: EvidencePage) -> None:
    press(page.root)
    dialog: RootDialog = dialog_of(qtbot, page, RootDialog)
    assert dialog.code.text == f"{ORIGIN} 1000:{ROOT}" == dialog.root.toPlainText()
    picture = dialog.code.grab().toImage()
    assert picture.pixelColor(1, 1).lightness() == 255
    assert any(picture.pixelColor(x, picture.height() // 2).lightness() == 0 for x in range(0, picture.width(), 3))
    dialog.close()


def test_the_root_can_be_read_whole_and_copied(qtbot: QtBot, page: EvidencePage) -> None:
    press(page.root)
    dialog: RootDialog = dialog_of(qtbot, page, RootDialog)
    qtbot.waitExposed(dialog)
    for bar in (dialog.root.verticalScrollBar(), dialog.root.horizontalScrollBar()):
        assert bar.maximum() == 0, "no part of the root is scrolled out of sight"
    press(dialog.copy)
    assert QGuiApplication.clipboard().text() == f"{ORIGIN} 1000:{ROOT}"
    dialog.close()


def test_a_digest_in_a_verdict_is_shown_whole_and_copied_as_it_is(
    qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn
) -> None:
    about = f"The log {ORIGIN} with 1000 entries and the root {ROOT}."
    press(page.verify)
    qtbot.waitUntil(page.bar.isVisible, timeout=WAIT_MS)
    stand_in.job = {"kind": "verify", "running": False, "verdicts": [{**VERDICT, "about": about}]}
    lines = page.verdict.checks
    qtbot.waitUntil(lambda: lines.count() > 0, timeout=WAIT_MS)
    first = lines.item(0)
    assert first.data(Qt.ItemDataRole.AccessibleTextRole) == about == lines.plain[0]
    pieces = first.text().split("\u200b")
    assert "".join(pieces) == about
    assert max(len(word) for piece in pieces for word in piece.split()) < 33, "every piece fits a narrow list"
    assert lines.textElideMode() is Qt.TextElideMode.ElideNone
    first.setSelected(True)
    QTest.keyClick(lines, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == about


def test_of_several_verdicts_the_worst_is_shown_first(
    qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn
) -> None:
    sound = {**VERDICT, "standing": "sound", "about": "The log Y.", "checks": CHECKS[:1], "first_entry": None}
    press(page.verify)
    qtbot.waitUntil(page.bar.isVisible, timeout=WAIT_MS)
    stand_in.job = {"kind": "verify", "running": False, "verdicts": [sound, VERDICT]}
    qtbot.waitUntil(lambda: page.verdict.checks.count() > 0, timeout=WAIT_MS)
    assert page.verdict.checks.plain[0] == VERDICT["about"]
    assert "FAILED" in page.verdict.words.text()


def test_a_bundle_is_asked_for_by_period_and_sensors(
    qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn, tmp_path: Path
) -> None:
    press(page.export)
    dialog: BundleDialog = dialog_of(qtbot, page, BundleDialog)
    assert not dialog.since.isEnabled()
    dialog.whole.setChecked(False)
    dialog.sensors.setText(" hut ,mast")
    dialog.path.setText(str(tmp_path / "e.zip"))
    dialog._accept()
    qtbot.waitUntil(lambda: bool(stand_in.begun), timeout=WAIT_MS)
    kind, body = stand_in.begun[0]
    assert (kind, body["path"], body["sensors"]) == ("bundle", str(tmp_path / "e.zip"), ["hut", "mast"])
    assert body["since"] < body["until"]
    assert body["until"].endswith("Z")


def test_a_register_is_kept_and_shown(qtbot: QtBot, page: EvidencePage, stand_in: EvidenceStandIn) -> None:
    press(page.register)
    dialog: RegisterDialog = dialog_of(qtbot, page, RegisterDialog)
    qtbot.waitUntil(lambda: "No register is kept" in dialog.state.text(), timeout=WAIT_MS)
    dialog.text.setPlainText("signed words")
    dialog.keys.setPlainText("project+12+abc\n\n")
    dialog.networks["custom"].setChecked(True)
    dialog._save()
    qtbot.waitUntil(lambda: dialog.state.text() == "Kept.", timeout=WAIT_MS)
    assert stand_in.register == {
        "text": "signed words",
        "project_keys": ["project+12+abc"],
        "trusted_networks": ["custom"],
    }
    dialog.close()
    press(page.register)
    again: RegisterDialog = dialog_of(qtbot, page, RegisterDialog)
    qtbot.waitUntil(again.networks["custom"].isChecked, timeout=WAIT_MS)
    assert not again.networks["localnet"].isChecked()
    again.close()


def test_the_visit_report_is_saved_where_a_person_wants_it(
    qtbot: QtBot, page: EvidencePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "visit.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(place), ""))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)
    said: list[str] = []
    page.told.connect(said.append)
    press(page.report)
    qtbot.waitUntil(lambda: any(words.startswith("✓ Saved") for words in said), timeout=WAIT_MS)
    assert place.read_bytes() == b"%PDF-1.4 report"
    assert "No program on this computer shows PDF files" in said[-1]


def standing(**more: Any) -> EvidenceStanding:
    plain = {"origin": ORIGIN, "size": 10, "root": ROOT, "root_text": "x", "demo": False, "signed": 10,
             "unwitnessed": 0, "unwitnessed_since": None, "network": "testnet"}  # fmt: skip
    return EvidenceStanding.model_validate({**plain, **more})


def test_the_timeline_is_by_time_and_tells_states_in_words() -> None:
    anchor = {"origin": ORIGIN, "size": 8, "root": ROOT, "data_hash": ROOT, "network": "testnet", "chain_id": 2,
              "contract": "0x1", "state": "done", "period_end": "2026-11-23T07:00:00Z",
              "ledger_time": "2026-11-23T09:00:00Z", "fee_octas": 5400}  # fmt: skip
    waiting = {**anchor, "state": "waiting", "ledger_time": None, "fee_octas": None, "size": 9}
    checkpoint = {"size": 10, "root": ROOT, "made": "2026-11-23T08:00:00Z"}
    told = list(timeline(standing(anchors=[waiting, anchor], checkpoints=[checkpoint])))
    assert told[0].startswith(
        "⚓ Anchor, confirmed: 8 entries on testnet, 2026-11-23 09:00:00 UTC by the chain's clock"
    )
    assert "fee 0.00005400 APT" in told[0]
    assert told[1].startswith("✎ Checkpoint: 10 entries signed")
    assert told[2].startswith("⚓ Anchor, pending: 9 entries")


def test_all_witnessed_is_calm_and_trouble_is_told() -> None:
    assert headline(standing()) == "✓ All 10 entries are witnessed by testnet."
    assert "cannot be told just now" in headline(standing(trouble="no answer"))
    assert "no one outside" in headline(standing(unwitnessed=3))
    for network in ("local-ledger", "localnet", "custom"):
        assert "count as no outside witness" in headline(standing(unwitnessed=3, network=network))


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ({"kind": "bundle", "running": True}, "… Writing the bundle."),
        ({"kind": "anchor", "running": False, "words": "Anchored."}, "Anchored."),
        ({"kind": "verify", "running": False}, "The check has ended."),
        ({"kind": "verify", "running": False, "trouble": "no file"}, "⚠ no file"),
    ],
)
def test_work_is_told_in_words(job: dict[str, Any], words: str) -> None:
    assert job_words(EvidenceJob.model_validate(job)) == words


def test_a_code_has_its_three_finder_patterns() -> None:
    modules = modules_of(f"{ORIGIN} 1000:{ROOT}")
    ring = (True,) * 7
    assert modules[0][:7] == ring == modules[0][-7:] == modules[-1][:7]
    assert len({len(row) for row in modules} | {len(modules)}) == 1


def test_an_empty_code_is_white(qtbot: QtBot) -> None:
    view = QrView()
    qtbot.addWidget(view)
    view.show_text("")
    assert view.grab().toImage().pixelColor(50, 50).lightness() == 255
