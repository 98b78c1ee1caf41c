# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The project's station register: whose keys sign for which logs. Pure.

The register is a signed note (C2SP signed-note) under a key of the project. Its text is two lines: REGISTER, and an
RFC 8785 object `{"project_id", "stations": [{"device_id", "origins", "keys": [{"public_key", "from", "until",
"revoked"}], "accounts", "ledgers": [{"chain_id", "contract"}]}], "issued", "number"}`. `origins` empty: every log of
this device; `accounts` (paying accounts of its anchors) and `ledgers` (where these pay) may be left out. Times are
RFC 3339 or empty. `number` counts the registers of the project and `issued` is when this one was signed, so that an
older one can be told from a newer one; both may be left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from pydantic import TypeAdapter, ValidationError

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.canonical import JsonValue, NotCanonical, canonical
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, from_base64, parse_note, signer_of
from edge_daemon.log.strict_json import NotJson, parse_json
from sync.anchor.call import NotCallable, address_of
from sync.evidence.form_words import why

REGISTER = "verifield station register/1"


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A device key (base64) and when it counts: from, until, and since when it is revoked (RFC 3339, or empty)."""

    public_key: str
    start: str = ""
    until: str = ""
    revoked: str = ""


@dataclass(frozen=True, slots=True)
class RegisteredLedger:
    """Where anchors of a station count: a chain by its id, and the contract on it by its address in full."""

    chain_id: int
    contract: str

    def __str__(self) -> str:
        return f"contract {self.contract} on chain {self.chain_id}"


@dataclass(frozen=True, slots=True)
class RegisteredStation:
    """A device of the project, its logs (none named: all), its keys, and the accounts that pay for its anchors.

    Accounts are addresses of the chain in full; none named: nothing is said of them. The same holds for `ledgers`, the
    chains and contracts that its anchors go to.
    """

    device_id: str
    origins: tuple[str, ...]
    keys: tuple[RegisteredKey, ...]
    accounts: tuple[str, ...] = ()
    ledgers: tuple[RegisteredLedger, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """The stations of a project. `signed_by` is the project's key, None where no key was given to check it with.

    `number` counts the project's registers from 1, and `issued` (RFC 3339) is when this one was signed; 0 and empty
    where it does not say.
    """

    project_id: str
    stations: tuple[RegisteredStation, ...]
    signed_by: VerifierKey | None = None
    issued: str = ""
    number: int = 0

    @property
    def edition(self) -> str:
        """Which of the project's registers it is, in words; empty where it does not say."""
        numbered = f"no. {self.number}" if self.number else ""
        return " of ".join(filter(None, [numbered, self.issued]))

    def accounts(self, device_id: str) -> frozenset[str]:
        """The accounts named for this device; none where the register says nothing of them."""
        found = [station.accounts for station in self.stations if station.device_id == device_id]
        return frozenset().union(*found)

    def ledgers(self, device_id: str) -> frozenset[RegisteredLedger]:
        """Where anchors of this device count; nowhere named where the register says nothing of it."""
        found = [station.ledgers for station in self.stations if station.device_id == device_id]
        return frozenset().union(*found)

    def keys_of(self, device_id: str) -> frozenset[bytes]:
        """The public keys (32 bytes) that it names for this device, whatever it says of them."""
        own = (station for station in self.stations if station.device_id == device_id)
        return frozenset(from_base64(key.public_key) for station in own for key in station.keys)

    def key(self, public: bytes, origin: str, device_id: str) -> RegisteredKey | None:
        """What the register says of this key as the signer of this log; None where it does not know it as such.

        Of a key that stands in it twice, whatever ends it first counts.
        """
        own = (one for one in self.stations if one.device_id == device_id)
        named = (one for one in own if not one.origins or origin in one.origins)
        found = [key for one in named for key in one.keys if from_base64(key.public_key) == public]
        return reduce(_strictest, found) if found else None


def read_register(text: str, project_keys: Iterable[VerifierKey] = ()) -> Register:
    """The register in a signed note. With `project_keys`, one of them must have signed it. Raises NoteInvalid."""
    note = parse_note(text)
    keys = tuple(project_keys)
    signer = signer_of(note, keys) if keys else None
    lines = note.text.split("\n")
    if len(lines) != 3 or lines[0] != REGISTER:
        raise NoteInvalid(f"the text of a station register is {REGISTER!r} and one line of JSON")
    try:
        document = parse_json(lines[1].encode())
        if not isinstance(document, dict) or canonical(document) != lines[1].encode():
            raise NoteInvalid("a station register is written as RFC 8785 demands")
        register = _from_document(document)
        _check_times(register.issued)
        for station in register.stations:
            for ledger in station.ledgers:
                check_ledger(ledger)
            for key in station.keys:
                VerifierKey("register", from_base64(key.public_key))
                _check_times(key.start, key.until, key.revoked)
    except (NotJson, NotCanonical, ValidationError) as error:
        raise NoteInvalid(f"the station register does not have its form: {why(error)}") from error
    return replace(register, signed_by=signer)


def register_text(register: Register) -> str:
    """The text to sign."""
    stations: list[JsonValue] = [
        {
            **({"accounts": list(station.accounts)} if station.accounts else {}),
            **({"ledgers": list(map(_ledger, station.ledgers))} if station.ledgers else {}),
            "device_id": station.device_id,
            "origins": list(station.origins),
            "keys": [
                {"public_key": key.public_key, "from": key.start, "until": key.until, "revoked": key.revoked}
                for key in station.keys
            ],
        }
        for station in register.stations
    ]
    document: dict[str, JsonValue] = {"project_id": register.project_id, "stations": stations}
    if register.issued:
        document["issued"] = register.issued
    if register.number:
        document["number"] = register.number
    line = canonical(document).decode()
    return f"{REGISTER}\n{line}\n"


def check_ledger(ledger: RegisteredLedger) -> None:
    """Raises NoteInvalid for what is no chain id, or no address in full."""
    try:
        full = address_of(ledger.contract) == ledger.contract
    except NotCallable as error:
        raise NoteInvalid(f"a station register names a contract that has no address: {error}") from error
    if not full or ledger.chain_id < 1:
        raise NoteInvalid("a station register names chains by ids from 1 on, and contracts by addresses in full")


def _ledger(ledger: RegisteredLedger) -> JsonValue:
    return {"chain_id": ledger.chain_id, "contract": ledger.contract}


def _from_document(document: object) -> Register:
    if not isinstance(document, dict) or not isinstance(document.get("stations"), list):
        raise NoteInvalid("a station register names its stations")
    stations = []
    for station in document["stations"]:
        keys = [{**key, "start": key.get("from", "")} for key in station.get("keys", [])]
        stations.append({**station, "keys": keys})
    issued, number = document.get("issued", ""), document.get("number", 0)
    if type(issued) is not str or type(number) is not int or number < 0:
        raise NoteInvalid("a station register says when it was issued as text, and its number from 1 on")
    told = {"project_id": document.get("project_id"), "stations": stations, "issued": issued, "number": number}
    return TypeAdapter(Register).validate_python(told)


def _check_times(*times: str) -> None:
    for text in times:
        if text:
            try:
                ns_from_rfc3339(text)
            except ValueError as error:
                raise NoteInvalid(str(error)) from error


def _strictest(one: RegisteredKey, other: RegisteredKey) -> RegisteredKey:
    return RegisteredKey(
        one.public_key,
        max(one.start, other.start, key=_ns),
        *(
            min(filter(None, ends), key=_ns, default="")
            for ends in ((one.until, other.until), (one.revoked, other.revoked))
        ),
    )


def _ns(text: str) -> int:
    return ns_from_rfc3339(text) if text else -(1 << 63)
