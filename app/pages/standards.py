# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The register of reference standards: list, scan, add, correct, withdraw, import. Asks the session; no I/O itself."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.pages.problem_words import problem_text
from app.pages.standards_form import StandardForm
from app.pages.standards_import import ImportReport
from app.pages.standards_who import WhoPage
from app.pages.standards_words import expiry_text, kind_text, standard_detail, standing_text, value_text
from app.widgets.digit_field import HEIGHT
from app.widgets.form_row import EDGES, words_label
from app.widgets.present_colours import figures
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import (
    NewStandard,
    StandardKind,
    StandardMessage,
    StandardsImport,
    StandardsImported,
)

_COLUMNS = ("Name", "Kind", "Value", "Good until", "Standing", "Last used")
_MOST_CSV_BYTES = 1_000_000
_EMPTY = (
    "No standards are in the register yet. Add the first from its certificate, or import a list: a gas bottle, a "
    "buffer solution, a reference instrument."
)


class StandardsDialog(QDialog):
    """Those used last come first. What is typed or scanned narrows the list; Enter takes the one that is left."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Reference standards")
        self.setStyleSheet(EDGES)
        self.resize(940, 560)
        self._session = session
        self._all: tuple[StandardMessage, ...] = ()
        self._shown: list[StandardMessage] = []
        self._kinds: tuple[str, ...] = ()
        self.scan = QLineEdit()
        self.scan.setPlaceholderText("Scan a label, or type to search")
        self.scan.setAccessibleName("Scan or search")
        self.scan.setClearButtonEnabled(True)
        self.scan.setMinimumHeight(HEIGHT)
        self.table, self.words = _table(), words_label("… Asking the recorder.")
        self.add, self.correct = QPushButton("&Add…"), QPushButton("&Correct or renew…")
        self.withdraw, self.bring_in = QPushButton("&Withdraw…"), QPushButton("&Import CSV…")
        self.close_button = QPushButton("Close")
        self.form, self.report, self.who = StandardForm(session), ImportReport(), WhoPage(self._show_list)
        self._list, self._stack = QWidget(), QStackedWidget()
        self._lay_out()
        self.scan.textChanged.connect(self._fill)
        self.table.itemSelectionChanged.connect(self._chosen_changed)
        self.table.itemDoubleClicked.connect(lambda _: self._correct())
        self.form.saved.connect(self._saved)
        self.form.left.connect(self._show_list)
        self.report.left.connect(self._show_list)
        self._chosen_changed()
        self.ask()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        works: tuple[tuple[QPushButton, Callable[[], None]], ...] = (
            (self.add, self._add),
            (self.correct, self._correct),
            (self.withdraw, self._ask_withdraw),
            (self.bring_in, self._ask_import),
            (self.close_button, self.reject),
        )
        for button, work in works:
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            button.clicked.connect(lambda _=False, do=work: do())
            if button is self.close_button:
                buttons.addStretch(1)
            buttons.addWidget(button)
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.scan)
        column.addWidget(self.table, 1)
        column.addWidget(self.words)
        column.addLayout(buttons)
        for page in (self._list, self.form, self.report, self.who):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.addWidget(self._stack)

    # ---- the list ---------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the register now."""
        self._session.calibration.standards(self._took, self._refused)
        self._session.calibration.kinds(self._took_kinds, self._refused)

    @property
    def chosen(self) -> StandardMessage | None:
        """The standard whose row is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self._shown[rows[0].row()] if rows else None

    def _took(self, found: tuple[StandardMessage, ...]) -> None:
        self._all = found
        if self.words.text().startswith("…") or not found:
            self.words.setText("" if found else _EMPTY)
        self._fill()

    def _took_kinds(self, kinds: tuple[StandardKind, ...]) -> None:
        """Those that procedures ask for come first."""
        self._kinds = tuple(one.kind for one in sorted(kinds, key=lambda one: not one.asked_for))

    def _fill(self) -> None:
        before = self.chosen.index if self.chosen is not None else None
        wanted = self.scan.text().lower().split()
        self._shown = [one for one in self._all if _holds(one, wanted)]
        self.table.setRowCount(len(self._shown))
        for row, one in enumerate(self._shown):
            used = one.used[:10] if one.used else "not yet"
            texts = (one.name, kind_text(one.kind), value_text(one), expiry_text(one), standing_text(one), used)
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{one.name}\n{standard_detail(one)}")
                self.table.setItem(row, column, item)
            if one.index == before or len(self._shown) == 1:
                self.table.selectRow(row)
        self._chosen_changed()

    def _chosen_changed(self) -> None:
        one = self.chosen
        self.correct.setEnabled(one is not None)
        self.withdraw.setEnabled(one is not None and one.standing != "withdrawn")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keys, and in the search line takes what was scanned; Esc leads back to
        the list before it closes."""
        enter, focus = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}, self.focusWidget()
        if enter and isinstance(focus, QPushButton):
            focus.click()
        elif enter and self._stack.currentWidget() is self._list:
            self._take_line()
        elif event.key() == Qt.Key.Key_Escape and self._stack.currentWidget() is not self._list:
            self._go_back()
        else:
            super().keyPressEvent(event)

    def _go_back(self) -> None:
        """To the list, unless that would throw away what is typed: then it is asked first."""
        if self._stack.currentWidget() is self.form:
            self.form.leave()
        elif self._stack.currentWidget() is self.who:
            self.who.panel.decline()
        else:
            self._show_list()

    def reject(self) -> None:
        """Close, unless a standard that was begun would be lost without a question."""
        if self._stack.currentWidget() is not self.form or self.form.may_leave():
            super().reject()

    def _take_line(self) -> None:
        """An exact code wins over words; a code that nobody knows begins a new standard with it."""
        typed = self.scan.text().strip()
        exact = next((one for one in self._all if typed and one.code == typed), None)
        if exact is not None:
            self.scan.clear()
            self.table.selectRow(self._shown.index(exact))
            self.words.setText(f"✓ {exact.name}: {value_text(exact)}, {standing_text(exact)}. {standard_detail(exact)}")
        elif len(self._shown) == 1:
            self.table.selectRow(0)
        elif typed and not self._shown:
            self.words.setText(f"No standard has the code or words “{typed}”. Add it, and it will be found by it.")

    # ---- changes ----------------------------------------------------------------------------------------------------

    def _add(self) -> None:
        unknown = self.scan.text().strip() if not self._shown else ""
        self.form.begin(self._kinds, code=unknown)
        self._stack.setCurrentWidget(self.form)

    def _correct(self) -> None:
        if self.chosen is not None:
            self.form.begin(self._kinds, self.chosen)
            self._stack.setCurrentWidget(self.form)

    def _ask_withdraw(self) -> None:
        one = self.chosen
        if one is None:
            return
        question = f"Take “{one.name}” out of use? Calibrations that used it stay as they are."
        self._ask_who("Withdraw a standard", question, "Take it out of use", partial(self._withdraw, one))

    def _ask_who(self, title: str, words: str, go_on: str, named: Callable[[str], None]) -> None:
        """Ask who does this, then have it done."""

        def do(person: str) -> None:
            self._session.person = person
            self._show_list()
            named(person)

        self._stack.setCurrentWidget(self.who)
        self.who.ask(title, words, go_on, self._session.person, do)

    def _withdraw(self, one: StandardMessage, person: str) -> None:
        kept = one.model_dump(exclude={"index", "standing", "used", "attachments"})
        new = NewStandard.model_validate(kept | {"replaces": one.index, "withdrawn": True, "person": person})
        self._session.calibration.put_standard(new, self._withdrawn, self._refused)

    def _withdrawn(self, told: StandardMessage) -> None:
        self.words.setText(f"✓ {told.name} is out of use.")
        self.ask()

    def _saved(self, told: StandardMessage) -> None:
        self._show_list()
        self.scan.clear()
        self.words.setText(f"✓ {told.name} is in the register: {value_text(told)}, {standing_text(told)}.")

    def _ask_import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import standards", "", "Tables (*.csv *.txt);;All files (*)")
        if path:
            self.take_file(Path(path))

    def take_file(self, path: Path) -> None:
        """Import this file, once it is known who does so."""
        words = f"{path.name}: each line that can be read becomes an entry of the register."
        self._ask_who("Import standards", words, "Import them", partial(self._read_csv, path))

    def _read_csv(self, path: Path, person: str) -> None:
        self.words.setText("… Reading the file.")
        taken = partial(self._send_csv, path.name, person)
        self._session.files.read(path, _MOST_CSV_BYTES, taken, self._failed)

    def _send_csv(self, name: str, person: str, data: bytes) -> None:
        new = StandardsImport(csv=data.decode("utf-8", "replace"), person=person)
        self._session.calibration.import_standards(new, lambda told: self._imported(name, told), self._refused)

    def _imported(self, name: str, told: StandardsImported) -> None:
        self.words.setText("")
        self.report.show_report(name, told)
        self._stack.setCurrentWidget(self.report)
        self.ask()

    def _show_list(self) -> None:
        self._stack.setCurrentWidget(self._list)
        self.scan.setFocus()
        self.ask()

    def _failed(self, words: str) -> None:
        self.words.setText(f"⚠ {words}")

    def _refused(self, problem: Problem) -> None:
        self._failed(problem_text(problem))


def _holds(one: StandardMessage, wanted: list[str]) -> bool:
    text = f"{one.name} {kind_text(one.kind)} {one.code} {one.lot} {one.certificate} {one.issuer} {value_text(one)}"
    return all(word in text.lower() for word in wanted)


def _table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    table.setHorizontalHeaderLabels(list(_COLUMNS))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setFont(figures(table.font()))
    table.setAccessibleName("Reference standards")
    table.setStyleSheet("QTableWidget::item { padding: 0 8px; } QHeaderView::section { padding: 4px 8px; }")
    table.verticalHeader().setVisible(False)
    table.verticalHeader().setDefaultSectionSize(48)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table
