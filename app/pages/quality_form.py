# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A form of named rows that scrolls, shows each refusal at its field, and never loses what was typed. Draws; no I/O."""

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.pages.problem_words import problem_text
from app.widgets.form_row import FormRow, words_label
from app.widgets.form_values import BadValue, number_of
from edge_daemon.api.messages import Problem


class NamedForm(QWidget):
    """`rows` by the name that a refusal calls the field by; `words` says what belongs to no field."""

    def __init__(self, rows: Mapping[str, FormRow]) -> None:
        super().__init__()
        self.rows = dict(rows)
        self.words = words_label()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        for row in self.rows.values():
            column.addWidget(row)
            row.touched.connect(partial(self._mended, row))
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area, 1)
        whole.addWidget(self.words)
        self.words.hide()

    def _mended(self, row: FormRow) -> None:
        row.show_error("")
        self.say("")

    def say(self, words: str) -> None:
        """Say what belongs to no field; empty text takes it away."""
        self.words.setText(words)
        self.words.setVisible(bool(words))

    def show_only(self, names: Iterable[str]) -> None:
        """Hide the rows of other names."""
        shown = set(names)
        for name, row in self.rows.items():
            row.setVisible(name in shown)

    def show_faults(self, faults: Mapping[str, str]) -> bool:
        """Say at each field what is wrong with it; true where nothing is."""
        for name, row in self.rows.items():
            row.show_error(faults.get(name, ""))
        wrong = next((row for name, row in self.rows.items() if name in faults), None)
        self.say("⚠ Something is missing or cannot be read: see the marks above." if wrong is not None else "")
        if wrong is not None:
            wrong.field.setFocus()
            self._area.ensureWidgetVisible(wrong)
        return wrong is None

    def show_refusal(self, problem: Problem) -> None:
        """Say the recorder's refusal at the field that it names, or below all."""
        named = problem.field.split(".")
        row = next((self.rows[part] for part in reversed(named) if part in self.rows), None)
        if row is None or row.isHidden():
            self.say(f"⚠ {problem_text(problem)}")
            return
        row.show_error(problem.detail)
        row.field.setFocus()
        self._area.ensureWidgetVisible(row)
        self.say(f"⚠ {problem.title}.")


def text_of_field(row: FormRow) -> str:
    """What a line or a box of choices holds."""
    if isinstance(row.field, QLineEdit):
        return row.field.text().strip()
    return row.field.currentText().strip() if isinstance(row.field, QComboBox) else ""


def numbers_in(text: str, count: int) -> tuple[float, ...]:
    """That many numbers, between which anything but digits, points and signs may stand. Raises BadValue."""
    parts = [part for part in text.replace("…", " ").replace(" to ", " ").replace(";", " ").split() if part]
    if len(parts) != count:
        wanted = "One number is" if count == 1 else f"{count} numbers are"
        raise BadValue(f"{wanted} needed, such as {'350' if count == 1 else '350 to 5000'}.")
    return tuple(float(number_of(part)) for part in parts)


def fit_dialog(dialog: QDialog, width: int = 720, height: int = 520) -> None:
    """Open in a size that a screen of 1024 x 600 holds."""
    dialog.resize(width, height)
    dialog.setMinimumWidth(480)
