# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The note that a log's device key is lost, so that the next start closes the log. Reads and writes one small file.

A start does not wait for the place of the key, which may wait for a person: the loss is found while recording runs.
"""

import json
from pathlib import Path

from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private

FILE_NAME = "lost-key.json"


def note_lost_key(home: Path, origin: str) -> None:
    """Say that nobody can sign for the log `origin` any more. Raises OSError."""
    write_private(home / FILE_NAME, json.dumps({"origin": origin}).encode())


def forget_lost_key(home: Path) -> None:
    """The key is there after all. Raises OSError."""
    (home / FILE_NAME).unlink(missing_ok=True)


def lost_key(home: Path) -> str:
    """The origin of the log whose key is lost; empty where none is."""
    try:
        content = read_private(home / FILE_NAME)
        return "" if content is None else str(json.loads(content)["origin"])
    except (NotPrivate, OSError, ValueError, KeyError, TypeError):
        return ""
