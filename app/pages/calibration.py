# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration from the choice of its procedure to the signature, one step a page. Asks the session; does no I/O.

The recorder keeps the run: closing this window, or losing it, loses nothing that was answered.
"""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QPlainTextEdit, QWidget

from app.client.calibration_run import FollowedRun
from app.client.session import Session
from app.pages.calibration_answers import Answers
from app.pages.calibration_choices import options_of
from app.pages.calibration_stage import Stage
from app.pages.calibration_who import WhoQuestion
from app.pages.problem_words import problem_text
from app.pages.words import primary_channel, sensor_name
from app.widgets.digit_field import DigitField
from app.widgets.form_row import EDGES
from edge_daemon.api.messages import Latest, SensorMessage
from edge_daemon.api.messages_calibration import NewRun, RunMessage

_LOOK_MS = 1_000
_LOST = (
    "⚠ The recorder does not answer. What you typed stays here, and what was answered is in the record. "
    "This window asks again by itself."
)


class CalibrationWindow(QDialog):
    """`run` is how it stands, as far as is known.

    Signals:
        standards_wished: a person wants to see the register of standards.
        certificate_wished: index of the verdict whose certificate a person wants.
    """

    standards_wished = Signal()
    certificate_wished = Signal(int)

    def __init__(self, session: Session, sensor: SensorMessage, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(f"Calibration: {sensor_name(sensor)}")
        self.setStyleSheet(EDGES)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.resize(1024, 600)
        self._session, self.sensor = session, sensor
        self.followed = FollowedRun(session.calibration, sensor.sensor_id, self)
        self._hint = self._shown_id = ""
        self._look = QTimer(self)  # that nothing comes any more is no news of its own
        self._look.setInterval(_LOOK_MS)
        self._stage = stage = Stage(session, sensor_name(sensor), self)
        self.choose, self.step, self.ask, self.frame = stage.choose, stage.step, stage.ask, stage.frame
        self.signal, self.bar, self.words = self.frame.signal, self.frame.bar, self.frame.words
        self._answers = Answers(session, self.followed, stage)
        self._who = WhoQuestion(session, self.followed, stage)
        self._connect()
        stage.show(self.choose)
        self._show_latest()
        self.followed.start()

    def _connect(self) -> None:
        self.followed.told.connect(self._take)
        self.followed.none_open.connect(self._ask_procedures)
        self.followed.lost.connect(self._show_lost)
        self.followed.refused.connect(self._answers.refused)
        self.choose.begun.connect(self._begin)
        self.choose.left.connect(self.close)
        self.choose.chooser.chosen.connect(self._show_latest)
        self.step.entered.connect(self._press_usual)
        self.step.standards_wished.connect(self.standards_wished)
        self.bar.chosen.connect(self._chosen)
        self.frame.leave.clicked.connect(self.close)
        self.frame.who.clicked.connect(self._ask_who_else)
        self.frame.abort.clicked.connect(self.ask_abort)
        self._session.received.connect(self._show_latest)
        self._session.sensors_changed.connect(self._show_latest)
        self._look.timeout.connect(self._show_latest)
        self._look.start()

    @property
    def run(self) -> RunMessage | None:
        """How the run stands."""
        return self.followed.now

    # ---- how it begins ----------------------------------------------------------------------------------------------

    def _ask_procedures(self) -> None:
        desk = self._session.calibration
        desk.procedures(
            self.sensor.sensor_id, self.choose.offer, lambda problem: self.choose.say(f"⚠ {problem_text(problem)}")
        )

    def _begin(self, new: NewRun) -> None:
        self._session.person = new.person
        self._stage.wait("… The recorder opens the calibration.")
        self.followed.begin(new)

    def _ask_who_else(self) -> None:
        if self.run is not None and self.followed.open:
            self._who.ask(self.run, self._answers.person, self._stage.back_to_step)

    # ---- how it stands ----------------------------------------------------------------------------------------------

    def _take(self, run: RunMessage, answered: bool) -> None:
        """Show a run as the recorder tells it; what is typed stays while the step does."""
        if answered:
            self._stage.ready()
        person = self._answers.person
        fresh = self.step.show_run(run, person)
        moved, self._shown_id = run.step.id != self._shown_id, run.step.id
        self._session.calibrations.take(run)
        self.frame.show_run(run, person)
        self._show_signal(run)
        if (fresh and not self._who.open) or self._stage.page is self.choose:
            self._stage.show(self.step)
        if moved or answered or self.followed.is_lost:
            self.words.setText(run.words)
        elif self._hint and self.words.text() == self._hint:
            self._renew_hint(run)
        self.bar.offer(options_of(run, lost=False))
        if self._who.open and not self.followed.open:
            self._stage.back_to_step()
        elif fresh and not self._who.open:
            self._stage.focus_step()
            if not self._session.person and self.followed.open:
                self._who.ask(run, person, self.close)

    def _renew_hint(self, run: RunMessage) -> None:
        """Why the usual choice cannot be pressed may be another reason by now, or none."""
        barred = [one.why_not for one in run.step.choices[:1] if not one.enabled]
        self._hint = "".join(barred)
        self.words.setText(self._hint or run.words)

    def _show_lost(self) -> None:
        self._stage.ready()
        self.words.setText(_LOST)
        self.signal.show_lost()
        if self.run is not None:
            self.bar.offer(options_of(self.run, lost=True))

    def _show_latest(self, _news: object = None) -> None:
        run = self.run
        if self.followed.is_lost or (run is not None and run.live is not None):
            return
        if run is not None:
            self._show_signal(run)
            return
        named = {one.name: one for one in self.sensor.channels}
        channel = named.get(self.choose.channel) or primary_channel(self.sensor)
        now, latest = self._present()
        self.signal.show_value(now, latest, channel.name, channel.unit, channel.decimals)

    def _show_signal(self, run: RunMessage) -> None:
        self.signal.show_run(run, *self._present())

    def _present(self) -> tuple[SensorMessage | None, Latest | None]:
        """The sensor as it is now, and its newest reading; before the recorder told of it, as it was."""
        key = self.sensor.sensor_id
        return self._session.sensors.get(key, self.sensor), self._session.latest.get(key)

    # ---- what a person answers --------------------------------------------------------------------------------------

    def _chosen(self, name: str) -> None:
        run = self.run
        if run is None or self.followed.waiting:
            return
        if any(one.name == name for one in run.step.choices):
            self._answers.choose(run, name)
        elif name == "further":
            self._stage.show(self.choose)
            self.followed.leave()
        elif name == "certificate" and run.verdict is not None:
            self.certificate_wished.emit(run.verdict)
        else:
            self.close()

    def ask_abort(self) -> None:
        """Ask whether, and why, the run ends without a verdict."""
        self._answers.ask_abort()

    # ---- keys -------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the usual button, Esc goes back, Space takes, digits find their field."""
        if self.followed.waiting:
            return
        focus = self.focusWidget()
        typing = isinstance(focus, QLineEdit | QPlainTextEdit)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if isinstance(focus, QAbstractButton) and focus.isEnabled() and not focus.isCheckable():
                focus.click()
            else:
                self._press_usual()
        elif event.key() == Qt.Key.Key_Escape:
            self._go_back()
        elif event.key() == Qt.Key.Key_Space and (isinstance(focus, DigitField) or not typing):
            self._press_usual()
        elif typing or not self.step.type_on(event):
            event.ignore()

    def _press_usual(self) -> None:
        barred = self._stage.press_usual()
        if barred:
            self._hint = barred
            self.words.setText(barred)

    def _go_back(self) -> None:
        page = self._stage.page
        if page is self.choose:
            self.choose.go_back()
        elif page is self.ask:
            self.ask.decline()
        elif self.run is None or self.run.state != "under_way":
            self.close()
        elif any(one.name == "back" and one.enabled for one in self.run.step.choices):
            self._chosen("back")
        else:
            self.ask_abort()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask no more; the run stays as it is."""
        self.followed.stop()
        self._look.stop()
        self._session.calibrations.ask()
        super().closeEvent(event)
