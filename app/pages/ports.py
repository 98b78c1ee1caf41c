# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The ports that are present: what uses each, what is wrong with it, and what can be done. Does no I/O."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.client.session import Session, State
from app.pages.ports_words import command_in, port_title, use_text
from app.pages.problem_words import problem_text
from app.widgets.elided_label import ElidedLabel
from app.widgets.form_row import TOUCH, quiet_label, words_label
from edge_daemon.api.messages import PortMessage, Problem, SensorMessage
from edge_daemon.domain.connection import PortKind

_EVERY_MS = 5_000
_NONE = "No port is present. Plug a sensor in: it appears here within two seconds."


class PortRow(QFrame):
    """One port. The page connects its buttons."""

    def __init__(self, port: PortMessage, sensors: dict[str, SensorMessage], *, fresh: bool) -> None:
        super().__init__()
        self.port = port
        self.setObjectName("port")
        edge = "border-left: 6px solid palette(highlight);" if fresh else ""
        self.setStyleSheet(f"#port {{ background: palette(alternate-base); border-radius: 4px; {edge} }}")
        self.title = ElidedLabel(("NEW · " if fresh else "") + port_title(port))
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        use = use_text(port, sensors)
        self.use = ElidedLabel(f"{use} · {port.chip}" if port.chip else use)
        self.use.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.identify, self.add, self.exclude = QPushButton("Identify…"), QPushButton("Add sensor…"), QPushButton()
        self.exclude.setText("Allow again" if port.excluded else "Exclude")
        self.exclude.setToolTip("An excluded port is never identified. Sensors on it can still be recorded.")
        # Behind a pseudo-terminal there is always another program: that is what makes one.
        trouble = "" if port.kind is PortKind.PSEUDO_TERMINAL else port.trouble
        self.identify.setEnabled(not port.sensors and not port.excluded and not trouble)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 6, 6, 6)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.title, 0, 0)
        grid.addWidget(self.use, 1, 0)
        for place, button in enumerate((self.identify, self.add, self.exclude), 1):
            button.setMinimumHeight(TOUCH)
            button.setAccessibleName(f"{button.text()} {port.device}")
            grid.addWidget(button, 0, place, 2, 1)
        grid.setColumnStretch(0, 1)
        self.trouble: QLabel | None = None
        self.copy: QPushButton | None = None
        if trouble:
            self._show_trouble(grid, trouble)
        self.setAccessibleName(f"{self.title.text()}. {use}. {trouble}")

    def _show_trouble(self, grid: QGridLayout, trouble: str) -> None:
        self.trouble = words_label(f"⚠ {trouble}")
        line = QHBoxLayout()
        line.addWidget(self.trouble, 1)
        command = command_in(trouble)
        if command:
            self.copy = QPushButton("Copy the command")
            self.copy.setToolTip(command)
            self.copy.setMinimumHeight(TOUCH)
            self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(command))
            line.addWidget(self.copy)
        grid.addLayout(line, 2, 0, 1, 4)


class PortsPanel(QWidget):
    """All ports, the new ones first. Asks again while it is shown: what keeps a port busy says nothing when it ends.

    Signals:
        identify_wished, add_wished: a port's key.
        told: text for the person.
    """

    identify_wished = Signal(str)
    add_wished = Signal(str)
    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.rows: dict[str, PortRow] = {}
        self._shown: tuple[tuple[PortMessage, str, bool], ...] | None = None
        self.words = quiet_label()
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        self._column.setContentsMargins(0, 0, 0, 0)
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.words)
        inside.addLayout(self._column)
        inside.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._ask)
        session.port_list.changed.connect(self._fill)
        session.sensors_changed.connect(self._ask)
        session.sensors_changed.connect(self._fill)
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask while it is looked at."""
        super().showEvent(event)
        self._ask()
        self._clock.start(_EVERY_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no more."""
        self._clock.stop()
        super().hideEvent(event)

    def _ask(self) -> None:
        if self._session.state is State.CONNECTED and self.isVisible():
            self._session.port_list.refresh()

    def _fill(self) -> None:
        listed = self._session.port_list
        shown = tuple((port, use_text(port, self._session.sensors), port.key in listed.fresh) for port in listed.ports)
        if shown == self._shown and listed.known:  # a row must not change under the finger for nothing
            return
        self._shown = shown
        held = self.focusWidget()
        focused = next(
            ((key, _buttons(row).index(held)) for key, row in self.rows.items() if held in _buttons(row)), None
        )
        for row in self.rows.values():
            row.hide()
            row.deleteLater()
        self.rows = {}
        for port in sorted(listed.ports, key=lambda one: (one.key not in listed.fresh, bool(one.sensors), one.device)):
            row = PortRow(port, self._session.sensors, fresh=port.key in listed.fresh)
            row.identify.clicked.connect(lambda _=False, key=port.key: self.identify_wished.emit(key))
            row.add.clicked.connect(lambda _=False, key=port.key: self.add_wished.emit(key))
            row.exclude.clicked.connect(lambda _=False, chosen=port: self._exclude(chosen))
            self._column.addWidget(row)
            self.rows[port.key] = row
        self.words.setVisible(not listed.ports)
        self.words.setText(_NONE if listed.known else "Waiting for the recorder to tell of its ports…")
        if focused is not None and focused[0] in self.rows:
            _buttons(self.rows[focused[0]])[focused[1]].setFocus()

    def _exclude(self, port: PortMessage) -> None:
        self._session.devices.exclude(port.key, not port.excluded, lambda: self._excluded(port), self._refused)

    def _excluded(self, port: PortMessage) -> None:
        self._session.port_list.forget_fresh(port.key)
        self._session.port_list.refresh()
        now = "may be identified again" if port.excluded else "is never identified from now on; “Allow again” undoes it"
        self.told.emit(f"{port_title(port)} {now}.")

    def _refused(self, problem: Problem) -> None:
        self.told.emit(problem_text(problem))


def _buttons(row: PortRow) -> list[QWidget]:
    return [row.identify, row.add, row.exclude]
