# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What every place for secrets offers. Pure."""

from typing import Protocol

from edge_daemon.secrets.secret import Secret


class SecretStore(Protocol):
    """A place that keeps secrets by name.

    Every method may wait for a disk, for the system or for a person who unlocks the keyring: never call one on an event
    loop. Every method raises `SecretUnavailable` when the place cannot be used, and `BadInput` for a name that cannot
    be one.
    """

    @property
    def description(self) -> str:
        """Where the secrets are, in words for a person."""

    def get(self, name: str) -> Secret | None:
        """The secret of this name, or None where there is none."""

    def put(self, name: str, secret: Secret) -> None:
        """Keep `secret` under `name`, in place of an earlier one. When this returns it is kept for good."""

    def delete(self, name: str) -> None:
        """Forget the secret of this name. Nothing happens where there is none."""
