# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Device key and checkpoints over a real log file: made, kept, rotated, lost, pending, never two pasts."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.buffer.checkpoint_files import CheckpointFiles
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.faults import DamagedLog, SecretUnavailable
from edge_daemon.domain.station import Station
from edge_daemon.log.bodies import LogBody, NoteBody, from_json
from edge_daemon.log.checkpoint import Checkpoint, sign_checkpoint
from edge_daemon.log.device_keys import DeviceKeys, device_keys
from edge_daemon.log.entry import EntryType, Stamp, decode_entry
from edge_daemon.log.signed_note import signer_of
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.service_file_store import ServiceFileStore
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.checkpoints import CheckpointDesk
from edge_daemon.station.device_key import DeviceKey, KeyLost, key_is_gone
from edge_daemon.station.entries import entries_of
from edge_daemon.station.journal import Journal, record_of
from edge_daemon.station.lost_key import lost_key
from edge_daemon.station.opening import Surroundings, open_log
from edge_daemon.station.witness import HeadWitness
from tests.support.log_files import ORIGIN, T0, execute
from tests.support.waiting import wait_until


@dataclass
class Desk:
    """A log that is being written, and the desk that signs for it."""

    home: Path
    writer: LogWriter
    journal: Journal
    key: DeviceKey
    desk: CheckpointDesk

    def note(self) -> int:
        return self.journal.write(NoteBody("n", "2026-11-23T08:00:00.000000000Z", "Ana"))[0]

    def keys(self) -> DeviceKeys:
        with LogReader(self.home / "buffer.sqlite3") as reader:
            return device_keys(ORIGIN, entries_of(reader, (EntryType.KEY.value,)))

    def events(self) -> list[object]:
        with LogReader(self.home / "buffer.sqlite3") as reader:
            return [entry.body["event"] for _, entry in entries_of(reader, (EntryType.KEY.value,))]


def store_in(folder: Path) -> Callable[[], SecretStore]:
    return lambda: ServiceFileStore(folder / "secrets")


@contextmanager
def desk(tmp_path: Path, place: Callable[[], SecretStore] | None = None) -> Iterator[Desk]:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    path = home / "buffer.sqlite3"
    if path.exists():
        writer = LogWriter.open(path)
    else:
        first = record_of(LogBody(ORIGIN, "station-1", "P1", "1", "m", False), Stamp(T0, 1, bytes(16)))
        writer = LogWriter.create(path, ORIGIN, [first])
    with writer:
        journal = Journal(writer, lambda: Stamp(T0, 2, bytes(16)))
        key = DeviceKey(home, place or store_in(tmp_path), lambda: LogReader(path), journal.write)
        files = CheckpointFiles(home / "checkpoints")
        yield Desk(home, writer, journal, key, CheckpointDesk(files, lambda: LogReader(path), key.get, lambda: 0))


def test_the_first_checkpoint_makes_the_key_and_names_it_in_the_log(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        kept = here.desk.make()
        head = here.writer.head()
        assert (kept.signed.checkpoint.size, kept.signed.checkpoint.root) == (head.size, head.root)
        key = here.keys().in_force(head.size)
        assert key is not None
        assert signer_of(kept.signed.note, [key]) == key
        assert here.events() == ["made"]
        assert here.desk.make() == kept, "nothing was added since"
        here.note()
        assert here.desk.make().signed.checkpoint.size == head.size + 1
        assert here.desk.files.sizes(ORIGIN) == [head.size, head.size + 1]
        first_key = here.keys().latest
    with desk(tmp_path) as again:
        assert again.key.get().public_key().public_bytes_raw() == first_key
        assert again.events() == ["made"]


def test_a_rotation_is_signed_by_the_old_key_and_each_checkpoint_by_the_key_in_force(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        before = here.desk.make().signed
        here.key.rotate("Ana")
        after = here.desk.make().signed
        keys = here.keys()
        assert here.events() == ["made", "rotated"]
        old, new = keys.in_force(before.checkpoint.size), keys.in_force(after.checkpoint.size)
        assert old is not None
        assert new is not None
        assert old != new
        assert (signer_of(before.note, [old]), signer_of(after.note, [new])) == (old, new)
    with desk(tmp_path) as again:
        assert again.key.get().public_key().public_bytes_raw() == new.public


def test_what_is_signed_about_a_key_names_the_log_before_it(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        before = here.desk.make().signed.checkpoint
        here.key.rotate("Ana")
        made, rotated = here.keys().named
        assert made.signed is not None
        assert made.signed[0] == made.index, "nothing was written between"
        assert rotated.signed == (before.size, before.root)


class Crash(Exception):
    """The power goes."""


@pytest.mark.parametrize("step", ["before the entry", "after the entry"])
def test_a_rotation_cut_short_ends_with_one_key_that_the_log_names(tmp_path: Path, step: str) -> None:
    with desk(tmp_path) as here:
        here.desk.make()

        def cut(*order: object) -> object:
            if step == "after the entry":
                here.journal.write(*order)  # type: ignore[arg-type]  # handed through
            raise Crash

        dying = DeviceKey(here.home, store_in(tmp_path), lambda: LogReader(here.home / "buffer.sqlite3"), cut)  # type: ignore[arg-type]  # it never returns
        with pytest.raises(Crash):
            dying.rotate("Ana")
    with desk(tmp_path) as again:
        key = again.key.get().public_key().public_bytes_raw()
        assert again.keys().latest == key
        assert again.events() == (["made", "rotated"] if step == "after the entry" else ["made"])
        again.note()
        again.key.rotate("Ana")
        assert again.events()[-1] == "rotated"


def test_without_a_place_for_the_key_checkpoints_wait_and_say_why(tmp_path: Path) -> None:
    open_now = False

    def locked() -> SecretStore:
        if not open_now:
            raise SecretUnavailable("the keyring is locked")
        return ServiceFileStore(tmp_path / "secrets")

    with desk(tmp_path, locked) as here:
        with pytest.raises(SecretUnavailable):
            here.desk.make()
        fault = here.desk.fault()
        assert fault is not None
        assert "locked" in str(fault)
        here.note()
        open_now = True
        assert here.desk.make().signed.checkpoint.size == here.writer.head().size
        assert here.desk.fault() is None


def test_a_place_that_keeps_nothing_makes_no_key(tmp_path: Path) -> None:
    with desk(tmp_path, MemoryStore) as here:
        with pytest.raises(SecretUnavailable, match="no device key"):
            here.desk.make()
        assert here.events() == []


def test_a_lost_key_closes_the_log_at_the_next_start_and_the_new_one_names_it(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        here.desk.make()
        old = here.keys().latest
    with desk(tmp_path, lambda: ServiceFileStore(tmp_path / "other")) as bereft:
        with pytest.raises(KeyLost):
            bereft.desk.make()
        assert isinstance(bereft.desk.fault(), KeyLost)
        home, head = bereft.home, bereft.writer.head()
        assert lost_key(home) == ORIGIN
    around = Surroundings(home, home / "buffer.sqlite3", home / "closed", "m", "1", False,
                          lambda: Stamp(T0, 1, bytes(16)), HeadWitness(tmp_path / "heads"))  # fmt: skip
    opened = open_log(around, Station("x", "P1"))
    with opened.writer as writer, LogReader(home / "buffer.sqlite3") as reader:
        first = from_json(LogBody, decode_entry(reader.entries(0, 1)[0][1]).body)
        assert first.predecessor is not None
        assert (first.predecessor.origin, first.predecessor.size) == (ORIGIN, head.size)
        assert "key" in first.predecessor.cause
        journal = Journal(writer, lambda: Stamp(T0, 2, bytes(16)))
        key = DeviceKey(
            home,
            lambda: ServiceFileStore(tmp_path / "other"),
            lambda: LogReader(home / "buffer.sqlite3"),
            journal.write,
        )
        assert key.get().public_key().public_bytes_raw() != old


def test_a_key_that_comes_back_leaves_the_log_open(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        here.desk.make()
    with desk(tmp_path, lambda: ServiceFileStore(tmp_path / "other")) as bereft, pytest.raises(KeyLost):
        bereft.desk.make()
    with desk(tmp_path) as again:
        again.desk.make()
        assert lost_key(again.home) == ""


def test_a_missed_key_is_looked_for_once_more(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        here.desk.make()
    other = partial(ServiceFileStore, tmp_path / "other")
    with desk(tmp_path, other) as bereft, pytest.raises(KeyLost):
        bereft.desk.make()
    home = tmp_path / "home"

    def reader() -> LogReader:
        return LogReader(home / "buffer.sqlite3")

    def locked() -> SecretStore:
        raise SecretUnavailable("The keyring is locked.")

    assert key_is_gone(home, other, reader)
    assert not key_is_gone(home, locked, reader), "a place that does not answer says nothing"
    assert lost_key(home) == ORIGIN
    assert not key_is_gone(home, store_in(tmp_path), reader)
    assert lost_key(home) == "", "it is there after all"


def test_nothing_is_signed_that_does_not_go_on_from_the_last_checkpoint(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        here.note()
        here.desk.make()
        here.note()
    # Someone alters the leaf hash of an entry that was signed.
    execute(tmp_path / "home" / "buffer.sqlite3", "UPDATE tree_hash SET hash = ? WHERE position = 0", bytes(32))
    execute(tmp_path / "home" / "buffer.sqlite3", "UPDATE tree_hash SET hash = ? WHERE position = 2", bytes(32))
    path = tmp_path / "home" / "buffer.sqlite3"
    key = Ed25519PrivateKey.generate()
    signing = CheckpointDesk(
        CheckpointFiles(tmp_path / "home" / "checkpoints"), lambda: LogReader(path), lambda: key, lambda: 0
    )
    with pytest.raises(DamagedLog, match="not those that were signed"):
        signing.make()


def test_one_size_never_has_two_roots(tmp_path: Path) -> None:
    files = CheckpointFiles(tmp_path)
    key = Ed25519PrivateKey.generate()
    kept = files.keep(sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)), key))
    assert files.keep(sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)), key)) == kept
    with pytest.raises(DamagedLog, match="another root"):
        files.keep(sign_checkpoint(Checkpoint(ORIGIN, 7, b"x" * 32), key))
    assert files.newest(ORIGIN) == kept


def test_the_key_is_in_no_file_of_the_home(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        here.desk.make()
        secret = json.loads((tmp_path / "secrets" / "secrets.json").read_text())
        (text,) = secret.values()
    for file in (tmp_path / "home").rglob("*"):
        assert not file.is_file() or text.encode() not in file.read_bytes()
    assert repr(Secret(text)) == "Secret(hidden)"


def test_the_thread_signs_by_itself_and_again_when_an_hour_has_passed(tmp_path: Path) -> None:
    boot_us = 0
    with desk(tmp_path) as here:
        signing = CheckpointDesk(
            here.desk.files, lambda: LogReader(here.home / "buffer.sqlite3"), here.key.get, lambda: boot_us
        )
        signing.start()
        wait_until(lambda: here.desk.files.sizes(ORIGIN), seconds=60, what="the first checkpoint")
        here.note()
        boot_us = 3_601_000_000
        wait_until(lambda: len(here.desk.files.sizes(ORIGIN)) == 2, seconds=60, what="the next checkpoint")
        signing.stop()


def test_damage_where_the_log_names_its_key_is_told_and_ends_no_thread(tmp_path: Path) -> None:
    with desk(tmp_path) as here:
        here.desk.make()
        execute(here.home / "buffer.sqlite3", "UPDATE entry SET bytes = 'x' WHERE idx = 1")
        with pytest.raises(DamagedLog, match="device key"):
            here.desk.make()
        assert isinstance(here.desk.fault(), DamagedLog)
