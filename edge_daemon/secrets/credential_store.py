# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Secrets that systemd hands to the service (systemd.exec(5), "Credentials"). Reads files."""

from pathlib import Path
from typing import NoReturn

from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.secrets.secret import Secret, checked_name

LARGEST_BYTES = 1 << 20  # systemd's own limit for all credentials of a service together


class CredentialStore:
    """One file a secret in `$CREDENTIALS_DIRECTORY`, which only this service can read and nobody can write.

    Modes are not checked: systemd grants access through access lists, which show up as permissions of a group.
    """

    def __init__(self, folder: Path) -> None:
        """Read from `folder`.

        Raises:
            SecretUnavailable: it is not an absolute path of a folder.
        """
        if not folder.is_absolute() or not folder.is_dir():
            raise SecretUnavailable(f"The service's credential folder {str(folder)!r} is not there.")
        self._folder = folder

    @property
    def description(self) -> str:
        return "the credentials that systemd hands to the service (read only)"

    def get(self, name: str) -> Secret | None:
        """The credential of this name, without one line break at its end, which editors add."""
        try:
            with (self._folder / checked_name(name)).open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
            text = content.decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:  # from None: it carries the secret's bytes
            raise SecretUnavailable(f"The credential {name!r} is not UTF-8 text.") from None
        except OSError as error:
            raise SecretUnavailable(f"The credential {name!r} cannot be read: {error.strerror}.") from error
        if len(content) > LARGEST_BYTES:
            raise SecretUnavailable(f"The credential {name!r} is larger than {LARGEST_BYTES} bytes.")
        text = text.removesuffix("\n").removesuffix("\r")
        return Secret(text) if text else None

    def put(self, name: str, secret: Secret) -> NoReturn:  # noqa: ARG002 - the protocol's parameter
        self._refuse(name)

    def delete(self, name: str) -> None:
        """Nothing to do where there is none; otherwise it can only be taken out of the service's unit."""
        if self.get(name) is not None:
            self._refuse(name)

    @staticmethod
    def _refuse(name: str) -> NoReturn:
        raise SecretUnavailable(
            f"Verifield cannot change the credential {checked_name(name)!r}: systemd hands it over read only. Change "
            f"it as administrator with `systemd-creds encrypt --name={name} - FILE` and "
            f"`LoadCredentialEncrypted={name}:FILE` in the unit, then restart the service; or choose 'account_file' "
            "as the place for secrets."
        )
