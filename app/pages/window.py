# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The main window: rail, pages, banner, menus. Shows the session; keeps the choice of colours."""

import time
from collections.abc import Callable
from functools import partial

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

from app.actions import ACTIONS, Key, action_of
from app.client.session import Session, State
from app.pages.evidence import EvidencePage
from app.pages.live import LivePage
from app.pages.overview import OverviewPage
from app.pages.problem_words import problem_text
from app.pages.quality import QualityPage
from app.pages.sensors import SensorsPage
from app.pages.station import StationPage
from app.pages.sync import SyncPage
from app.pages.words import not_recording_text
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
_NEW_LOG = (
    "The recorder has begun a new log. The one before is closed and kept as it was; the new one names it and says why. "
    "From here on the chart's past and the list of gaps begin with the new log."
)


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
        self.quality = QualityPage(session)
        self.sensors = SensorsPage(session)
        self.sync = SyncPage(session, session.delivery)
        self.evidence = EvidencePage(session, session.evidence)
        self.station = StationPage(session)
        self.pages: dict[Key, QWidget] = {
            "overview": self.overview,
            "live": self.live,
            "quality": self.quality,
            "sensors": self.sensors,
            "sync": self.sync,
            "evidence": self.evidence,
            "station": self.station,
        }
        self.banner, self.retry = QLabel(), QPushButton("Start or find it again")
        self.ribbon = QLabel("DEMO: simulated instruments. Nothing here is evidence.")
        self.rail: dict[Key, QPushButton] = {}
        self._stack = QStackedWidget()
        self._banner_row, self._notice_row = QWidget(), QWidget()
        self.notice, self.understood = QLabel(), QPushButton("Understood")
        self._station = QLabel()
        self._said, self._understood = "", ""
        self._station.setContentsMargins(0, 0, 8, 0)
        self.statusBar().addPermanentWidget(self._station)
        self._lay_out()
        self._make_menus()
        self.ribbon.setVisible(demo)
        self.setWindowTitle("Verifield (demo)" if demo else "Verifield")
        self.resize(1100, 720)
        self.setMinimumSize(860, 520)
        # With padding and edge at least 44 px for gloves; the theme's sheet would win over a minimum size.
        self.setStyleSheet("QPushButton { min-height: 36px; }")
        self.retry.clicked.connect(session.start)
        self.understood.clicked.connect(self._put_away)
        session.log_begun.connect(lambda: self.notify(_NEW_LOG))
        self.overview.add_wished.connect(self.add_sensor)
        self.overview.calibrate_wished.connect(self.sensors.opener.open)
        for teller in (
            self.live,
            self.quality,
            self.sensors,
            self.sync,
            self.evidence,
            self.station,
            self.overview.questions,
        ):
            teller.told.connect(self.tell)
        self.sync.synced.connect(self.overview.show_synced)
        session.state_changed.connect(self._show_state)
        session.station_changed.connect(self._show_state)
        session.refused.connect(self._show_problem)
        self.colour(palette.name)
        self.show_page("overview")
        self._show_state()

    def add_sensor(self) -> None:
        """Go to the sensors and open the dialog that adds one."""
        self.show_page("sensors")
        self.sensors.ask_add()

    def _on_sensors(self, work: Callable[[], None]) -> None:
        self.show_page("sensors")
        work()

    def show_page(self, key: Key) -> None:
        """Show the page of that key."""
        self._stack.setCurrentWidget(self.pages[key])
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
        for row, edge in ((self._banner_row, palette.suspect), (self._notice_row, palette.accent)):
            row.setStyleSheet(f"#banner {{ background: {palette.surface}; border: 2px solid {edge}; }}")
        self.ribbon.setStyleSheet(
            f"background: {palette.suspect}; color: {palette.background}; font-weight: bold; padding: 4px;"
        )

    def tell(self, words: str) -> None:
        """Say something for a few seconds at the foot of the window."""
        self.statusBar().showMessage(words, _TOLD_MS)

    def notify(self, words: str) -> None:
        """Say something at the head of the window until it is answered by “Understood”."""
        self._said = words
        self.notice.setText(words)
        self._notice_row.show()

    def _put_away(self) -> None:
        self._understood = self._said
        self._notice_row.hide()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember when the window was last open."""
        self._settings.setValue("window/last_seen", time.time())
        super().closeEvent(event)
        self.closed.emit()

    def _lay_out(self) -> None:
        self.ribbon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for line, label, button in (
            (self._banner_row, self.banner, self.retry),
            (self._notice_row, self.notice, self.understood),
        ):
            label.setWordWrap(True)
            button.setMinimumHeight(44)
            line.setObjectName("banner")
            told = QHBoxLayout(line)
            told.addWidget(label, 1)
            told.addWidget(button)
        self._notice_row.hide()
        rail, group = QVBoxLayout(), QButtonGroup(self)
        for key, page in self.pages.items():
            self._stack.addWidget(page)
            action = action_of(key)
            button = QPushButton(action.title)
            button.setToolTip(action.tooltip)
            button.setCheckable(True)
            button.setMinimumSize(112, 52)
            button.clicked.connect(lambda _checked, chosen=key: self.show_page(chosen))
            group.addButton(button)
            rail.addWidget(button)
            self.rail[key] = button
        rail.addStretch(1)
        middle = QHBoxLayout()
        middle.addLayout(rail)
        middle.addWidget(self._stack, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(8, 8, 8, 0)
        column.addWidget(self.ribbon)
        column.addWidget(self._banner_row)
        column.addWidget(self._notice_row)
        column.addLayout(middle, 1)
        self.setCentralWidget(whole)

    def _make_menus(self) -> None:
        work: dict[Key, Callable[[], object]] = {
            "add_sensor": self.add_sensor,
            "identify": lambda: self._on_sensors(self.sensors.ask_identify_free),
            "device": lambda: self._on_sensors(self.sensors.ask_chosen_settings),
            "passport": lambda: self._on_sensors(self.sensors.ask_chosen_passport),
            "calibrate": lambda: self._on_sensors(self.sensors.ask_chosen_calibration),
            "standards": self.sensors.opener.open_standards,
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
        work.update({key: partial(self.show_page, key) for key in self.pages})
        menus = {title: self.menuBar().addMenu(title) for title in dict.fromkeys(one.menu for one in ACTIONS)}
        for one in ACTIONS:
            if one.key not in work:
                continue
            action = QAction(one.text, self)
            action.setObjectName(one.key)
            action.setShortcut(QKeySequence(one.shortcut))
            action.setStatusTip(one.tip)
            action.setToolTip(one.tooltip)
            action.triggered.connect(lambda _checked=False, do=work[one.key]: do())
            menus[one.menu].addAction(action)

    def _visit(self, event: str) -> None:
        person, agreed = QInputDialog.getText(self, "Visit", "Your name, as it is to stand in the record:")
        if agreed and person.strip():
            visit = NewVisit(event="start" if event == "start" else "end", person=person.strip())
            self._session.add_visit(visit, lambda: self.tell("The visit is recorded."))

    def _show_state(self) -> None:
        state, words = self._session.state, self._session.words
        self.retry.setVisible(state in {State.LOST, State.FAILED})
        said = f"⚠ {_BANNERS[state]}" if state in _BANNERS else not_recording_text(self._session.health)
        self._banner_row.setVisible(bool(said))
        self.banner.setText(f"{said} {words}" if state is State.FAILED else said)
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
            words += " · ⚠ NOT RECORDING"
        elif health is not None:
            words += " · recording"
        self._station.setText(words)

    def _show_problem(self, problem: Problem) -> None:
        words = problem_text(problem)
        # What was understood already is not put in the way again, should the window ask the same once more.
        if words == self._understood:
            self.tell(words)
        else:
            self.notify(words)
