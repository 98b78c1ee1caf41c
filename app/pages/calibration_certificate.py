# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A laboratory's certificate, typed from its document, which is attached. Asks the session; files beside the thread."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.pages.calibration_certificate_values import certificate_of
from app.pages.calibration_files import FilesField
from app.pages.persons import PersonField
from app.pages.problem_words import field_text, problem_text
from app.pages.words import channel_label
from app.widgets.digit_field import HEIGHT
from app.widgets.enter_keys import EnterKeys
from app.widgets.form_row import EDGES, FormRow, Input, words_label
from app.widgets.form_setting import TextBox
from app.widgets.leave_question import LeaveQuestion
from app.widgets.pin_line import pin_line
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import ChannelHistory


class CertificateDialog(QDialog):
    """Keeps what is typed until the recorder has taken it."""

    def __init__(
        self, session: Session, model: str, name: str, channels: Sequence[ChannelHistory], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("A laboratory's certificate")
        self.setStyleSheet(EDGES)
        self.resize(860, 580)
        EnterKeys(self)
        self._session, self._model, self._name = session, model, name
        self.documents = FilesField(
            session, "&Attach the document…", "No document is attached yet; it is the evidence."
        )
        self.channel = QComboBox()
        for one in channels:
            alike = (sensor for sensor in session.sensors.values() if sensor.model == model)
            self.channel.addItem(f"{channel_label(alike, one.channel)}, {one.unit}", one.channel)
        self.adjusted = QCheckBox("The laboratory changed the instrument itself")
        self.person = PersonField(
            session, "Entered by", "somebody else has to review it", required=True, wished=session.person
        )
        self.pin = pin_line("PIN")
        self.rows = self._make_rows()
        self.person.added.connect(self.pin.setText)
        self.words = words_label()
        self.send, self.cancel = QPushButton("&Enter the certificate"), QPushButton("Cancel")
        self._lay_out()
        self._leaving = LeaveQuestion(self._anything_typed, self.words.setText)
        for row in self.rows.values():
            row.touched.connect(self._leaving.take_back)
        self.send.clicked.connect(self._send)
        self.cancel.clicked.connect(self.reject)

    def reject(self) -> None:
        """Esc, Cancel and the window's cross: asked about first where something was typed."""
        if self._leaving.may_leave():
            super().reject()

    def _anything_typed(self) -> bool:
        given = {"channel", "person", "pin"}
        typed = (_text_of(row.field) for name, row in self.rows.items() if name not in given)
        return any(typed) or self.adjusted.isChecked() or bool(self.documents.uploads)

    def _make_rows(self) -> dict[str, FormRow]:
        given: tuple[tuple[str, str, Input, str], ...] = (
            ("channel", "Channel", self.channel, ""),
            ("laboratory", "Laboratory", QLineEdit(), ""),
            ("number", "Certificate number", QLineEdit(), ""),
            ("accreditation", "Accreditation", QLineEdit(), "its number, where the laboratory has one"),
            ("calibrated", "Calibrated on", QLineEdit(), "as 2026-06-30"),
            ("due", "Next due on", QLineEdit(), "as 2028-06-30"),
            ("coefficients", "Coefficients", TextBox(), "one a line, such as sensitivity = 10.35"),
            (
                "points",
                "Points as found",
                TextBox(),
                "what it showed as it came, one a line: reference, indication, expanded uncertainty (k = 2)",
            ),
            (
                "points_left",
                "Points as left",
                TextBox(),
                "after the laboratory adjusted it; empty where it adjusted nothing",
            ),
            ("expanded_uncertainty", "Expanded uncertainty ±", QLineEdit(), "in the channel's unit; may stay empty"),
            ("expanded_uncertainty_relative", "… or of the value", QLineEdit(), "in percent; may stay empty"),
            ("polynomial", "Value from raw", QLineEdit(), "coefficients of 1, raw, raw² …; empty: raw stays the value"),
            ("device_adjusted", "On the device", self.adjusted, "such as a new sensitivity written into it"),
            ("remarks", "Remarks", TextBox(), ""),
        )
        rows = {name: FormRow(title, field, help_text=said) for name, title, field, said in given}
        return {**rows, "person": self.person.row, "pin": FormRow("PIN", self.pin)}

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        for row in self.rows.values():
            row.field.setMinimumHeight(max(row.field.minimumHeight(), HEIGHT))
            row.touched.connect(lambda shown=row: shown.show_error(""))
            column.addWidget(self.person if row is self.person.row else row)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self._area = area
        below = QHBoxLayout()
        for button in (self.send, self.cancel):
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            below.addWidget(button)
        below.addStretch(1)
        whole = QVBoxLayout(self)
        whole.addWidget(area, 1)
        whole.addWidget(self.documents)
        whole.addWidget(self.words)
        whole.addLayout(below)

    # ---- sending ----------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        texts = {name: _text_of(row.field) for name, row in self.rows.items()}
        new, faults = certificate_of(texts, self.documents.uploads, device_adjusted=self.adjusted.isChecked())
        for name, row in self.rows.items():
            row.show_error(faults.get(name, ""))
        if new is None:
            self._failed(faults.get("files") or "Something is missing or cannot be read: see the marks above.")
            self._go_to(next(iter(faults)))
            return
        self._session.person = new.person
        self.setFocus()  # else the keys would go to Cancel, and a second Enter press that
        self.send.setEnabled(False)
        self.words.setText("… The recorder takes the certificate.")
        desk = self._session.calibration
        desk.add_certificate(self._model, self._name, new, lambda _: self.accept(), self._refused)

    def _go_to(self, name: str) -> None:
        row = self.rows.get(name)
        if row is not None:
            row.field.setFocus()
            # Its error line has no room yet: that comes with the next layout.
            QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(row))

    def _refused(self, problem: Problem) -> None:
        self.send.setEnabled(True)
        name = self._row_of(problem.field)
        if name:
            self.rows[name].show_error(field_text(problem))
            self._go_to(name)
            self._failed(problem.title)
        else:
            self._failed(problem_text(problem))
            self.send.setFocus()

    def _row_of(self, field: str) -> str:
        """The row that a field of the request came from; those of points are numbered over both stages."""
        parts = field.split(".")
        name = next((part for part in parts if part in self.rows), "")
        place = parts[parts.index(name) + 1] if name == "points" and parts[-1] != name else ""
        found = _text_of(self.rows["points"].field).split("\n")
        after = place.isdecimal() and int(place) >= sum(bool(line.strip()) for line in found)
        return "points_left" if after else name

    def _failed(self, words: str) -> None:
        self.words.setText(f"⚠ {words}")


def _text_of(field: Input) -> str:
    if isinstance(field, QComboBox):
        return str(field.currentData() or "")
    if isinstance(field, TextBox):
        return field.toPlainText()
    return field.text() if isinstance(field, QLineEdit) else ""
