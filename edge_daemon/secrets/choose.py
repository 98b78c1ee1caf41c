# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which place keeps the secrets, by mode and by what the person chose. Looks at the system; opens the place."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from edge_daemon.domain.faults import BadInput, SecretUnavailable
from edge_daemon.secrets.credential_store import CredentialStore
from edge_daemon.secrets.home_id import home_id
from edge_daemon.secrets.keyring_store import KeyringStore, system_backend
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.secrets.passphrase_file_store import PassphraseFileStore
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.service_file_store import ServiceFileStore
from edge_daemon.secrets.store import SecretStore

SEALED_FILE = "secrets.sealed"
CREDENTIALS = "CREDENTIALS_DIRECTORY"

ALTERNATIVES = (
    "Unlock the keyring (log in to the desktop), or choose another place for secrets: 'file' (a file in the data "
    "folder that a passphrase of yours opens) or 'memory' (kept nowhere; you are asked at each start)."
)


class Mode(StrEnum):
    """Who runs the recorder: the person's own account, or a service with an account of its own."""

    USER = "user"
    INSTALLED = "installed"


class Choice(StrEnum):
    """A place for secrets that a person can ask for by name."""

    KEYRING = "keyring"
    FILE = "file"
    MEMORY = "memory"
    CREDENTIAL = "credential"
    ACCOUNT_FILE = "account_file"


def choose_store(
    mode: Mode,
    choice: Choice | None,
    *,
    home: Path,
    environment: Mapping[str, str],
    passphrase: Secret | None = None,
) -> SecretStore:
    """The place for this home's secrets. Never a weaker one than asked for, and never a silent substitute.

    Args:
        mode: who runs the recorder.
        choice: what the person chose; None where nobody chose. Then user mode means the keyring; installed mode means
            the Credential Manager on Windows (DPAPI under the service's account), elsewhere systemd's credentials where
            the unit hands some over, and otherwise a file of the service's account in `service_folder(home)`.
        home: the home folder, which must exist.
        environment: the process's environment variables.
        passphrase: for `Choice.FILE`, from standard input or a prompt.

    Raises:
        SecretUnavailable: that place cannot be used. In user mode the text names the alternatives.
        BadInput: the choice is not possible in this mode.
    """
    wanted = choice or _usual(mode, environment)
    if mode is Mode.USER and wanted in {Choice.CREDENTIAL, Choice.ACCOUNT_FILE}:
        raise BadInput("place for secrets", wanted.value, "outside an installed service choose keyring, file or memory")
    match wanted:
        case Choice.KEYRING:
            return _keyring(mode, home)
        case Choice.FILE:
            if passphrase is None:
                raise SecretUnavailable("The file with the secrets needs its passphrase, and none was given.")
            return PassphraseFileStore(home / SEALED_FILE, passphrase)
        case Choice.MEMORY:
            return MemoryStore()
        case Choice.CREDENTIAL:
            return CredentialStore(Path(environment.get(CREDENTIALS, "")))
        case Choice.ACCOUNT_FILE:
            return ServiceFileStore(service_folder(home))


def service_folder(home: Path) -> Path:
    """Where a service's secrets lie: beside the home, never in it, because homes are copied and handed on."""
    return home.with_name(f"{home.name}-secrets")


def _usual(mode: Mode, environment: Mapping[str, str]) -> Choice:
    if mode is Mode.USER or sys.platform == "win32":
        return Choice.KEYRING
    return Choice.CREDENTIAL if environment.get(CREDENTIALS) else Choice.ACCOUNT_FILE


def _keyring(mode: Mode, home: Path) -> SecretStore:
    try:
        return KeyringStore(home_id(home), system_backend())
    except SecretUnavailable as error:
        if mode is Mode.USER:
            raise SecretUnavailable(f"{error} {ALTERNATIVES}") from error
        raise
