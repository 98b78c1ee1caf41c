# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What stands around every step: whose calibration it is, how far it is, the signal, the points, the choices. Draws."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.pages.calibration_points import PointsTable
from app.pages.calibration_signal import SignalPanel
from app.widgets.choice_bar import ChoiceBar
from app.widgets.digit_field import HEIGHT
from app.widgets.elided_label import ElidedLabel
from app.widgets.form_row import words_label
from app.widgets.present_colours import figures
from app.widgets.step_bar import StepBar
from edge_daemon.api.messages_calibration import RunMessage

_ROOMY = 700
"""On a lower screen the fields of the signature need the room; the summary above them tells the points in words."""


class Frame:
    """The parts; `fill` lays them out in a window around `pages`.

    `bars` are the pages' own choices, which stand where the steps' choices do.
    """

    def __init__(self, name: str, pages: QWidget, bars: Sequence[ChoiceBar]) -> None:
        self._name, self._pages, self._bars = name, pages, bars
        self.title, self.bar, self.steps = ElidedLabel(name), ChoiceBar(), StepBar()
        self.title.setFont(figures(self.title.font(), 1.15, bold=True))
        self.signal, self.points = SignalPanel(), PointsTable()
        self.words = words_label()
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing() + 2)
        self.words.setAccessibleName("What happened")
        self.who, self.leave, self.abort = (
            QPushButton("Somebody else…"),
            QPushButton("Leave it open"),
            QPushButton("Abort…"),
        )
        self.who.setToolTip("Another person goes on: what is answered from then on is recorded with that name")
        self.leave.setToolTip("The calibration stays open in the record; go on from the sensor later")
        self.abort.setToolTip("End it without a verdict; what was taken stays in the record")
        for button in (self.who, self.leave, self.abort):
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            button.hide()

    def fill(self, window: QWidget) -> None:
        """Lay everything out in this window."""
        head, middle, left = QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.title)
        said.addWidget(self.steps)
        head.addLayout(said, 1)
        for button in (self.who, self.leave, self.abort):
            head.addWidget(button)
        left.addWidget(self._pages, 1)
        for part in (self.points, self.words, *self._bars, self.bar):
            left.addWidget(part)
        middle.addLayout(left, 1)
        middle.addWidget(self.signal)
        middle.setSpacing(12)
        column = QVBoxLayout(window)
        column.setContentsMargins(12, 8, 12, 10)
        column.addLayout(head)
        column.addLayout(middle, 1)

    def show_run(self, run: RunMessage, person: str) -> None:
        """Bring head and points up to date; `person` is who answers."""
        self.title.setText(f"{self._name} · {run.title}")
        given_up = run.state == "aborted"  # its last step is not the last of them all
        number, count = (0, 0) if given_up else (run.step.number, run.step.count)
        self.steps.show_step(number, count, person if run.state == "under_way" else run.person)
        low = self._pages.window().height() < _ROOMY
        self.points.show_run(run, room=not (low and run.step.kind == "sign"))
        for button in (self.who, self.leave, self.abort):
            button.setVisible(run.state == "under_way")
