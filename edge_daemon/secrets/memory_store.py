# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Secrets that are kept nowhere and asked for at each start. No I/O."""

from edge_daemon.secrets.secret import Secret, checked_name


class MemoryStore:
    """Keeps secrets for as long as the program runs."""

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}

    @property
    def description(self) -> str:
        return "nowhere: secrets are asked for at each start"

    def get(self, name: str) -> Secret | None:
        return self._secrets.get(checked_name(name))

    def put(self, name: str, secret: Secret) -> None:
        self._secrets[checked_name(name)] = secret

    def delete(self, name: str) -> None:
        self._secrets.pop(checked_name(name), None)
