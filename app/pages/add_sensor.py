# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The page that begins to record a sensor: model, port, name, interval, options. Asks the session; does no I/O."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.pages.add_sensor_form import checked_id, checked_interval, network_key, sensor_id_from
from app.pages.ports_words import port_title
from app.pages.problem_words import problem_text
from app.pages.try_orders import Place, TryOrdersDialog
from app.widgets.form_chooser import Choice, Chooser
from app.widgets.form_row import EDGES, TOUCH, FormRow, quiet_label, words_label
from app.widgets.form_setting import SettingInput
from app.widgets.form_values import BadValue, same_value
from edge_daemon.api.messages import ModelMessage, NewSensor, Problem
from edge_daemon.api.messages_devices import SettingDeclaration

_NETWORK = "network"
_FRAMING, _TCP = "framing", "tcp"
_PROFILE = "profile"
_UNIT = (("address", "1"), (_FRAMING, "rtu"))


class AddSensorDialog(QDialog):
    """Says beside each field what is wrong with it, and stays open with the reason when the recorder refuses.

    `port`, `model` and `serial` fill the fields in beforehand: port's key, model's key, serial number.
    """

    def __init__(
        self, session: Session, parent: QWidget | None = None, *, port: str = "", model: str = "", serial: str = ""
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add a sensor")
        self.setStyleSheet(EDGES)
        self.resize(960, 560)
        self._session = session
        self._wanted_port, self._wanted_model = port, model
        self._models: dict[str, ModelMessage] = {}
        self._own_id = False
        self._asking = False
        self._answer = ""
        self._refusals: dict[str, str] = {}
        self.options: dict[str, SettingInput] = {}
        self.chooser = Chooser("Model")
        self.port, self.place = QComboBox(), QLineEdit()
        self.name, self.sensor_id, self.interval = QLineEdit(), QLineEdit(), QLineEdit()
        self.serial, self.person = QLineEdit(serial), QLineEdit(session.person)
        self.place.setPlaceholderText("HOST:PORT, e.g. 192.168.1.20:502")
        self.rows = {
            "port": FormRow("Port", self.port),
            "place": FormRow("Network address", self.place),
            "name": FormRow("Name", self.name, help_text="As people call this measuring point."),
            "sensor_id": FormRow("Id", self.sensor_id, help_text="Stands in every record and cannot be changed later."),
            "interval_s": FormRow("A reading every", self.interval, unit="s"),
            "serial": FormRow("Serial number", self.serial, help_text="From the label, where there is one."),
            "person": FormRow("Added by", self.person, help_text="Your name, as it is to stand in the record."),
        }
        self.words = words_label()
        self._options_box = QVBoxLayout()
        self._options_words = quiet_label()
        self.orders: TryOrdersDialog | None = None
        self.try_orders = QPushButton("&Try all orders of a number…")
        self.try_orders.setMinimumHeight(TOUCH)
        self.try_orders.hide()
        buttons = QDialogButtonBox()
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self.confirm = buttons.addButton("&Begin to record", QDialogButtonBox.ButtonRole.AcceptRole)
        for button in buttons.buttons():
            button.setMinimumHeight(TOUCH)
        buttons.accepted.connect(self._send)
        buttons.rejected.connect(self.reject)
        self._lay_out(buttons)
        self._connect()
        self._show_ports()
        session.port_list.refresh()
        session.catalogue(self._took_models)
        self.chooser.search.setFocus()

    def _lay_out(self, buttons: QWidget) -> None:
        content = QWidget()
        form = QVBoxLayout(content)
        form.setSpacing(8)
        for key, row in self.rows.items():
            if key == "serial":
                form.addWidget(self._options_words)
                form.addLayout(self._options_box)
                form.addWidget(self.try_orders)
            form.addWidget(row)
        form.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(content)
        halves = QHBoxLayout()
        halves.addWidget(self.chooser, 2)
        halves.addWidget(self.area, 3)
        column = QVBoxLayout(self)
        column.addLayout(halves, 1)
        column.addWidget(self.words)
        column.addWidget(buttons)

    def _connect(self) -> None:
        self.chooser.chosen.connect(self._model_chosen)
        self.try_orders.clicked.connect(self._try_orders)
        self.port.currentIndexChanged.connect(self._port_chosen)
        self.name.textEdited.connect(self._name_typed)
        self.sensor_id.textEdited.connect(self._id_typed)
        for row in self.rows.values():
            row.touched.connect(self._changed)
        self._session.port_list.changed.connect(self._show_ports)

    # ---- what can be chosen -----------------------------------------------------------------------------------------

    def _show_ports(self) -> None:
        before = self.port.currentData() or self._wanted_port
        self.port.blockSignals(True)
        self.port.clear()
        for port in self._session.port_list.ports:
            used = f" · used by {', '.join(port.sensors)}" if port.sensors else ""
            self.port.addItem(f"{port_title(port)}{used}", port.key)
        self.port.addItem("A device on the network…", _NETWORK)
        self.port.setPlaceholderText("Choose a port")
        free = [port.key for port in self._session.port_list.ports if not port.sensors and not port.trouble]
        place = self.port.findData(before) if before else -1
        if place < 0 and free:
            place = self.port.findData(free[-1])
        self.port.setCurrentIndex(place)
        self.port.blockSignals(False)
        self._port_chosen()

    def done(self, result: int) -> None:
        """Closed: ports that come and go are none of its business any more."""
        self._session.port_list.changed.disconnect(self._show_ports)
        super().done(result)

    def _took_models(self, models: tuple[ModelMessage, ...]) -> None:
        self._models = {model.model: model for model in models}
        ordered = sorted(models, key=lambda one: (one.kind, one.title))
        self.chooser.offer([_choice(model) for model in ordered])
        if self._wanted_model:
            self.chooser.choose(self._wanted_model)
        self._check()

    def _model_chosen(self, key: str) -> None:
        model = self._models.get(key)
        if model is not None:
            self.interval.setText(f"{model.interval_s:g}")
            self.rows["interval_s"].help.setText(f"{model.title}: {model.minimum_interval_s:g} s at the fastest.")
            self.rows["interval_s"].help.show()
            self.name.setPlaceholderText(model.title)
            self._suggest_id()
            self._clear_options()
            self._options_words.setText("Asking for the model's options…")
            self._session.devices.declarations(key, lambda told: self._took_options(key, told), self._no_options)
        self._check()

    def _took_options(self, model: str, declarations: tuple[SettingDeclaration, ...]) -> None:
        if model != self.chooser.key:
            return
        self._clear_options()
        told = [one for one in declarations if one.kept != "permanent"]
        self._options_words.setText("Options of this model" if told else "This model has no options.")
        for declaration in told:
            field = SettingInput(declaration)
            if declaration.risk:
                field.row.add_below(quiet_label(f"⚠ {declaration.risk}"))
            field.changed.connect(self._changed)
            self.options[declaration.name] = field
            self._options_box.addWidget(field)
        self.try_orders.setVisible(_PROFILE in self.options)
        self._suit_framing()
        self._check()

    def _no_options(self, problem: Problem) -> None:
        self._options_words.setText(f"The options are not known: {problem.title}. {problem.advice}")

    def _clear_options(self) -> None:
        for field in self.options.values():
            field.hide()
            field.deleteLater()
        self.options = {}
        self.try_orders.hide()

    # ---- what is filled in ------------------------------------------------------------------------------------------

    def _port_chosen(self) -> None:
        self.rows["place"].setVisible(self.port.currentData() == _NETWORK)
        self._suit_framing()
        self._check()

    def _suit_framing(self) -> None:
        framing = self.options.get(_FRAMING)
        if framing is not None and self.port.currentData() == _NETWORK and _TCP in framing.declaration.choices:
            framing.show_value(_TCP)

    def _try_orders(self) -> None:
        key = self._port_key()
        if key is None:
            self.words.setText("Choose the device's port first.")
            return
        model = self._models[self.chooser.key]
        place = Place(key, model.line, *(self._option_text(name, usual) for name, usual in _UNIT))
        self.orders = TryOrdersDialog(self._session, place, self)
        self.orders.open()

    def _port_key(self) -> str | None:
        """The key of the chosen port; None where none is, or its address is not right yet."""
        chosen = self.port.currentData()
        if chosen != _NETWORK:
            return None if chosen is None else str(chosen)
        try:
            return network_key(self.place.text())
        except BadValue:
            return None

    def _option_text(self, name: str, usual: str) -> str:
        field = self.options.get(name)
        return usual if field is None or field.fault() else str(field.value())

    def _name_typed(self) -> None:
        self._suggest_id()

    def _id_typed(self, text: str) -> None:
        self._own_id = bool(text)

    def _suggest_id(self) -> None:
        model = self._models.get(self.chooser.key)
        name = self.name.text().strip() or (model.title if model else "")
        if not self._own_id and name:
            self.sensor_id.setText(sensor_id_from(name, set(self._session.sensors)))

    def _changed(self) -> None:
        # What the recorder refused stands until the person changes something, whatever arrives meanwhile.
        if not self._asking:
            self._answer, self._refusals = "", {}
        self._check()

    def _check(self) -> None:
        faults = self._faults()
        for key, row in self.rows.items():
            row.show_error(faults.get(key) or self._refusals.get(key, ""))
        model = self._models.get(self.chooser.key)
        wrong = any(faults.values()) or any(field.fault() for field in self.options.values())
        self.confirm.setEnabled(model is not None and not wrong and not self._asking)
        self.words.setText(self._answer or ("" if model is not None else "Choose a model on the left."))

    def _faults(self) -> dict[str, str]:
        model = self._models.get(self.chooser.key)
        faults = {}
        try:
            if self.port.currentData() == _NETWORK:
                network_key(self.place.text())
        except BadValue as wrong:
            faults["place"] = str(wrong)
        if self.port.currentData() is None:
            faults["port"] = "No port is free. Plug the sensor in, or choose one that it shares."
        if model is not None:
            try:
                checked_id(self.sensor_id.text(), set(self._session.sensors))
            except BadValue as wrong:
                faults["sensor_id"] = str(wrong)
            try:
                checked_interval(self.interval.text(), model)
            except BadValue as wrong:
                faults["interval_s"] = str(wrong)
        return faults

    def _send(self) -> None:
        model = self._models[self.chooser.key]
        chosen = str(self.port.currentData())
        self._session.person = self.person.text().strip()
        given = {name: field.value() for name, field in self.options.items()}
        defaults = {name: field.declaration.default for name, field in self.options.items()}
        sensor = NewSensor(
            sensor_id=checked_id(self.sensor_id.text(), set(self._session.sensors)),
            model=model.model,
            port=network_key(self.place.text()) if chosen == _NETWORK else chosen,
            name=self.name.text().strip() or model.title,
            interval_s=checked_interval(self.interval.text(), model),
            settings={name: value for name, value in given.items() if not same_value(value, defaults[name])},
            serial=self.serial.text().strip(),
            person=self._session.person,
        )
        self._asking, self._answer, self._refusals = True, "… Asking the recorder to begin.", {}
        self._check()
        self._session.add_sensor(sensor, self.accept, self._refused)

    def _refused(self, problem: Problem) -> None:
        said = problem_text(problem)
        self._asking, self._answer = False, f"⚠ {said}"
        row = self._row_of(problem.field)
        self._refusals = {key: said for key, one in self.rows.items() if one is row}
        self._check()
        if row is not None:
            row.show_error(said)
            row.field.setFocus()
            self.area.ensureWidgetVisible(row)

    def _row_of(self, field: str) -> FormRow | None:
        head, _, tail = field.partition(".")
        if head in {"settings", "values"} and tail in self.options:
            return self.options[tail].row
        if head == "port" and self.port.currentData() == _NETWORK:
            return self.rows["place"]
        return self.rows.get(head)


def _choice(model: ModelMessage) -> Choice:
    measures = ", ".join(channel.label for channel in model.channels if not channel.secondary)
    return Choice(model.model, f"{model.title} · {model.maker}", measures, f"{model.kind} {model.line}")
