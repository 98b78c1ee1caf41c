# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which place is used when, and that the home holds no secret in clear afterwards."""

from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput, SecretUnavailable
from edge_daemon.secrets.choose import Choice, Mode, choose_store, service_folder
from edge_daemon.secrets.credential_store import CredentialStore
from edge_daemon.secrets.home_id import home_id
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.secrets.passphrase_file_store import PassphraseFileStore
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.service_file_store import ServiceFileStore

PLANTED = "pl4nted-s3cret"
PASSPHRASE = Secret("correct horse")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    (tmp_path / "home").mkdir(mode=0o700)
    return tmp_path / "home"


def test_without_a_keyring_user_mode_states_the_alternatives(home: Path) -> None:
    for choice in (None, Choice.KEYRING):
        with pytest.raises(SecretUnavailable, match=r"no keyring.*'file'.*'memory'|could not be.*'file'.*'memory'"):
            choose_store(Mode.USER, choice, home=home, environment={}, passphrase=PASSPHRASE)


def test_a_stated_choice_is_followed(home: Path) -> None:
    file = choose_store(Mode.USER, Choice.FILE, home=home, environment={}, passphrase=PASSPHRASE)
    assert isinstance(file, PassphraseFileStore)
    assert isinstance(choose_store(Mode.USER, Choice.MEMORY, home=home, environment={}), MemoryStore)


def test_the_file_needs_its_passphrase(home: Path) -> None:
    with pytest.raises(SecretUnavailable, match="passphrase"):
        choose_store(Mode.USER, Choice.FILE, home=home, environment={})


@pytest.mark.parametrize("choice", [Choice.CREDENTIAL, Choice.ACCOUNT_FILE])
def test_a_persons_own_account_gets_no_unencrypted_file(choice: Choice, home: Path) -> None:
    with pytest.raises(BadInput, match="keyring, file or memory"):
        choose_store(Mode.USER, choice, home=home, environment={})


def test_a_service_uses_credentials_or_its_own_file(home: Path) -> None:
    environment = {"CREDENTIALS_DIRECTORY": str(home.parent)}
    assert isinstance(choose_store(Mode.INSTALLED, None, home=home, environment=environment), CredentialStore)
    own = choose_store(Mode.INSTALLED, Choice.ACCOUNT_FILE, home=home, environment=environment)
    assert isinstance(own, ServiceFileStore)
    assert isinstance(choose_store(Mode.INSTALLED, None, home=home, environment={}), ServiceFileStore)
    with pytest.raises(SecretUnavailable, match="not there"):
        choose_store(Mode.INSTALLED, Choice.CREDENTIAL, home=home, environment={})


@pytest.mark.parametrize(
    ("mode", "choice"), [(Mode.USER, Choice.FILE), (Mode.USER, Choice.MEMORY), (Mode.INSTALLED, Choice.ACCOUNT_FILE)]
)
def test_the_home_holds_nothing_in_clear(mode: Mode, choice: Choice, home: Path) -> None:
    store = choose_store(mode, choice, home=home, environment={}, passphrase=PASSPHRASE)
    store.put("broker", Secret(PLANTED))
    store.put("broker", Secret(PLANTED + "2"))
    assert store.get("broker") == Secret(PLANTED + "2")
    assert PLANTED not in store.description
    found = [path for path in home.rglob("*") if path.is_file() and PLANTED.encode() in path.read_bytes()]
    assert found == []
    assert home not in service_folder(home).parents


def test_a_home_keeps_its_id(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert home_id(home) == home_id(home)
    assert home_id(home) != home_id(other)


def test_a_damaged_id_is_never_replaced(home: Path) -> None:
    home_id(home)
    (home / "home-id").write_bytes(b"short\n")
    with pytest.raises(SecretUnavailable, match="damaged"):
        home_id(home)
    assert (home / "home-id").read_bytes() == b"short\n"
