# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One sensor's calibration as the recorder tells it: asked for every second, and answered. Asks the daemon."""

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.client.calibration_desk import CalibrationDesk
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import NewRun, RunMessage, StepAnswer

_EVERY_MS = 1_000
_NOT_FOUND = 404
_CONFLICT = 409


def is_open(run: RunMessage) -> bool:
    """Whether the run can be answered: it is under way, or the sensor is still to come back from it."""
    return run.state == "under_way" or run.step.kind == "return"


class FollowedRun(QObject):
    """`now` is how the run stands, as far as is known; None before one is open. `waiting`: an answer is under way.

    Signals:
        told: how the run stands, as a `RunMessage`, and whether that is the reply to an answer.
        none_open: there is no run to go on with.
        lost: the recorder does not answer; it is asked on.
        refused: a `Problem`: of an answer, or of a question that cannot be asked.
    """

    told = Signal(object, bool)
    none_open = Signal()
    lost = Signal()
    refused = Signal(object)

    def __init__(self, desk: CalibrationDesk, sensor_id: str, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._sensor_id = desk, sensor_id
        self.now: RunMessage | None = None
        self.is_lost = self.waiting = self._asked = False
        self._turn = 0
        self._clock = QTimer(self)
        self._clock.setInterval(_EVERY_MS)
        self._clock.timeout.connect(self.ask)

    @property
    def open(self) -> bool:
        """Whether it can be answered."""
        return self.now is not None and is_open(self.now)

    def start(self) -> None:
        """Find out whether a run is open, and follow it."""
        self._desk.run(self._sensor_id, self._found, self._not_found)
        self._clock.start()

    def stop(self) -> None:
        """Ask no more; the run stays as it is."""
        self._clock.stop()

    def ask(self) -> None:
        """Ask how it stands now."""
        if self._asked or self.waiting or not (self.open or (self.now is None and self.is_lost)):
            return
        self._asked = True
        turn = self._turn
        self._desk.run(self._sensor_id, partial(self._polled, turn), partial(self._not_polled, turn))

    # ---- what is wished ---------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Follow no run, so that another one can begin."""
        self._turn += 1
        self.now = None
        self.none_open.emit()

    def begin(self, new: NewRun) -> None:
        """Open a run."""
        self._wait()
        self._desk.start(self._sensor_id, new, self._answered, self._refused)

    def answer(self, answer: StepAnswer) -> None:
        """Answer the open step."""
        self._wait()
        self._desk.answer(self._sensor_id, answer, self._answered, self._refused)

    def abort(self, reason: str, person: str) -> None:
        """End it without a verdict."""
        self._wait()
        self._desk.abort(self._sensor_id, reason, person, self._answered, self._refused)

    # ---- what comes back --------------------------------------------------------------------------------------------

    def _found(self, run: RunMessage) -> None:
        if is_open(run):
            self._take(run, answered=False)
        else:
            self.is_lost = False
            self.none_open.emit()

    def _not_found(self, problem: Problem) -> None:
        if problem.status == _NOT_FOUND:
            self.is_lost = False
            self.none_open.emit()
        else:
            self._fail(problem)

    def _polled(self, turn: int, run: RunMessage) -> None:
        self._asked = False
        if turn != self._turn:  # it is older than what an answer has told meanwhile
            return
        if self.now is None:
            self._found(run)
        else:
            self._take(run, answered=False)

    def _not_polled(self, turn: int, problem: Problem) -> None:
        self._asked = False
        if turn == self._turn:
            (self._not_found if self.now is None else self._fail)(problem)

    def _answered(self, run: RunMessage) -> None:
        self.waiting = False
        self._take(run, answered=True)

    def _refused(self, problem: Problem) -> None:
        self.waiting = False
        self._fail(problem)
        if problem.status == _CONFLICT:  # another window went on: ask how it stands
            self.is_lost = self.is_lost or self.now is None
            self.ask()

    def _fail(self, problem: Problem) -> None:
        if problem.status == 0:
            self.is_lost = True
            self.lost.emit()
        else:
            self.refused.emit(problem)

    def _take(self, run: RunMessage, *, answered: bool) -> None:
        self.now = run
        self.told.emit(run, answered)
        self.is_lost = False

    def _wait(self) -> None:
        self.waiting = True
        self._turn += 1
