# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Changes of a station register: a station added, a key ended. Pure; what comes out is not signed yet."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.canonical import JsonValue, canonical
from edge_daemon.log.signed_note import PUBLIC_KEY_BYTES, NoteInvalid, from_base64
from edge_daemon.log.strict_json import NotJson, parse_json
from sync.evidence.register import Register, RegisteredKey, RegisteredLedger, RegisteredStation, check_ledger

FORMAT = "verifield station identity/1"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a station shows of itself to be registered; nothing in it is secret.

    `public_key` is the device key in force (base64), `account` the one that pays for its anchors, empty for none.
    `chain_id` and `contract` are where these go; 0 and empty where anchoring is not set up.
    """

    format: str
    device_id: str
    project_id: str
    origin: str
    public_key: str
    account: str = ""
    chain_id: int = 0
    contract: str = ""


_IDENTITY: TypeAdapter[Identity] = TypeAdapter(Identity)


def identity_bytes(identity: Identity) -> bytes:
    """The identity as its file holds it."""
    document: JsonValue = _IDENTITY.dump_python(identity, mode="json")
    return canonical(document) + b"\n"


def read_identity(data: bytes) -> Identity:
    """The identity that a file holds. Raises BadInput."""
    try:
        found = _IDENTITY.validate_python(parse_json(data.strip()))
        if found.format != FORMAT or len(from_base64(found.public_key)) != PUBLIC_KEY_BYTES or not found.device_id:
            raise NoteInvalid("it does not say who the station is")
        if found.contract or found.chain_id:
            check_ledger(RegisteredLedger(found.chain_id, found.contract))
    except (NotJson, ValidationError, NoteInvalid) as error:
        words = f"a station's identity is needed, as `verifield-sync register identity` writes it: {error}"
        raise BadInput("identity", "", words) from error
    return found


def with_station(register: Register, identity: Identity, start: str = "", until: str = "") -> Register:
    """The register with this station's key, valid in this time (RFC 3339 or empty). Raises BadInput.

    A station that is there keeps its other keys, accounts and ledgers; a key that is there gets the new times.
    """
    if identity.project_id != register.project_id:
        words = f"the register is of {register.project_id}; a station of another project needs a register of its own"
        raise BadInput("identity", identity.project_id, words)
    check_times(start, until)
    key = RegisteredKey(identity.public_key, start, until)
    station = next((one for one in register.stations if one.device_id == identity.device_id), None)
    if station is None:
        station = RegisteredStation(identity.device_id, (), ())
    elif any(one.public_key == key.public_key and one.revoked for one in station.keys):
        raise BadInput("identity", identity.device_id, "this key is revoked; a station that was stolen needs a new key")
    keys = (*(one for one in station.keys if one.public_key != key.public_key), key)
    accounts = station.accounts
    if identity.account and identity.account not in accounts:
        accounts = (*accounts, identity.account)
    ledgers = station.ledgers
    ledger = RegisteredLedger(identity.chain_id, identity.contract)
    if identity.contract and ledger not in ledgers:
        ledgers = (*ledgers, ledger)
    changed = replace(station, keys=keys, accounts=accounts, ledgers=ledgers)
    others = tuple(one for one in register.stations if one.device_id != identity.device_id)
    return replace(register, stations=(*others, changed))


def ended(register: Register, device_id: str, *, until: str = "", revoked: str = "", public_key: str = "") -> Register:
    """The register with the station's keys ended: `until` when they counted, or since when they are `revoked`.

    `public_key` names one of them (base64), else all are. Raises BadInput.
    """
    check_times(until, revoked)
    if bool(until) == bool(revoked):
        raise BadInput("until", until, "say either until when the key counts, or since when it is revoked")

    def end(key: RegisteredKey) -> RegisteredKey:
        return replace(key, until=until) if until else replace(key, revoked=revoked)

    return _changed(register, device_id, public_key, end)


def check_times(*times: str) -> None:
    """Raises BadInput for a text that is neither empty nor a time."""
    for text in times:
        if text:
            try:
                ns_from_rfc3339(text)
            except ValueError as error:
                raise BadInput("time", text, "write a time such as 2026-11-23T08:00:00Z") from error


def _changed(
    register: Register, device_id: str, public_key: str, change: Callable[[RegisteredKey], RegisteredKey]
) -> Register:
    known = ", ".join(one.device_id for one in register.stations) or "none"
    station = next((one for one in register.stations if one.device_id == device_id), None)
    if station is None:
        raise BadInput("station", device_id, f"the register knows {known}")
    if public_key and public_key not in {key.public_key for key in station.keys}:
        raise BadInput("key", public_key[:60], "the register does not know this key of the station")
    keys = tuple(change(key) if public_key in {"", key.public_key} else key for key in station.keys)
    stations = tuple(replace(one, keys=keys) if one is station else one for one in register.stations)
    return replace(register, stations=stations)
