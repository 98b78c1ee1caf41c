# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What every store does alike, and what the stores in files guard against."""

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput, SecretUnavailable
from edge_daemon.secrets import private_file
from edge_daemon.secrets.credential_store import CredentialStore
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.secrets.passphrase_file_store import PassphraseFileStore
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.service_file_store import ServiceFileStore
from edge_daemon.secrets.store import SecretStore
from tests.support.processes import running

PLANTED = "pl4nted-s3cret"
PASSPHRASE = Secret("correct horse")

Opener = Callable[[], SecretStore]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=["service file", "passphrase file"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    if request.param == "service file":
        return lambda: ServiceFileStore(tmp_path / "own")
    return lambda: PassphraseFileStore(tmp_path / "sealed", PASSPHRASE)


def content_file(folder: Path) -> Path:
    return next(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")


def test_a_secret_outlives_the_program(reopen: Opener) -> None:
    reopen().put("broker", Secret(PLANTED))
    reopen().put("other", Secret("ünïcode\nlines"))
    store = reopen()
    assert store.get("broker") == Secret(PLANTED)
    assert store.get("other") == Secret("ünïcode\nlines")
    assert store.get("missing") is None


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_put_replaces_and_delete_forgets(kind: str, reopen: Opener) -> None:
    store = MemoryStore() if kind == "memory" else reopen()
    store.put("broker", Secret("old"))
    store.put("kept", Secret("kept"))
    store.put("broker", Secret("new"))
    assert store.get("broker") == Secret("new")
    store.delete("broker")
    store.delete("broker")
    assert store.get("broker") is None
    assert store.get("kept") == Secret("kept")


def test_names_are_checked_everywhere(reopen: Opener, tmp_path: Path) -> None:
    for store in (MemoryStore(), reopen(), CredentialStore(tmp_path)):
        for attempt in (store.get, store.delete, lambda name, store=store: store.put(name, Secret("x"))):
            with pytest.raises(BadInput):
                attempt("../escape")


def test_files_are_the_owners_alone(reopen: Opener, tmp_path: Path) -> None:
    reopen().put("broker", Secret(PLANTED))
    assert {mode(path) for path in tmp_path.rglob("*") if path.is_file()} == {0o600}
    if (tmp_path / "own").exists():
        assert mode(tmp_path / "own") == 0o700
    assert not list(tmp_path.rglob("*.new"))


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o666])
def test_a_file_others_can_get_at_is_refused(bits: int, reopen: Opener, tmp_path: Path) -> None:
    store = reopen()
    store.put("broker", Secret(PLANTED))
    content_file(tmp_path).chmod(bits)
    for attempt in (reopen, lambda: store.get("broker"), lambda: store.put("broker", Secret("x"))):
        with pytest.raises(SecretUnavailable, match="other accounts can get at") as caught:
            attempt()
        assert PLANTED not in str(caught.value)


def test_a_link_is_refused(reopen: Opener, tmp_path: Path) -> None:
    reopen().put("broker", Secret(PLANTED))
    file = content_file(tmp_path)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SecretUnavailable, match="is a link"):
        reopen()


def test_another_accounts_file_is_refused(reopen: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reopen().put("broker", Secret(PLANTED))
    monkeypatch.setattr(os, "geteuid", lambda: content_file(tmp_path).stat().st_uid + 1)
    with pytest.raises(SecretUnavailable, match="belongs to another account"):
        reopen()


def test_a_folder_others_can_look_into_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own").chmod(0o750)
    with pytest.raises(SecretUnavailable, match="chmod 700"):
        ServiceFileStore(tmp_path / "own")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"broker": 1}', b'{"broker": ""}', b"\xff", b"[" * 100_000])
def test_a_damaged_file_is_refused_and_kept(damage: bytes, reopen: Opener, tmp_path: Path) -> None:
    store = reopen()
    store.put("broker", Secret(PLANTED))
    file = content_file(tmp_path)
    file.write_bytes(damage)
    with pytest.raises(SecretUnavailable, match="damaged"):
        store.put("broker", Secret("x"))
    assert file.read_bytes() == damage


def test_a_failed_write_keeps_the_old_secrets(reopen: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = reopen()
    store.put("broker", Secret("old"))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SecretUnavailable, match="No space left"):
            store.put("broker", Secret("new"))
    assert reopen().get("broker") == Secret("old")
    assert not list(tmp_path.rglob("*.new"))


def test_what_a_crash_left_half_written_is_no_obstacle(reopen: Opener, tmp_path: Path) -> None:
    reopen().put("broker", Secret("old"))
    file = content_file(tmp_path)
    file.with_name(file.name + ".new").write_bytes(b"half")
    reopen().put("broker", Secret("new"))
    assert reopen().get("broker") == Secret("new")


PUT_MANY = """
import sys
from pathlib import Path
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.service_file_store import ServiceFileStore
for number in range(20):
    ServiceFileStore(Path(sys.argv[1])).put(f"{sys.argv[2]}-{number}", Secret("x"))
"""


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, "-c", PUT_MANY, tmp_path / "own"]
    root = {"PYTHONPATH": str(Path(private_file.__file__).parents[2])}
    with (
        running([*command, "daemon"], output=tmp_path / "daemon.txt", environment=root) as daemon,
        running([*command, "sync"], output=tmp_path / "sync.txt", environment=root) as sync,
    ):
        assert (daemon.wait(), sync.wait()) == (0, 0), daemon.said() + sync.said()
    assert len(json.loads((tmp_path / "own" / "secrets.json").read_bytes())) == 40


class TestPassphraseFile:
    def test_holds_nothing_in_clear(self, tmp_path: Path) -> None:
        PassphraseFileStore(tmp_path / "sealed", PASSPHRASE).put("broker", Secret(PLANTED))
        content = (tmp_path / "sealed").read_bytes()
        assert not [text for text in (PLANTED, "broker", PASSPHRASE.reveal()) if text.encode() in content]

    def test_opens_with_no_other_passphrase(self, tmp_path: Path) -> None:
        PassphraseFileStore(tmp_path / "sealed", PASSPHRASE).put("broker", Secret(PLANTED))
        with pytest.raises(SecretUnavailable, match="does not open") as caught:
            PassphraseFileStore(tmp_path / "sealed", Secret("wrong horse"))
        assert "wrong horse" not in str(caught.value)

    def test_never_seals_twice_alike(self, tmp_path: Path) -> None:
        store = PassphraseFileStore(tmp_path / "sealed", PASSPHRASE)
        store.put("broker", Secret(PLANTED))
        first = json.loads((tmp_path / "sealed").read_bytes())
        store.put("broker", Secret(PLANTED))
        second = json.loads((tmp_path / "sealed").read_bytes())
        assert first["nonce"] != second["nonce"]
        assert first["sealed"] != second["sealed"]

    @pytest.mark.parametrize("field", ["format", "salt", "nonce", "sealed"])
    def test_notices_every_change(self, field: str, tmp_path: Path) -> None:
        PassphraseFileStore(tmp_path / "sealed", PASSPHRASE).put("broker", Secret(PLANTED))
        file = json.loads((tmp_path / "sealed").read_bytes())
        file[field] = ("B" if file[field][0] == "A" else "A") + file[field][1:]
        (tmp_path / "sealed").write_text(json.dumps(file))
        with pytest.raises(SecretUnavailable):
            PassphraseFileStore(tmp_path / "sealed", PASSPHRASE)


class TestCredentials:
    def test_reads_what_systemd_hands_over(self, tmp_path: Path) -> None:
        (tmp_path / "broker").write_text(PLANTED + "\n")
        (tmp_path / "lines").write_text("a\nb\n\n")
        store = CredentialStore(tmp_path)
        assert store.get("broker") == Secret(PLANTED)
        assert store.get("lines") == Secret("a\nb\n")
        assert store.get("missing") is None

    def test_changes_nothing_and_says_who_can(self, tmp_path: Path) -> None:
        (tmp_path / "broker").write_text(PLANTED)
        store = CredentialStore(tmp_path)
        store.delete("missing")
        with pytest.raises(SecretUnavailable, match="LoadCredentialEncrypted=broker"):
            store.put("broker", Secret("new"))
        with pytest.raises(SecretUnavailable, match="LoadCredentialEncrypted=broker"):
            store.delete("broker")
        assert (tmp_path / "broker").read_text() == PLANTED

    def test_content_that_is_no_text_is_named_not_shown(self, tmp_path: Path) -> None:
        (tmp_path / "broker").write_bytes(PLANTED.encode() + b"\xff")
        with pytest.raises(SecretUnavailable, match="not UTF-8") as caught:
            CredentialStore(tmp_path).get("broker")
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize("folder", [Path("relative"), Path()])
    def test_needs_its_folder(self, folder: Path, tmp_path: Path) -> None:
        for missing in (folder, tmp_path / "missing"):
            with pytest.raises(SecretUnavailable, match="not there"):
                CredentialStore(missing)
