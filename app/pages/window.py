# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The main window: rail, pages, banner, menus. Shows the session; keeps the choice of colours."""

import time
from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.actions import ACTIONS, Key
from app.client.session import Session, State
from app.pages.live import LivePage
from app.pages.overview import OverviewPage
from app.pages.sensors import SensorsPage
from app.theme.apply import apply_palette
from app.theme.palette import LIGHT, Palette, ThemeName, palette_named
from edge_daemon.api.messages import NewVisit, Problem

_BANNERS = {
    State.LOOKING: "Looking for the recorder…",
    State.STARTING: "Starting the recorder…",
    State.LOST: "Recording may go on; the window has lost the recorder and is trying again.",
    State.FAILED: "The recorder cannot be reached.",
}
_TOLD_MS = 8_000


def saved_palette(settings: QSettings) -> Palette:
    """The colours chosen last; light where none or an unknown one is kept."""
    kept = str(settings.value("window/colours", ThemeName.LIGHT.value))
    return palette_named(ThemeName(kept)) if kept in set(ThemeName) else LIGHT


class Window(QMainWindow):
    """Everything the technician sees.

    Signals:
        closed: the window was closed; the program may end.
    """

    closed = Signal()

    def __init__(self, session: Session, settings: QSettings, *, demo: bool) -> None:
        super().__init__()
        self._session, self._settings = session, settings
        palette = saved_palette(settings)
        seen = settings.value("window/last_seen")
        self.overview = OverviewPage(session, palette, float(str(seen)) if seen is not None else None)
        self.live = LivePage(session, palette)
        self.sensors = SensorsPage(session)
        self.banner, self.retry = QLabel(), QPushButton("Start or find it again")
        self.ribbon = QLabel("DEMO: simulated instruments. Nothing here is evidence.")
        self.rail: dict[Key, QPushButton] = {}
        self._pages = QStackedWidget()
        self._banner_row = QWidget()
        self._station = QLabel()
        self.statusBar().addPermanentWidget(self._station)
        self._lay_out()
        self._make_menus()
        self.ribbon.setVisible(demo)
        self.setWindowTitle("Verifield (demo)" if demo else "Verifield")
        self.resize(1100, 720)
        self.setMinimumSize(800, 520)
        # With padding and edge at least 44 px for gloves; the theme's sheet would win over a minimum size.
        self.setStyleSheet("QPushButton { min-height: 36px; }")
        self.retry.clicked.connect(session.start)
        self.overview.add_wished.connect(self.add_sensor)
        for page in (self.live, self.sensors):
            page.told.connect(self.tell)
        session.state_changed.connect(self._show_state)
        session.station_changed.connect(self._show_station)
        session.refused.connect(self._show_problem)
        self.colour(palette.name)
        self.show_page("overview")
        self._show_state()

    def add_sensor(self) -> None:
        """Go to the sensors and open the dialog that adds one."""
        self.show_page("sensors")
        self.sensors.ask_add()

    def show_page(self, key: Key) -> None:
        """Show overview, live or sensors."""
        self._pages.setCurrentWidget({"overview": self.overview, "live": self.live}.get(key, self.sensors))
        self.rail[key].setChecked(True)

    def colour(self, name: ThemeName) -> None:
        """Choose the colours, and keep the choice."""
        palette = palette_named(name)
        self._settings.setValue("window/colours", name.value)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_palette(application, palette)
        self.overview.set_theme(palette)
        self.live.set_theme(palette)
        self._banner_row.setStyleSheet(
            f"#banner {{ background: {palette.surface}; border: 2px solid {palette.suspect}; }}"
        )
        self.ribbon.setStyleSheet(
            f"background: {palette.suspect}; color: {palette.background}; font-weight: bold; padding: 4px;"
        )

    def tell(self, words: str) -> None:
        """Say something for a few seconds at the foot of the window."""
        self.statusBar().showMessage(words, _TOLD_MS)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember when the window was last open."""
        self._settings.setValue("window/last_seen", time.time())
        super().closeEvent(event)
        self.closed.emit()

    def _lay_out(self) -> None:
        self.banner.setWordWrap(True)
        self.ribbon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._banner_row.setObjectName("banner")
        told = QHBoxLayout(self._banner_row)
        told.addWidget(self.banner, 1)
        told.addWidget(self.retry)
        self.retry.setMinimumHeight(44)
        rail, group = QVBoxLayout(), QButtonGroup(self)
        titles: tuple[tuple[Key, str], ...] = (("overview", "Overview"), ("live", "Live"), ("sensors", "Sensors"))
        for key, title in titles:
            button = QPushButton(title)
            button.setCheckable(True)
            button.setMinimumSize(112, 52)
            button.clicked.connect(lambda _checked, page=key: self.show_page(page))
            group.addButton(button)
            rail.addWidget(button)
            self.rail[key] = button
        rail.addStretch(1)
        for page in (self.overview, self.live, self.sensors):
            self._pages.addWidget(page)
        middle = QHBoxLayout()
        middle.addLayout(rail)
        middle.addWidget(self._pages, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(8, 8, 8, 0)
        column.addWidget(self.ribbon)
        column.addWidget(self._banner_row)
        column.addLayout(middle, 1)
        self.setCentralWidget(whole)

    def _make_menus(self) -> None:
        work: dict[Key, Callable[[], object]] = {
            "overview": lambda: self.show_page("overview"),
            "live": lambda: self.show_page("live"),
            "sensors": lambda: self.show_page("sensors"),
            "add_sensor": self.add_sensor,
            "note": lambda: self.live.annotate(time.time()),
            "arrive": lambda: self._visit("start"),
            "leave": lambda: self._visit("end"),
            "picture": self.live.choose_picture,
            "table": self.live.choose_table,
            "light": lambda: self.colour(ThemeName.LIGHT),
            "dark": lambda: self.colour(ThemeName.DARK),
            "sunlight": lambda: self.colour(ThemeName.SUNLIGHT),
            "quit": self.close,
        }
        menus = {title: self.menuBar().addMenu(title) for title in dict.fromkeys(one.menu for one in ACTIONS)}
        for one in ACTIONS:
            action = QAction(one.text, self)
            action.setObjectName(one.key)
            action.setShortcut(QKeySequence(one.shortcut))
            action.setStatusTip(one.tip)
            action.triggered.connect(lambda _checked=False, do=work[one.key]: do())
            menus[one.menu].addAction(action)

    def _visit(self, event: str) -> None:
        person, agreed = QInputDialog.getText(self, "Visit", "Your name, as it is to stand in the record:")
        if agreed and person.strip():
            visit = NewVisit(event="start" if event == "start" else "end", person=person.strip())
            self._session.add_visit(visit, lambda: self.tell("The visit is recorded."))

    def _show_state(self) -> None:
        state, words = self._session.state, self._session.words
        self._banner_row.setVisible(state is not State.CONNECTED)
        self.retry.setVisible(state in {State.LOST, State.FAILED})
        said = _BANNERS.get(state, "")
        self.banner.setText(f"⚠ {said} {words}" if state is State.FAILED else f"⚠ {said}")
        self.banner.setToolTip(words)
        self._show_station()

    def _show_station(self) -> None:
        station, health = self._session.station, self._session.health
        if station is None:
            return
        words = f"{station.name or station.device_id} · project {station.project_id}"
        if self._session.state is not State.CONNECTED:
            words += " · not connected"
        elif health is not None and not health.recording:
            words += " · ⚠ NOT RECORDING: " + "; ".join(f"{one.title}. {one.advice}" for one in health.troubles)
        elif health is not None:
            words += " · recording"
        self._station.setText(words)

    def _show_problem(self, problem: Problem) -> None:
        self.tell(f"{problem.title}. {problem.detail} {problem.advice}")
