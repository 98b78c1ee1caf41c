# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Only known keyrings are used, and whatever goes wrong in one is named. The real service: tests/integration."""

from types import SimpleNamespace

import keyring.errors
import pytest
import secretstorage
import secretstorage.exceptions
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, fail, null

from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.secrets.keyring_store import KeyringStore, system_backend
from edge_daemon.secrets.secret import Secret

PLANTED = "pl4nted-s3cret"


class InHandKeyring(SecretService.Keyring):
    """A keyring that came with something else: a kind of a known one, which is not a known one."""

    priority = 9


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """The Secret Service backend with its calls answered from a table."""
    kept: dict[tuple[str, str], str] = {}
    kind = SecretService.Keyring
    monkeypatch.setattr(secretstorage, "dbus_init", lambda: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(secretstorage, "check_service_availability", lambda _connection: True)
    monkeypatch.setattr(kind, "get_password", lambda self, service, name: kept.get((service, name)))
    monkeypatch.setattr(kind, "set_password", lambda self, service, name, text: kept.update({(service, name): text}))
    monkeypatch.setattr(kind, "delete_password", lambda self, service, name: kept.pop((service, name)))
    return kept


@pytest.mark.parametrize("kind", [fail.Keyring, null.Keyring, InHandKeyring])
def test_any_other_backend_is_refused(kind: type[KeyringBackend]) -> None:
    with pytest.raises(SecretUnavailable, match="not known to keep secrets encrypted"):
        KeyringStore("h1", kind())


def test_what_the_library_is_configured_for_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert type(system_backend()) is SecretService.Keyring


def test_two_homes_do_not_collide(vault: dict[tuple[str, str], str]) -> None:
    first, second = (KeyringStore(home_id, system_backend()) for home_id in ("h1", "h2"))
    first.put("broker", Secret("one"))
    second.put("broker", Secret("two"))
    assert (first.get("broker"), second.get("broker")) == (Secret("one"), Secret("two"))
    first.delete("broker")
    first.delete("broker")
    assert (first.get("broker"), second.get("broker")) == (None, Secret("two"))


@pytest.mark.parametrize(
    "error",
    [
        keyring.errors.InitError("x"),
        keyring.errors.KeyringLocked("x"),
        keyring.errors.NoKeyringError("x"),
        keyring.errors.PasswordSetError("x"),
        secretstorage.exceptions.PromptDismissedException("x"),
        secretstorage.exceptions.LockedException("x"),
        ConnectionResetError("x"),
        TimeoutError("x"),
    ],
)
def test_every_trouble_is_named(
    error: Exception, vault: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = KeyringStore("h1", system_backend())
    store.put("broker", Secret(PLANTED))

    def trouble(*_arguments: str) -> None:
        raise error

    monkeypatch.setattr(SecretService.Keyring, "delete_password", trouble)
    with pytest.raises(SecretUnavailable, match=type(error).__name__):
        store.delete("broker")
    monkeypatch.setattr(SecretService.Keyring, "get_password", trouble)
    monkeypatch.setattr(SecretService.Keyring, "set_password", trouble)
    with pytest.raises(SecretUnavailable, match=type(error).__name__):
        store.get("broker")
    with pytest.raises(SecretUnavailable, match=type(error).__name__) as caught:
        store.put("broker", Secret(PLANTED))
    assert PLANTED not in str(caught.value)


def test_content_that_is_no_text_is_named_not_shown(
    vault: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SecretService.Keyring, "get_password", lambda *_: (PLANTED.encode() + b"\xff").decode())
    with pytest.raises(SecretUnavailable, match="not text") as caught:
        KeyringStore("h1", system_backend()).get("broker")
    assert caught.value.__cause__ is None


def test_a_bug_is_not_hidden(vault: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SecretService.Keyring, "get_password", lambda *_: vault["a", "b"])
    with pytest.raises(KeyError):
        KeyringStore("h1", system_backend()).get("broker")
