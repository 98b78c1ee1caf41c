# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes over the API about physical instruments: which is where, what is known of it, its dossier. Values only.

Times are ISO 8601 with `Z`; bytes are base64.
"""

from typing import Any, Literal

from pydantic import Base64Bytes, Field

from edge_daemon.api.messages import IdentityStanding, Message, Request
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.calibration_body import Outcome


class IdentityAnswer(Request):
    """A person says which instrument is at a sensor.

    `replaced`: it is another one, from here on; `serial` is its label's where the device does not tell its own.
    `wrong_plug`: nothing is recorded until the right one is back. `confirmed`: it is the one recorded; a `serial` names
    one that had none.
    """

    answer: Literal["replaced", "wrong_plug", "confirmed"]
    serial: str = Field(default="", max_length=100)
    person: str = Field(default="", max_length=200)


class InstrumentMessage(Message):
    """An instrument. `id` is its serial number, or a name beginning with `~` where none is known.

    `sensor_id` is where it is now, empty where it is nowhere; `standing` how sure that is.
    """

    model: str
    title: str
    id: str
    serial: str
    serial_source: SerialSource
    firmware: str
    sensor_id: str = ""
    standing: IdentityStanding = "unknown"


class InstallationMessage(Message):
    """From entry `first` to before entry `until` (None: still) the sensor's readings count for this instrument."""

    sensor_id: str
    first: int
    since: str
    until: int | None
    ended: str | None
    standing: IdentityStanding
    cause: str = ""
    found: str = ""
    person: str = ""


class AttachmentMessage(Message):
    name: str
    sha256: str
    size: int


class InstrumentNoteMessage(Message):
    index: int
    time: str
    at: str
    text: str
    person: str
    attachments: tuple[AttachmentMessage, ...] = ()


class InstrumentCalibration(Message):
    """A calibration entry of this instrument, as it stands in the log."""

    index: int
    time: str
    body: dict[str, Any]


class ImportedPlacement(Message):
    sensor_id: str
    since: str
    until: str | None
    standing: str
    cause: str = ""


class ImportedHistory(Message):
    """What another station told: none of it is a claim of this station's log.

    `index` is the entry that records the import; `entries` counts the entries in the dossier, whose leaf hashes fit.
    `trouble` says why the dossier cannot be shown.
    """

    index: int
    time: str
    sha256: str
    person: str
    device_id: str = ""
    project_id: str = ""
    origin: str = ""
    exported: str = ""
    firmware: str = ""
    entries: int = 0
    placements: tuple[ImportedPlacement, ...] = ()
    notes: tuple[InstrumentNoteMessage, ...] = ()
    trouble: str = ""


class PassportMessage(InstrumentMessage):
    """All that is known of an instrument, in the log's order."""

    installations: tuple[InstallationMessage, ...] = ()
    notes: tuple[InstrumentNoteMessage, ...] = ()
    calibrations: tuple[InstrumentCalibration, ...] = ()
    imported: tuple[ImportedHistory, ...] = ()


class NewFile(Request):
    """A file to be attached; at most 16 MiB."""

    name: str = Field(min_length=1, max_length=200)
    content: Base64Bytes


class NewInstrumentNote(Request):
    text: str = Field(min_length=1, max_length=4000)
    person: str = Field(default="", max_length=200)
    files: tuple[NewFile, ...] = Field(default=(), max_length=10)


class CertificateImpact(Message):
    """What accepting a certificate would mean for readings already taken. `opens_amendment`: they become suspect;
    `outcome` is how the laboratory left the instrument, None where that cannot be told."""

    opens_amendment: bool
    outcome: Outcome | None
    words: tuple[str, ...]
