# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finding the type and order of a Modbus number by a quantity that a person knows. Asks the session; does no I/O."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.pages.problem_words import field_text, problem_text
from app.widgets.form_row import EDGES, TOUCH, FormRow, words_label
from app.widgets.form_values import BadValue, number_of
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_devices import RegisterReading, RegistersAsked, RegistersShown

_COLUMNS = ("Type", "Order", "Value", "Does it fit?")
_FUNCTIONS = {"3 holding registers": 3, "4 input registers": 4}
_COUNTS = {"1 register (16 bits)": 1, "2 registers (32 bits)": 2, "4 registers (64 bits)": 4}
_HIGHEST = 0xFFFF
_INTRO = (
    "Read a register whose quantity you know, e.g. from the device's own display: the row that fits tells its type and "
    "order. Nothing is written to the device."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the device is: the port's key and line, and what the form already says of its address."""

    key: str
    line: str
    address: str = "1"
    framing: str = "rtu"


class TryOrdersDialog(QDialog):
    """One read each time the button is pressed; the rows that fit come first."""

    def __init__(self, session: Session, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Try all orders of a Modbus number")
        self.setStyleSheet(EDGES)
        self.resize(860, 560)
        self._session, self._place = session, place
        self.address, self.first = QLineEdit(place.address), QLineEdit("0")
        self.line, self.known = QLineEdit(place.line), QLineEdit()
        self.function, self.count = QComboBox(), QComboBox()
        self.function.addItems(list(_FUNCTIONS))
        self.count.addItems(list(_COUNTS))
        self.count.setCurrentIndex(1)
        self.rows = {
            "address": FormRow("Modbus address", self.address),
            "line": FormRow("Line", self.line, help_text="Where the port is recorded already, its own line holds."),
            "function": FormRow("Function", self.function),
            "first": FormRow("Register", self.first, help_text="As sent: from 0, without the maker's 40001 or 30001."),
            "count": FormRow("How many", self.count),
            "known": FormRow("Known quantity", self.known, help_text="What it should be, as far as you know it."),
        }
        self.words = words_label(_INTRO)
        self.table = _table()
        self.shown: tuple[RegisterReading, ...] = ()
        self.asked: RegistersAsked | None = None
        self.read, self.copy, self.close_button = (
            QPushButton("&Read"),
            QPushButton("&Copy as point"),
            QPushButton("Close"),
        )
        self._lay_out()
        self.read.clicked.connect(self._ask)
        self.copy.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.reject)
        self.table.itemSelectionChanged.connect(self._chosen)
        self.read.setDefault(True)
        self._chosen()
        self.first.setFocus()
        self.first.selectAll()

    def _lay_out(self) -> None:
        form = QVBoxLayout()
        for row in self.rows.values():
            form.addWidget(row)
        form.addStretch(1)
        halves = QHBoxLayout()
        halves.addLayout(form, 2)
        halves.addWidget(self.table, 3)
        buttons = QHBoxLayout()
        for button in (self.read, self.copy, self.close_button):
            button.setMinimumHeight(TOUCH)
            button.setAutoDefault(button is self.read)
            buttons.addWidget(button)
        buttons.insertStretch(2, 1)
        column = QVBoxLayout(self)
        column.addWidget(self.words)
        column.addLayout(halves, 1)
        column.addLayout(buttons)

    def _ask(self) -> None:
        asked = self._asked()
        if asked is None:
            return
        self.read.setEnabled(False)
        self.words.setText("… Asking the device.")
        show = partial(self._show, asked)
        self._session.devices.registers(self._place.key, asked, show, self._refused)

    def _asked(self) -> RegistersAsked | None:
        """What is filled in; None where something is wrong, which is then said beside it."""
        numbers: dict[str, float | None] = {}
        for name, field, highest in (("address", self.address, 255), ("first", self.first, _HIGHEST)):
            numbers[name] = self._whole(name, field, highest)
        fault = ""
        known: float | None = None
        try:
            known = number_of(self.known.text()) if self.known.text().strip() else None
        except BadValue as wrong:
            fault = str(wrong)
        self.rows["known"].show_error(fault)
        if fault or None in numbers.values():
            return None
        return RegistersAsked.model_validate(
            {
                **numbers,
                "line": self.line.text().strip(),
                "framing": self._place.framing,
                "function": _FUNCTIONS[self.function.currentText()],
                "count": _COUNTS[self.count.currentText()],
                "known": known,
            }
        )

    def _whole(self, name: str, field: QLineEdit, highest: int) -> int | None:
        text = field.text().strip()
        number = int(text) if text.isdecimal() and len(text) <= len(str(_HIGHEST)) else -1
        right = 0 <= number <= highest
        self.rows[name].show_error("" if right else f"A whole number from 0 to {highest} is needed.")
        return number if right else None

    def _show(self, asked: RegistersAsked, told: RegistersShown) -> None:
        self.read.setEnabled(True)
        self.asked, self.shown = asked, told.readings
        raw = " ".join(f"{word:04X}" for word in told.words)
        fitting = sum(one.fits for one in told.readings)
        self.words.setText(f"The device sent {raw}. {_verdict(fitting, known=asked.known is not None)}")
        self.table.setRowCount(len(told.readings))
        for row, one in enumerate(told.readings):
            for column, text in enumerate((one.type, one.order, value_text(one), fit_text(one))):
                self.table.setItem(row, column, QTableWidgetItem(text))
        if told.readings:
            self.table.selectRow(0)
            self.table.setFocus()

    def _chosen(self) -> None:
        self.copy.setEnabled(bool(self.table.selectionModel().selectedRows()))

    def _copy(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows and self.asked is not None:
            QGuiApplication.clipboard().setText(point_text(self.shown[rows[0].row()], self.asked))
            self.words.setText("✓ Copied: paste it into the register map, and fill in channel and unit.")

    def _refused(self, problem: Problem) -> None:
        self.read.setEnabled(True)
        said = problem_text(problem)
        self.words.setText(f"⚠ {said}")
        row = self.rows.get(problem.field)
        if row is not None:
            row.show_error(field_text(problem))
            row.field.setFocus()


def value_text(one: RegisterReading) -> str:
    """The value as it is read on a display; a dash for what is no number."""
    return "–" if one.value is None else f"{one.value:.7g}"


def fit_text(one: RegisterReading) -> str:
    """Whether it is the known quantity, and with which scale."""
    if one.fits:
        return "✓ fits" if one.scale == 1 else f"✓ fits with scale {one.scale:g}"
    return "" if one.plausible else "no ordinary number"


def point_text(one: RegisterReading, asked: RegistersAsked) -> str:
    """A point of a register map, with channel and unit to be filled in."""
    return (
        f'[[points]]\nchannel = ""\nfunction = {asked.function}\n'
        f"address = {asked.first}   # as sent; add address_base, if any\n"
        f'type = "{one.type}"\norder = "{one.order}"\nscale = {one.scale:g}\nunit = ""\n'
    )


def _verdict(fitting: int, *, known: bool) -> str:
    if not known:
        return "Enter the quantity that you know, and the rows that fit are marked."
    if fitting == 1:
        return "One row fits."
    return f"{fitting} rows fit: check with another register." if fitting else "No row fits: is it this register?"


def _table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    table.setHorizontalHeaderLabels(list(_COLUMNS))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setAccessibleName("What the registers may mean")
    table.verticalHeader().setVisible(False)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setStretchLastSection(True)
    return table
