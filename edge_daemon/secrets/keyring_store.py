# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Secrets in the system's keyring: Secret Service, Windows Credential Manager, macOS Keychain. Talks to that service.

Only these three are used, by class. Any other backend of the `keyring` library may be installed on a machine by chance,
and may ask on a terminal or write plain text.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import keyring.errors
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, Windows, macOS

from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.secrets.secret import Secret, checked_name

_KNOWN: dict[type[KeyringBackend], str] = {
    SecretService.Keyring: "the desktop's keyring (Secret Service)",
    Windows.WinVaultKeyring: "the Windows Credential Manager",
    macOS.Keyring: "the macOS Keychain",
}


def system_backend() -> KeyringBackend:
    """The backend of this platform, whatever else is installed or configured for the `keyring` library."""
    if sys.platform == "win32":
        return Windows.WinVaultKeyring()
    if sys.platform == "darwin":
        return macOS.Keyring()
    return SecretService.Keyring()  # type: ignore[no-untyped-call]  # the library leaves its constructors untyped


class KeyringStore:
    """Keeps secrets in the keyring, apart for each home.

    A locked keyring may ask the person to unlock it; a call waits for the answer.
    """

    def __init__(self, home_id: str, backend: KeyringBackend) -> None:
        """Use `backend` for the home of this id.

        Raises:
            SecretUnavailable: the backend is not one of the three, or its service is not there.
        """
        if type(backend) not in _KNOWN:
            kind = f"{type(backend).__module__}.{type(backend).__qualname__}"
            raise SecretUnavailable(f"The keyring {kind} is not known to keep secrets encrypted, and is not used.")
        self._backend = backend
        self._service = f"Verifield {home_id}"
        self._check_present()

    @property
    def description(self) -> str:
        return f"{_KNOWN[type(self._backend)]}, under {self._service!r}"

    def get(self, name: str) -> Secret | None:
        with self._named_errors("read"):
            text = self._backend.get_password(self._service, checked_name(name))
        return Secret(text) if text else None

    def put(self, name: str, secret: Secret) -> None:
        with self._named_errors("written"):
            self._backend.set_password(self._service, checked_name(name), secret.reveal())

    def delete(self, name: str) -> None:
        if self.get(name) is None:
            return
        with self._named_errors("changed"):
            self._backend.delete_password(self._service, name)

    def _check_present(self) -> None:
        try:
            with self._named_errors("reached"):
                _ = type(self._backend).priority  # it asks the service whether it is there
        except RuntimeError as error:
            raise SecretUnavailable(f"There is no keyring service here: {error}.") from error

    @contextmanager
    def _named_errors(self, done: str) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError:  # from None: it carries the secret's bytes
            raise SecretUnavailable(f"What {_KNOWN[type(self._backend)]} holds is not text.") from None
        except _service_errors() as error:
            place = _KNOWN[type(self._backend)]
            raise SecretUnavailable(f"{place} could not be {done} ({type(error).__name__}).") from error


def _service_errors() -> tuple[type[Exception], ...]:
    """What the backend of this platform is known to raise when its service is away, locked or refuses."""
    common = (keyring.errors.KeyringError, OSError)
    if sys.platform == "win32":
        from win32ctypes.pywin32 import pywintypes

        return (*common, pywintypes.error)
    if sys.platform == "darwin":
        return common
    import jeepney  # type: ignore[import-untyped]  # ships no types
    import secretstorage.exceptions

    return (*common, secretstorage.exceptions.SecretStorageException, jeepney.DBusErrorResponse)
