# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration from the choice of its procedure to the signature, one step a page. Asks the session; does no I/O.

The recorder keeps the run: closing this window, or losing it, loses nothing that was answered.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QPlainTextEdit, QStackedWidget, QWidget

from app.client.calibration_run import FollowedRun
from app.client.session import Session
from app.pages.calibration_ask import AskPanel
from app.pages.calibration_choose import ChoosePage
from app.pages.calibration_frame import Frame
from app.pages.calibration_inputs import Value
from app.pages.calibration_step import StepPage
from app.pages.calibration_words import problem_text
from app.pages.words import primary_channel, sensor_name
from app.widgets.choice_bar import Option
from app.widgets.form_row import EDGES
from edge_daemon.api.messages import LatestValue, Problem, SensorMessage
from edge_daemon.api.messages_calibration import NewRun, RunMessage, StepAnswer, StepChoice

_BAD_INPUT = 422
_WHO = "Who goes on with it?"
_LOST = (
    "⚠ The recorder does not answer. What you typed stays here, and what was answered is in the record. "
    "This window asks again by itself."
)
_ABORT = (
    "Nothing of it takes effect; what was taken stays in the record. To go on with it later instead, go back and press "
    "“Leave it open”."
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
        self._sent: tuple[StepAnswer, StepChoice] | None = None
        self._hint = ""
        self._focused: QWidget | None = None
        self.choose, self.step, self.ask = ChoosePage(session.person), StepPage(session), AskPanel()
        self._stack = QStackedWidget()
        for page in (self.choose, self.step, self.ask):
            self._stack.addWidget(page)
        self.frame = Frame(sensor_name(sensor), self._stack, (self.choose.bar, self.ask.bar))
        self.frame.fill(self)
        self.signal, self.bar, self.words = self.frame.signal, self.frame.bar, self.frame.words
        self._connect()
        self._show_page(self.choose)
        self._show_latest()
        self.followed.start()

    def _connect(self) -> None:
        self.followed.told.connect(self._take)
        self.followed.none_open.connect(self._ask_procedures)
        self.followed.lost.connect(self._show_lost)
        self.followed.refused.connect(self._refused)
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
        self._wait("… The recorder opens the calibration.")
        self.followed.begin(new)

    def _ask_who(self, run: RunMessage, declined: Callable[[], object]) -> None:
        """What is answered from here on is recorded with this name, which need not be who began.

        It stays asked whatever another window does to the run meanwhile.
        """

        def known(name: str) -> None:
            self._session.person = name
            self._back_to_step()
            if self.run is not None:
                self.frame.show_run(self.run, name)

        self._show_page(self.ask)
        words = f"{run.person} began it. What you answer is recorded with your name."
        decline = "No, go back" if self._session.person else "Close"
        self.ask.ask(_WHO, words, "Go on", known, declined, reason=True, risky=False, decline=decline)
        self.ask.want("Your name", self._person(), "as it is to stand in the record")

    def _ask_who_else(self) -> None:
        if self.run is not None and self.followed.open:
            self._ask_who(self.run, self._back_to_step)

    @property
    def _asking_who(self) -> bool:
        return self._stack.currentWidget() is self.ask and self.ask.title.text() == _WHO

    # ---- how it stands ----------------------------------------------------------------------------------------------

    def _take(self, run: RunMessage, answered: bool) -> None:
        """Show a run as the recorder tells it; what is typed stays while the step does."""
        if answered:
            self._ready()
        fresh = self.step.show_run(run, self._person())
        self._session.calibrations.take(run)
        self.frame.show_run(run, self._person())
        self.signal.show_run(run, self._latest(run.channel))
        if (fresh and not self._asking_who) or self._stack.currentWidget() is self.choose:
            self._show_page(self.step)
        enabled = any(one.enabled for one in run.step.choices[:1])
        hinted = enabled and bool(self._hint) and self.words.text() == self._hint
        if fresh or answered or hinted or self.followed.is_lost:
            self.words.setText(run.words)
        self._offer(run, lost=False)
        if self._asking_who and run.state != "under_way":
            self._back_to_step()
        elif fresh and not self._asking_who:
            self._focus_step()
            if not self._session.person and run.state == "under_way":
                self._ask_who(run, self.close)

    def _show_lost(self) -> None:
        self._ready()
        self.words.setText(_LOST)
        self.signal.show_lost()
        if self.run is not None:
            self._offer(self.run, lost=True)

    def _offer(self, run: RunMessage, *, lost: bool) -> None:
        if run.state == "under_way":
            why = "The recorder does not answer just now."
            self.bar.offer(
                [
                    Option(one.name, one.title, one.enabled and not lost, why if lost else one.why_not)
                    for one in run.step.choices
                ]
            )
            return
        ended = [Option("close", "Close")]
        self.bar.offer([*ended, Option("certificate", "Certificate…")] if run.verdict is not None else ended)

    def _focus_step(self) -> None:
        """To the first field; without any, to the first choice, and while that is barred to nothing else."""
        if not self.step.focus_first():
            usual = self.bar.usual
            (usual if usual is not None and usual.isEnabled() else self).setFocus()

    def _show_latest(self, _news: object = None) -> None:
        run = self.run
        if self.followed.is_lost or (run is not None and run.live is not None):
            return
        if run is not None:
            self.signal.show_run(run, self._latest(run.channel))
            return
        named = {one.name: one for one in self.sensor.channels}
        channel = named.get(self.choose.channel) or primary_channel(self.sensor)
        self.signal.show_value(self._latest(channel.name), channel.unit, channel.decimals)

    # ---- what a person answers --------------------------------------------------------------------------------------

    def _chosen(self, name: str) -> None:
        run = self.run
        if run is None or self.followed.waiting:
            return
        if run.state != "under_way":
            if name == "certificate" and run.verdict is not None:
                self.certificate_wished.emit(run.verdict)
            else:
                self.close()
            return
        choice = next((one for one in run.step.choices if one.name == name), None)
        if choice is None:
            return
        usual = choice is run.step.choices[0]
        values = self.step.values() if usual else self.step.usable_values()
        if values is None:
            self.words.setText("Something is missing: see the mark at the field.")
            return
        answer = self._answer_of(run, choice, values)
        if choice.reason or choice.confirm:
            go_on = f"Yes: {choice.title[:1].lower()}{choice.title[1:]}" if choice.confirm else choice.title
            self._ask_back(choice.title, choice.confirm, go_on, answer, choice)
        else:
            self._send(answer, choice)

    def _answer_of(self, run: RunMessage, choice: StepChoice, values: dict[str, Value]) -> StepAnswer:
        signer = next((one for one in self.step.fields.values() if one.wanted.kind == "person"), None)
        person = str(values.get(signer.wanted.name, "")) if signer is not None else ""
        return StepAnswer(
            step=run.step.id,
            choice=choice.name,
            values=values,
            reason="",
            person=person or self._person(),
            confirmed=bool(choice.confirm),
            files=self.step.files.uploads,
        )

    def _ask_back(self, title: str, words: str, go_on: str, answer: StepAnswer, choice: StepChoice) -> None:
        self._show_page(self.ask)
        self.ask.ask(
            title,
            words,
            go_on,
            lambda reason: self._send(answer.model_copy(update={"reason": reason}), choice),
            self._back_to_step,
            reason=choice.reason or not choice.confirm,
            risky=bool(choice.confirm),
        )

    def _send(self, answer: StepAnswer, choice: StepChoice) -> None:
        self._show_page(self.step)
        self._wait("… The recorder writes it down.")
        self._sent = (answer, choice)
        self.followed.answer(answer)

    def ask_abort(self) -> None:
        """Ask whether, and why, the run ends without a verdict."""
        if not self.followed.open:
            return

        def abort(reason: str) -> None:
            self._show_page(self.step)
            self._wait("… The recorder ends the calibration.")
            self.followed.abort(reason, self._person())

        self._show_page(self.ask)
        title = "End this calibration without a verdict?"
        self.ask.ask(title, _ABORT, "Abort the calibration", abort, self._back_to_step, reason=True, risky=True)

    def _refused(self, problem: Problem) -> None:
        """Nothing typed is lost: the fields stand as they were, with the recorder's words."""
        self._ready()
        sent, self._sent = self._sent, None
        field = problem.field.rpartition(".")[2]
        if sent and problem.status == _BAD_INPUT and field == "reason" and not sent[0].reason:
            self.words.setText("")
            self._ask_back("A reason is needed", problem.detail, sent[1].title, sent[0], sent[1])
        elif self.step.show_error(field, problem.detail):
            self.words.setText(f"⚠ {problem.title}. {problem.advice}".strip())
        elif self.run is None and field in self.choose.rows:
            self.choose.rows[field].show_error(problem.detail)
        else:
            self.words.setText(f"⚠ {problem_text(problem)}")

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
        elif event.key() == Qt.Key.Key_Space and not typing:
            self._press_usual()
        elif typing or not self.step.type_on(event):
            event.ignore()

    def _press_usual(self) -> None:
        page = self._stack.currentWidget()
        bar = page.bar if isinstance(page, ChoosePage | AskPanel) else self.bar
        if bar.usual is None:
            return
        if bar.usual.isEnabled():
            bar.usual.click()
        elif bar.usual.toolTip():
            self._hint = bar.usual.toolTip()
            self.words.setText(self._hint)

    def _go_back(self) -> None:
        page = self._stack.currentWidget()
        if isinstance(page, ChoosePage):
            page.go_back()
        elif isinstance(page, AskPanel):
            page.decline()
        elif self.run is None or not self.followed.open:
            self.close()
        elif any(one.name == "back" and one.enabled for one in self.run.step.choices):
            self._chosen("back")
        else:
            self.ask_abort()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask no more; the run stays as it is."""
        self.followed.stop()
        self._session.calibrations.ask()
        super().closeEvent(event)

    # -----------------------------------------------------------------------------------------------------------------

    def _person(self) -> str:
        return self._session.person or (self.run.person if self.run is not None else "")

    def _latest(self, channel: str) -> LatestValue | None:
        latest = self._session.latest.get(self.sensor.sensor_id)
        return latest.channels.get(channel) if latest else None

    def _show_page(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        for owner, bar in ((self.choose, self.choose.bar), (self.step, self.bar), (self.ask, self.ask.bar)):
            bar.setVisible(page is owner)

    def _back_to_step(self) -> None:
        self._show_page(self.step)
        self._focus_step()

    def _wait(self, words: str) -> None:
        self._focused = self.focusWidget()
        self.setFocus()  # else it would go to the next button, and a second Enter press that
        self.words.setText(words)
        self._enable(False)

    def _ready(self) -> None:
        self._enable(True)
        if isinstance(self._focused, QWidget):
            self._focused.setFocus()
            self._focused = None

    def _enable(self, on: bool) -> None:
        for part in (self._stack, self.bar, self.choose.bar, self.ask.bar):
            part.setEnabled(on)
