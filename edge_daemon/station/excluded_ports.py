# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Ports that a person keeps from identification, `excluded_ports.json` in the home. Reads and writes that file.

A file and not an entry of the log: it says nothing about readings, and it must go on holding when another log begins.
"""

import json
import threading
from pathlib import Path

from edge_daemon.domain.faults import BadInput, BufferUnavailable
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private

FILE_NAME = "excluded_ports.json"


class ExcludedPorts:
    """Keys of excluded ports. Safe to use from several threads; one process at a time may write."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE_NAME
        self._lock = threading.Lock()

    def all(self) -> frozenset[str]:
        """Every excluded port's key.

        Raises BadInput for a file that others can get at or that was damaged by hand, BufferUnavailable when the disk
        does not give it: nothing may be identified while it is not known what is excluded.
        """
        try:
            content = read_private(self._path)
        except NotPrivate as error:
            raise BadInput(FILE_NAME, str(self._path), str(error)) from error
        except OSError as error:
            raise BufferUnavailable(f"{self._path} cannot be read: {error.strerror or error}") from error
        if content is None:
            return frozenset()
        try:
            keys = json.loads(content)
        except ValueError as error:
            raise BadInput(FILE_NAME, str(self._path), f"a JSON list of ports is needed: {error}") from error
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise BadInput(FILE_NAME, str(self._path), "a JSON list of ports is needed")
        return frozenset(keys)

    def put(self, key: str, *, excluded: bool) -> None:
        """Exclude a port, or no longer. Raises as `all`, and BufferUnavailable when it cannot be written."""
        with self._lock:
            keys = self.all() | {key} if excluded else self.all() - {key}
            try:
                write_private(self._path, json.dumps(sorted(keys), indent=1).encode())
            except OSError as error:
                raise BufferUnavailable(f"{self._path} cannot be written: {error.strerror or error}") from error
