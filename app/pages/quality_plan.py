# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The monitoring plan in force, and a draft of the next one. Nothing holds before it is written. Asks the session."""

from collections.abc import Callable, Iterator, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMessageBox, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.evidence_dialogs import modal
from app.pages.passport_words import time_text
from app.pages.problem_words import problem_text
from app.pages.quality_growth_words import planned_text
from app.pages.quality_hours_words import name_of
from app.pages.quality_plan_form import GAP_RULES, ROLES, ParameterDialog
from app.pages.words import duration_text
from app.widgets.form_row import TOUCH, FormRow, words_label
from app.widgets.row_table import RowTable
from edge_daemon.api.messages import Problem, SensorMessage
from edge_daemon.api.messages_quality import ParameterMessage, PlanReply, PlanRequest

_COLUMNS = (
    ("Parameter", ""),
    ("Sensor", ""),
    ("Channel", ""),
    ("Role", "Totals and the claim use sensors of record only"),
    ("Every", "How often it must be measured"),
    ("Gaps", "Longest gap that is bridged, and what stands in place of a longer one"),
    ("Calibrated", "At least this often"),
    ("Accuracy", ""),
    ("Grid factor", "kg CO₂ per kWh, name, date and source"),
    ("Responsible", ""),
)


class PlanView(QWidget):
    """A draft is kept until it is written or given up, whatever other pages are looked at meanwhile.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._plan: PlanReply | None = None
        self._draft: tuple[ParameterMessage, ...] = ()
        self.dialog: ParameterDialog | None = None
        self.head, self.detail, self.words = words_label("… Asking the recorder."), words_label(), words_label()
        self.table = RowTable("Monitored parameters", _COLUMNS, 0)
        self.methodology, self.person = QLineEdit(), QLineEdit()
        self.rows = {
            "methodology": FormRow("Methodology", self.methodology),
            "person": FormRow("Your name", self.person),
        }
        self.add, self.change, self.remove = QPushButton("&Add…"), QPushButton("&Change…"), QPushButton("&Remove")
        self.write, self.give_up = QPushButton("&Write the plan…"), QPushButton("&Give up the draft…")
        self._lay_out()
        self.table.chosen.connect(self._fit)
        self.table.doubleClicked.connect(lambda _: self._change())
        self.methodology.textEdited.connect(self._fit)
        self._fit()

    @property
    def draft(self) -> bool:
        """Whether something is to be written."""
        return self._plan is not None and (
            self._draft != self._plan.parameters or self.methodology.text().strip() != self._plan.methodology
        )

    def ask(self) -> None:
        """Ask for the plan in force; a draft is not touched."""
        self._session.quality.plan(self._took, self._failed)

    def _lay_out(self) -> None:
        works: tuple[tuple[QPushButton, Callable[[], None]], ...] = (
            (self.add, self._add),
            (self.change, self._change),
            (self.remove, self._remove),
            (self.write, self._ask_write),
            (self.give_up, self._ask_give_up),
        )
        buttons = QHBoxLayout()
        for button, work in works:
            button.setMinimumHeight(TOUCH)
            button.clicked.connect(lambda _=False, do=work: do())
            buttons.addWidget(button)
        buttons.addStretch(1)
        lines = QHBoxLayout()
        for row in self.rows.values():
            row.title.setFixedWidth(100)
            lines.addWidget(row, 1)
            row.touched.connect(lambda shown=row: shown.show_error(""))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.addWidget(self.head)
        column.addWidget(self.table, 1)
        column.addWidget(self.detail)
        column.addLayout(lines)
        column.addWidget(self.words)
        column.addLayout(buttons)

    def _took(self, plan: PlanReply) -> None:
        before, drafted = self._plan, self.draft
        self._plan = plan
        if before is None or not drafted:
            self._begin_anew()
        self._show()

    def _begin_anew(self) -> None:
        if self._plan is not None:
            self._draft = self._plan.parameters
            self.methodology.setText(self._plan.methodology)
            self.person.setText(self._session.person or self._plan.person)
            self.words.setText("")

    def _show(self) -> None:
        self.table.show_rows([_cells(one, self._session.sensors) for one in self._draft])
        self._fit()

    def _fit(self) -> None:
        plan, row = self._plan, self.table.row
        chosen = row is not None and row < len(self._draft)
        self.add.setEnabled(plan is not None)
        self.change.setEnabled(chosen)
        self.remove.setEnabled(chosen)
        self.write.setEnabled(self.draft and bool(self._draft))
        self.give_up.setEnabled(self.draft)
        self.detail.setText(_detail(self._draft[row]) if chosen and row is not None else "")
        self.detail.setVisible(chosen)
        self.words.setVisible(bool(self.words.text()))
        if plan is not None:
            self.head.setText(_head(plan, draft=self.draft))

    def _add(self) -> None:
        self._open(None)

    def _change(self) -> None:
        if self.table.row is not None:
            self._open(self.table.row)

    def _open(self, place: int | None, problem: Problem | None = None) -> None:
        before = self._draft[place] if place is not None else None
        dialog = ParameterDialog(self._session.sensors, before, self.person.text().strip(), self)
        self.dialog = dialog

        def taken() -> None:
            if dialog.wanted is None:
                return
            new = list(self._draft)
            if place is None:
                new.append(dialog.wanted)
            else:
                new[place] = dialog.wanted
            self._set_draft(tuple(new))
            self.table.choose(len(new) - 1 if place is None else place)

        dialog.accepted.connect(taken)
        modal(dialog)
        if problem is not None:
            dialog.show_refusal(problem)

    def _remove(self) -> None:
        row = self.table.row
        if row is not None:
            self._set_draft(self._draft[:row] + self._draft[row + 1 :])

    def _set_draft(self, draft: tuple[ParameterMessage, ...]) -> None:
        self._draft = draft
        self.words.setText("")
        self._show()

    def _ask_write(self) -> None:
        person = self.person.text().strip()
        self.rows["person"].show_error("" if person else "This is needed.")
        if not person or self._plan is None:
            self.person.setFocus()
            return
        changed = list(_changes(self._plan.parameters, self._draft, self._session.sensors))
        if self.methodology.text().strip() != self._plan.methodology:
            changed.append(f"✎ methodology: {self.methodology.text().strip() or 'none'}")
        changes = "\n".join(changed)
        question = (
            f"{changes}\n\nThis plan holds from now on; the one before stays in the log. "
            "Hours that are summarised already keep the plan that held then. Write it?"
        )
        if QMessageBox.question(self, "Write the plan", question) is not QMessageBox.StandardButton.Yes:
            return
        self._session.person = person
        wanted = PlanRequest(
            parameters=self._draft,
            person=person,
            methodology=self.methodology.text().strip(),
            remark=self._plan.remark,
        )
        self.write.setEnabled(False)
        self._session.quality.put_plan(wanted, self._written, self._refused)

    def _ask_give_up(self) -> None:
        question = "Give up what you changed, and show the plan in force again?"
        if QMessageBox.question(self, "Give up the draft", question) is QMessageBox.StandardButton.Yes:
            self._begin_anew()
            self._show()

    def _written(self, plan: PlanReply) -> None:
        self._plan = plan
        self._begin_anew()
        self._show()
        self.told.emit(f"✓ The plan is written, as entry {plan.index} of the log.")

    def _refused(self, problem: Problem) -> None:
        named = problem.field.removeprefix("body.").split(".")
        self.words.setText(f"⚠ {problem_text(problem)}")
        self._fit()
        if named[0] in self.rows:
            self.rows[named[0]].show_error(problem.detail)
        elif named[0] == "parameters" and len(named) > 1 and named[1].isdigit() and int(named[1]) < len(self._draft):
            self.table.choose(int(named[1]))
            self._open(int(named[1]), problem)

    def _failed(self, problem: Problem) -> None:
        if self._plan is None:
            self.head.setText(f"⚠ {problem_text(problem)}")


def _head(plan: PlanReply, *, draft: bool) -> str:
    said = "There is no plan yet: nothing may be claimed. Add the parameters that the project monitors."
    if plan.index is not None:
        by = f" by {plan.person}" if plan.person else ""
        since = f" since {time_text(plan.time)}" if plan.time else ""
        said = f"Plan in force{since}{by}, entry {plan.index} of the log."
    if plan.missing:
        said += f" ⚠ Planned, but not set up here: {', '.join(plan.missing)}."
    return f"{said}\n✎ Below is a draft that holds only once it is written." if draft else said


def _cells(one: ParameterMessage, sensors: Mapping[str, SensorMessage]) -> tuple[str, ...]:
    return (
        one.parameter,
        name_of(one.sensor, sensors),
        one.channel,
        ROLES[one.role],
        duration_text(one.frequency_s),
        f"{duration_text(one.longest_gap_s)}; {one.gap_default or GAP_RULES[one.gap_rule]}",
        f"{one.calibration_interval_days} days",
        one.accuracy,
        f"{one.factor.kilograms_per_kilowatt_hour:g}, {one.factor.name}" if one.factor else "–",
        one.responsible,
    )


def _detail(one: ParameterMessage) -> str:
    said = f"{one.parameter}, {one.unit}. Accuracy {one.accuracy}. {one.responsible} is responsible."
    if one.method:
        said += f" Method: {one.method}."
    if one.tree is not None:
        said += f" {planned_text(one.tree)}"
    factor = one.factor
    if factor is None:
        return said
    loss = f", loss {factor.loss:.1%}" if factor.loss else ""
    if one.counts == "subtracts":
        said += " It is taken off the totals."
    return (
        f"{said} Grid factor {factor.kilograms_per_kilowatt_hour:g} kg CO₂/kWh{loss}: {factor.name}, {factor.date}, "
        f"{factor.source}."
    )


def _changes(
    before: tuple[ParameterMessage, ...], after: tuple[ParameterMessage, ...], sensors: Mapping[str, SensorMessage]
) -> Iterator[str]:
    old = {(one.sensor, one.channel): one for one in before}
    new = {(one.sensor, one.channel): one for one in after}
    for key in {**old, **new}:
        name = f"{name_of(key[0], sensors)}, {key[1]}"
        if key not in old:
            yield f"＋ {name}: {new[key].parameter}"
        elif key not in new:
            yield f"− {name}: {old[key].parameter} is monitored no longer"
        elif old[key] != new[key]:
            fields = [
                field.replace("_", " ") for field in type(old[key]).model_fields if _differs(old[key], new[key], field)
            ]
            yield f"✎ {name}: {', '.join(fields)}"


def _differs(one: ParameterMessage, other: ParameterMessage, field: str) -> bool:
    return bool(getattr(one, field) != getattr(other, field))
