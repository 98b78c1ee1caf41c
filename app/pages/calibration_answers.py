# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a person answers to a calibration's open step, with what must be asked back first. Asks the recorder."""

from app.client.calibration_run import FollowedRun
from app.client.session import Session
from app.pages.calibration_inputs import Value
from app.pages.calibration_stage import Stage
from app.pages.problem_words import field_text, problem_text
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import RunMessage, StepAnswer, StepChoice

_BAD_INPUT = 422
_ABORT = (
    "What was taken stays in the record, and where the instrument was found outside its limits, its earlier readings "
    "are amended. To go on with it later instead, go back and press “Leave it open”."
)
_NO_EFFECT = "Nothing of it takes effect."
_STAYS_CHANGED = (
    "⚠ A command went to the instrument. What it changed there stays changed; no verdict speaks for it, until it is "
    "calibrated again."
)


class Answers:
    """Sends answers; what is refused is said where it was given, and nothing typed is lost."""

    def __init__(self, session: Session, followed: FollowedRun, stage: Stage) -> None:
        self._session, self._followed, self._stage = session, followed, stage
        self._sent: tuple[StepAnswer, StepChoice] | None = None

    @property
    def person(self) -> str:
        """Who answers."""
        run = self._followed.now
        return self._session.person or (run.person if run is not None else "")

    def choose(self, run: RunMessage, name: str) -> None:
        """Answer with this choice; without what it needs, say what is missing."""
        choice = next((one for one in run.step.choices if one.name == name), None)
        if choice is None:
            return
        step = self._stage.step
        usual = choice is run.step.choices[0]
        values = step.values() if usual else step.usable_values()
        if values is None:
            self._stage.frame.words.setText("Something is missing: see the mark at the field.")
            return
        answer = self._answer_of(run, choice, values)
        if choice.reason or choice.confirm:
            go_on = f"Yes: {choice.title[:1].lower()}{choice.title[1:]}" if choice.confirm else choice.title
            typed = step.typed_numbers() if choice.confirm else ""
            self._ask_back(choice.title, "\n\n".join(filter(None, (choice.confirm, typed))), go_on, answer, choice)
        else:
            self._send(answer, choice)

    def ask_abort(self) -> None:
        """Ask whether, and why, the run ends without a verdict."""
        run = self._followed.now
        if run is None or run.state != "under_way":
            return

        def abort(reason: str) -> None:
            self._stage.show(self._stage.step)
            self._stage.wait("… The recorder ends the calibration.")
            self._followed.abort(reason, self.person)

        self._stage.show(self._stage.ask)
        title = "End this calibration without a verdict?"
        words = f"{_STAYS_CHANGED if run.device_changed else _NO_EFFECT} {_ABORT}"
        back = self._stage.back_to_step
        self._stage.ask.ask(title, words, "Abort the calibration", abort, back, reason=True, risky=True)

    def refused(self, problem: Problem) -> None:
        """Say it where the answer was given: the fields stand as they were, with the recorder's words."""
        self._stage.ready()
        sent, self._sent = self._sent, None
        field, stage = problem.field.rpartition(".")[2], self._stage
        if sent and problem.status == _BAD_INPUT and field == "reason" and not sent[0].reason:
            stage.frame.words.setText("")
            self._ask_back("A reason is needed", field_text(problem), sent[1].title, sent[0], sent[1])
        elif stage.step.show_error(field, field_text(problem)):
            stage.frame.words.setText(f"⚠ {problem.title}. {problem.advice}".strip())
        elif self._followed.now is None and field in stage.choose.rows:
            stage.choose.rows[field].show_error(field_text(problem))
        else:
            stage.frame.words.setText(f"⚠ {problem_text(problem)}")

    def _answer_of(self, run: RunMessage, choice: StepChoice, values: dict[str, Value]) -> StepAnswer:
        step = self._stage.step
        signer = next((one for one in step.fields.values() if one.wanted.kind == "person"), None)
        person = str(values.get(signer.wanted.name, "")) if signer is not None else ""
        return StepAnswer(
            step=run.step.id,
            choice=choice.name,
            values=values,
            reason="",
            person=person or self.person,
            confirmed=bool(choice.confirm),
            files=step.files.uploads,
        )

    def _ask_back(self, title: str, words: str, go_on: str, answer: StepAnswer, choice: StepChoice) -> None:
        self._stage.show(self._stage.ask)
        self._stage.ask.ask(
            title,
            words,
            go_on,
            lambda reason: self._send(answer.model_copy(update={"reason": reason}), choice),
            self._stage.back_to_step,
            reason=choice.reason or not choice.confirm,
            risky=bool(choice.confirm),
        )

    def _send(self, answer: StepAnswer, choice: StepChoice) -> None:
        self._stage.show(self._stage.step)
        self._stage.wait("… The recorder writes it down.")
        self._sent = (answer, choice)
        self._followed.answer(answer)
