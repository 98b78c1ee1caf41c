# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A second person compares a laboratory's certificate with its document and accepts or rejects it. Asks the session."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.calibration_history_words import calibration_text
from app.pages.calibration_report import save_attachment
from app.pages.calibration_words import problem_text
from app.pages.persons import PersonField
from app.widgets.digit_field import HEIGHT
from app.widgets.form_row import EDGES, FormRow, words_label
from app.widgets.form_setting import TextBox
from app.widgets.pin_line import pin_line
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import CalibrationMessage, NewReview


class ReviewDialog(QDialog):
    """Everything that was typed, the documents, and the two answers. A rejection needs words."""

    def __init__(self, session: Session, certificate: CalibrationMessage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Review a laboratory's certificate")
        self.setStyleSheet(EDGES)
        self.resize(780, 560)
        self._session, self._certificate = session, certificate
        self.told, self.words = words_label(certificate_text(certificate)), words_label()
        self.person = PersonField(session, "Reviewed by", "somebody else than who entered it", required=True, wished="")
        self.pin, self.remarks = pin_line("PIN"), TextBox()
        self.rows = {
            "person": self.person.row,
            "pin": FormRow("PIN", self.pin),
            "remarks": FormRow("Remarks", self.remarks, help_text="needed where you reject it"),
        }
        self.accept_button = QPushButton("&Accept: it says what the document says")
        self.reject_button, self.cancel = QPushButton("&Reject it"), QPushButton("Cancel")
        self._lay_out()
        self.person.added.connect(self.pin.setText)
        self.pin.textChanged.connect(lambda _: self.rows["pin"].show_error(""))
        self.accept_button.clicked.connect(lambda: self._send(accepted=True))
        self.reject_button.clicked.connect(lambda: self._send(accepted=False))
        self.cancel.clicked.connect(self.reject)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.addWidget(self.told)
        for place, sha256 in enumerate(self._certificate.attachments, start=1):
            button = QPushButton(f"Save document {place} to read it…")
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            button.clicked.connect(
                lambda _=False, chosen=sha256: save_attachment(self._session, chosen, self, self.words.setText)
            )
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        for part in (self.person, self.rows["pin"], self.rows["remarks"]):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        below = QHBoxLayout()
        for button in (self.accept_button, self.reject_button, self.cancel):
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            below.addWidget(button)
        whole = QVBoxLayout(self)
        whole.addWidget(area, 1)
        whole.addWidget(self.words)
        whole.addLayout(below)

    def _send(self, *, accepted: bool) -> None:
        remarks = self.remarks.toPlainText().strip()
        faults = {
            "person": "" if self.person.name else "Choose who reviews it, or add the person.",
            "pin": "" if self.pin.text() else "The PIN is needed.",
            "remarks": "Say what is wrong with it." if not accepted and not remarks else "",
        }
        for name, words in faults.items():
            self.rows[name].show_error(words)
        wrong = next((name for name, words in faults.items() if words), "")
        if wrong:
            self.rows[wrong].field.setFocus()
            return
        self._enable(False)
        new = NewReview(accepted=accepted, person=self.person.name, pin=self.pin.text(), remarks=remarks)
        desk = self._session.calibration
        desk.review(self._certificate.index, new, lambda _: self.accept(), self._refused)

    def _refused(self, problem: Problem) -> None:
        self._enable(True)
        row = self.rows.get(problem.field.rpartition(".")[2])
        if row is not None:
            row.show_error(problem.detail)
            row.field.setFocus()
        self.words.setText(f"⚠ {problem_text(problem)}")

    def _enable(self, on: bool) -> None:
        for button in (self.accept_button, self.reject_button):
            button.setEnabled(on)


def certificate_text(one: CalibrationMessage) -> str:
    """All that was typed, to be held beside the document."""
    lines = [calibration_text(one), f"Accreditation: {one.accreditation or 'none given'}"]
    lines += [f"{name} = {value:g}" for name, value in one.coefficients.items()]
    lines += [
        f"Point: reference {point.reference:g}, indication {point.indication:g}, ± {point.expanded_uncertainty:g}"
        f" (k = {point.factor:g})"
        for point in one.points
    ]
    if one.polynomial:
        lines.append("Value from raw, coefficients of 1, raw, raw² …: " + ", ".join(f"{b:g}" for b in one.polynomial))
    if one.remarks:
        lines.append(f"Remarks: {one.remarks}")
    return "\n".join(lines)
