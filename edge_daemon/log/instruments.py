# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which physical instrument each reading came from, and how sure that is, as a fold over the log. Pure.

An instrument is a model and a serial number. One whose serial number nobody knows is named after the entry that first
speaks of it, `~17`, until its serial number becomes known; from then on that is its name, for what came before too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, NamedTuple

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, InstallationEvent, NoteBody, from_json
from edge_daemon.log.entry import Entry, EntryType

Standing = Literal["unknown", "confirmed", "unconfirmed", "stopped"]
"""How sure it is that a reading is of this instrument. `unknown`: nothing was ever said; `stopped`: no readings."""

TYPES = (EntryType.INSTALLATION.value, EntryType.NOTE.value, EntryType.CONFIGURATION.value)
"""The entries this is a fold over."""


class Key(NamedTuple):
    """An instrument: its model, and its serial number or, without one, `~` and the index of its first entry."""

    model: str
    name: str

    @property
    def serial(self) -> str:
        """The serial number, empty where none is known."""
        return "" if self.name.startswith("~") else self.name


@dataclass(frozen=True, slots=True)
class Stretch:
    """From index `first` on, to before `until` (None: still), a sensor's readings count for `key` with this standing.

    `found` is the serial number that the device told where another one was expected; `cause` says why it is not
    confirmed; `person` is whoever spoke last about it.
    """

    sensor: str
    key: Key
    source: SerialSource
    firmware: str
    standing: Standing
    first: int
    until: int | None = None
    cause: str = ""
    found: str = ""
    person: str = ""

    def holds(self, index: int) -> bool:
        """Whether the entry at `index` lies within."""
        return self.first <= index and (self.until is None or index < self.until)


@dataclass(frozen=True, slots=True)
class InstrumentNote:
    """A remark about an instrument, and its index in the log."""

    index: int
    t_ns: int
    key: Key
    body: NoteBody


@dataclass(frozen=True, slots=True)
class Instruments:
    """Stretches by sensor in log order, remarks, and which entries speak of installations."""

    stretches: Mapping[str, tuple[Stretch, ...]] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[InstrumentNote, ...] = ()
    entries: tuple[tuple[int, Key], ...] = ()

    def after(self, index: int, entry: Entry) -> "Instruments":
        """What is known once this entry is in the log; entries of other types change nothing.

        Raises ValueError for an entry of a wrong form.
        """
        if entry.type == EntryType.INSTALLATION:
            return self._installed(index, from_json(InstallationBody, entry.body))
        if entry.type == EntryType.NOTE and entry.body.get("model"):
            note = from_json(NoteBody, entry.body)
            told = InstrumentNote(index, entry.t_ns, Key(note.model, note.serial), note)
            return replace(self, notes=(*self.notes, told))
        if entry.type == EntryType.CONFIGURATION and entry.body.get("state") == "removed":
            return self._ended(index, str(entry.body.get("sensor", "")))
        return self

    def present(self, sensor: str) -> Stretch | None:
        """What holds for the sensor now; None where nothing was said, or it was removed."""
        known = self.stretches.get(sensor, ())
        return known[-1] if known and known[-1].until is None else None

    def at(self, sensor: str, index: int) -> Stretch | None:
        """What holds for the sensor's reading at `index`, as the whole log tells it."""
        return next((one for one in reversed(self.stretches.get(sensor, ())) if one.holds(index)), None)

    def standing_at(self, sensor: str, index: int) -> Standing:
        """How sure it is which instrument made the reading at `index`."""
        found = self.at(sensor, index)
        return found.standing if found else "unknown"

    def same_instrument(self, sensor: str, first: int, last: int) -> bool:
        """Whether one and the same instrument, without a doubt, made the readings at both indices and all between.

        Only then may a difference of its counters be taken: none crosses a swap, nor a time in which it may have been
        elsewhere. Where nothing was ever said, which is so in logs of before, it is not sure.
        """
        found = self.at(sensor, first)
        return found is not None and found.standing == "confirmed" and found.holds(last)

    def known(self) -> tuple[Key, ...]:
        """Every instrument that was ever installed or remarked upon, in the order of its first entry."""
        installed = [(one.first, one.key) for many in self.stretches.values() for one in many]
        noted = [(note.index, note.key) for note in self.notes]
        return tuple(dict.fromkeys(key for _, key in sorted(installed + noted)))

    def of(self, key: Key) -> tuple[Stretch, ...]:
        """Where the instrument was, in log order."""
        found = [one for many in self.stretches.values() for one in many if one.key == key]
        return tuple(sorted(found, key=lambda one: one.first))

    def _installed(self, index: int, body: InstallationBody) -> "Instruments":
        known = self.stretches.get(body.sensor, ())
        told, renamed = _after(known, index, body)
        changed = replace(
            self,
            stretches=MappingProxyType({**self.stretches, body.sensor: told}),
            entries=(*self.entries, (index, told[-1].key)),
        )
        return changed._renamed(*renamed) if renamed else changed

    def _renamed(self, old: Key, new: Key) -> "Instruments":
        def renewed(key: Key) -> Key:
            return new if key == old else key

        return Instruments(
            MappingProxyType(
                {
                    sensor: tuple(replace(one, key=renewed(one.key)) for one in many)
                    for sensor, many in self.stretches.items()
                }
            ),
            tuple(replace(note, key=renewed(note.key)) for note in self.notes),
            tuple((index, renewed(key)) for index, key in self.entries),
        )

    def _ended(self, index: int, sensor: str) -> "Instruments":
        known = self.stretches.get(sensor, ())
        if not known or known[-1].until is not None:
            return self
        ended = (*known[:-1], replace(known[-1], until=index))
        return replace(self, stretches=MappingProxyType({**self.stretches, sensor: ended}))


def fold(entries: Iterable[tuple[int, Entry]]) -> Instruments:
    """What these entries, in log order, say of instruments."""
    told = Instruments()
    for index, entry in entries:
        told = told.after(index, entry)
    return told


def same_serial(one: str, other: str) -> bool:
    """Whether two serial numbers are the same but for case, blanks and leading zeros, in which a label may differ."""
    return _bare(one) == _bare(other)


def _bare(serial: str) -> str:
    return "".join(serial.split()).casefold().lstrip("0")


_STANDING: Mapping[InstallationEvent, Standing] = MappingProxyType(
    {
        "installed": "confirmed",
        "described": "confirmed",
        "confirmed": "confirmed",
        "unconfirmed": "unconfirmed",
        "stopped": "stopped",
        "wrong_plug": "stopped",
    }
)
"""How a log begins that carries over what was so in the one before."""

Known = tuple[Stretch, ...]
Renaming = tuple[Key, Key]


def _after(known: Known, index: int, body: InstallationBody) -> tuple[Known, Renaming | None]:
    present = known[-1] if known and known[-1].until is None else None
    if present is None:
        return (*known, _begun(index, body, _key(index, body), _STANDING[body.event])), None
    if body.event == "installed":
        return _another(known, present, index, body), None
    if body.event == "unconfirmed":
        if present.standing == "stopped":
            return known, None
        return _split(known, present, _begun(index, body, present.key, "unconfirmed")), None
    if body.event in {"stopped", "wrong_plug"}:
        return _split(known, present, _begun(index, body, present.key, "stopped")), None
    told = replace(
        present,
        source=body.serial_source,
        firmware=body.firmware or present.firmware,
        person=body.person or present.person,
    )
    known = (*known[:-1], told)
    if body.event == "confirmed":
        known = _confirmed(known, told, index, body)
    key = Key(body.model, body.serial) if body.serial else present.key
    return known, (present.key, key) if key != present.key else None


def _begun(index: int, body: InstallationBody, key: Key, standing: Standing) -> Stretch:
    return Stretch(
        body.sensor,
        key,
        body.serial_source,
        body.firmware,
        standing,
        index,
        cause=body.cause,
        found=body.found,
        person=body.person,
    )


def _key(index: int, body: InstallationBody) -> Key:
    return Key(body.model, body.serial or f"~{index}")


def _another(known: Known, present: Stretch, index: int, body: InstallationBody) -> Known:
    key = _key(index, body)
    if key == present.key and present.standing == "confirmed":
        return (*known[:-1], replace(present, source=body.serial_source, firmware=body.firmware or present.firmware))
    return _split(known, present, _begun(index, body, key, "confirmed"))


def _split(known: Known, present: Stretch, following: Stretch) -> Known:
    return (*known[:-1], replace(present, until=following.first), following)


def _confirmed(known: Known, present: Stretch, index: int, body: InstallationBody) -> Known:
    if present.standing == "stopped":  # the right one is back: in between, another was plugged in
        return _split(known, present, _begun(index, body, present.key, "confirmed"))
    sure = replace(present, standing="confirmed", cause="")
    before = known[-2] if len(known) > 1 else None
    if before and before.standing == "confirmed" and before.key == sure.key and before.until == sure.first:
        # What is plugged in now is what was there before the doubt, so it was the same throughout.
        return (*known[:-2], replace(sure, first=before.first))
    return (*known[:-1], sure)
