# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a running sync says of itself to other programs: `sync-progress.json` in the home. Writes and reads it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from sync.engine.meter import Progress

FILE_NAME = "sync-progress.json"
LOCK_NAME = "sync.lock"


def write_progress(home: Path, pid: int, progress: Mapping[str, Progress]) -> None:
    """Put the present progress in place of the last, in one step. Raises OSError."""
    told = {"pid": pid, "destinations": [asdict(item) for item in progress.values()]}
    fresh = home / f"{FILE_NAME}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file)
    fresh.replace(home / FILE_NAME)


def read_progress(home: Path) -> dict[str, object] | None:
    """What the last sync wrote, running or not; None where there is nothing whole."""
    try:
        told = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None
