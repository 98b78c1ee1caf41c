# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Before a run: which procedure, then what to have ready and who does it. Asks the session; does no I/O."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.pages.calibration_words import ADJUSTMENTS, procedure_text
from app.widgets.choice_bar import ChoiceBar, Option
from app.widgets.digit_field import HEIGHT, enter_pressed
from app.widgets.form_chooser import Choice, Chooser
from app.widgets.form_row import FormRow, quiet_label, words_label
from app.widgets.present_colours import figures
from edge_daemon.api.messages_calibration import NewRun, ProcedureMessage


class ChoosePage(QWidget):
    """Two pages: the procedures, and the chosen one's preparation. Whoever shows them shows `bar` as well.

    Signals:
        begun: a `NewRun`.
        left: a person does not want to calibrate now.
    """

    begun = Signal(object)
    left = Signal()

    def __init__(self, person: str) -> None:
        super().__init__()
        self._known: dict[str, ProcedureMessage] = {}
        self.title, self.words = _title("How do you want to calibrate?"), words_label("… Asking the recorder.")
        self.chooser = Chooser("Procedures")
        self.chooser.search.setMinimumHeight(HEIGHT)
        self.chooser.search.setPlaceholderText("Search")
        self.chooser.search.installEventFilter(self)
        self.procedure, self.what, self.source = _title(""), words_label(), quiet_label()
        self.preparation = words_label()
        self.person, self.place = QLineEdit(person), QLineEdit()
        self.rows = {
            "person": FormRow("Who calibrates", self.person, help_text="as it is to stand in the record"),
            "place": FormRow("Where (may stay empty)", self.place, help_text="for example the name of the plot"),
        }
        self.bar = ChoiceBar()
        self._stack = QStackedWidget()
        self._lay_out()
        self.bar.chosen.connect(self._chosen)
        self.chooser.chosen.connect(lambda _: self._offer())
        self.chooser.list.itemDoubleClicked.connect(lambda _: self._chosen("prepare"))
        self.rows["person"].touched.connect(lambda: self.rows["person"].show_error(""))
        self._offer()

    def _lay_out(self) -> None:
        choosing, preparing = QWidget(), QWidget()
        first, second = QVBoxLayout(choosing), QVBoxLayout(preparing)
        for column, parts in (
            (first, (self.title, self.words, self.chooser)),
            (second, (self.procedure, self.what, _heading("Have this ready"), self.preparation, self.source)),
        ):
            column.setContentsMargins(0, 0, 8, 0)
            for part in parts:
                column.addWidget(part)
        for row in self.rows.values():
            row.field.setMinimumHeight(HEIGHT)
            second.addWidget(row)
        second.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(preparing)
        for page in (choosing, area):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack, 1)

    @property
    def channel(self) -> str:
        """The channel that the chosen procedure is about; empty where none is chosen."""
        one = self._known.get(self.chooser.key)
        return one.channel if one is not None else ""

    def offer(self, procedures: tuple[ProcedureMessage, ...]) -> None:
        """Offer these."""
        self._known = {one.key: one for one in procedures}
        self.words.setText("" if procedures else "The model of this sensor names no procedure for its calibration.")
        self.words.setVisible(not procedures)
        self.chooser.offer([Choice(one.key, one.title, ADJUSTMENTS[one.adjustment]) for one in procedures])
        self.chooser.setVisible(bool(procedures))
        if procedures:
            self.chooser.choose(procedures[0].key)
            self.chooser.list.setFocus()
        self._offer()

    def say(self, words: str) -> None:
        """Say why there is nothing to choose."""
        self.words.setText(words)
        self.words.show()

    def go_back(self) -> None:
        """To the procedures, and from there away."""
        if self._stack.currentIndex() == 0:
            self.left.emit()
            return
        self._stack.setCurrentIndex(0)
        self.chooser.list.setFocus()
        self._offer()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the search line goes on once something is chosen."""
        if watched is self.chooser.search and enter_pressed(event) and self.chooser.key:
            self._chosen("prepare")
            return True
        return super().eventFilter(watched, event)

    def _offer(self) -> None:
        if self._stack.currentIndex() == 0:
            usable = bool(self.chooser.key)
            self.bar.offer([Option("prepare", "Choose this procedure", usable), Option("leave", "Close")])
        else:
            self.bar.offer([Option("begin", "Begin the calibration"), Option("back", "Back")])

    def _chosen(self, name: str) -> None:
        if name == "prepare":
            self._prepare()
        elif name == "begin":
            self._begin()
        else:
            self.go_back()

    def _prepare(self) -> None:
        one = self._known.get(self.chooser.key)
        if one is None:
            return
        self.procedure.setText(one.title)
        self.what.setText(procedure_text(one))
        self.preparation.setText("\n".join(f"• {line}" for line in one.preparation) or "• Nothing in particular.")
        self.source.setText(f"After: {one.source}" if one.source else "")
        self._stack.setCurrentIndex(1)
        self._offer()
        (self.place if self.person.text().strip() else self.person).setFocus()

    def _begin(self) -> None:
        person = self.person.text().strip()
        if not person:
            self.rows["person"].show_error("A name is needed: it stands in the record.")
            self.person.setFocus()
            return
        self.begun.emit(NewRun(procedure=self.chooser.key, person=person, place=self.place.text().strip()))


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setFont(figures(label.font(), 1.6, bold=True))
    return label


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(figures(label.font(), 1.15, bold=True))
    return label
