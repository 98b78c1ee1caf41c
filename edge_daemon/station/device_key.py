# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The station's device key: made once, kept in the place for secrets, named in the log, rotated on request.

Waits for the place of secrets (a disk, the system, a person who unlocks the keyring) and for the log: never call it
where something else waits. It is named after the device, so that a copied home, which is another device, gets its own.

A crash between any two steps loses nothing: a new key lies in the place for secrets before the log names it, and the
log says which of two is in force.
"""

import hashlib
import logging
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import DamagedLog, Fault, SecretUnavailable
from edge_daemon.log.bodies import Body, KeyBody, KeyEvent, LogBody, from_json
from edge_daemon.log.device_keys import DeviceKeys, device_keys, statement
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.log.signed_note import to_base64
from edge_daemon.log.tree import root_of
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.entries import entries_of
from edge_daemon.station.lost_key import forget_lost_key, lost_key, note_lost_key

log = logging.getLogger(__name__)

NEXT = ".next"
AGAIN_S = 10.0
"""How long a start waits for the place of a key that was missed before."""


class KeyLost(SecretUnavailable):
    """The log names a device key that its place does not hold."""

    code = "device_key_lost"
    title = "The key that signs for this record is not there"
    advice = (
        "Start the recorder with the place for secrets that has held the key so far: this record then goes on. If the "
        "key is not there at the next start either, a new record begins; it names this one, which is kept."
    )


@dataclass(frozen=True, slots=True)
class _Log:
    """What the log says of itself that the key depends on."""

    keys: DeviceKeys
    device_id: str


class DeviceKey:
    """The key in force for the home's log. Methods may be called from any thread; they wait for each other."""

    def __init__(
        self,
        home: Path,
        place: Callable[[], SecretStore],
        reader: Callable[[], LogReader],
        write: Callable[[Body], tuple[int, Entry]],
    ) -> None:
        """Nothing is opened before the key is first asked for."""
        self._home = home
        self._place = place
        self._reader = reader
        self._write = write
        self._known: Ed25519PrivateKey | None = None
        self._lock = threading.Lock()

    def get(self) -> Ed25519PrivateKey:
        """The key in force, which the log names. Makes one where neither log nor place has any.

        Raises SecretUnavailable (KeyLost: the place lacks the log's key), DamagedLog, or what the log's writer raises.
        """
        with self._lock:
            return self._get()

    def rotate(self, person: str) -> Ed25519PrivateKey:
        """Put a new key in force, with an entry that the present key signs. Raises as `get`."""
        with self._lock:
            old = self._get()
            log, store = self._told(), self._store()
            name = _name(log.device_id)
            new = Ed25519PrivateKey.generate()
            store.put(name + NEXT, _secret(new))
            self._name_in_log(log, new, "rotated", signer=old, person=person)
            self._settle(store, name, new)
            return new

    def _get(self) -> Ed25519PrivateKey:
        log = self._told()
        if self._known is not None and _public(self._known) == log.keys.latest:
            return self._known
        store = self._store()
        name = _name(log.device_id)
        kept = [_key(store, name), _key(store, name + NEXT)]
        if log.keys.latest is None:
            key = kept[0] or self._made(store, name)
            self._name_in_log(log, key, "continued" if kept[0] else "made", signer=key)
        else:
            key = next((one for one in kept if one and _public(one) == log.keys.latest), None) or self._lost(log, store)
            if key is kept[1]:
                self._settle(store, name, key)
        if lost_key(self._home) == log.keys.origin:
            forget_lost_key(self._home)
        self._known = key
        return key

    def _lost(self, log: _Log, store: SecretStore) -> Ed25519PrivateKey:
        note_lost_key(self._home, log.keys.origin)
        raise KeyLost(f"The device key of {log.keys.origin} is not in {store.description}.")

    def _made(self, store: SecretStore, name: str) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        store.put(name, _secret(key))
        return key

    def _settle(self, store: SecretStore, name: str, key: Ed25519PrivateKey) -> None:
        store.put(name, _secret(key))
        store.delete(name + NEXT)
        self._known = key

    def _name_in_log(
        self, log: _Log, key: Ed25519PrivateKey, event: KeyEvent, *, signer: Ed25519PrivateKey, person: str = ""
    ) -> None:
        public, previous = _public(key), log.keys.latest
        size, root = self._head()
        signature = signer.sign(statement(log.keys.origin, event, public, previous, (size, root)))
        named = to_base64(public), to_base64(signature), to_base64(previous or b"")
        self._write(KeyBody(event, *named, person=person, size=size, root=root.hex()))

    def _head(self) -> tuple[int, bytes]:
        with self._reader() as reader:
            size = reader.head().size
            return size, root_of(size, reader.hashes)

    def _store(self) -> SecretStore:
        store = self._place()
        if isinstance(store, MemoryStore):
            raise SecretUnavailable(
                "The place for secrets keeps nothing when the recorder stops, so that no device key can be made. "
                "Readings are recorded; nobody can sign for them yet."
            )
        return store

    def _told(self) -> _Log:
        with self._reader() as reader:
            first = reader.entries(0, 1)
            if not first:
                raise DamagedLog("the log has no first entry yet")
            try:
                opened = from_json(LogBody, decode_entry(first[0][1]).body)
                keys = device_keys(opened.origin, entries_of(reader, (EntryType.KEY.value,)))
            except (ValueError, LookupError) as error:
                raise DamagedLog(f"what the log says of its device key cannot be read: {error}") from error
        return _Log(keys, opened.device_id)


def key_is_gone(home: Path, place: Callable[[], SecretStore], reader: Callable[[], LogReader]) -> bool:
    """Whether the place of the key, asked once more, surely lacks the key that the log names.

    A place that cannot be opened, or that waits for a person for longer than a moment, does not say so.
    """
    found: list[bool] = []

    def look() -> None:
        try:
            DeviceKey(home, place, reader, _nothing_is_written).get()
        except KeyLost:
            found.append(True)
        except (Fault, OSError) as error:
            log.warning("whether the device key is there cannot be told: %s", error)

    thread = threading.Thread(target=look, name="device-key-again", daemon=True)
    thread.start()
    thread.join(AGAIN_S)
    return bool(found)


def _nothing_is_written(_body: Body) -> tuple[int, Entry]:
    raise SecretUnavailable("The log names no device key yet.")


def _name(device_id: str) -> str:
    return f"device-key-{hashlib.sha256(device_id.encode()).hexdigest()[:16]}"


def _key(store: SecretStore, name: str) -> Ed25519PrivateKey | None:
    secret = store.get(name)
    if secret is None:
        return None
    try:
        return Ed25519PrivateKey.from_private_bytes(b64decode(secret.reveal(), validate=True))
    except ValueError:  # from None: the error may carry the key
        raise SecretUnavailable(f"What {store.description} holds as {name} is no device key.") from None


def _secret(key: Ed25519PrivateKey) -> Secret:
    return Secret(b64encode(key.private_bytes_raw()).decode("ascii"))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
