# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One monitored parameter of the plan as it is typed. Knows the sensors it is given; no I/O."""

from collections.abc import Mapping

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.pages.quality_form import NamedForm, fit_dialog, text_of_field
from app.pages.quality_plan_tree import TreeRows
from app.pages.words import sensor_name
from app.widgets.form_row import EDGES, TOUCH, FormRow, Input
from app.widgets.form_values import BadValue, number_of, plain_text
from edge_daemon.api.messages import Problem, SensorMessage
from edge_daemon.api.messages_quality import FactorMessage, ParameterMessage

ROLES = {"record": "sensor of record", "check": "check sensor"}
GAP_RULES = {"exclude": "gaps count nothing", "conservative_default": "a conservative default stands in"}
COUNTS = {"adds": "adds to the totals", "subtracts": "is taken off them: import, own use"}
_NUMBERS = ("frequency_s", "longest_gap_s", "calibration_interval_days")
_NEEDED = ("parameter", "unit", "sensor", "channel", "accuracy", "responsible")
_FACTOR = ("name", "kilograms_per_kilowatt_hour", "date", "source", "loss")
_FACTOR_NEEDED = ("name", "kilograms_per_kilowatt_hour", "date", "source")


class ParameterDialog(QDialog):
    """`wanted` is the parameter once it is accepted; nothing is sent from here."""

    def __init__(
        self, sensors: Mapping[str, SensorMessage], before: ParameterMessage | None, responsible: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Monitored parameter")
        self.setStyleSheet(EDGES)
        self._sensors = sensors
        self.wanted: ParameterMessage | None = None
        self.sensor, self.channel = _editable(), _editable()
        self.role, self.gap_rule, self.counts = _choices(ROLES), _choices(GAP_RULES), _choices(COUNTS)
        self.has_factor = QCheckBox("multiply energy by a grid factor")
        self.tree = TreeRows()
        self.form = NamedForm({**self._make_rows(), **self.tree.rows})
        for sensor in sensors.values():
            self.sensor.addItem(f"{sensor_name(sensor)} ({sensor.sensor_id})", sensor.sensor_id)
        self.buttons = QDialogButtonBox()
        self.take = QPushButton("&Take into the plan")
        self.leave = QPushButton("Cancel")
        self.buttons.addButton(self.take, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.leave, QDialogButtonBox.ButtonRole.RejectRole)
        for button in (self.take, self.leave):
            button.setMinimumHeight(TOUCH)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.form, 1)
        column.addWidget(self.buttons)
        self.sensor.currentTextChanged.connect(self._offer_channels)
        self.channel.currentTextChanged.connect(self._suggest_unit)
        self.gap_rule.currentIndexChanged.connect(self._fit)
        for box in (self.has_factor, self.tree.wanted):
            box.toggled.connect(self._fit)
        self.tree.equation.currentIndexChanged.connect(self._fit)
        self._line("unit").textChanged.connect(self._fit)
        self._offer_channels()
        self._show(before, responsible)
        fit_dialog(self)

    def show_refusal(self, problem: Problem) -> None:
        """Say the recorder's refusal at its field."""
        named = problem.field.split(".")
        for part in ("factor", "tree"):
            if part in named[:-1]:
                problem = problem.model_copy(update={"field": f"{part}_{named[-1]}"})
        self.form.show_refusal(problem)

    def _make_rows(self) -> dict[str, FormRow]:
        given: dict[str, tuple[str, Input, str, str]] = {
            "parameter": ("Parameter", QLineEdit(), "", "for example Electricity exported"),
            "sensor": ("Sensor", self.sensor, "", "one that is not set up yet may be planned by its name"),
            "channel": ("Channel", self.channel, "", ""),
            "unit": ("Unit", QLineEdit(), "", ""),
            "role": ("Role", self.role, "", "totals and the claim use sensors of record only"),
            "frequency_s": ("Measured every", QLineEdit(), "s", "fewer readings lower the coverage"),
            "accuracy": ("Accuracy required", QLineEdit(), "", "for example class 0.2S"),
            "longest_gap_s": ("Longest gap bridged", QLineEdit(), "s", "longer gaps add nothing"),
            "gap_rule": ("In place of a gap", self.gap_rule, "", ""),
            "gap_default": ("Which default", QLineEdit(), "", "as the methodology names it"),
            "calibration_interval_days": ("Calibrated every", QLineEdit(), "days", ""),
            "responsible": ("Responsible person", QLineEdit(), "", ""),
            "method": ("Method", QLineEdit(), "", "how it is measured; may stay empty"),
            "factor": ("Grid factor", self.has_factor, "", "only for energy"),
            "factor_name": ("… name", QLineEdit(), "", "for example eGRID2023 CAMX"),
            "factor_kilograms_per_kilowatt_hour": ("… value", QLineEdit(), "kg/kWh", "CO₂ per kilowatt hour"),
            "factor_date": ("… date", QLineEdit(), "", "when it was published, as 2025-06-12"),
            "factor_source": ("… source", QLineEdit(), "", "where it is published"),
            "factor_loss": ("… loss", QLineEdit(), "", "fraction lost on the way, 0 to below 1"),
            "counts": ("… and it", self.counts, "", "what counts is exported less imported energy"),
        }
        return {
            name: FormRow(title, field, unit=unit, help_text=said) for name, (title, field, unit, said) in given.items()
        }

    def _line(self, name: str) -> QLineEdit:
        field = self.form.rows[name].field
        assert isinstance(field, QLineEdit), name
        return field

    def _show(self, before: ParameterMessage | None, responsible: str) -> None:
        if before is None:
            for name, text in (("frequency_s", "60"), ("longest_gap_s", "180"), ("calibration_interval_days", "365")):
                self._line(name).setText(text)
            self._line("responsible").setText(responsible)
            self._line("factor_loss").setText("0")
            self.tree.show(None)
        else:
            self._show_planned(before)
        self._fit()

    def _show_planned(self, before: ParameterMessage) -> None:
        known = self.sensor.findData(before.sensor)
        self.sensor.setCurrentIndex(known)
        if known < 0:
            self.sensor.setEditText(before.sensor)
        self.channel.setCurrentIndex(self.channel.findData(before.channel))
        if self.channel.currentData() != before.channel:
            self.channel.setEditText(before.channel)
        for name in ("parameter", "unit", "accuracy", "gap_default", "responsible", "method"):
            self._line(name).setText(str(getattr(before, name)))
        for name in _NUMBERS:
            self._line(name).setText(plain_text(float(getattr(before, name))))
        self.role.setCurrentIndex(self.role.findData(before.role))
        self.gap_rule.setCurrentIndex(self.gap_rule.findData(before.gap_rule))
        self.counts.setCurrentIndex(self.counts.findData(before.counts))
        self.has_factor.setChecked(before.factor is not None)
        for name in _FACTOR:
            value = getattr(before.factor, name) if before.factor else "0" if name == "loss" else ""
            self._line(f"factor_{name}").setText(plain_text(value) if isinstance(value, float) else str(value))
        self.tree.show(before.tree)

    def _sensor_id(self) -> str:
        return _chosen(self.sensor)

    def _offer_channels(self) -> None:
        sensor = self._sensors.get(self._sensor_id())
        self.channel.clear()
        for channel in sensor.channels if sensor else ():
            self.channel.addItem(f"{channel.label} ({channel.name})", channel.name)
        if sensor is not None:
            self.channel.setCurrentIndex(max(self.channel.findData(sensor.primary), 0))

    def _suggest_unit(self) -> None:
        sensor = self._sensors.get(self._sensor_id())
        name = _chosen(self.channel)
        unit = next((one.unit for one in sensor.channels if one.name == name), "") if sensor else ""
        if unit:
            self._line("unit").setText(unit)

    def _fit(self) -> None:
        hidden = set() if self.gap_rule.currentData() == "conservative_default" else {"gap_default"}
        if not self.has_factor.isChecked():
            hidden |= {"counts", *(f"factor_{name}" for name in _FACTOR)}
        hidden |= self.tree.hidden(text_of_field(self.form.rows["unit"]))
        self.form.show_only(name for name in self.form.rows if name not in hidden)

    def _accept(self) -> None:
        texts = {name: text_of_field(row) for name, row in self.form.rows.items()}
        texts |= {"sensor": self._sensor_id(), "channel": _chosen(self.channel)}
        with_factor = self.has_factor.isChecked()
        needed = (*_NEEDED, *(f"factor_{name}" for name in _FACTOR_NEEDED if with_factor))
        faults = {name: "This is needed." for name in needed if not texts[name]}
        numbers: dict[str, float] = {}
        for name in (*_NUMBERS, *(("factor_kilograms_per_kilowatt_hour", "factor_loss") if with_factor else ())):
            try:
                numbers[name] = float(number_of(texts[name] or "0" if name == "factor_loss" else texts[name]))
            except BadValue as fault:
                faults.setdefault(name, str(fault))
        if numbers.get("calibration_interval_days", 1.0) % 1:
            faults["calibration_interval_days"] = "A whole number of days is needed."
        tree, wrong = self.tree.read()
        if not self.form.show_faults({**faults, **wrong}):
            return
        factor = {name: numbers.get(f"factor_{name}", texts[f"factor_{name}"]) for name in _FACTOR}
        self.wanted = ParameterMessage.model_validate(
            {
                **{name: texts[name] for name in (*_NEEDED, "gap_default", "method")},
                **{name: numbers[name] for name in _NUMBERS},
                "role": self.role.currentData(),
                "gap_rule": self.gap_rule.currentData(),
                "factor": FactorMessage.model_validate(factor) if with_factor else None,
                "tree": tree,
                "counts": self.counts.currentData() if with_factor else "adds",
            }
        )
        self.accept()


def _editable() -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    return box


def _choices(options: Mapping[str, str]) -> QComboBox:
    box = QComboBox()
    for name, title in options.items():
        box.addItem(title, name)
    return box


def _chosen(box: QComboBox) -> str:
    """What was chosen, or typed by somebody who knows a name that is not offered."""
    text = box.currentText().strip()
    place = box.findText(text)
    return str(box.itemData(place)) if place >= 0 else text
