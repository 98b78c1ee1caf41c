# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The home's destinations, as the recorder wrote them to `destinations.toml`. Reads that file."""

import tomllib
from pathlib import Path

from edge_daemon.domain.destination import Destination, from_plain
from edge_daemon.domain.faults import BadInput, BufferUnavailable, Unknown
from edge_daemon.secrets.private_file import NotPrivate, read_private

FILE_NAME = "destinations.toml"


def destinations_of(home: Path) -> dict[str, Destination]:
    """Every destination by its name. Raises BadInput naming file and field, BufferUnavailable."""
    path = home / FILE_NAME
    try:
        content = read_private(path)
    except NotPrivate as error:
        raise BadInput(FILE_NAME, str(path), f"{error}") from error
    except OSError as error:
        raise BufferUnavailable(f"{path} cannot be read: {error.strerror or error}") from error
    if content is None:
        return {}
    try:
        tables = tomllib.loads(content.decode("utf-8")).get("destinations", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(FILE_NAME, "", "a TOML file in UTF-8 is needed") from error
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise BadInput(FILE_NAME, "destinations", "a table for each destination is needed")
    return {name: from_plain(name, tables[name]) for name in sorted(tables)}


def chosen(destinations: dict[str, Destination], names: list[str]) -> dict[str, Destination]:
    """Those named; all when none is. Raises Unknown for a name that is none of them."""
    for name in names:
        if name not in destinations:
            raise Unknown(f"there is no destination {name!r}; there are: {', '.join(destinations) or 'none'}")
    return {name: destinations[name] for name in names} if names else destinations
