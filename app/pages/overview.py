# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The station at a glance: a tile for each sensor, and what happened since the last visit. Reads the session."""

import time
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.client.session import Session, State
from app.pages.calibration_card import CalibrationCard
from app.pages.passport_questions import IdentityQuestions
from app.pages.tile import TILE_WIDTH, Tile
from app.pages.visit_card import VisitCard
from app.pages.why import WhyPanel
from app.pages.words import no_sensors_text
from app.theme.palette import Palette

_AGE_MS = 500


class OverviewPage(QWidget):
    """Tiles in as many columns as fit.

    Signals:
        add_wished: a person wants to add a sensor.
        calibrate_wished: a person wants to calibrate the sensor of this id, or to go on with it.
    """

    add_wished = Signal()
    calibrate_wished = Signal(str)

    def __init__(self, session: Session, palette: Palette, last_seen: float | None) -> None:
        super().__init__()
        self._session, self._palette = session, palette
        self.tiles: dict[str, Tile] = {}
        self.card = VisitCard(session, last_seen)
        self.questions = IdentityQuestions(session)
        self.calibrations = CalibrationCard(session)
        self.calibrations.wished.connect(self.calibrate_wished)
        self.why = WhyPanel(session, self)
        self.empty = QLabel()
        self.empty.setWordWrap(True)
        self.add = QPushButton("Add a sensor")
        self.add.setMinimumHeight(44)
        self.add.setMaximumWidth(220)
        self.add.clicked.connect(self.add_wished)
        inside = QWidget()
        column = QVBoxLayout(inside)
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        for widget in (self.questions, self.calibrations, self.card, self.empty, self.add):
            column.addWidget(widget)
        column.addLayout(self._grid)
        self.synced = QLabel()
        self.synced.setAccessibleName("Delivery")
        column.addWidget(self.synced)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._tick)
        self._clock.start(_AGE_MS)
        session.sensors_changed.connect(self._sensors_changed)
        session.received.connect(self._bring_up_to_date)
        session.trails_changed.connect(self._bring_up_to_date)
        session.state_changed.connect(self._bring_up_to_date)
        self._sensors_changed()

    def show_synced(self, words: str) -> None:
        """Say how far everything is delivered."""
        self.synced.setText(words)

    def set_theme(self, palette: Palette) -> None:
        """Take over other colours."""
        self._palette = palette
        for tile in self.tiles.values():
            tile.set_theme(palette)
        self._bring_up_to_date()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another number of columns."""
        super().resizeEvent(event)
        self._arrange()

    def _sensors_changed(self) -> None:
        sensors = self._session.sensors
        for gone in self.tiles.keys() - sensors.keys():
            self.tiles.pop(gone).deleteLater()
        fresh = [sensor_id for sensor_id in sensors if sensor_id not in self.tiles]
        for sensor_id in fresh:
            self.tiles[sensor_id] = Tile(self._palette)
            self.tiles[sensor_id].why_wished.connect(self.why.ask)
            self.tiles[sensor_id].calibrate_wished.connect(partial(self.calibrate_wished.emit, sensor_id))
        self.empty.setVisible(not sensors)
        self.empty.setText(no_sensors_text(self._session.sensors_known))
        self.add.setVisible(not sensors and self._session.sensors_known)
        self._arrange()
        self._bring_up_to_date()
        if fresh:
            self.card.ask()

    def _bring_up_to_date(self) -> None:
        known = self._session.state is State.CONNECTED
        for sensor_id, tile in self.tiles.items():
            trail = self._session.trails.points(sensor_id)
            latest = self._session.latest.get(sensor_id)
            tile.show_sensor(self._session.sensors[sensor_id], latest, trail, known=known)
        self._tick()

    def _tick(self) -> None:
        now = time.time()
        for tile in self.tiles.values():
            tile.show_age(now)

    def _arrange(self) -> None:
        columns = max(self._scroll.viewport().width() // (TILE_WIDTH + 14), 1)
        for place, tile in enumerate(self.tiles.values()):
            self._grid.addWidget(tile, place // columns, place % columns)
        used = min(columns, len(self.tiles))
        for column in range(max(self._grid.columnCount(), used) + 1):
            self._grid.setColumnStretch(column, 1 if column == used else 0)
