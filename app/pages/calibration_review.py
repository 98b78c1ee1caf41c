# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A second person compares a laboratory's certificate with its document and accepts or rejects it. Asks the session."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.client.session import Session
from app.pages.calibration_history_words import calibration_text
from app.pages.calibration_report import save_attachment
from app.pages.calibration_words import outcome_text
from app.pages.persons import PersonField
from app.pages.problem_words import field_text, problem_text
from app.widgets.digit_field import HEIGHT
from app.widgets.enter_keys import EnterKeys
from app.widgets.form_row import EDGES, FormRow, words_label
from app.widgets.form_setting import TextBox
from app.widgets.leave_question import LeaveQuestion
from app.widgets.pin_line import pin_line
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import CalibrationMessage, LaboratoryPointMessage, NewReview
from edge_daemon.api.messages_instruments import CertificateImpact


class ReviewDialog(QDialog):
    """Everything that was typed, the documents, and the two answers. A rejection needs words."""

    def __init__(self, session: Session, certificate: CalibrationMessage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Review a laboratory's certificate")
        self.setStyleSheet(EDGES)
        self.resize(780, 560)
        EnterKeys(self)
        self._session, self._certificate = session, certificate
        self.told, self.words = words_label(certificate_text(certificate)), words_label()
        self.impact = words_label("… What accepting it would mean for readings already taken is worked out.")
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
        # Nobody accepts before it is said what that does.
        self.accept_button.setEnabled(False)
        session.calibration.certificate_impact(certificate.index, self._show_impact, self._no_impact)
        self.person.added.connect(self.pin.setText)
        self.pin.textChanged.connect(lambda _: self.rows["pin"].show_error(""))
        self._leaving = LeaveQuestion(lambda: bool(self.remarks.toPlainText().strip()), self.words.setText)
        self.rows["remarks"].touched.connect(self._leaving.take_back)
        self.accept_button.clicked.connect(lambda: self._send(accepted=True))
        self.reject_button.clicked.connect(lambda: self._send(accepted=False))
        self.cancel.clicked.connect(self.reject)

    def reject(self) -> None:
        """Esc, Cancel and the window's cross: asked about first where remarks were typed."""
        if self._leaving.may_leave():
            super().reject()

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.addWidget(self.told)
        column.addWidget(self.impact)
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
        self.setFocus()  # else the keys would go to Cancel, and a second Enter press that
        self._enable(False)
        new = NewReview(accepted=accepted, person=self.person.name, pin=self.pin.text(), remarks=remarks)
        desk = self._session.calibration
        desk.review(self._certificate.index, new, lambda _: self.accept(), self._refused)

    def _show_impact(self, found: CertificateImpact) -> None:
        self._impact_known(impact_text(found))

    def _no_impact(self, problem: Problem) -> None:
        """The recorder works it out once more when it is accepted, and refuses where it cannot."""
        self._impact_known(f"⚠ What accepting it would mean is not known: {problem_text(problem)}")

    def _impact_known(self, words: str) -> None:
        if not isValid(self):  # closed meanwhile
            return
        self.impact.setText(words)
        # Not while a rejection is under way.
        self.accept_button.setEnabled(self.reject_button.isEnabled())

    def _refused(self, problem: Problem) -> None:
        self._enable(True)
        row = self.rows.get(problem.field.rpartition(".")[2])
        if row is not None:
            row.show_error(field_text(problem))
            row.field.setFocus()
        self.words.setText(f"⚠ {problem_text(problem)}")

    def _enable(self, on: bool) -> None:
        for button in (self.accept_button, self.reject_button):
            button.setEnabled(on)


def impact_text(found: CertificateImpact) -> str:
    """What accepting a certificate does, in plain words."""
    lines = ["If you accept it:", *found.words]
    if found.opens_amendment:
        lines.append("⚠ Readings already taken become suspect: your acceptance writes that amendment to the log.")
    if found.outcome is not None:
        lines.append(f"As the laboratory left it: {outcome_text(found.outcome)}.")
    return "\n".join(lines)


def certificate_text(one: CalibrationMessage) -> str:
    """All that was typed, to be held beside the document."""
    lines = [calibration_text(one), f"Accreditation: {one.accreditation or 'none given'}"]
    if one.expanded_uncertainty is not None:
        lines.append(f"Expanded uncertainty: ± {_typed(one.expanded_uncertainty)} {one.unit} (k = 2)")
    if one.expanded_uncertainty_relative is not None:
        lines.append(
            f"Expanded uncertainty: ± {_typed(100 * one.expanded_uncertainty_relative)} % of the value (k = 2)"
        )
    if one.device_adjusted:
        lines.append("The laboratory changed the instrument itself.")
    lines += [f"{name} = {_typed(value)}" for name, value in one.coefficients.items()]
    lines += [_point_text(point) for point in one.points]
    if one.polynomial:
        lines.append("Value from raw, coefficients of 1, raw, raw² …: " + ", ".join(map(_typed, one.polynomial)))
    if one.remarks:
        lines.append(f"Remarks: {one.remarks}")
    return "\n".join(lines)


def _point_text(point: LaboratoryPointMessage) -> str:
    stage = "as found" if point.stage == "as_found" else "as left"
    return (
        f"Point {stage}: reference {_typed(point.reference)}, indication {_typed(point.indication)}, "
        f"± {_typed(point.expanded_uncertainty)} (k = {_typed(point.factor)})"
    )


def _typed(number: float) -> str:
    """As many digits as anybody types, so that the reviewer compares them all with the document."""
    return f"{number:.12g}"
