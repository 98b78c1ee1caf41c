# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Sensors whose model somebody else's file states and nobody has seen, `unproven_models.json` in the home.

Reads and writes that file. A file and not an entry of the log: such a sensor has recorded nothing yet, and what is
found out about it ends in a configuration entry.
"""

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from edge_daemon.domain.faults import BadInput, BufferUnavailable
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private

FILE_NAME = "unproven_models.json"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe of the port `port` (its key) found: models it may be, none where nothing answered, and in words."""

    port: str
    models: tuple[str, ...]
    detail: str


class UnprovenModels:
    """By sensor, what its probe found; None: not probed yet. Safe to use from several threads."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE_NAME
        self._lock = threading.Lock()

    def all(self) -> dict[str, Finding | None]:
        """Every sensor whose model is to be proven. Raises BadInput, BufferUnavailable."""
        try:
            content = read_private(self._path)
        except NotPrivate as error:
            raise BadInput(FILE_NAME, str(self._path), str(error)) from error
        except OSError as error:
            raise BufferUnavailable(f"{self._path} cannot be read: {error.strerror or error}") from error
        if content is None:
            return {}
        try:
            return {str(sensor): _finding(told) for sensor, told in json.loads(content).items()}
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise BadInput(FILE_NAME, str(self._path), f"it was damaged: {error!r}") from error

    def put(self, sensor: str, finding: Finding | None) -> None:
        """The sensor's model is to be proven, and this is what is known. Raises as `all`."""
        with self._lock:
            self._write({**self.all(), sensor: finding})

    def drop(self, sensor: str) -> None:
        """There is no question about this sensor any more. Raises as `all`."""
        with self._lock:
            known = self.all()
            if known.pop(sensor, self) is not self:
                self._write(known)

    def _write(self, known: dict[str, Finding | None]) -> None:
        plain = {sensor: None if one is None else asdict(one) for sensor, one in sorted(known.items())}
        try:
            write_private(self._path, json.dumps(plain, indent=1).encode())
        except OSError as error:
            raise BufferUnavailable(f"{self._path} cannot be written: {error.strerror or error}") from error


def _finding(told: dict[str, object] | None) -> Finding | None:
    if told is None:
        return None
    models = told["models"]
    if not isinstance(models, list):
        raise TypeError("models is no list")
    return Finding(str(told["port"]), tuple(map(str, models)), str(told["detail"]))
