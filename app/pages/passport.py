# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The passport of an instrument: who it is, where it was, remarks, calibrations, dossiers. Asks the session."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.client.instrument_desk import MOST_DOSSIER_BYTES
from app.client.session import Session
from app.pages.calibration_history import HistoryPanel
from app.pages.device_settings_rows import heading
from app.pages.passport_note import NoteForm
from app.pages.passport_words import (
    STANDINGS,
    imported_text,
    installation_text,
    instrument_title,
    note_text,
    serial_text,
    size_text,
)
from app.pages.problem_words import problem_text
from app.pages.words import sensor_name
from app.widgets.enter_keys import EnterKeys
from app.widgets.form_row import EDGES, TOUCH, quiet_label, words_label
from edge_daemon.api.messages import Problem, SensorMessage
from edge_daemon.api.messages_instruments import (
    AttachmentMessage,
    IdentityAnswer,
    InstrumentMessage,
    PassportMessage,
)

_DOSSIERS = "Dossiers (*.zip)"
_NONE = (
    "The record does not say yet which instrument is at this sensor. It is known once the device has told its serial "
    "number, or a person has."
)


class PassportDialog(QDialog):
    """Shows the instrument at a sensor; any other that the record speaks of can be chosen."""

    def __init__(self, session: Session, sensor: SensorMessage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Passport: {sensor_name(sensor)}")
        self.setStyleSheet(EDGES)
        self.resize(860, 560)
        EnterKeys(self)
        self._session, self._sensor = session, sensor
        self._instruments: tuple[InstrumentMessage, ...] = ()
        self.shown: PassportMessage | None = None
        self.choice, self.words = QComboBox(), words_label("… Asking the recorder.")
        self.choice.setMinimumHeight(TOUCH)
        self.choice.setAccessibleName("Instrument")
        self.facts, self.installations, self.calibrations = words_label(), words_label(), HistoryPanel(session)
        self.imported = words_label()
        self.notes, self.note = QVBoxLayout(), NoteForm(session)
        self.export, self.bring_in = QPushButton("&Export dossier…"), QPushButton("&Import dossier…")
        self.name, self.replaced = QPushButton("&Serial number…"), QPushButton("It was &replaced…")
        self.name.setToolTip("Type it from the label, where the device does not tell its own")
        self.replaced.setToolTip("Another instrument is at this sensor from now on")
        self.close_button = QPushButton("Close")
        self._lay_out()
        self._nothing_known()
        self.choice.activated.connect(self._choose)
        self.name.clicked.connect(lambda: self._ask_serial("confirmed"))
        self.replaced.clicked.connect(lambda: self._ask_serial("replaced"))
        self.export.clicked.connect(self._ask_export)
        self.bring_in.clicked.connect(self._ask_import)
        self.close_button.clicked.connect(self.reject)
        self.note.told.connect(self._noted)
        self.calibrations.told.connect(self.words.setText)
        self.ask(sensor.model, sensor.identity.id if sensor.identity else "")

    def _lay_out(self) -> None:
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setSpacing(8)
        inside.addWidget(self.facts)
        for title, part in (("Installations", self.installations), ("Calibrations", self.calibrations)):
            inside.addWidget(heading(title))
            inside.addWidget(part)
        inside.addWidget(heading("Notes"))
        inside.addLayout(self.notes)
        inside.addWidget(self.note)
        self._imported_title = heading("From other stations")
        inside.addWidget(self._imported_title)
        inside.addWidget(self.imported)
        inside.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        self._content = area
        below = QHBoxLayout()
        for button in (self.export, self.bring_in, self.name, self.replaced, self.close_button):
            button.setAutoDefault(False)
            button.setMinimumHeight(TOUCH)
            if button is self.close_button:
                below.addStretch(1)
            below.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.choice)
        column.addWidget(area, 1)
        column.addWidget(self.words)
        column.addLayout(below)

    # ---- what is shown ----------------------------------------------------------------------------------------------

    def ask(self, model: str, name: str) -> None:
        """Show this instrument; without a name, say that none is known."""
        self._session.instruments.all(lambda found: self._took_all(found, model, name), self._refused)
        if name:
            self._session.instruments.passport(model, name, self._show, self._refused)

    def _took_all(self, found: tuple[InstrumentMessage, ...], model: str, name: str) -> None:
        self._instruments = found
        self.choice.clear()
        self.choice.addItems([instrument_title(one) for one in found])
        places = [place for place, one in enumerate(found) if (one.model, one.id) == (model, name)]
        self.choice.setCurrentIndex(places[0] if places else -1)
        self.choice.setVisible(bool(found))
        if not name:
            self.words.setText(_NONE)
            self._nothing_known()

    def _nothing_known(self) -> None:
        self._content.setVisible(False)
        for button in (self.export, self.name, self.replaced):
            button.setEnabled(False)

    def _choose(self, place: int) -> None:
        chosen = self._instruments[place]
        self._session.instruments.passport(chosen.model, chosen.id, self._show, self._refused)

    def _show(self, told: PassportMessage) -> None:
        self._took(told)
        self.words.setText("")

    def _took(self, told: PassportMessage) -> None:
        self.shown = told
        self._content.setVisible(True)
        self.export.setEnabled(True)
        self.name.setEnabled(bool(told.sensor_id) and not told.serial)
        self.replaced.setEnabled(bool(told.sensor_id))
        self.note.about(told.model, told.id)
        standing = f"Where it is: {told.sensor_id}, {STANDINGS[told.standing]}" if told.sensor_id else "Not installed."
        firmware = told.firmware or "not told"
        lines = (f"Model: {told.title}", f"Serial number: {serial_text(told)}", f"Firmware: {firmware}", standing)
        self.facts.setText("\n".join(lines))
        sensors = self._session.sensors
        places = "\n".join(installation_text(one, sensors) for one in told.installations)
        self.installations.setText(places or "It was never installed at this station.")
        self.calibrations.about(told.model, told.id)
        self.imported.setText("\n".join(imported_text(one) for one in told.imported))
        for part in (self._imported_title, self.imported):
            part.setVisible(bool(told.imported))
        self._show_notes(told)

    def _show_notes(self, told: PassportMessage) -> None:
        while item := self.notes.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for note in told.notes:
            self.notes.addWidget(words_label(note_text(note)))
            for file in note.attachments:
                button = QPushButton(f"Save “{file.name}” ({size_text(file.size)})…")
                button.setAutoDefault(False)
                button.setToolTip(f"SHA-256 {file.sha256}")
                button.clicked.connect(lambda _=False, chosen=file: self._ask_save(chosen))
                self.notes.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        if not told.notes:
            self.notes.addWidget(quiet_label("No notes yet."))

    # ---- who it is ---------------------------------------------------------------------------------------------------

    def _ask_serial(self, answer: Literal["confirmed", "replaced"]) -> None:
        shown = self.shown
        if shown is None:
            return
        which = (
            "of the new instrument (leave it empty if it has none)" if answer == "replaced" else "of this instrument"
        )
        serial, agreed = QInputDialog.getText(self, "Serial number", f"Serial number on the label {which}:")
        if not agreed or (answer == "confirmed" and not serial.strip()):
            return
        told = IdentityAnswer(answer=answer, serial=serial.strip(), person=self._session.person)
        self._session.instruments.answer(shown.sensor_id, told, self._answered, self._refused)

    def _answered(self) -> None:
        """It has another name now, or another instrument took its place: look it up anew."""
        sensor_id = self._sensor.sensor_id
        self._session.instruments.all(lambda found: self._show_present(found, sensor_id), self._refused)

    def _show_present(self, found: tuple[InstrumentMessage, ...], sensor_id: str) -> None:
        present = next((one for one in found if one.sensor_id == sensor_id), None)
        if present is not None:
            self.ask(present.model, present.id)

    # ---- files ------------------------------------------------------------------------------------------------------

    def _ask_save(self, file: AttachmentMessage) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the attached file", file.name)
        if path:
            self._session.instruments.attachment(file.sha256, lambda data: self.save(Path(path), data), self._refused)

    def _ask_export(self) -> None:
        shown = self.shown
        if shown is None:
            return
        proposed = f"{shown.model}-{shown.serial or 'without-serial'}-dossier.zip"
        path, _ = QFileDialog.getSaveFileName(self, "Export the dossier", proposed, _DOSSIERS)
        if path:
            self.words.setText("… The recorder is putting the dossier together.")
            self._session.instruments.dossier(
                shown.model, shown.id, lambda data: self.save(Path(path), data), self._refused
            )

    def save(self, path: Path, data: bytes) -> None:
        """Write a file that the recorder has given out."""
        self._session.files.write(path, data, lambda: self.words.setText(f"✓ Saved: {path}"), self._failed)

    def _ask_import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import another station's dossier", "", _DOSSIERS)
        if path:
            self.words.setText("… Reading the dossier.")
            self._session.files.read(Path(path), MOST_DOSSIER_BYTES, self._send_dossier, self._failed)

    def _send_dossier(self, data: bytes) -> None:
        self._session.instruments.bring_in(data, self._session.person, self._imported, self._refused)

    def _imported(self, told: PassportMessage) -> None:
        self._session.instruments.all(lambda found: self._took_all(found, told.model, told.id), self._refused)
        self._took(told)
        self.words.setText(
            f"✓ Imported: the history of {told.title} {told.serial or told.id}. It is shown as imported."
        )

    def _noted(self, words: str) -> None:
        if self.shown is not None:
            self._session.instruments.passport(self.shown.model, self.shown.id, self._took, self._refused)
        self.words.setText(words)

    def _failed(self, words: str) -> None:
        self.words.setText(f"⚠ {words}")

    def _refused(self, problem: Problem) -> None:
        self._failed(problem_text(problem))
