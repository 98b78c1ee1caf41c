# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The thresholds of a channel's quality tests: see them, set them for this site, go back to the catalogue's.

Asks the session; no I/O itself.
"""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMessageBox, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.problem_words import problem_text
from app.pages.quality_form import NamedForm, numbers_in
from app.pages.words import sensor_name
from app.widgets.form_row import TOUCH, FormRow, words_label
from app.widgets.form_values import BadValue, plain_text
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_quality import LimitsMessage, LimitsReply, LimitsRequest

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Field:
    """A line of the form: how many numbers it takes, and what it holds where nothing is typed."""

    name: str
    title: str
    count: int
    unit: str
    said: str
    empty: float | None = None


_FIELDS = (
    _Field("possible", "Possible", 2, "{unit}", "from … to; outside it a value fails. Empty: what the instrument can"),
    _Field("plausible", "Plausible here", 2, "{unit}", "from … to; outside it a value is suspect"),
    _Field("spike", "Spike", 2, "{unit}", "distance from both neighbours: suspect from, fails from"),
    _Field("rate_per_s", "Rate of change", 2, "{unit}/s", "suspect from, fails from"),
    _Field("rate_over_s", "… taken over", 1, "s", "so that noise of quick samples is no rate", 0.0),
    _Field("flat_s", "Flat line", 2, "s", "how long unchanged: suspect from, fails from"),
    _Field("flat_tolerance", "… unchanged within", 1, "{unit}", "more than 0 where the flat line is tested", 0.0),
    _Field("flat_above", "… only above", 1, "{unit}", "such as irradiance by day; empty: always"),
    _Field("least_deviation", "Least variation", 2, "{unit}", "standard deviation: suspect below, fails below"),
    _Field("deviation_s", "… over", 1, "s", "", 0.0),
)


class LimitsView(QWidget):
    """What is typed stays until it is saved or another channel is chosen.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._reply: LimitsReply | None = None
        self._question = 0
        self._filled: dict[str, tuple[str, object]] = {}
        self.sensor, self.channel = QComboBox(), QComboBox()
        for box, name in ((self.sensor, "Sensor"), (self.channel, "Channel")):
            box.setMinimumHeight(TOUCH)
            box.setMinimumWidth(200)
            box.setAccessibleName(name)
        self.lines = {one.name: QLineEdit() for one in _FIELDS} | {"person": QLineEdit()}
        rows = {one.name: FormRow(one.title, self.lines[one.name], unit=" ", help_text=one.said) for one in _FIELDS}
        rows["person"] = FormRow("Your name", self.lines["person"], help_text="as it is to stand in the record")
        self.form = NamedForm(rows)
        self.state = words_label()
        self.save, self.back = QPushButton("&Save these limits…"), QPushButton("&Back to the catalogue's…")
        self._lay_out()
        self.sensor.currentIndexChanged.connect(self.ask)
        self.channel.currentIndexChanged.connect(self._fill)
        self.save.clicked.connect(self._ask_save)
        self.back.clicked.connect(self._ask_back)
        self._fill()

    def offer(self, sensors: dict[str, str]) -> None:
        """Offer these sensors, by id."""
        known = [str(self.sensor.itemData(place)) for place in range(self.sensor.count())]
        if known == list(sensors):
            return
        before = self.sensor.currentData()
        self.sensor.blockSignals(True)
        self.sensor.clear()
        for sensor_id, name in sensors.items():
            self.sensor.addItem(name, sensor_id)
        self.sensor.setCurrentIndex(max(self.sensor.findData(before), 0) if sensors else -1)
        self.sensor.blockSignals(False)
        self.ask()

    def ask(self) -> None:
        """Ask for the limits of the chosen sensor."""
        sensor_id = self.sensor.currentData()
        self._question += 1
        question = self._question
        if not sensor_id:
            self._took(None, question)
            return

        def refused(problem: Problem) -> None:
            if question == self._question:
                self.state.setText(f"⚠ {problem_text(problem)}")

        self._session.quality.limits(str(sensor_id), lambda reply: self._took(reply, question), refused)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.sensor)
        top.addWidget(self.channel)
        top.addWidget(self.state, 1)
        below = QHBoxLayout()
        for button in (self.save, self.back):
            button.setMinimumHeight(TOUCH)
            below.addWidget(button)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.addLayout(top)
        column.addWidget(self.form, 1)
        column.addLayout(below)

    def _took(self, reply: LimitsReply | None, question: int) -> None:
        if question != self._question:
            return
        self._reply = reply
        channels = tuple(reply.channels) if reply is not None else ()
        known = tuple(str(self.channel.itemData(place)) for place in range(self.channel.count()))
        if channels != known:
            told = self._session.sensors.get(reply.sensor_id) if reply is not None else None
            labels = {one.name: one.label for one in told.channels} if told else {}
            self.channel.blockSignals(True)
            self.channel.clear()
            for name in channels:
                self.channel.addItem(labels.get(name, name), name)
            self.channel.blockSignals(False)
        self._fill()

    def _fill(self) -> None:
        name = self.channel.currentData()
        limits = self._reply.channels.get(str(name)) if self._reply is not None else None
        for button in (self.save, self.back):
            button.setEnabled(limits is not None)
        if self._reply is None or limits is None:
            self.state.setText("No sensor to set limits of.")
            return
        sensor = self._session.sensors.get(self._reply.sensor_id)
        units = {one.name: one.unit for one in sensor.channels} if sensor else {}
        unit = units.get(str(name), "")
        in_force = self._reply.in_force.get(str(name), limits)
        for one in _FIELDS:
            set_here, holds = (_told(getattr(told, one.name), one.empty) for told in (limits, in_force))
            self.lines[one.name].setText(set_here)
            self._filled[one.name] = set_here, getattr(limits, one.name)
            # A range that the project states goes before what is set; a rated power stands in where nothing is.
            said = f" In force by the sensor's settings: {holds}." if holds != set_here else ""
            self.form.rows[one.name].show_help(f"{one.said}.{said}" if said else one.said)
            self.form.rows[one.name].show_unit(one.unit.format(unit=unit))
        self.lines["person"].setText(self._session.person)
        self.form.show_faults({})
        self.state.setText(f"In force since entry {self._reply.configuration} of the log. Empty: no such test.")

    def _ask_save(self) -> None:
        limits, faults = self._typed()
        if not self.lines["person"].text().strip():
            faults["person"] = "This is needed."
        if not self.form.show_faults(faults):
            return
        self._ask("Save these limits", "Flag readings of {channel} by these limits from now on?", limits)

    def _ask_back(self) -> None:
        person = self.lines["person"].text().strip()
        if self.form.show_faults({} if person else {"person": "This is needed."}):
            words = "Give up this site's limits of {channel} and flag by the catalogue's from now on?"
            self._ask("Back to the catalogue's", words, None)

    def _ask(self, title: str, words: str, limits: LimitsMessage | None) -> None:
        if self._reply is None:
            return
        sensor_id, channel = self._reply.sensor_id, str(self.channel.currentData())
        sensor = self._session.sensors.get(sensor_id)
        name = f"{sensor_name(sensor) if sensor else sensor_id}: {self.channel.currentText()}"
        question = f"{words.format(channel=name)} What is recorded already keeps its flags; the change is recorded."
        if QMessageBox.question(self, title, question) is not QMessageBox.StandardButton.Yes:
            return
        self._session.person = self.lines["person"].text().strip()
        wanted = LimitsRequest(channels={channel: limits}, person=self._session.person)
        for button in (self.save, self.back):
            button.setEnabled(False)
        self._session.quality.put_limits(sensor_id, wanted, self._saved, self._refused)

    def _typed(self) -> tuple[LimitsMessage, dict[str, str]]:
        found: dict[str, object] = {}
        faults: dict[str, str] = {}
        for one in _FIELDS:
            text = self.lines[one.name].text().strip()
            found[one.name] = one.empty
            if not text:
                continue
            shown, exact = self._filled.get(one.name, ("", None))
            if text == shown:  # what nobody changed keeps the digits that are not shown
                found[one.name] = exact
                continue
            try:
                numbers = numbers_in(text, one.count)
            except BadValue as fault:
                faults[one.name] = str(fault)
                continue
            found[one.name] = numbers if one.count > 1 else numbers[0]
        return LimitsMessage.model_validate(found), faults

    def _saved(self, reply: LimitsReply) -> None:
        self._question += 1
        self._took(reply, self._question)
        self.told.emit(f"✓ The limits are in force, by entry {reply.configuration} of the log.")

    def _refused(self, problem: Problem) -> None:
        for button in (self.save, self.back):
            button.setEnabled(True)
        self.form.show_refusal(problem)


def _told(value: object, empty: float | None) -> str:
    if value is None or value == empty:
        return ""
    if isinstance(value, tuple):
        return " to ".join(_few_digits(float(number)) for number in value)
    return _few_digits(float(str(value)))


def _few_digits(number: float) -> str:
    """A limit per minute is told per second: 3.33333, and not sixteen threes."""
    return plain_text(float(f"{number:.{_DIGITS}g}"))
