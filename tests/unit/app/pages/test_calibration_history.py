# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The history in the passport, a laboratory's certificate with its review, and what the overview says, on a server."""

import base64
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.pages.calibration_history_words import calibration_text, facts_text, standing_text
from app.pages.calibration_review import certificate_text
from app.pages.passport import PassportDialog
from app.pages.window import Window
from app.widgets.leave_question import LEAVE_WORDS
from edge_daemon.api import messages_calibration as mc
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_coverage import DueMessage
from edge_daemon.api.messages_instruments import CertificateImpact
from tests.unit.app.client.calibration_stand_in import CalibrationStandIn, calibration
from tests.unit.app.client.instrument_stand_in import SERIAL
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, shoot


def channel(**changes: Any) -> mc.ChannelHistory:
    """A channel that drifts, with three calibrations."""
    base: dict[str, Any] = {
        "channel": "co2", "unit": "ppm", "standing": "due", "due": "2026-12-18", "days_left": 25,
        "drift_per_year": 17.8, "drift_uncertainty": 3.1, "leaves_tolerance": "2027-04-02", "score_penalty": 0,
        "score_penalty_at_due": 10, "interval_days": 180, "suggested_interval_days": 90,
        "device_says": ("Automatic self-calibration is off.",),
        "calibrations": (
            calibration(90, standing="replaced", in_force=False, time="2025-11-20T09:00:00Z"),
            calibration(120, second_person="Bo"),
            calibration(130, "certificate", standing="to_review", in_force=False, laboratory="Gas laboratory",
                        number="K-17", coefficients={"sensitivity": 10.35}, attachments=("ab" * 32,), outcome=None,
                        as_found=None, as_left=None),
        ),
        "drift": tuple(
            {"time": f"{time}T09:00:00Z", "stage": stage, "point": "fresh_air", "error": error, "tolerance": 42.75}
            for time, stage, error in (("2024-11-20", "as_left", 0.4), ("2025-11-20", "as_found", 18.0),
                                       ("2025-11-20", "as_left", -0.8), ("2026-05-22", "as_found", 12.4),
                                       ("2026-05-22", "as_left", 1.1))
        ),
    }  # fmt: skip
    return mc.ChannelHistory.model_validate(base | changes)


@pytest.fixture
def stand_in(tmp_path: Path) -> CalibrationStandIn:
    made = CalibrationStandIn(tmp_path)
    made.histories[SERIAL] = mc.InstrumentHistory(model="scd30", id=SERIAL, channels=(channel(),))
    return made


@pytest.fixture
def dialog(qtbot: QtBot, window: Window) -> PassportDialog:
    window.show_page("sensors")
    window.sensors.choose("co2_1")
    click(window.sensors.pass_button)
    shown = window.sensors.passport
    assert shown is not None
    qtbot.waitUntil(lambda: bool(shown.calibrations.charts), timeout=WAIT_MS)
    return shown


def button(dialog: PassportDialog, title: str) -> QPushButton:
    return next(one for one in dialog.calibrations.findChildren(QPushButton) if one.text() == title)


def test_what_counts_for_nothing_says_why_and_an_amendment_is_named() -> None:
    failed = calibration(140, standing="rejected", in_force=False, became="failed as found at Span gas", impact=139)
    assert "✕ failed as found at Span gas" in calibration_text(failed)
    assert "review" not in calibration_text(failed)
    assert "readings amended by entry 139" in calibration_text(failed)
    refused = calibration(140, "certificate", standing="rejected", in_force=False, became="rejected by Bo")
    assert "✕ rejected by Bo" in calibration_text(refused)


def test_a_check_has_its_own_date_in_the_facts() -> None:
    check = {"title": "Zero check", "standing": "due", "last": "2026-06-01", "due": "2026-11-28"}
    assert "Its age takes 0.10 off" in facts_text(channel(score_penalty=10))
    assert "That no calibration holds takes 0.30 off" in facts_text(channel(score_penalty=30, due=None))
    said = facts_text(channel(checks=(check,)))
    assert "◔ Check due 2026-11-28: Zero check, passed last on 2026-06-01. It renews no calibration." in said


def test_how_a_channel_stands_is_told_without_the_names_of_its_sensor_and_channel() -> None:
    told = channel(standing="none", due=None, days_left=None, words="co2_1, co2: it was never calibrated here.")
    assert standing_text(told) == "○ No calibration of this channel is recorded. It was never calibrated here."
    assert standing_text(channel(due=None, words="As it is.")).endswith(" As it is.")


def test_drift_and_its_uncertainty_end_at_the_same_place() -> None:
    said = facts_text(channel(drift_per_year=-0.8, drift_uncertainty=1.2345))
    assert "Drift: -0.8 ± 1.2 ppm a year" in said
    assert "Drift: +17.8 ppm a year" in facts_text(channel(drift_per_year=17.8, drift_uncertainty=None))


def test_a_certificate_without_points_has_no_outcome_but_says_how_sure_values_are() -> None:
    told = calibration(130, "certificate", standing="in_force", outcome=None, expanded_uncertainty_relative=0.012)
    first, second = calibration_text(told).splitlines()[:2]
    assert "–" not in first
    assert first.endswith(" · ✓ in force")
    assert "± 1.2 % of the value" in second


def test_the_history_tells_standing_drift_and_forecast(window: Window, dialog: PassportDialog) -> None:
    said = "\n".join(one.text() for one in dialog.calibrations.findChildren(QLabel))
    for words in (
        "◔ Due soon. Due 2026-12-18 (25 days left).",
        "Drift: +17.8 ± 3.1 ppm a year",
        "leaves its limits about 2027-04-02",
        "Interval: 180 days; the results speak for 90 days",
        "2026-05-22 · Fresh air · ✓ Pass · ✓ in force",
        "Ana and Bo",
        "◔ waits for a second person's review",
    ):
        assert words in said
    assert dialog.calibrations.charts[0].told[1] == "2025-11-20 fresh air as found: +18 ppm"
    dialog._content.ensureWidgetVisible(dialog.calibrations.charts[0])
    dialog.resize(940, 700)
    shoot(window, dialog, "history")
    shoot(window, dialog.calibrations, "history-panel")


def test_a_certificate_is_saved_or_told_to_be_missing(
    qtbot: QtBot, dialog: PassportDialog, stand_in: CalibrationStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "certificate.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: True)
    click(button(dialog, "Certificate…"))
    qtbot.waitUntil(lambda: dialog.words.text().startswith("⚠ There is no certificate"), timeout=WAIT_MS)
    stand_in.pdf = b"%PDF-1.4"
    click(button(dialog, "Certificate…"))
    qtbot.waitUntil(lambda: dialog.words.text() == f"✓ Saved: {target}", timeout=WAIT_MS)
    assert target.read_bytes() == b"%PDF-1.4"


def test_a_period_is_shown_under_another_calibration(
    qtbot: QtBot,
    window: Window,
    dialog: PassportDialog,
    stand_in: CalibrationStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "view.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    click(button(dialog, "Recompute…"))
    asked = dialog.calibrations.recompute
    assert asked is not None
    assert asked.sensor.currentData() == "co2_1"
    asked.start.setText("yesterday")
    asked.end.setText("2026-11-23T00:00:00Z")
    stand_in.no = Problem(title="Bad", status=422, detail="give a time", code="x", field="from")
    click(asked.save)
    qtbot.waitUntil(lambda: asked.rows["from"].error.text() == "⚠ Give a time.", timeout=WAIT_MS)
    shoot(window, asked, "recompute")
    asked.start.setText("2026-11-22T00:00:00+01:00")
    click(asked.save)
    qtbot.waitUntil(lambda: asked.words.text() == f"✓ Saved: {target}", timeout=WAIT_MS)
    assert target.read_bytes() == b"# a view"
    wanted = {"calibration": "120", "from": "2026-11-22T00:00:00+01:00", "to": "2026-11-23T00:00:00Z"}
    assert stand_in.posted[-1] == ("GET recomputed co2_1", wanted)


def test_a_laboratorys_certificate_is_entered_with_its_document(
    qtbot: QtBot, window: Window, dialog: PassportDialog, stand_in: CalibrationStandIn, tmp_path: Path
) -> None:
    stand_in.persons = ["Ana", "Bo"]
    click(dialog.calibrations.add)
    form = dialog.calibrations.certificate
    assert form is not None
    qtbot.waitUntil(lambda: form.person.box.findData("Ana") >= 0, timeout=WAIT_MS)
    form.person.box.setCurrentIndex(form.person.box.findData("Ana"))
    for name, text in (
        ("laboratory", "Sun laboratory"), ("number", "K-18"), ("calibrated", "2026-06-30"), ("due", "30.6.2028"),
        ("expanded_uncertainty_relative", "1,2"),
    ):  # fmt: skip
        form.rows[name].field.setProperty("text", text)
    form.rows["coefficients"].field.setProperty("plainText", "sensitivity = 10.35\nratio: 1,0008")
    form.rows["points"].field.setProperty("plainText", "500 498.9 6\n1000; 999.1; 12; 2")
    form.rows["points_left"].field.setProperty("plainText", "500 500.1 6")
    click(form.send)
    assert form.rows["due"].error.text() == "⚠ A date such as 2026-06-30 is needed."
    assert stand_in.certificates == []
    shoot(window, form, "certificate-form")
    form.rows["due"].field.setProperty("text", "2028-06-30")
    click(form.send)
    assert form.words.text() == "⚠ Attach the laboratory's document: it is the evidence."
    assert form.rows["pin"].error.text() == "⚠ This is needed."
    form.pin.setText("2468")
    document = tmp_path / "K-18.pdf"
    document.write_bytes(b"%PDF paper")
    form.documents.take(document)
    qtbot.waitUntil(lambda: "K-18.pdf" in form.documents.words.text(), timeout=WAIT_MS)
    stand_in.no = Problem(title="Bad", status=422, detail="already there", code="x", field="number")
    click(form.send)
    qtbot.waitUntil(lambda: form.rows["number"].error.text() == "⚠ Already there.", timeout=WAIT_MS)
    click(form.send)
    qtbot.waitUntil(lambda: not form.isVisible(), timeout=WAIT_MS)
    sent = mc.NewCertificate.model_validate(stand_in.certificates[-1])
    assert (sent.person, sent.pin) == ("Ana", "2468")
    assert (sent.coefficients, sent.expanded_uncertainty_relative) == ({"sensitivity": 10.35, "ratio": 1.0008}, 0.012)
    assert [(one.stage, one.reference, one.indication, one.expanded_uncertainty) for one in sent.points] == [
        ("as_found", 500, 498.9, 6), ("as_found", 1000, 999.1, 12), ("as_left", 500, 500.1, 6)
    ]  # fmt: skip
    assert base64.b64decode(sent.files[0].content) == b"%PDF paper"


def test_what_was_typed_of_a_certificate_is_not_thrown_away_by_one_key(
    window: Window, dialog: PassportDialog, stand_in: CalibrationStandIn
) -> None:
    click(dialog.calibrations.add)
    form = dialog.calibrations.certificate
    assert form is not None
    form.rows["laboratory"].field.setProperty("text", "Sun laboratory")
    QTest.keyClick(form, Qt.Key.Key_Escape)
    assert form.isVisible()
    assert form.words.text() == LEAVE_WORDS
    form.rows["number"].field.setProperty("text", "K-18")
    assert form.words.text() == ""
    click(form.cancel)
    assert form.isVisible(), "typing on means that it is wanted, so it is asked anew"
    QTest.keyClick(form, Qt.Key.Key_Escape)
    assert not form.isVisible()
    click(dialog.calibrations.add)
    fresh = dialog.calibrations.certificate
    assert fresh is not None
    QTest.keyClick(fresh, Qt.Key.Key_Escape)
    assert not fresh.isVisible(), "nothing was typed"


def test_what_the_instrument_says_itself_stands_under_its_own_heading(dialog: PassportDialog) -> None:
    said = [one.text() for one in dialog.calibrations.findChildren(QLabel)]
    heading = said.index("What the instrument says of its own calibration")
    assert said[heading + 1] == "• Automatic self-calibration is off."


def test_a_review_needs_another_person_with_a_pin(
    qtbot: QtBot, window: Window, dialog: PassportDialog, stand_in: CalibrationStandIn
) -> None:
    stand_in.persons = ["Ana", "Bo"]
    click(button(dialog, "Review…"))
    review = dialog.calibrations.review
    assert review is not None
    qtbot.waitUntil(lambda: review.person.box.findData("Bo") >= 0, timeout=WAIT_MS)
    assert "sensitivity = 10.35" in review.told.text()
    qtbot.waitUntil(lambda: review.impact.text().startswith("If you accept it:"), timeout=WAIT_MS)
    assert review.accept_button.isEnabled()
    shoot(window, review, "review")
    click(review.reject_button)
    assert review.rows["pin"].error.text() == "⚠ The PIN is needed."
    assert review.rows["remarks"].error.text() == "⚠ Say what is wrong with it."
    review.person.box.setCurrentIndex(review.person.box.findData("Bo"))
    review.pin.setText("1357")
    stand_in.no = Problem(title="Wrong PIN", status=422, detail="this is not Bo's PIN", code="x", field="pin")
    click(review.accept_button)
    qtbot.waitUntil(lambda: review.rows["pin"].error.text() == "⚠ This is not Bo's PIN.", timeout=WAIT_MS)
    click(review.accept_button)
    qtbot.waitUntil(lambda: not review.isVisible(), timeout=WAIT_MS)
    assert stand_in.certificates[-1] == {"index": 130, "accepted": True, "person": "Bo", "pin": "1357", "remarks": ""}
    assert dialog.words.text() == "✓ The review is recorded."


def test_the_overview_tells_of_open_and_due_calibrations(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    card = window.overview.calibrations
    assert not card.isVisible()
    stand_in.due = [
        DueMessage(
            sensor_id="co2_1", channel="co2", standing="overdue", due="2026-11-18", words="co2_1, co2: Overdue since …"
        ),
        DueMessage(sensor_id="wind", channel="speed", standing="none", due=None, words="Never"),
    ]
    window.show_page("overview")
    window._session.calibrations.ask()
    qtbot.waitUntil(card.isVisible, timeout=WAIT_MS)
    assert card.lines == ["✕ Canopy CO₂, CO₂: Overdue since …", "○ No calibration is recorded yet: wind"]
    shoot(window, window, "overview-due")
    assert card.buttons["co2_1"].text() == "Calibrate…"
    late = stand_in.due[0]
    stand_in.due[0] = late.model_copy(update={"check": "Zero check", "words": "co2_1, co2: the check is due"})
    window._session.calibrations.ask()
    qtbot.waitUntil(lambda: card.lines[0] == "✕ Canopy CO₂, CO₂: the check is due", timeout=WAIT_MS)
    assert card.buttons["co2_1"].text() == "Check…"
    stand_in.due[0] = late
    stand_in.place = 2
    window._session.calibrations.ask()
    qtbot.waitUntil(lambda: card.lines[0].startswith("◑ Calibration under way"), timeout=WAIT_MS)
    assert card.lines[1:] == ["○ No calibration is recorded yet: wind"]
    shoot(window, window, "overview-open")
    click(card.buttons["co2_1"])
    shown = window.sensors.opener.window
    assert shown is not None
    qtbot.waitUntil(lambda: shown.run is not None and shown.run.step.id == "settle", timeout=WAIT_MS)


def test_a_reviewer_reads_how_sure_values_are_and_that_the_instrument_was_changed() -> None:
    told = calibration(
        130, "certificate", standing="to_review", expanded_uncertainty=8.0, expanded_uncertainty_relative=0.012,
        device_adjusted=True,
    )  # fmt: skip
    text = certificate_text(told)
    assert "Expanded uncertainty: ± 8 ppm (k = 2)" in text
    assert "Expanded uncertainty: ± 1.2 % of the value (k = 2)" in text
    assert "The laboratory changed the instrument itself." in text


def test_a_point_that_the_recorder_refuses_is_marked_at_its_stage(
    qtbot: QtBot, dialog: PassportDialog, stand_in: CalibrationStandIn, tmp_path: Path
) -> None:
    stand_in.persons = ["Ana"]
    click(dialog.calibrations.add)
    form = dialog.calibrations.certificate
    assert form is not None
    qtbot.waitUntil(lambda: form.person.box.findData("Ana") >= 0, timeout=WAIT_MS)
    form.person.box.setCurrentIndex(form.person.box.findData("Ana"))
    for name in ("laboratory", "number"):
        form.rows[name].field.setProperty("text", "K")
    form.rows["calibrated"].field.setProperty("text", "2026-06-30")
    form.rows["due"].field.setProperty("text", "2028-06-30")
    form.rows["points"].field.setProperty("plainText", "500 498.9 6\n\n1000 999.1 12\n")
    form.rows["points_left"].field.setProperty("plainText", "500 500.1 6")
    form.pin.setText("2468")
    document = tmp_path / "K.pdf"
    document.write_bytes(b"%PDF paper")
    form.documents.take(document)
    qtbot.waitUntil(lambda: "K.pdf" in form.documents.words.text(), timeout=WAIT_MS)
    for place, row in ((1, "points"), (2, "points_left")):
        stand_in.no = Problem(title="Bad", status=422, detail=f"odd {place}", code="x", field=f"points.{place}")
        click(form.send)
        error = form.rows[row].error
        qtbot.waitUntil(partial(_says, error, f"⚠ Odd {place}."), timeout=WAIT_MS)


def _says(label: QLabel, words: str) -> bool:
    return label.text() == words


def test_nobody_accepts_before_it_is_said_what_that_does(
    qtbot: QtBot, window: Window, dialog: PassportDialog, stand_in: CalibrationStandIn
) -> None:
    stand_in.impact = CertificateImpact(
        opens_amendment=True,
        outcome="conditional_pass",
        words=("Readings of co2 since entry 90 are suspect. Proposed: deduct 35 kWh (0.35 %).",),
    )
    click(button(dialog, "Review…"))
    review = dialog.calibrations.review
    assert review is not None
    assert not review.accept_button.isEnabled()
    qtbot.waitUntil(review.accept_button.isEnabled, timeout=WAIT_MS)
    told = review.impact.text()
    assert "Proposed: deduct 35 kWh" in told
    assert "⚠ Readings already taken become suspect" in told
    assert "As the laboratory left it: ◑ Pass within uncertainty." in told
    shoot(window, review, "review-impact")
    click(review.cancel)
    stand_in.impact = None
    click(button(dialog, "Review…"))
    again = dialog.calibrations.review
    assert again is not None
    qtbot.waitUntil(again.accept_button.isEnabled, timeout=WAIT_MS)
    assert again.impact.text().startswith("⚠ What accepting it would mean is not known")


def test_a_reviewer_reads_every_point_in_full_with_its_stage() -> None:
    found = mc.LaboratoryPointMessage(reference=15234.567, indication=15239.875, expanded_uncertainty=0.0125)
    points = (found, found.model_copy(update={"indication": 15234.5, "stage": "as_left"}))
    text = certificate_text(calibration(130, "certificate", standing="to_review", points=points))
    assert "Point as found: reference 15234.567, indication 15239.875, ± 0.0125 (k = 2)" in text
    assert "Point as left: reference 15234.567, indication 15234.5, ± 0.0125 (k = 2)" in text
