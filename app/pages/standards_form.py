# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A reference standard as it is typed from its certificate or label, with the document. Asks the session; no I/O."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.calibration_files import FilesField
from app.pages.problem_words import field_text, problem_text
from app.pages.standards_words import KINDS, kind_text
from app.widgets.digit_field import HEIGHT
from app.widgets.form_lines import numbers_of_lines
from app.widgets.form_row import FormRow, Input, words_label
from app.widgets.form_setting import TextBox
from app.widgets.form_values import BadValue, number_of, plain_text
from app.widgets.leave_question import LeaveQuestion
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import NewStandard, StandardMessage

_TEXTS = ("name", "unit", "lot", "certificate", "issuer", "expires", "code")


class StandardForm(QWidget):
    """Keeps what is typed until the recorder has taken it.

    Signals:
        saved: the `StandardMessage` as it is in the register now.
        left: nothing is to be saved.
    """

    saved = Signal(object)
    left = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._replaces: int | None = None
        self.kind = QComboBox()
        self.kind.setEditable(True)
        self.lines = {name: QLineEdit() for name in (*_TEXTS, "value", "expanded_uncertainty", "factor", "person")}
        self.table = TextBox()
        self.rows = self._make_rows()
        self.words = words_label()
        self.files = FilesField(session, "Attach the &certificate…", "No file is attached yet.")
        self.save, self.cancel = QPushButton("Save the standard"), QPushButton("Cancel")
        self._lay_out()
        self.save.clicked.connect(self._send)
        self.cancel.clicked.connect(self.leave)
        self._begun: tuple[str, ...] = ()
        self._leaving = LeaveQuestion(lambda: self._typed() != self._begun, self.words.setText)
        for row in self.rows.values():
            row.touched.connect(self._leaving.take_back)

    def may_leave(self) -> bool:
        """Whether nothing would be lost, or it was said so just before."""
        return self._leaving.may_leave()

    def leave(self) -> None:
        """Go without saving; where something is typed, at the second wish."""
        if self.may_leave():
            self.left.emit()

    def _typed(self) -> tuple[str, ...]:
        lines = (line.text() for line in self.lines.values())
        return (*lines, self.kind.currentText(), self.table.toPlainText(), *(one.name for one in self.files.uploads))

    def _make_rows(self) -> dict[str, FormRow]:
        lines = self.lines
        given: dict[str, tuple[str, Input, str]] = {
            "kind": ("Kind", self.kind, "what procedures ask for"),
            "name": ("Name", lines["name"], "for example Span gas 1000 ppm"),
            "value": ("Value", lines["value"], ""),
            "unit": ("Unit", lines["unit"], "as the sensor's channel has it, for example ppm"),
            "expanded_uncertainty": ("Expanded uncertainty ±", lines["expanded_uncertainty"], "in the same unit"),
            "factor": ("Coverage factor k", lines["factor"], "2 unless the certificate says otherwise"),
            "lot": ("Lot or serial number", lines["lot"], ""),
            "certificate": ("Certificate number", lines["certificate"], ""),
            "issuer": ("Issued by", lines["issuer"], ""),
            "expires": ("Good until", lines["expires"], "as 2027-06-30; empty: it does not expire"),
            "code": ("Code on its label", lines["code"], "what a scanner reads off it"),
            "by_temperature": ("Value by temperature", self.table, "one line each: °C and value, such as 25 7.00"),
            "person": ("Entered by", lines["person"], ""),
        }
        return {name: FormRow(title, field, help_text=said) for name, (title, field, said) in given.items()}

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        for row in self.rows.values():
            column.addWidget(row)
            row.touched.connect(lambda shown=row: shown.show_error(""))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self._area = area
        below = QHBoxLayout()
        for button in (self.save, self.cancel):
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            below.addWidget(button)
        below.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area, 1)
        whole.addWidget(self.files)
        whole.addWidget(self.words)
        whole.addLayout(below)

    def begin(self, kinds: tuple[str, ...], before: StandardMessage | None = None, code: str = "") -> None:
        """A new standard with the `code` that was scanned, or one that takes the place of `before`."""
        self._replaces = before.index if before is not None else None
        self.kind.clear()
        for kind in dict.fromkeys(kinds or KINDS):
            self.kind.addItem(kind_text(kind), kind)
        self.kind.setCurrentIndex(max(self.kind.findData(before.kind), 0) if before is not None else 0)
        for name in _TEXTS:
            self.lines[name].setText(str(getattr(before, name)) if before is not None else "")
        for name in ("value", "expanded_uncertainty"):
            self.lines[name].setText(plain_text(float(getattr(before, name))) if before is not None else "")
        if before is None:
            self.lines["code"].setText(code)
        self.lines["factor"].setText(plain_text(before.factor) if before is not None else "2")
        self.lines["person"].setText(self._session.person)
        steps = before.by_temperature if before is not None else ()
        self.table.setPlainText("\n".join(f"{plain_text(celsius)} {plain_text(value)}" for celsius, value in steps))
        self.files.clear()
        self.words.setText("")
        for row in self.rows.values():
            row.show_error("")
        self._leaving.take_back()
        self._begun = self._typed()
        self._area.verticalScrollBar().setValue(0)
        self.lines["name"].setFocus()

    def _send(self) -> None:
        new = self._new()
        if new is None:
            self.words.setText("⚠ Something is missing or cannot be read: see the marks above.")
            return
        self._session.person = new.person
        self.save.setEnabled(False)
        self._session.calibration.put_standard(new, self._saved, self._refused)

    def _new(self) -> NewStandard | None:
        """What was typed; None where something is wrong, which is said at its field."""
        numbers: dict[str, float] = {}
        faults: dict[str, str] = {}
        for name in ("value", "expanded_uncertainty", "factor"):
            try:
                numbers[name] = float(number_of(self.lines[name].text()))
            except BadValue as fault:
                faults[name] = str(fault)
        for name, least in (("expanded_uncertainty", 0.0), ("factor", 1e-9)):
            if numbers.get(name, 1.0) < least:
                faults[name] = "It must be more than zero." if name == "factor" else "It must not be below zero."
        steps: tuple[tuple[float, float], ...] = ()
        try:
            steps = tuple((line[0], line[1]) for line in numbers_of_lines(self.table.toPlainText(), 2, 2))
        except BadValue as fault:
            faults["by_temperature"] = str(fault)
        texts = {name: self.lines[name].text().strip() for name in (*_TEXTS, "person")}
        faults |= {name: "This is needed." for name in ("name", "person") if not texts[name]}
        kind = self.kind.currentText().strip()
        place = self.kind.findText(kind)
        faults |= {} if kind else {"kind": "This is needed."}
        for name, row in self.rows.items():
            row.show_error(faults.get(name, ""))
        wrong = next((row for name, row in self.rows.items() if name in faults), None)
        if wrong is not None:
            wrong.field.setFocus()
            self._area.ensureWidgetVisible(wrong)
            return None
        chosen = str(self.kind.itemData(place)) if place >= 0 else kind
        told = {"kind": chosen, "by_temperature": steps, "replaces": self._replaces, "files": self.files.uploads}
        return NewStandard.model_validate(told | numbers | texts)

    def _saved(self, told: StandardMessage) -> None:
        self.save.setEnabled(True)
        self.saved.emit(told)

    def _refused(self, problem: Problem) -> None:
        self.save.setEnabled(True)
        row = self.rows.get(problem.field.rpartition(".")[2])
        if row is None:
            self.words.setText(f"⚠ {problem_text(problem)}")
            return
        row.show_error(field_text(problem))
        row.field.setFocus()
        self._area.ensureWidgetVisible(row)
        self.words.setText(f"⚠ {problem.title}.")
