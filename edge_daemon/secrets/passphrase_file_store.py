# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Secrets in a file that a passphrase opens. Reads and writes that file.

The key is derived by scrypt (RFC 7914) with N = 2^15, r = 8, p = 3 (32 MiB), one of the equal settings of the OWASP
Password Storage Cheat Sheet; the table of secrets is sealed by AES-256-GCM (NIST SP 800-38D) with a new random 96-bit
nonce at each write. The file is JSON: `{"format": "verifield-secrets-1", "salt": …, "nonce": …, "sealed": …}`, binary
in base64. Format and salt are authenticated together with the table.
"""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.secrets import secrets_table
from edge_daemon.secrets.file_lock import FileLock
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private
from edge_daemon.secrets.secret import Secret, checked_name

FORMAT = "verifield-secrets-1"
_SALT_BYTES = 16
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class _Sealed:
    salt: bytes
    nonce: bytes
    sealed: bytes

    @property
    def authenticated(self) -> bytes:
        return FORMAT.encode() + self.salt


class PassphraseFileStore:
    """Keeps secrets in one sealed file, which opens only with the passphrase the person gives at each start."""

    def __init__(self, path: Path, passphrase: Secret) -> None:
        """Use the file at `path`, in a folder that exists. The first secret put creates it.

        Raises:
            SecretUnavailable: the passphrase does not open the file, or the file is damaged or readable by others.
        """
        self._path = path
        self._passphrase = passphrase
        self._key: tuple[bytes, bytes] | None = None  # salt and key: deriving takes a good part of a second
        self._read()

    @property
    def description(self) -> str:
        return f"a file that a passphrase opens ({self._path})"

    def get(self, name: str) -> Secret | None:
        return self._read().get(checked_name(name))

    def put(self, name: str, secret: Secret) -> None:
        self._change(checked_name(name), secret)

    def delete(self, name: str) -> None:
        self._change(checked_name(name), None)

    def _read(self) -> dict[str, Secret]:
        try:
            content = read_private(self._path)
        except NotPrivate as error:
            raise SecretUnavailable(f"{error}.") from error
        except OSError as error:
            raise SecretUnavailable(f"{self._path} cannot be read: {error.strerror or error}.") from error
        return {} if content is None else self._open(_parse(content, self._path))

    def _change(self, name: str, secret: Secret | None) -> None:
        try:
            with FileLock.wait_for(self._path.with_name(self._path.name + ".lock")):
                secrets = self._read()
                if secret is None and name not in secrets:
                    return
                changed = {kept: value for kept, value in secrets.items() if kept != name}
                if secret is not None:
                    changed[name] = secret
                write_private(self._path, self._seal(changed))
        except OSError as error:
            raise SecretUnavailable(f"{self._path} cannot be written: {error.strerror or error}.") from error

    def _open(self, file: _Sealed) -> dict[str, Secret]:
        try:
            table = AESGCM(self._key_for(file.salt)).decrypt(file.nonce, file.sealed, file.authenticated)
        except InvalidTag:
            message = (
                f"The passphrase does not open {self._path}, or the file is damaged. Nothing was changed; try again."
            )
            raise SecretUnavailable(message) from None
        return secrets_table.decode(table, where=str(self._path))

    def _seal(self, secrets: dict[str, Secret]) -> bytes:
        salt = self._key[0] if self._key else os.urandom(_SALT_BYTES)
        unsealed = _Sealed(salt, os.urandom(_NONCE_BYTES), b"")
        sealed = AESGCM(self._key_for(salt)).encrypt(
            unsealed.nonce, secrets_table.encode(secrets), unsealed.authenticated
        )
        binary = {"salt": salt, "nonce": unsealed.nonce, "sealed": sealed}
        return json.dumps({"format": FORMAT} | {k: base64.b64encode(v).decode() for k, v in binary.items()}).encode()

    def _key_for(self, salt: bytes) -> bytes:
        if self._key is None or self._key[0] != salt:
            derived = Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=3).derive(self._passphrase.reveal().encode())
            self._key = (salt, derived)
        return self._key[1]


def _parse(content: bytes, path: Path) -> _Sealed:
    damaged = f"{path} is damaged or of an unknown form. Nothing was changed; put a copy back, or move it away."
    try:
        file = json.loads(content)
        if file["format"] != FORMAT:
            raise SecretUnavailable(damaged)
        salt, nonce, sealed = (base64.b64decode(file[key], validate=True) for key in ("salt", "nonce", "sealed"))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SecretUnavailable(damaged) from error
    if len(salt) != _SALT_BYTES or len(nonce) != _NONCE_BYTES:
        raise SecretUnavailable(damaged)
    return _Sealed(salt, nonce, sealed)
