# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An amendment as it is typed: what it would change is shown before it can be written. Asks the session."""

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.client.times import seconds_of, text_of
from app.pages.quality_amendment_words import KINDS, preview_text
from app.pages.quality_form import NamedForm, fit_dialog, text_of_field
from app.pages.words import sensor_name
from app.widgets.form_row import EDGES, TOUCH, FormRow, Input
from app.widgets.form_setting import TextBox
from app.widgets.form_values import BadValue, number_of
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_quality import AmendmentMessage, AmendmentPreview, NewAmendment
from edge_daemon.domain.channel import Flag

_US = 1_000_000
_ANY = ("sensors", "from", "to", "first", "last")
_NEEDED_BY = {
    "maintenance": (*_ANY, "channels", "flag"),
    "as_found_failure": (*_ANY, "channels", "flag"),
    "clock_offset": (*_ANY, "offset_us", "uncertainty_us"),
    "release_untrusted_time": ("first", "last", "offset_us", "uncertainty_us"),
    "wrong_plug": (*_ANY, "reads_as"),
    "value_correction": (*_ANY, "channels", "gain", "offset"),
}
_ALWAYS = ("kind", "replaces", "evidence", "person")
_FLAGS = (("as usual for its kind", None), ("▲ suspect", Flag.SUSPECT), ("✕ fail", Flag.FAIL))


class AmendmentDialog(QDialog):
    """`written` is the amendment once it stands in the log."""

    def __init__(self, session: Session, counting: tuple[AmendmentMessage, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Amend how readings are to be read")
        self.setStyleSheet(EDGES)
        self._session = session
        self._shown: NewAmendment | None = None
        self._asked: NewAmendment | None = None
        self.written: AmendmentMessage | None = None
        self.kind, self.sensors, self.channels = QComboBox(), QComboBox(), QComboBox()
        self.reads_as, self.flag, self.replaces = QComboBox(), QComboBox(), QComboBox()
        self.evidence = TextBox()
        for kind, (title, said) in KINDS.items():
            if kind != "withdrawal":
                self.kind.addItem(f"{title}: {said}", kind)
        for title, flag in _FLAGS:
            self.flag.addItem(title, None if flag is None else int(flag))
        self.sensors.addItem("All sensors", "")
        self.reads_as.addItem("Not known: they fail", "")
        for sensor in session.sensors.values():
            for box in (self.sensors, self.reads_as):
                box.addItem(f"{sensor_name(sensor)} ({sensor.sensor_id})", sensor.sensor_id)
        self.replaces.addItem("None", None)
        for one in counting:
            self.replaces.addItem(f"entry {one.index}: {KINDS[one.kind][0]}, {one.person}", one.index)
        self.form = NamedForm(self._make_rows())
        self.seen = QTextBrowser()
        self.seen.setAccessibleName("What it would change")
        self.seen.setTabChangesFocus(True)
        self.look, self.write = QPushButton("&Show what it changes"), QPushButton("&Write it…")
        self.leave = QPushButton("Cancel")
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._fit)
        self.sensors.currentIndexChanged.connect(self._offer_channels)
        for row in self.form.rows.values():
            row.touched.connect(self._changed)
        self.look.clicked.connect(self._preview)
        self.write.clicked.connect(self._ask_write)
        self.leave.clicked.connect(self.reject)
        self._offer_channels()
        self._fit()
        fit_dialog(self, 820, 540)

    def propose_release(self, first: int, last: int) -> None:
        """Fill in that the readings among these entries are to be released; how wrong the clock was is the person's."""
        self.kind.setCurrentIndex(self.kind.findData("release_untrusted_time"))
        for name, index in (("first", first), ("last", last)):
            field = self.form.rows[name].field
            if isinstance(field, QLineEdit):
                field.setText(str(index))

    def _make_rows(self) -> dict[str, FormRow]:
        person = QLineEdit(self._session.person)
        moment = "UTC, as 2026-11-23 08:15:30; empty: open"
        given: dict[str, tuple[str, Input, str, str]] = {
            "kind": ("What happened", self.kind, "", ""),
            "sensors": ("Sensor", self.sensors, "", "as it was recorded"),
            "channels": ("Channel", self.channels, "", ""),
            "from": ("From", QLineEdit(), "", moment),
            "to": ("To", QLineEdit(), "", f"not included; {moment}"),
            "first": ("From entry", QLineEdit(), "", "index in the log; empty: from its beginning"),
            "last": ("To entry", QLineEdit(), "", "empty: up to now"),
            "offset_us": ("Add to the time", QLineEdit(), "s", "how much the clock was slow; below 0: it was fast"),
            "uncertainty_us": ("Uncertain by ±", QLineEdit(), "s", ""),
            "reads_as": ("They are of", self.reads_as, "", ""),
            "flag": ("Flag", self.flag, "", "maintenance: fail; failed as found: suspect"),
            "gain": ("Gain", QLineEdit(), "", ""),
            "offset": ("Offset", QLineEdit(), "", "in the channel's unit"),
            "replaces": ("In place of", self.replaces, "", "that amendment counts no longer"),
            "evidence": ("Evidence", self.evidence, "", "why this is so: what was seen, compared, found"),
            "person": ("Your name", person, "", "as it is to stand in the record"),
        }
        return {
            name: FormRow(title, field, unit=unit, help_text=said) for name, (title, field, unit, said) in given.items()
        }

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        for button in (self.look, self.write, self.leave):
            button.setMinimumHeight(TOUCH)
            button.setAutoDefault(False)
            below.addWidget(button)
        below.addStretch(1)
        self.seen.setMaximumHeight(150)
        self.seen.hide()
        column = QVBoxLayout(self)
        column.addWidget(self.form, 1)
        column.addWidget(self.seen)
        column.addLayout(below)

    def _fit(self) -> None:
        self.form.show_only({*_NEEDED_BY[str(self.kind.currentData())], *_ALWAYS} - self._no_replacing())
        self._changed()

    def _no_replacing(self) -> set[str]:
        return {"replaces"} if self.replaces.count() == 1 else set()

    def _offer_channels(self) -> None:
        sensor = self._session.sensors.get(str(self.sensors.currentData()))
        self.channels.clear()
        self.channels.addItem("All channels", "")
        for channel in sensor.channels if sensor else ():
            self.channels.addItem(f"{channel.label} ({channel.name})", channel.name)

    def _changed(self) -> None:
        """What was shown was of something else."""
        self._shown = None
        self.write.setEnabled(False)
        self.write.setToolTip("First look at what it changes.")

    def _typed(self) -> NewAmendment | None:
        """What was typed; None where something is wrong, which is said at its field."""
        kind = str(self.kind.currentData())
        wanted = {*_NEEDED_BY[kind], *_ALWAYS}
        texts = {name: text_of_field(row) for name, row in self.form.rows.items() if name in wanted}
        texts["evidence"] = self.evidence.toPlainText().strip()
        told: dict[str, object] = {"kind": kind, "evidence": texts["evidence"], "person": texts["person"]}
        faults = {name: "This is needed." for name in ("evidence", "person") if not texts[name]}
        for name, box in (("sensors", self.sensors), ("channels", self.channels)):
            if name in wanted and box.currentData():
                told[name] = (str(box.currentData()),)
        if "reads_as" in wanted:
            told["reads_as"] = str(self.reads_as.currentData())
        for name, box in (("flag", self.flag), ("replaces", self.replaces)):
            if name in wanted and box.currentData() is not None:
                told[name] = int(box.currentData())
        for name in ("from", "to"):
            if texts.get(name):
                try:
                    told[name] = text_of(seconds_of(_moment(texts[name])))
                except ValueError:
                    faults[name] = "A time such as 2026-11-23 08:15:30 is needed."
        told |= self._numbers(wanted, texts, faults)
        return NewAmendment.model_validate(told) if self.form.show_faults(faults) else None

    def _numbers(self, wanted: set[str], texts: dict[str, str], faults: dict[str, str]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name in ("offset_us", "uncertainty_us", "gain", "offset"):
            if name in wanted:
                try:
                    number = number_of(texts[name])
                    found[name] = round(number * _US) if name.endswith("_us") else float(number)
                except BadValue as fault:
                    faults[name] = str(fault)
        for name in ("first", "last"):
            if texts.get(name):
                if texts[name].isdecimal():
                    found[name] = int(texts[name])
                else:
                    faults[name] = "A whole number is needed."
        return found

    def _preview(self) -> None:
        new = self._typed()
        if new is None:
            return
        self._asked = new
        self.look.setEnabled(False)
        self.form.say("… The recorder looks at the readings.")
        self._session.quality.preview(new, lambda told: self._show_preview(new, told), self._refused)

    def _show_preview(self, new: NewAmendment, told: AmendmentPreview) -> None:
        self.look.setEnabled(True)
        if new is not self._asked:
            return
        self.form.say("")
        self.seen.setPlainText(preview_text(told, self._session.sensors))
        self.seen.show()
        if self._typed() != new:
            self.form.say("What was typed has changed since: look again.")
            return
        # A reading more since is no other amendment: the range is fixed to what was looked at.
        last = told.last if new.last < 0 else new.last
        self._shown = new.model_copy(update={"last": last}) if told.readings else None
        self.write.setEnabled(self._shown is not None)
        self.write.setToolTip("")

    def _ask_write(self) -> None:
        if self._shown is None:
            return
        question = (
            f"{self.seen.toPlainText().splitlines()[0]}\n\nWrite this amendment? The readings themselves stay as they "
            "are, and a later amendment can withdraw this one; both stay in the log."
        )
        if QMessageBox.question(self, "Write the amendment", question) is QMessageBox.StandardButton.Yes:
            self._session.person = self._shown.person
            self.write.setEnabled(False)
            self._session.quality.amend(self._shown, self._written, self._refused)

    def _written(self, told: AmendmentMessage) -> None:
        self.written = told
        self.accept()

    def _refused(self, problem: Problem) -> None:
        self.look.setEnabled(True)
        self.write.setEnabled(self._shown is not None)
        self.form.show_refusal(problem)


def _moment(text: str) -> str:
    """A time as people type it, as RFC 3339 in UTC."""
    plain = text.strip().replace(" ", "T").rstrip("Z")
    if len(plain) == len("2026-11-23"):
        plain += "T00:00"
    if len(plain) == len("2026-11-23T08:15"):
        plain += ":00"
    return f"{plain}Z"
