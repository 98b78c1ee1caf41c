# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The sensors of the station and the ports to plug more in: list, add, identify, set up, pause, remove. Does no I/O."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.pages.add_sensor import AddSensorDialog
from app.pages.calibration_opener import CALIBRATE, GO_ON, CalibrationOpener
from app.pages.device_settings import DeviceSettingsDialog
from app.pages.identify import IdentifyDialog
from app.pages.passport import PassportDialog
from app.pages.passport_questions import IdentityQuestions
from app.pages.ports import PortsPanel
from app.pages.ports_words import port_title
from app.pages.problem_words import trouble_text
from app.pages.words import CONDITIONS, no_sensors_text, sensor_name, warning_text
from app.widgets.form_row import words_label
from edge_daemon.api.messages import PortMessage, SensorChange, SensorMessage
from edge_daemon.api.messages_devices import MatchMessage

_COLUMNS = ("Name", "State", "Model", "Port", "Interval", "Id")
_TOUCH = 44
_CHOOSE = "Choose a sensor in the table first."


class SensorsPage(QWidget):
    """A table of the sensors with buttons for the chosen one, above the ports that are present.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.dialog: AddSensorDialog | None = None
        self.identification: IdentifyDialog | None = None
        self.device: DeviceSettingsDialog | None = None
        self.passport: PassportDialog | None = None
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.table = _table()
        self.words = words_label()
        self.ports = PortsPanel(session)
        self.questions = IdentityQuestions(session)
        self.add = QPushButton("Add a sensor…")
        self.pause, self.remove = QPushButton("Pause"), QPushButton("Remove…")
        self.setup, self.pass_button = QPushButton("Device settings…"), QPushButton("Passport…")
        self.calibrate, self.opener = QPushButton(CALIBRATE), CalibrationOpener(session, self)
        self._lay_out()
        self.table.itemSelectionChanged.connect(self._chosen_changed)
        self.ports.add_wished.connect(lambda key: self.ask_add(port=key))
        self.ports.identify_wished.connect(self.ask_identify)
        self.ports.told.connect(self.told)
        self.questions.told.connect(self.told)
        session.port_list.plugged.connect(self._plugged)
        session.sensors_changed.connect(self._fill)
        session.calibrations.changed.connect(self._chosen_changed)
        self._fill()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button, work in (
            (self.add, self.ask_add),
            (self.setup, self.ask_chosen_settings),
            (self.pass_button, self.ask_chosen_passport),
            (self.calibrate, self.ask_chosen_calibration),
            (self.pause, self._pause),
            (self.remove, self._ask_remove),
        ):
            button.setMinimumHeight(_TOUCH)
            button.clicked.connect(lambda _checked=False, do=work: do())
            buttons.addWidget(button)
        buttons.addStretch(1)
        upper, lower = QWidget(), QWidget()
        above, below = QVBoxLayout(upper), QVBoxLayout(lower)
        above.setContentsMargins(0, 0, 0, 0)
        below.setContentsMargins(0, 4, 0, 0)
        above.addLayout(buttons)
        above.addWidget(self.empty, 1)
        above.addWidget(self.table, 1)
        above.addWidget(self.words)
        title = QLabel("Ports")
        title.setStyleSheet("font-size: 14pt; font-weight: 600;")
        below.addWidget(title)
        below.addWidget(self.ports, 1)
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setChildrenCollapsible(False)
        for part in (upper, lower):
            halves.addWidget(part)
        halves.setSizes([1000, 900])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.questions)
        column.addWidget(halves, 1)

    # ---- dialogs ----------------------------------------------------------------------------------------------------

    def ask_add(self, *, port: str = "", model: str = "", serial: str = "") -> None:
        """Open the page that adds a sensor, filled in with what is known."""
        self.dialog = AddSensorDialog(self._session, self, port=port, model=model, serial=serial)
        self.dialog.accepted.connect(lambda: self._session.port_list.forget_fresh(port))
        self.dialog.open()

    def ask_identify(self, key: str) -> None:
        """Find out what is on a port."""
        port = next((one for one in self._session.port_list.ports if one.key == key), None)
        self.identification = IdentifyDialog(self._session, key, port_title(port) if port else key, self)
        self.identification.chosen.connect(lambda match: self._add_match(key, match))
        self.identification.open()

    def ask_settings(self, sensor_id: str) -> None:
        """Open the settings of a sensor's device."""
        sensor = self._session.sensors[sensor_id]
        self.device = DeviceSettingsDialog(self._session, sensor_id, sensor_name(sensor), self)
        self.device.finished.connect(lambda _: self._session.refresh())
        self.device.open()

    def ask_passport(self, sensor_id: str) -> None:
        """Open the passport of the instrument that a sensor reads."""
        sensor = self._session.sensors[sensor_id]
        self.passport = PassportDialog(self._session, sensor, self)
        self.passport.finished.connect(lambda _: self._session.refresh())
        self.passport.open()

    def _add_match(self, key: str, match: MatchMessage) -> None:
        self.ask_add(port=key, model=match.model)

    def _plugged(self, port: PortMessage) -> None:
        self.told.emit(f"A port was plugged in: {port_title(port)}.")

    # ---- the table --------------------------------------------------------------------------------------------------

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
        sensors = sorted(self._session.sensors.values(), key=lambda one: sensor_name(one).lower())
        self.empty.setText(no_sensors_text(self._session.sensors_known))
        self.empty.setVisible(not sensors)
        self.table.setVisible(bool(sensors))
        self.table.setRowCount(len(sensors))
        for row, sensor in enumerate(sensors):
            texts = (
                sensor_name(sensor),
                state_text(sensor),
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
        for button in (self.setup, self.pass_button, self.calibrate, self.pause, self.remove):
            button.setEnabled(sensor is not None)
        self.calibrate.setText(GO_ON if self.chosen in self._session.calibrations.under_way else CALIBRATE)
        self.pause.setText("Go on" if sensor is not None and sensor.state == "paused" else "Pause")
        words = troubles_text(sensor) if sensor is not None else ""
        self.words.setText(words)
        self.words.setVisible(bool(words))

    # ---- the chosen sensor ------------------------------------------------------------------------------------------

    def ask_chosen_settings(self) -> None:
        """Open the settings of the chosen sensor's device."""
        if self.chosen:
            self.ask_settings(self.chosen)
        else:
            self.told.emit(_CHOOSE)

    def ask_chosen_passport(self) -> None:
        """Open the passport of the chosen sensor's instrument."""
        if self.chosen:
            self.ask_passport(self.chosen)
        else:
            self.told.emit(_CHOOSE)

    def ask_chosen_calibration(self) -> None:
        """Calibrate the chosen sensor, or go on with it."""
        if self.chosen:
            self.opener.open(self.chosen)
        else:
            self.told.emit(_CHOOSE)

    def ask_identify_free(self) -> None:
        """Find out what is on the port that is free, the newest one first."""
        free = [key for key, row in self.ports.rows.items() if row.identify.isEnabled()]
        if free:
            self.ask_identify(free[0])
        else:
            self.told.emit("No port is free to be identified. Plug the sensor in.")

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


def state_text(sensor: SensorMessage) -> str:
    """Glyph and word of the sensor's state, with a mark where something puts its evidence at risk."""
    glyph, word = CONDITIONS[sensor.condition]
    return " · ".join(part for part in (f"{glyph} {word}", warning_text(sensor)) if part)


def troubles_text(sensor: SensorMessage) -> str:
    """The sensor's fault and warnings in full; empty where there are none."""
    found = [sensor.fault] if sensor.fault is not None else []
    return "\n".join(f"⚠ {trouble_text(one)}" for one in (*found, *sensor.warnings))


def _table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    table.setHorizontalHeaderLabels(list(_COLUMNS))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setAccessibleName("Sensors")
    table.verticalHeader().setVisible(False)
    table.verticalHeader().setDefaultSectionSize(_TOUCH)
    table.setStyleSheet("QTableWidget::item { padding: 0 8px; } QHeaderView::section { padding: 4px 8px; }")
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    # What gives way where there is little room is the model: a sensor is known by its name.
    header.setSectionResizeMode(_COLUMNS.index("Model"), QHeaderView.ResizeMode.Stretch)
    return table
