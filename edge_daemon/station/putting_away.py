# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Moves a log that must not be continued into the folder of closed logs. Links, writes and unlinks files.

At every moment all parts of the log are together in one of the two places: a write-ahead log that was parted from its
file would take the newest entries with it, or be replayed into the file that comes next.
"""

import os
from collections.abc import Callable
from pathlib import Path

from edge_daemon.buffer.closed import Closing, write_closing
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import Predecessor

_PARTS = ("-wal", "-shm", "")


def put_away(buffer: Path, folder: Path, predecessor: Predecessor, t_ns: int) -> Callable[[], None]:
    """The step that moves the log now at `buffer`. May be taken again after it failed; never moves another file.

    Under a name that no earlier log has, beside a note of what it is and why it was closed. Raises OSError.
    """
    told = buffer.stat()
    identity = (told.st_dev, told.st_ino)
    file = folder / f"{predecessor.origin.rpartition('/')[2]}-{t_ns}.sqlite3"
    damaged = predecessor.cause.startswith("damaged")
    note = Closing(
        predecessor.origin, predecessor.size, predecessor.root, predecessor.cause, rfc3339_from_ns(t_ns), damaged
    )

    def step() -> None:
        if not buffer.exists() or (buffer.stat().st_dev, buffer.stat().st_ino) != identity:
            return
        folder.mkdir(exist_ok=True, mode=0o700)
        write_closing(file, note)
        parts = [(buffer.with_name(buffer.name + suffix), file.with_name(file.name + suffix)) for suffix in _PARTS]
        for old, new in parts:
            if old.exists() and not new.exists():
                os.link(old, new)
        for old, _ in parts:
            old.unlink(missing_ok=True)

    return step
