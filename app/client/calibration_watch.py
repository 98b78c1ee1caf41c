# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which calibrations are under way, due or overdue, asked for now and then. Asks the daemon; keeps the answers."""

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.client.calibration_desk import CalibrationDesk
from app.client.calibration_run import is_open
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import RunMessage
from edge_daemon.api.messages_coverage import DueMessage

_EVERY_MS = 30_000


class CalibrationWatch(QObject):
    """`under_way` holds open runs by sensor, also where it is not back yet; `due` what is due or overdue.

    A recorder that does not answer is told elsewhere, and one without calibrations has none: nothing is said here.

    Signals:
        changed: either has news.
    """

    changed = Signal()

    def __init__(self, desk: CalibrationDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.under_way: dict[str, RunMessage] = {}
        self.due: tuple[DueMessage, ...] = ()
        self._sensors: tuple[str, ...] = ()
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.ask)

    def follow(self, sensors: tuple[str, ...]) -> None:
        """Watch these from now on."""
        if sensors != self._sensors:
            self._sensors = sensors
            for gone in self.under_way.keys() - set(sensors):
                del self.under_way[gone]
            self.ask()

    def ask(self) -> None:
        """Ask now, and again after a while."""
        self._clock.start(_EVERY_MS)
        self._desk.due(self._took_due, lambda _: None)
        for sensor_id in self._sensors:
            self.ask_about(sensor_id)

    def ask_about(self, sensor_id: str) -> None:
        """Ask whether a run of this sensor is open."""
        self._desk.run(sensor_id, self.take, partial(self._without, sensor_id))

    def stop(self) -> None:
        """Ask no more."""
        self._clock.stop()

    def take(self, run: RunMessage) -> None:
        """Take over how a run stands."""
        known = self.under_way.get(run.sensor_id)
        if is_open(run):
            self.under_way[run.sensor_id] = run
        else:
            self.under_way.pop(run.sensor_id, None)
        if (known is None) != (run.sensor_id not in self.under_way) or (known and known.step.id != run.step.id):
            self.changed.emit()

    def _without(self, sensor_id: str, problem: Problem) -> None:
        if problem.status and self.under_way.pop(sensor_id, None) is not None:
            self.changed.emit()

    def _took_due(self, due: tuple[DueMessage, ...]) -> None:
        if due != self.due:
            self.due = due
            self.changed.emit()
