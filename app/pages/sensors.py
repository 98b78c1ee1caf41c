# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The sensors of the station: list, add, pause, go on, remove. Asks the session; does no I/O."""

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.pages.words import CONDITIONS, no_sensors_text, sensor_name
from edge_daemon.api.messages import ModelMessage, NewSensor, PortMessage, Problem, SensorChange

_COLUMNS = ("Name", "State", "Model", "Port", "Interval", "Id")
_TOUCH = 44


def sensor_id_from(name: str, taken: set[str]) -> str:
    """A free sensor id made of a name: lower case, digits and underscores."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:56] or "sensor"
    number, wanted = 2, stem
    while wanted in taken:
        wanted, number = f"{stem}_{number}", number + 1
    return wanted


class AddSensorDialog(QDialog):
    """Asks for port, model, name and interval, and stays open with the reason when the recorder refuses."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add a sensor")
        self.setMinimumWidth(460)
        self._session = session
        self._models: dict[str, ModelMessage] = {}
        self.port, self.model, self.name = QComboBox(), QComboBox(), QLineEdit()
        self.interval = QDoubleSpinBox()
        self.interval.setRange(0.01, 86_400)
        self.interval.setSuffix(" s")
        self.words = QLabel("Asking the recorder for ports and models…")
        self.words.setWordWrap(True)
        form = QFormLayout()
        for title, field in (
            ("Port", self.port),
            ("Model", self.model),
            ("Name", self.name),
            ("A reading every", self.interval),
        ):
            field.setMinimumHeight(_TOUCH)
            form.addRow(title, field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.confirm = buttons.addButton("Add", QDialogButtonBox.ButtonRole.AcceptRole)
        self.confirm.setEnabled(False)
        for button in buttons.buttons():
            button.setMinimumHeight(_TOUCH)
        buttons.accepted.connect(self._send)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.words)
        column.addWidget(buttons)
        self.model.currentIndexChanged.connect(self._model_chosen)
        session.ports(self._took_ports)
        session.catalogue(self._took_models)

    def _took_ports(self, ports: tuple[PortMessage, ...]) -> None:
        for port in ports:
            used = f", used by {', '.join(port.sensors)}" if port.sensors else ""
            self.port.addItem(f"{port.description or port.device} ({port.device}{used})", port.key)
        self._check()

    def _took_models(self, models: tuple[ModelMessage, ...]) -> None:
        self._models = {model.model: model for model in models}
        for model in models:
            self.model.addItem(f"{model.maker} {model.title}", model.model)
        self._check()

    def _check(self) -> None:
        ready = self.port.count() > 0 and self.model.count() > 0
        self.confirm.setEnabled(ready)
        self.words.setText("" if ready else "No port is present. Plug the sensor in, then open this dialog again.")

    def _model_chosen(self) -> None:
        model = self._models.get(self.model.currentData())
        if model is not None:
            self.interval.setMinimum(model.minimum_interval_s)
            self.interval.setValue(model.interval_s)
            self.name.setPlaceholderText(model.title)

    def _send(self) -> None:
        model = self._models[self.model.currentData()]
        name = self.name.text().strip() or model.title
        self.confirm.setEnabled(False)
        sensor = NewSensor(
            sensor_id=sensor_id_from(name, set(self._session.sensors)),
            model=model.model,
            port=self.port.currentData(),
            name=name,
            interval_s=self.interval.value(),
        )
        self._session.add_sensor(sensor, self.accept, self._refused)

    def _refused(self, problem: Problem) -> None:
        self.words.setText(f"{problem.title}. {problem.detail} {problem.advice}")
        self.confirm.setEnabled(True)


class SensorsPage(QWidget):
    """A table of the sensors and buttons for the chosen one.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.dialog: AddSensorDialog | None = None
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(list(_COLUMNS))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(_TOUCH)
        self.table.setStyleSheet("QTableWidget::item { padding: 0 8px; } QHeaderView::section { padding: 4px 8px; }")
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.add = QPushButton("Add a sensor…")
        self.pause = QPushButton("Pause")
        self.remove = QPushButton("Remove…")
        row = QHBoxLayout()
        for button, work in ((self.add, self.ask_add), (self.pause, self._pause), (self.remove, self._ask_remove)):
            button.setMinimumHeight(_TOUCH)
            button.clicked.connect(work)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.empty, 1)
        column.addWidget(self.table, 1)
        self.table.itemSelectionChanged.connect(self._chosen_changed)
        session.sensors_changed.connect(self._fill)
        self._fill()

    def ask_add(self) -> None:
        """Open the dialog that adds a sensor."""
        self.dialog = AddSensorDialog(self._session, self)
        self.dialog.open()

    def choose(self, sensor_id: str) -> None:
        """Select the row of a sensor."""
        for row in range(self.table.rowCount()):
            if self._id(row) == sensor_id:
                self.table.selectRow(row)

    @property
    def chosen(self) -> str | None:
        """Id of the sensor whose row is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self._id(rows[0].row()) if rows else None

    def _id(self, row: int) -> str:
        item = self.table.item(row, len(_COLUMNS) - 1)
        return item.text() if item is not None else ""

    def _fill(self) -> None:
        before = self.chosen
        sensors = list(self._session.sensors.values())
        self.empty.setText(no_sensors_text(self._session.sensors_known))
        self.empty.setVisible(not sensors)
        self.table.setVisible(bool(sensors))
        self.table.setRowCount(len(sensors))
        for row, sensor in enumerate(sensors):
            glyph, word = CONDITIONS[sensor.condition]
            texts = (
                sensor_name(sensor),
                f"{glyph} {word}",
                sensor.title,
                sensor.port,
                f"{sensor.interval_s:g} s",
                sensor.sensor_id,
            )
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, place, item)
        if before is not None:
            self.choose(before)
        self._chosen_changed()

    def _chosen_changed(self) -> None:
        sensor = self._session.sensors.get(self.chosen or "")
        self.pause.setEnabled(sensor is not None)
        self.remove.setEnabled(sensor is not None)
        self.pause.setText("Go on" if sensor is not None and sensor.state == "paused" else "Pause")

    def _pause(self) -> None:
        sensor = self._session.sensors.get(self.chosen or "")
        if sensor is not None:
            self._session.change_sensor(sensor.sensor_id, SensorChange(paused=sensor.state != "paused"))

    def _ask_remove(self) -> None:
        sensor = self._session.sensors.get(self.chosen or "")
        if sensor is None:
            return
        question = f"Stop recording “{sensor_name(sensor)}”? What it has recorded stays."
        if QMessageBox.question(self, "Remove sensor", question) is QMessageBox.StandardButton.Yes:
            self._session.remove_sensor(sensor.sensor_id)
            self.told.emit(f"{sensor_name(sensor)} is being removed.")
