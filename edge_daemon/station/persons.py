# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Persons who sign with a PIN, `persons.json` in the home. Reads and writes that file; a PIN is never kept in clear.

A PIN is short, so what guards it is that the file is private, that its hash is slow, and that wrong tries must wait.
How many there were is kept in the file too, so that a restart does not shorten the wait.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import Body, NoteBody
from edge_daemon.log.entry import Entry
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private

FILE_NAME = "persons.json"
LEAST_PIN, MOST_PIN = 4, 64
MOST_PERSONS = 1_000
LONGEST_WAIT_S = 300.0
HIDDEN = "••••"

SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**15, 8, 1
"""32 MiB and about a tenth of a second. Source: RFC 7914 section 2."""
SCRYPT_MEMORY = 64 * 1024 * 1024
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Hashed:
    """A person's PIN as a salted scrypt hash; bytes are base64. `wrong` counts wrong tries in a row.

    The parameters are always those it was made with: with a default, a change of the program's would spoil what is
    stored without them.
    """

    salt: str
    hash: str
    n: int
    r: int
    p: int
    wrong: int = 0


_FILE: TypeAdapter[dict[str, _Hashed]] = TypeAdapter(dict[str, _Hashed])


class PersonBook:
    """The persons of one home. Safe to use from several threads; one process at a time may write.

    `write` makes an entry of the log durable, `now_ns` is UTC, `boot_us` a clock that nobody can set.
    """

    def __init__(
        self,
        home: Path,
        write: Callable[[Body], tuple[int, Entry]],
        now_ns: Callable[[], int],
        boot_us: Callable[[], int],
    ) -> None:
        self._path = home / FILE_NAME
        self._write_entry = write
        self._now_ns = now_ns
        self._boot_us = boot_us
        self._lock = threading.Lock()
        self._until_us: dict[str, int] = {}

    def names(self) -> tuple[str, ...]:
        """Everybody who can sign, in the order of names.

        Raises BadInput for a file that others can get at or that was damaged by hand, BufferUnavailable when the disk
        does not give it.
        """
        return tuple(sorted(self._read()))

    def add(self, name: str, pin: str) -> str:
        """Enter a person, which a note in the log tells; the name as it is kept.

        Raises BadInput naming the field, Conflict where the name is taken, as `names`, and what the log raises.
        """
        name = " ".join(name.split())
        if not name or not name.isprintable():
            raise BadInput("name", name, "the name of a person is needed")
        _check_pin("pin", pin)
        with self._lock:
            known = self._read()
            if any(name.casefold() == other.casefold() for other in known):
                raise Conflict(f"there is a person {name!r} already; choose a name that tells them apart")
            if len(known) >= MOST_PERSONS:
                raise Conflict(f"there are {MOST_PERSONS} persons already")
            self._note(name, f"{name} is entered as a person who signs calibrations with a PIN.")
            self._write({**known, name: _hashed(pin)})
        return name

    def change(self, name: str, pin: str, new_pin: str) -> str:
        """Give a person another PIN, by the one until now; a note in the log tells it. The name as it is kept.

        Raises as `check`, BadInput naming `new_pin`, and what the log raises.
        """
        _check_pin("new_pin", new_pin)
        if new_pin == pin:
            raise BadInput("new_pin", HIDDEN, "another PIN than until now is needed")
        with self._lock:
            found = self._checked(name, pin, "name", "pin")
            self._note(found, f"{found} has changed the PIN for signing calibrations.")
            self._write({**self._read(), found: _hashed(new_pin)})
        return found

    def reset(self, name: str, new_pin: str, *, by: str = "", by_pin: str = "") -> str:
        """Give a person who forgot the PIN another one. The name as it is kept.

        The witness is somebody else who signs here, named with the own PIN in a note in the log. Where nobody else does
        there can be none (`by` is empty), and the note says that.

        Raises BadInput naming `name`, `new_pin`, `witness` or `pin` (the witness's), Conflict as `check`, and what the
        log raises.
        """
        _check_pin("new_pin", new_pin)
        with self._lock:
            known = self._read()
            found = _called(name, known)
            if found is None:
                raise BadInput("name", name, "nobody of this name has a PIN here; enter the person first")
            others = sorted(other for other in known if other != found)
            if not by and others:
                raise BadInput("witness", "", f"a witness is needed, who signs with the own PIN: {', '.join(others)}")
            if by and _called(by, known) == found:
                raise BadInput("witness", by, f"another person than {found} is needed as the witness")
            witness = self._checked(by, by_pin, "witness", "pin") if by else ""
            if witness:
                self._note(witness, f"{witness} has reset the PIN of {found}, which was forgotten.")
            else:
                self._note(found, f"The PIN of {found} was forgotten and reset. No witness: nobody else signs here.")
            self._write({**self._read(), found: _hashed(new_pin)})
            self._until_us.pop(found, None)
        return found

    def remove(self, name: str, pin: str) -> str:
        """Take a person off, by the person's own PIN; a note in the log tells it. What was signed stays.

        Raises as `check`, and what the log raises.
        """
        with self._lock:
            found = self._checked(name, pin, "name", "pin")
            self._note(found, f"{found} signs calibrations no more, and the PIN is deleted.")
            self._write({other: kept for other, kept in self._read().items() if other != found})
        return found

    def check(self, name: str, pin: str, *, person_field: str = "person", pin_field: str = "pin") -> str:
        """The person's name as it is kept, if this is the PIN.

        Raises BadInput naming `person_field` or `pin_field`, Conflict while the next try must wait, and as `names`.
        """
        with self._lock:
            return self._checked(name, pin, person_field, pin_field)

    def _checked(self, name: str, pin: str, person_field: str, pin_field: str) -> str:
        known = self._read()
        found = _called(name, known)
        if found is None:
            raise BadInput(person_field, name, "nobody of this name has a PIN here; enter the person first")
        kept = known[found]
        if kept.wrong and found not in self._until_us:  # from before the program was started: the wait begins anew
            self._until_us[found] = self._boot_us() + _wait_us(kept.wrong)
        wait_us = self._until_us.get(found, 0) - self._boot_us()
        if wait_us > 0:
            raise Conflict(f"The PIN of {found} was wrong. The next try is possible in {_seconds(wait_us)}.")
        if self._fits(kept, pin):
            if kept.wrong:
                self._write({**known, found: replace(kept, wrong=0)})
            self._until_us.pop(found, None)
            return found
        wait_us = _wait_us(kept.wrong + 1)
        self._until_us[found] = self._boot_us() + wait_us
        self._write({**known, found: replace(kept, wrong=kept.wrong + 1)})
        raise BadInput(
            pin_field, HIDDEN, f"it is not the PIN of {found}; the next try is possible in {_seconds(wait_us)}"
        )

    def _note(self, name: str, told: str) -> None:
        self._write_entry(NoteBody(told, rfc3339_from_ns(self._now_ns()), name))

    def _read(self) -> dict[str, _Hashed]:
        try:
            content = read_private(self._path)
        except NotPrivate as error:
            raise BadInput(FILE_NAME, str(self._path), str(error)) from error
        except OSError as error:
            raise BufferUnavailable(f"{self._path} cannot be read: {error.strerror or error}") from error
        try:
            return {} if content is None else _FILE.validate_json(content)
        except ValidationError:
            raise self._damaged() from None  # the error's own text would show what stands in the file

    def _fits(self, kept: _Hashed, pin: str) -> bool:
        try:
            found = _scrypt(pin, base64.b64decode(kept.salt), kept.n, kept.r, kept.p)
            return hmac.compare_digest(found, base64.b64decode(kept.hash))
        except ValueError:
            raise self._damaged() from None

    def _damaged(self) -> BadInput:
        return BadInput(FILE_NAME, str(self._path), "it was damaged; put back a copy of it, or remove it")

    def _write(self, persons: dict[str, _Hashed]) -> None:
        plain = _FILE.dump_python(dict(sorted(persons.items())), mode="json")
        try:
            write_private(self._path, json.dumps(plain, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise BufferUnavailable(f"{self._path} cannot be written: {error.strerror or error}") from error


def _called(name: str, known: Iterable[str]) -> str | None:
    """The name as it is kept; None for nobody's."""
    wanted = " ".join(name.split()).casefold()
    return next((other for other in known if other.casefold() == wanted), None)


def _check_pin(field: str, pin: str) -> None:
    if not LEAST_PIN <= len(pin) <= MOST_PIN:
        raise BadInput(field, HIDDEN, f"{LEAST_PIN} to {MOST_PIN} characters are needed")
    if len(set(pin)) == 1:
        raise BadInput(field, HIDDEN, "not all of its characters may be the same")


def _wait_us(wrong: int) -> int:
    """How long the next try must wait after so many wrong ones, doubling each time."""
    return round(min(2.0 ** min(wrong - 1, 30), LONGEST_WAIT_S) * 1_000_000)


def _hashed(pin: str) -> _Hashed:
    salt = secrets.token_bytes(SALT_BYTES)
    made = _text(_scrypt(pin, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P))
    return _Hashed(_text(salt), made, SCRYPT_N, SCRYPT_R, SCRYPT_P)


def _scrypt(pin: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p, maxmem=SCRYPT_MEMORY, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _seconds(wait_us: int) -> str:
    return f"{-(-wait_us // 1_000_000)} s"
