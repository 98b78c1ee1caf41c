# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The home's list of destinations, `destinations.toml`. Reads and writes that file; never a secret in it."""

import threading
import tomllib
from collections.abc import Mapping
from pathlib import Path

import tomli_w

from edge_daemon.domain.destination import Destination, from_plain, to_plain
from edge_daemon.domain.faults import BadInput, BufferUnavailable
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private

FILE_NAME = "destinations.toml"


class DestinationBook:
    """The destinations of one home. Safe to use from several threads; one process at a time may write."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE_NAME
        self._lock = threading.Lock()

    def all(self) -> Mapping[str, Destination]:
        """Every destination by its name, in the order of names.

        Raises BadInput, naming file and field, for a file that others can get at or that was damaged by hand;
        BufferUnavailable when the disk does not give it.
        """
        try:
            content = read_private(self._path)
        except NotPrivate as error:
            raise BadInput(FILE_NAME, str(self._path), f"{error}") from error
        except OSError as error:
            raise BufferUnavailable(f"{self._path} cannot be read: {error.strerror or error}") from error
        return {} if content is None else _parse(content)

    def put(self, destination: Destination) -> None:
        """Keep it, in place of an earlier one of its name. Raises as `all`, also when it cannot be written."""
        with self._lock:
            self._write({**self.all(), destination.name: destination})

    def remove(self, name: str) -> None:
        """Forget the destination of this name; one that is not there is forgotten already. Raises as `put`."""
        with self._lock:
            self._write({other: kept for other, kept in self.all().items() if other != name})

    def _write(self, kept: Mapping[str, Destination]) -> None:
        tables = {name: to_plain(kept[name]) for name in sorted(kept)}
        try:
            write_private(self._path, tomli_w.dumps({"destinations": tables}).encode())
        except OSError as error:
            raise BufferUnavailable(f"{self._path} cannot be written: {error.strerror or error}") from error


def _parse(content: bytes) -> dict[str, Destination]:
    try:
        tables = tomllib.loads(content.decode("utf-8")).get("destinations", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(FILE_NAME, "", f"a TOML file in UTF-8 is needed: {error}") from error
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise BadInput(FILE_NAME, "destinations", "a table for each destination is needed")
    return {name: _destination(name, tables[name]) for name in sorted(tables)}


def _destination(name: str, table: Mapping[str, object]) -> Destination:
    try:
        return from_plain(name, table)
    except BadInput as wrong:
        raise BadInput(f"{FILE_NAME}: destinations.{name}.{wrong.field}", wrong.value, wrong.allowed) from wrong
