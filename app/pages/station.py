# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The station: who and where it is, whether it records after a restart, and how the recorder is. Does no I/O."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.autostart_switch import AutostartSwitch
from app.pages.place_form import PlaceForm
from app.pages.problem_words import trouble_text
from edge_daemon.api.messages import Health

CLOCKS = {
    "trusted": "✓ Set by a time source",
    "holdover": "◔ Running on its own; it was set by a time source before",
    "untrusted": "⚠ Not trusted: connect to a network or set the clock",
}
_LITTLE_ROOM_BYTES = 2_000_000_000


def room_text(free_bytes: int) -> str:
    """Room on the disk in words, with a warning where there is little."""
    words = f"{free_bytes / 1e9:.1f} GB free"
    return f"⚠ {words}: make room soon" if free_bytes < _LITTLE_ROOM_BYTES else f"✓ {words}"


def health_texts(health: Health) -> dict[str, str]:
    """What the page says of the recorder, by row."""
    troubles = "\n".join(f"⚠ {trouble_text(one)}" for one in health.troubles)
    return {
        "State": "✓ Recording" if health.recording else "⚠ Not recording",
        "Troubles": troubles or "✓ None",
        "Clock": CLOCKS[health.clock],
        "Disk": room_text(health.free_bytes),
        "Version": health.program,
    }


class StationPage(QWidget):
    """Forms and facts of the station.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.place = PlaceForm(session)
        self.autostart = AutostartSwitch(session)
        self.facts = {
            name: _fact(name)
            for name in ("Device id", "Project id", "Data folder", "State", "Troubles", "Clock", "Disk", "Version")
        }
        content = QWidget()
        column = QVBoxLayout(content)
        column.setSpacing(12)
        for title, part in (
            ("Name and place", self.place),
            ("After a restart", self.autostart),
            ("Recorder", self._facts_form()),
        ):
            heading = QLabel(title)
            heading.setStyleSheet("font-size: 15pt; font-weight: 600;")
            column.addWidget(heading)
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        self._area = area
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self.place.told.connect(self.told)
        self.place.focused.connect(self._bring_into_view)
        session.station_changed.connect(self._fill)
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask the system anew: somebody may have switched it elsewhere."""
        super().showEvent(event)
        self.autostart.ask()

    def _facts_form(self) -> QWidget:
        part = QWidget()
        form = QFormLayout(part)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, label in self.facts.items():
            form.addRow(f"{name}:", label)
        return part

    def _fill(self) -> None:
        station, health = self._session.station, self._session.health
        if station is not None:
            self.place.fill(station)
            for name, text in (
                ("Device id", station.device_id),
                ("Project id", station.project_id),
                ("Data folder", station.home),
            ):
                self.facts[name].setText(text)
        if health is not None:
            for name, text in health_texts(health).items():
                self.facts[name].setText(text)

    def _bring_into_view(self, field: QWidget) -> None:
        self._area.ensureWidgetVisible(field)


def _fact(name: str) -> QLabel:
    label = QLabel("–")
    label.setWordWrap(True)
    label.setAccessibleName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    # By keyboard too: so the facts can be reached, heard and copied without a mouse.
    flags = Qt.TextInteractionFlag
    label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label
