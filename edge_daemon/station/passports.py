# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of each instrument, remarks on it, and its dossier out of and into the station. Reads and writes the
log and the attached files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import Conflict, DamagedLog, Unknown
from edge_daemon.domain.station import Station
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import AttachmentBody, NoteBody
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.log.instruments import InstrumentNote, Key, Stretch, same_serial
from edge_daemon.station.attachments import Attachments
from edge_daemon.station.dossier import Dossier, Placement, entry_of, packed, unpacked
from edge_daemon.station.entries import entries_of
from edge_daemon.station.instruments import InstrumentBook
from edge_daemon.station.journal import Journal

MOST_ATTACHED_BYTES = 16 * 1024 * 1024
PAGE = 1_000
DOSSIER_NAME = "dossier.zip"
_ATTACHED: TypeAdapter[tuple[AttachmentBody, ...]] = TypeAdapter(tuple[AttachmentBody, ...])


@dataclass(frozen=True, slots=True)
class Passport:
    """An instrument: where it was in log order, remarks, calibrations with their indices, dossiers brought in."""

    key: Key
    stretches: tuple[Stretch, ...]
    notes: tuple[InstrumentNote, ...]
    calibrations: tuple[tuple[int, Entry], ...]
    imports: tuple[InstrumentNote, ...]


class PassportDesk:
    """Safe to use from several threads. Each answer reads what it needs and keeps nothing.

    `name_of` tells the name by which an instrument is known by now.
    """

    def __init__(
        self,
        instruments: InstrumentBook,
        journal: Journal,
        attachments: Attachments,
        reader: Callable[[], LogReader],
        station: Callable[[], Station],
        now_ns: Callable[[], int],
        name_of: Callable[[Key], Key] = lambda key: key,
    ) -> None:
        self._instruments = instruments
        self._journal = journal
        self._attachments = attachments
        self._reader = reader
        self._station = station
        self._now_ns = now_ns
        self._name_of = name_of

    def keys(self) -> tuple[Key, ...]:
        """All instruments that the log speaks of."""
        return self._instruments.told.known()

    def passport(self, key: Key) -> Passport:
        """What is known of the instrument. Raises Unknown."""
        told = self._instruments.told
        if key not in told.known():
            raise Unknown(f"the log speaks of no instrument {key.model} {key.name}")
        with self._reader() as reader:
            calibrations = tuple(
                (index, entry) for index, entry in _calibrations(reader) if self._name_of(_key_of(entry)) == key
            )
        own = [note for note in told.notes if note.key == key]
        return Passport(
            key,
            told.of(key),
            tuple(note for note in own if not note.body.dossier),
            calibrations,
            tuple(note for note in own if note.body.dossier),
        )

    def note(self, key: Key, text: str, files: Sequence[tuple[str, bytes]], person: str) -> InstrumentNote:
        """Write a remark on the instrument with these files (name, bytes). Raises Unknown, BadInput, DiskFull, …"""
        self.passport(key)
        attached = tuple(self.attach(name, data) for name, data in files)
        return self._write(key, NoteBody(text, self._now(), person, "", key.model, key.name, attached))

    def attach(self, name: str, data: bytes) -> AttachmentBody:
        """Keep a file that an entry is to name. Raises as `Attachments.add`."""
        return self._attachments.add(name, data, MOST_ATTACHED_BYTES)

    def attachment(self, sha256: str) -> bytes:
        """An attached file. Raises as `Attachments.read`."""
        return self._attachments.read(sha256)

    def time_of(self, index: int) -> str:
        """When the entry at `index` was made, by the laptop's clock. Raises DamagedLog where it is missing."""
        with self._reader() as reader:
            return rfc3339_from_ns(decode_entry(_bytes_at(reader, index)).t_ns)

    def export(self, key: Key) -> bytes:
        """The instrument's dossier. Raises Unknown, DamagedLog where an attached file was altered or is gone."""
        passport = self.passport(key)
        told = self._instruments.told
        indices = {index for index, of in told.entries if of == key}
        indices |= {note.index for note in (*passport.notes, *passport.imports)}
        indices |= {index for index, _ in passport.calibrations}
        indices |= {index for _, entry in passport.calibrations for index in _named_by(entry)}
        station = self._station()
        with self._reader() as reader:
            head = reader.head()
            entries = tuple(entry_of(index, _bytes_at(reader, index)) for index in sorted(indices))
        told_of = (decode_entry(one.entry.encode()) for one in entries)
        attached = tuple({one.sha256: one for entry in told_of for one in _attached_to(entry)}.values())
        dossier = Dossier(
            "verifield-dossier",
            1,
            key.model,
            key.serial,
            passport.stretches[-1].firmware if passport.stretches else "",
            station.device_id,
            station.project_id,
            head.origin,
            head.size,
            head.root.hex(),
            self._now(),
            tuple(self._placement(one) for one in passport.stretches),
            entries,
            attached,
        )
        return packed(dossier, {one.sha256: self._attachments.read(one.sha256) for one in attached})

    def bring_in(self, data: bytes, person: str) -> InstrumentNote:
        """Import another station's dossier: kept as it is, named by an entry, shown as imported and never mixed in.

        Raises BadInput for a file that is none or was altered, Conflict where it was imported already.
        """
        dossier, files = unpacked(data)
        key = self._key_of(dossier)
        kept = self._attachments.add(DOSSIER_NAME, data)
        if any(note.body.dossier == kept.sha256 for note in self._instruments.told.notes):
            raise Conflict("this dossier was imported already")
        for one in dossier.attachments:
            self._attachments.add(one.name, files[one.sha256])
        text = (
            f"History of {dossier.model} {dossier.serial or '(no serial number)'} imported from station "
            f"{dossier.device_id}, project {dossier.project_id}, as exported at {dossier.exported}"
        )
        body = NoteBody(text, self._now(), person, "", key.model, key.name, (kept,), kept.sha256)
        return self._write(key, body)

    def imported(self, note: InstrumentNote) -> Dossier:
        """The dossier that a remark brought in. Raises Unknown or DamagedLog where its file is gone or was altered."""
        return unpacked(self._attachments.read(note.body.dossier))[0]

    def _key_of(self, dossier: Dossier) -> Key:
        known = [
            key
            for key in self.keys()
            if key.model == dossier.model and dossier.serial and same_serial(key.serial, dossier.serial)
        ]
        return known[0] if known else Key(dossier.model, dossier.serial or f"~{dossier.origin.rpartition('/')[2][:12]}")

    def _placement(self, stretch: Stretch) -> Placement:
        until = None if stretch.until is None else self.time_of(stretch.until)
        return Placement(stretch.sensor, self.time_of(stretch.first), until, stretch.standing, stretch.cause)

    def _write(self, key: Key, body: NoteBody) -> InstrumentNote:
        index, entry = self._journal.write(body)
        self._instruments.follow(index)
        return InstrumentNote(index, entry.t_ns, key, body)

    def _now(self) -> str:
        return rfc3339_from_ns(self._now_ns())


def _calibrations(reader: LogReader) -> Iterator[tuple[int, Entry]]:
    after = -1
    while page := entries_of(reader, (EntryType.CALIBRATION.value,), after=after, limit=PAGE):
        yield from page
        after = page[-1][0]


def _key_of(entry: Entry) -> Key:
    return Key(str(entry.body.get("model", "")), str(entry.body.get("serial", "")))


def _named_by(entry: Entry) -> Iterator[int]:
    """Entries that a calibration rests on or led to: its standards, and the amendment of a failure."""
    for name in ("standard", "impact"):
        index = entry.body.get(name)
        if isinstance(index, int):
            yield index


def _attached_to(entry: Entry) -> tuple[AttachmentBody, ...]:
    return _ATTACHED.validate_python(entry.body.get("attachments", ()))


def _bytes_at(reader: LogReader, index: int) -> bytes:
    found = reader.entries(index, 1)
    if not found or found[0][0] != index:
        raise DamagedLog(f"entry {index} is named, but its bytes are missing")
    return found[0][1]
