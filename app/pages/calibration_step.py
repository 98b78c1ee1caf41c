# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The open step: title, help, what it asks for, and what came of a run at its end. Draws; no I/O."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.calibration_files import FilesField
from app.pages.calibration_inputs import StepField, Value
from app.pages.calibration_words import outcome_text
from app.pages.tile import TrendLine
from app.widgets.digit_field import DigitField
from app.widgets.form_row import quiet_label, words_label
from app.widgets.form_values import BadValue
from app.widgets.present_colours import figures
from edge_daemon.api.messages_calibration import RunMessage, StepMessage

_TRAIL_HEIGHT = 170


class StepPage(QScrollArea):
    """What was typed stays for as long as the step does.

    Signals:
        entered: Enter was pressed in a field that keeps the key to itself.
        standards_wished: a person wants to see the register of standards.
    """

    entered = Signal()
    standards_wished = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: tuple[str, ...] | None = None
        self.fields: dict[str, StepField] = {}
        self.title, self.help = QLabel(), words_label()
        self.help.setFont(figures(self.font(), 1.1))
        self.title.setWordWrap(True)
        self.title.setFont(figures(self.font(), 1.6, bold=True))
        self.outcome, self.summary = QLabel(), words_label()
        self.outcome.setFont(figures(self.font(), 1.9, bold=True))
        self.outcome.setWordWrap(True)
        self._inputs = QVBoxLayout()
        self._inputs.setSpacing(10)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        self.trail, self.range = TrendLine(), quiet_label()
        self.trail.setMinimumHeight(_TRAIL_HEIGHT)
        for part in (self.title, self.help, self.outcome, self.summary, self.trail, self.range):
            column.addWidget(part)
        column.addLayout(self._inputs)
        self.files = FilesField(session, "Attach photographs or files…", "For example how the instrument looks before.")
        column.addWidget(self.files)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_run(self, run: RunMessage, person: str) -> bool:
        """Show how the run stands; says whether another step stands there now."""
        step = run.step
        self.title.setText(step.title)
        self.help.setText(step.help)
        self.help.setVisible(bool(step.help))
        ended = run.state == "signed"
        self.outcome.setText(outcome_text(run.outcome) if ended else "")
        self.outcome.setVisible(ended)
        self.summary.setText("\n".join(f"• {one}" for one in run.summary))
        self.summary.setVisible(bool(run.summary) and step.kind in {"decide", "sign", "return", "done"})
        self._show_trail(run)
        if (now := _likeness(step)) == self._shown:
            for one in step.inputs:
                self.fields[one.name].offer(one)
            return False
        self._shown = now
        self._build(step, person)
        return True

    def _show_trail(self, run: RunMessage) -> None:
        """The signal since the point was applied, large where there is nothing else to be seen."""
        trail = run.live.trail if run.live is not None and run.step.kind == "settle" else ()
        for part in (self.trail, self.range):
            part.setVisible(run.step.kind == "settle")
        self.trail.show_points(tuple((float(place), value) for place, value in enumerate(trail)), 10.0**-run.decimals)
        low, high = (min(trail), max(trail)) if trail else (0.0, 0.0)
        words = f"The last {len(trail)} readings: {low:.{run.decimals}f} to {high:.{run.decimals}f} {run.unit}"
        if len(trail) == 1:
            words = f"One reading so far: {low:.{run.decimals}f} {run.unit}"
        self.range.setText(words if trail else "")

    def _build(self, step: StepMessage, person: str) -> None:
        for old in self.fields.values():
            old.hide()
            old.deleteLater()
        self.fields = {}
        self.files.clear()
        self.files.setVisible(step.files)
        signed = False
        for one in step.inputs:
            wished = person if one.kind == "person" and not signed else ""
            signed = signed or one.kind == "person"
            field = StepField(self._session, one, wished)
            field.entered.connect(self.entered)
            field.standards_wished.connect(self.standards_wished)
            field.changed.connect(self._show_needed_pins)
            field.signed_up.connect(lambda pin, name=one.name: self._fill_pin(name, pin))
            self._inputs.addWidget(field)
            self.fields[one.name] = field
        self._show_needed_pins()
        self.verticalScrollBar().setValue(0)

    def _fill_pin(self, person_field: str, pin: str) -> None:
        """The PIN just chosen belongs into the first PIN field behind the person's."""
        names = list(self.fields)
        behind = names[names.index(person_field) + 1 :]
        following = next((self.fields[name] for name in behind if self.fields[name].wanted.kind == "pin"), None)
        if following is not None:
            following.fill_pin(pin)
            following.take_focus()

    def _show_needed_pins(self) -> None:
        """Nobody has no PIN."""
        person: StepField | None = None
        for field in self.fields.values():
            if field.wanted.kind == "person":
                person = field
            elif field.wanted.kind == "pin" and person is not None:
                field.setVisible(person.wanted.required or bool(person.value()))

    # ---- what was given ---------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Value] | None:
        """All that was given; None where something is wrong, which is said at its field."""
        found, wrong = {}, None
        for name, field in self.fields.items():
            try:
                value = field.value()
            except BadValue as fault:
                field.show_error(str(fault))
                wrong = wrong or field
            else:
                field.show_error("")
                if value is not None:
                    found[name] = value
        if wrong is not None:
            self._reveal(wrong)
            return None
        return found

    def usable_values(self) -> dict[str, Value]:
        """What was given as far as it can be used."""
        found: dict[str, Value] = {}
        for name, field in self.fields.items():
            try:
                value = field.value()
            except BadValue:
                continue
            if value is not None:
                found[name] = value
        return found

    def typed_numbers(self) -> str:
        """The numbers in the fields of the step, to be looked at once more; empty where it asks for none."""
        fields = [(one.wanted, one.field) for one in self.fields.values()]
        numbers = [(wanted, field.text().strip()) for wanted, field in fields if isinstance(field, DigitField)]
        return "\n".join(f"{wanted.title}: {text} {wanted.unit}".rstrip() for wanted, text in numbers if text)

    def show_error(self, field: str, words: str) -> bool:
        """Say it at the field that the recorder named; says whether there is one."""
        found = self.fields.get(field.rpartition(".")[2])
        if found is not None:
            found.show_error(words)
            self._reveal(found)
        return found is not None

    def _reveal(self, field: StepField) -> None:
        field.take_focus()
        # Its error line has no room yet: that comes with the next layout.
        QTimer.singleShot(0, field, lambda: self.ensureWidgetVisible(field))

    def focus_first(self) -> bool:
        """Let keys go to the first field; says whether there is one."""
        first = next(iter(self.fields.values()), None)
        if first is not None:
            first.take_focus()
        return first is not None

    def type_on(self, event: QKeyEvent) -> bool:
        """Let a digit find its field."""
        digits = (field.field for field in self.fields.values() if isinstance(field.field, DigitField))
        first = next(digits, None)
        return first.type_on(event) if first is not None else False


def _likeness(step: StepMessage) -> tuple[str, ...]:
    """What makes it the same step to whoever types in it: its id changes with each word the recorder adds to it. While
    a signal settles, the help says what stands before the instrument, and what was typed is about that."""
    about = step.help if step.kind == "settle" else ""
    return (step.kind, step.title, about, *(f"{one.name} {one.kind}" for one in step.inputs))
