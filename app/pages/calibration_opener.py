# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Opens the windows about calibrations, one a sensor, and lets them lead to each other. Asks the session."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.client.session import Session
from app.pages.calibration import CalibrationWindow
from app.pages.calibration_report import save_report
from app.pages.standards import StandardsDialog

CALIBRATE, GO_ON = "Calibrate…", "Go on with the calibration…"


class CalibrationOpener(QObject):
    """`window` and `standards` are what was opened last."""

    def __init__(self, session: Session, page: QWidget) -> None:
        super().__init__(page)
        self._session, self._page = session, page
        self._windows: dict[str, CalibrationWindow] = {}
        self.window: CalibrationWindow | None = None
        self.standards: StandardsDialog | None = None

    def open(self, sensor_id: str) -> None:
        """Calibrate a sensor, or go on where it was left."""
        window = self._windows.get(sensor_id)
        if window is None or not window.isVisible():
            window = self._make(sensor_id)
        self.window = window
        window.raise_()
        window.activateWindow()

    def open_standards(self, parent: QWidget | None = None) -> None:
        """Show the register of standards."""
        self.standards = StandardsDialog(self._session, parent or self._page)
        self.standards.open()

    def _make(self, sensor_id: str) -> CalibrationWindow:
        old = self._windows.pop(sensor_id, None)
        if old is not None:
            old.deleteLater()
        window = CalibrationWindow(self._session, self._session.sensors[sensor_id], self._page)
        window.standards_wished.connect(lambda: self._open_standards_for(window))
        window.certificate_wished.connect(lambda index: save_report(self._session, index, window, window.words.setText))
        self._windows[sensor_id] = window
        around = self._page.window()
        window.setGeometry(around.geometry())
        if around.isMaximized() or around.isFullScreen():
            window.showMaximized()
        else:
            window.show()
        return window

    def _open_standards_for(self, window: CalibrationWindow) -> None:
        """What is added there can be chosen as soon as the run is asked for again."""
        self.open_standards(window)
        if self.standards is not None:
            self.standards.finished.connect(lambda _: window.followed.ask())
