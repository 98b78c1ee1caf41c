# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The place for secrets, opened when it is first needed: a headless machine without one still records. Opens it."""

import threading
from collections.abc import Callable

from edge_daemon.secrets.store import SecretStore


class SecretPlace:
    """Opens the place on the first call and gives the same one ever after. A failure is tried again at the next call.

    Safe to call from several threads.
    """

    def __init__(self, open_store: Callable[[], SecretStore]) -> None:
        self._open = open_store
        self._store: SecretStore | None = None
        self._lock = threading.Lock()

    def __call__(self) -> SecretStore:
        """The place. Raises what `open_store` raises: SecretUnavailable, BadInput."""
        with self._lock:
            if self._store is None:
                self._store = self._open()
            return self._store
