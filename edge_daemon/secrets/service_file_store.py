# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Secrets in a file that only the service's own account can read. Reads and writes that file.

The file is not encrypted: the service must be able to start with nobody there, so a key would have to lie beside it.
What guards it is the account, which nobody logs in to; and it lies outside the home, which people copy and hand on.
"""

from pathlib import Path

from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.secrets import secrets_table
from edge_daemon.secrets.file_lock import FileLock
from edge_daemon.secrets.private_file import NotPrivate, make_private_folder, read_private, write_private
from edge_daemon.secrets.secret import Secret, checked_name


class ServiceFileStore:
    """Keeps secrets in `folder/secrets.json`, mode 0600 in a folder of mode 0700, both owned by the running account."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is created where it is missing.

        Raises:
            SecretUnavailable: it cannot be made, or other accounts can get at it or at the file in it.
        """
        self._folder = folder
        self._path = folder / "secrets.json"
        self._read()

    @property
    def description(self) -> str:
        return f"a file that only the service's own account can read ({self._path})"

    def get(self, name: str) -> Secret | None:
        return self._read().get(checked_name(name))

    def put(self, name: str, secret: Secret) -> None:
        self._change(checked_name(name), secret)

    def delete(self, name: str) -> None:
        self._change(checked_name(name), None)

    def _read(self) -> dict[str, Secret]:
        try:
            make_private_folder(self._folder)
            content = read_private(self._path)
        except NotPrivate as error:
            raise SecretUnavailable(f"{error}.") from error
        except OSError as error:
            raise SecretUnavailable(f"{self._path} cannot be read: {error.strerror or error}.") from error
        return {} if content is None else secrets_table.decode(content, where=str(self._path))

    def _change(self, name: str, secret: Secret | None) -> None:
        try:
            with FileLock.wait_for(self._folder / "secrets.lock"):
                secrets = self._read()
                if secret is None and name not in secrets:
                    return
                changed = {kept: value for kept, value in secrets.items() if kept != name}
                if secret is not None:
                    changed[name] = secret
                write_private(self._path, secrets_table.encode(changed))
        except OSError as error:
            raise SecretUnavailable(f"{self._path} cannot be written: {error.strerror or error}.") from error
