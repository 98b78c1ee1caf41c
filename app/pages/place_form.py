# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The station's name and place: fields, what is allowed in them, and Save. Asks the session; does no I/O."""

import re
from dataclasses import dataclass
from math import isfinite

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.problem_words import problem_text
from edge_daemon.api.messages import LocationMessage, Problem, StationChange, StationMessage
from edge_daemon.domain.station import UNASSIGNED

TOUCH = 48
LONGEST_NAME = 200
_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
# The style's own edge of a line can hardly be seen in the dark, nor in the sun.
EDGES = """
    QLineEdit { border: 2px solid palette(placeholder-text); border-radius: 4px; background: palette(base); }
    QLineEdit:focus { border-color: palette(highlight); }
"""


@dataclass(frozen=True, slots=True)
class Field:
    """A line to fill in. `limit` is the greatest amount of a number, in the unit of the title; None: text."""

    key: str
    title: str
    hint: str
    limit: float | None = None


FIELDS = (
    Field("project_id", "Project id", "as the project's office gave it; once given, it stays"),
    Field("name", "Name", "as people call this station"),
    Field("latitude", "Latitude (°N)", "−90 to 90, e.g. -3.4653", 90),
    Field("longitude", "Longitude (°E)", "−180 to 180, e.g. -62.2159", 180),
    Field("elevation", "Elevation (m)", "above sea level, may stay empty", 10_000),
    Field("address", "Address or site", "may stay empty"),
    Field("person", "Changed by", "your name, as it is to stand in the record"),
)


class NotAllowed(Exception):
    """What was filled in cannot be used. `key` names the field; the text is for a person."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key


def number_of(field: Field, text: str) -> float | None:
    """The number in a field, with point or comma; None where it is empty. Raises NotAllowed."""
    plain = text.strip().replace("−", "-").replace(",", ".")
    if not plain:
        return None
    limit = field.limit or 0
    try:
        number = float(plain)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or abs(number) > limit:
        raise NotAllowed(field.key, f"{field.title}: “{text.strip()}” must be a number from −{limit:g} to {limit:g}.")
    return number


def change_of(texts: dict[str, str]) -> StationChange:
    """The change that the fields ask for. A place needs latitude and longitude. Raises NotAllowed."""
    numbers = {field.key: number_of(field, texts[field.key]) for field in FIELDS if field.limit is not None}
    name, address, person = (texts[key].strip() for key in ("name", "address", "person"))
    project = texts["project_id"].strip() or None
    if project is not None and not _PROJECT.fullmatch(project):
        raise NotAllowed("project_id", "Project id: letters, digits, '.', '_' and '-', a letter or digit first.")
    if len(name) > LONGEST_NAME:
        raise NotAllowed("name", f"Name: at most {LONGEST_NAME} characters.")
    latitude, longitude = numbers["latitude"], numbers["longitude"]
    if latitude is None and longitude is None and numbers["elevation"] is None and not address:
        return _change(name, person, project)
    for key, number in (("latitude", latitude), ("longitude", longitude)):
        if number is None:
            raise NotAllowed(key, "A place needs latitude and longitude.")
    place = LocationMessage(
        latitude=latitude or 0.0, longitude=longitude or 0.0, elevation=numbers["elevation"], address=address
    )
    return _change(name, person, project, place)


def _change(name: str, person: str, project: str | None, place: LocationMessage | None = None) -> StationChange:
    # Only what is set is sent.
    change: dict[str, object] = {"name": name, "person": person}
    change |= {} if project is None else {"project_id": project}
    change |= {} if place is None else {"location": place}
    return StationChange.model_validate(change)


def texts_of(station: StationMessage) -> dict[str, str]:
    """What the fields show of a station; the person is left to the person."""
    place = station.location
    project = "" if station.project_id == UNASSIGNED else station.project_id
    shown = {"project_id": project, "name": station.name, "address": place.address if place else ""}
    for key in ("latitude", "longitude", "elevation"):
        number = getattr(place, key, None)
        shown[key] = "" if number is None else f"{number:.10g}"
    return shown


class PlaceForm(QWidget):
    """Fills in from the station, but never over what a person is typing.

    Signals:
        told: text for the person.
        focused: the field (a QWidget) that must be looked at.
    """

    told = Signal(str)
    focused = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setStyleSheet(EDGES)
        self._session = session
        self._had_place = False
        self._shown: dict[str, str] = {}
        self.fields = {field.key: QLineEdit() for field in FIELDS}
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setAccessibleName("What came of saving")
        self.save = QPushButton("&Save name and place")
        self.save.setMinimumHeight(TOUCH)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field in FIELDS:
            line = self.fields[field.key]
            line.setMinimumHeight(TOUCH)
            line.setPlaceholderText(field.hint)
            line.setAccessibleName(field.title)
            line.setAccessibleDescription(field.hint)
            line.textEdited.connect(self._edited)
            line.returnPressed.connect(self.save.click)
            line.setTextMargins(6, 0, 6, 0)
            form.addRow(f"{field.title}:", line)
            form.labelForField(line).setMinimumHeight(TOUCH)
        row = QHBoxLayout()
        row.addWidget(self.save)
        row.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addLayout(row)
        self.save.clicked.connect(self._send)
        self.save.setEnabled(False)

    def fill(self, station: StationMessage) -> None:
        """Show the station in every field that a person has not changed since it was shown last."""
        self._had_place = station.location is not None
        self.fields["project_id"].setReadOnly(station.project_id != UNASSIGNED)
        for key, text in texts_of(station).items():
            if self.fields[key].text() == self._shown.get(key, ""):
                self.fields[key].setText(text)
            self._shown[key] = text
        self._check()

    def _edited(self) -> None:
        self.words.clear()
        self._check()

    def _check(self) -> None:
        changed = any(self.fields[key].text() != text for key, text in self._shown.items())
        self.save.setEnabled(changed)

    def _send(self) -> None:
        try:
            change = change_of({key: "" if line.isReadOnly() else line.text() for key, line in self.fields.items()})
            if self._had_place and change.location is None:
                raise NotAllowed("latitude", "A place that was recorded can be changed, but not taken away.")
        except NotAllowed as refusal:
            self._point_at(refusal.key, str(refusal))
            return
        self.save.setEnabled(False)
        self.words.setText("Saving…")
        self._session.desk.describe(change, self._saved, self._refused)

    def _saved(self) -> None:
        station = self._session.station
        if station is not None:
            self._shown = texts_of(station)
            for key, text in self._shown.items():
                self.fields[key].setText(text)
        self._check()
        self.words.setText("✓ Saved. What was said before stays in the log.")
        self.told.emit("The station's name and place are recorded.")

    def _refused(self, problem: Problem) -> None:
        words = problem_text(problem)
        self._point_at(problem.field.rpartition(".")[2], words)
        self._check()

    def _point_at(self, key: str, words: str) -> None:
        self.words.setText(f"⚠ {words}")
        line = self.fields.get(key)
        if line is not None:
            line.setFocus()
            line.selectAll()
            self.focused.emit(line)
