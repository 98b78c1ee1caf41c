# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The station's register of reference standards, as a fold over the log, and the desk that adds to it.

A standard is never changed: a correction, a renewal and a withdrawal are entries that take the place of the one before.
The fold is pure; the desk reads and writes the log.
"""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Literal

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.procedures import load_procedures
from edge_daemon.domain.faults import BadInput, Conflict, Fault, Unknown
from edge_daemon.domain.procedure import Procedure
from edge_daemon.log.bodies import Body, from_json
from edge_daemon.log.calibration_body import CalibrationPoint, StandardBody
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.station.entries import entries_of

Standing = Literal["not_checked", "valid", "due", "expired", "withdrawn"]

DUE_DAYS = 30
PAGE = 1_000
TYPES = (EntryType.STANDARD.value, EntryType.CALIBRATION.value)


class StandardExpired(Fault):
    """Its certificate or lot is past its date. A person may use it all the same, with a reason."""

    code: ClassVar[str] = "standard_expired"
    title: ClassVar[str] = "This standard has expired"
    advice: ClassVar[str] = "Use another one, or give the reason why its value still holds; the certificate shows it."


UNCHECKED = "The clock is not trusted: its expiry was not checked. Check the label."


class StandardWithdrawn(Fault):
    """It was taken out of use, or another entry took its place. No reason lifts this."""

    code: ClassVar[str] = "standard_withdrawn"
    title: ClassVar[str] = "This standard is no longer in use"
    advice: ClassVar[str] = "Choose one that is in use, or enter it again."


@dataclass(frozen=True, slots=True)
class Standard:
    """An entry of the register. `replaced_by` is the entry that took its place; `used_ns` is when a calibration point
    last named it or one that it took the place of."""

    index: int
    t_ns: int
    body: StandardBody
    replaced_by: int | None = None
    used_ns: int | None = None

    @property
    def in_use(self) -> bool:
        """Whether it can be chosen, as far as its date allows."""
        return self.replaced_by is None and not self.body.withdrawn

    def standing(self, on: date | None) -> Standing:
        """What holds on this day (None: nobody knows which it is). The day of expiry is the last one it is good on."""
        if not self.in_use:
            return "withdrawn"
        if not self.body.expires:
            return "valid"
        if on is None:
            return "not_checked"
        left = (date.fromisoformat(self.body.expires) - on).days
        if left < 0:
            return "expired"
        return "due" if left <= DUE_DAYS else "valid"

    def trouble(self, on: date | None) -> StandardExpired | StandardWithdrawn | None:
        """Why it must not be used on this day; None where it may be."""
        name = self.body.name
        if self.replaced_by is not None:
            return StandardWithdrawn(f"{name} (entry {self.index}) was replaced by entry {self.replaced_by}")
        if self.body.withdrawn:
            return StandardWithdrawn(f"{name} (entry {self.index}) was taken out of use by {self.body.person}")
        if self.standing(on) == "expired":
            return StandardExpired(f"{name} (entry {self.index}) was good until {self.body.expires}")
        return None

    def warning(self, on: date | None) -> str:
        """What to know before using it on this day (None: nobody knows which it is); empty where there is nothing."""
        if on is None:
            return UNCHECKED if self.standing(on) == "not_checked" else ""
        if self.standing(on) != "due":
            return ""
        left = (date.fromisoformat(self.body.expires) - on).days
        when = "today" if left == 0 else f"in {left} day{'' if left == 1 else 's'}, on {self.body.expires}"
        return f"{self.body.name} expires {when}."


@dataclass(frozen=True, slots=True)
class Register:
    """Every standard that the log has ever told, by index."""

    told: Mapping[int, Standard] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, index: int, entry: Entry) -> "Register":
        """The register once this entry is in the log. Raises ValueError for an entry of a wrong form."""
        if entry.type == EntryType.STANDARD:
            return self._added(index, entry.t_ns, from_json(StandardBody, entry.body))
        if entry.type == EntryType.CALIBRATION and entry.body.get("event") == "point":
            return self._used(from_json(CalibrationPoint, entry.body).standard, entry.t_ns)
        return self

    def of(self, index: int) -> Standard:
        """The standard that the entry at `index` told. Raises Unknown."""
        if index not in self.told:
            raise Unknown(f"entry {index} of the log is no standard")
        return self.told[index]

    def current(self) -> tuple[Standard, ...]:
        """Those that no entry took the place of: in use first, of these the last used, then the last entered."""
        found = [one for one in self.told.values() if one.replaced_by is None]
        return tuple(sorted(found, key=lambda one: (one.in_use, one.used_ns or 0, one.index), reverse=True))

    def by_code(self, code: str) -> Standard | None:
        """The one in use that a scanner reads this code off; None where there is none."""
        return next((one for one in self.told.values() if code and one.in_use and one.body.code == code), None)

    def alike(self, body: StandardBody) -> Standard | None:
        """One that says the same, in use or not: whoever entered it, and whatever became of it since."""
        return next((one for one in self.told.values() if content(one.body) == content(body)), None)

    def _added(self, index: int, t_ns: int, body: StandardBody) -> "Register":
        before = self.told.get(body.replaces) if body.replaces is not None else None
        told = {**self.told, index: Standard(index, t_ns, body, used_ns=before.used_ns if before else None)}
        if before is not None and before.replaced_by is None:
            told[before.index] = replace(before, replaced_by=index)
        return Register(MappingProxyType(told))

    def _used(self, index: int | None, t_ns: int) -> "Register":
        told = dict(self.told)
        while index is not None and (one := told.get(index)) is not None:
            told[index] = replace(one, used_ns=max(one.used_ns or 0, t_ns))
            index = one.replaced_by
        return Register(MappingProxyType(told))


def content(body: StandardBody) -> StandardBody:
    """What the entry says of the standard itself."""
    return replace(body, person="", attachments=(), replaces=None, withdrawn=False, origin="", index=None)


def carried_standards(register: Register, origin: str) -> tuple[StandardBody, ...]:
    """Those in use at the end of the log `origin` as the log after it says them again: the last used one last, so that
    it stays the first to be offered."""
    last_used_first = (one for one in register.current() if one.in_use)
    return tuple(
        replace(one.body, replaces=None, origin=origin, index=one.index) for one in reversed(tuple(last_used_first))
    )


def register_of(reader: LogReader) -> Register:
    """The register as the log tells it. Raises what the log's reader does, ValueError for an entry of a wrong form."""
    register, after = Register(), -1
    while page := entries_of(reader, TYPES, after=after, limit=PAGE):
        for index, entry in page:
            register = register.after(index, entry)
        after = page[-1][0]
    return register


def kind_of(text: str) -> str:
    """A kind as procedures spell it: small letters, with `_` for blanks and hyphens."""
    return "_".join(text.strip().lower().replace("-", " ").replace("_", " ").split())


LEAST_FACTOR, MOST_FACTOR = 1.0, 10.0
"""Coverage factors that a certificate may state, a default proposed for this program: 1 belongs to a standard
uncertainty; 10 to a value known from a single repetition or so, and what is above is a slip."""


def check_standard(body: StandardBody) -> None:
    """Raises BadInput naming the field for what cannot be a standard."""
    for name, text in (("kind", body.kind), ("name", body.name)):
        if not text.strip():
            raise BadInput(name, text, "it must not be empty")
    _check_person(body)
    numbers = (body.value, *(number for line in body.by_temperature for number in line))
    if not all(map(math.isfinite, numbers)):
        raise BadInput("value", body.value, "a finite number is needed")
    if not (math.isfinite(body.expanded_uncertainty) and body.expanded_uncertainty > 0):
        raise BadInput("expanded_uncertainty", body.expanded_uncertainty, "more than 0 is needed: see its certificate")
    if not body.unit.strip():
        raise BadInput("unit", body.unit, "the unit of the value is needed, such as ppm; 1 where it has none")
    if not LEAST_FACTOR <= body.factor <= MOST_FACTOR:
        allowed = f"a coverage factor from {LEAST_FACTOR:g} to {MOST_FACTOR:g} is needed, usually 2"
        raise BadInput("factor", body.factor, allowed)
    if body.expires:
        check_date("expires", body.expires)
    at = [celsius for celsius, _ in body.by_temperature]
    if at and (len(at) < 2 or at != sorted(set(at))):
        raise BadInput("by_temperature", at, "two temperatures or more are needed, each higher than the one before")


def _check_person(body: StandardBody) -> None:
    if not body.person.strip():
        raise BadInput("person", body.person, "it must not be empty")


def _withdrawal(standard: Standard, person: str) -> StandardBody:
    return replace(standard.body, person=person, replaces=standard.index, withdrawn=True, origin="", index=None)


def check_date(name: str, text: str) -> date:
    """The day that ISO 8601 text names. Raises BadInput."""
    try:
        day = date.fromisoformat(text)
    except ValueError as wrong:
        raise BadInput(name, text, f"a date like 2027-06-30 is needed ({wrong})") from wrong
    if day.isoformat() != text:
        raise BadInput(name, text, "a date like 2027-06-30 is needed")
    return day


class StandardBook:
    """The register kept up with the log. Safe to use from several threads. Methods raise what the log's reader does.

    `write` makes an entry durable and tells its index; `asked_for` are the kinds that procedures ask for.
    """

    def __init__(
        self, reader: LogReader, write: Callable[[Body], tuple[int, Entry]], asked_for: Callable[[], frozenset[str]]
    ) -> None:
        self._reader = reader
        self._write = write
        self._asked_for = asked_for
        self._lock = threading.RLock()
        self._register = Register()
        self._seen = -1

    def register(self) -> Register:
        """The register as the log tells it now."""
        with self._lock:
            while page := entries_of(self._reader, TYPES, after=self._seen, limit=PAGE):
                for index, entry in page:
                    self._register = self._register.after(index, entry)
                    self._seen = index
            return self._register

    def standards(self, kind: str = "") -> tuple[Standard, ...]:
        """Those in use, expired ones too, of this kind (empty: of all): the last used first, then the last entered."""
        return tuple(one for one in self.register().current() if one.in_use and kind in {"", one.body.kind})

    def by_index(self, index: int) -> Standard:
        """The standard of the entry at `index`, in use or not. Raises Unknown."""
        return self.register().of(index)

    def by_code(self, code: str) -> Standard:
        """The one in use that a scanner reads this code off. Raises Unknown."""
        found = self.register().by_code(code)
        if found is None:
            raise Unknown(f"no standard in use has the code {code!r}")
        return found

    def usable(self, index: int, on: date) -> Fault | None:
        """Why the standard must not be used on this day: Unknown, StandardWithdrawn, or StandardExpired, which a person
        may override with a reason. None where it may be used."""
        standard = self.register().told.get(index)
        if standard is None:
            return Unknown(f"entry {index} of the log is no standard")
        return standard.trouble(on)

    def kinds(self) -> Mapping[str, bool]:
        """Every kind that a procedure asks for or the register has, and whether a procedure asks for it."""
        asked = self._asked_for()
        known = asked | {one.body.kind for one in self.register().told.values()}
        return {kind: kind in asked for kind in sorted(known)}

    def add(self, body: StandardBody) -> Standard:
        """Write the entry. A correction keeps the files of the one whose place it takes; a withdrawal says again what
        that was, and is possible whatever was wrong with it.

        Raises BadInput naming the field, Unknown or Conflict for what it `replaces`, Conflict for a code in use.
        """
        body = replace(body, kind=kind_of(body.kind))
        _check_person(body)
        if not body.withdrawn:
            check_standard(body)
        with self._lock:
            register = self.register()
            if body.replaces is not None:
                before = register.of(body.replaces)
                if before.replaced_by is not None:
                    raise Conflict(f"entry {before.index} was replaced by entry {before.replaced_by} meanwhile")
                body = _withdrawal(before, body.person) if body.withdrawn else body
                kept = {one.sha256: one for one in (*before.body.attachments, *body.attachments)}
                body = replace(body, attachments=tuple(kept.values()))
            elif body.withdrawn:
                raise BadInput("withdrawn", True, "name in `replaces` the standard that is taken out of use")
            held = register.by_code(body.code)
            if held is not None and held.index != body.replaces and not body.withdrawn:
                raise Conflict(f"the code {body.code!r} is that of {held.body.name}, entry {held.index}")
            index, _ = self._write(body)
            return self.by_index(index)

    def add_unless_known(self, body: StandardBody) -> tuple[Standard, bool]:
        """The standard, and whether it was written now: not where the register ever had one that says the same.

        Raises as `add`.
        """
        with self._lock:
            known = self.register().alike(replace(body, kind=kind_of(body.kind)))
            return (self.add(body), True) if known is None else (known, False)


def make_standards(reader: LogReader, write: Callable[[Body], tuple[int, Entry]]) -> StandardBook:
    """The register of the log that `reader` reads, for the procedures that come with the program."""
    return StandardBook(reader, write, partial(standard_kinds, load_procedures()))


def standard_kinds(procedures: Mapping[str, Procedure]) -> frozenset[str]:
    """The kinds of standards that procedures ask for."""
    return frozenset(point.standard_kind for one in procedures.values() for point in one.points if point.standard_kind)
