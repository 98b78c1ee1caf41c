# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The last head seen of each log, kept outside the home folder, so that a home put back from a copy is noticed.

Reads and writes one small file per log in the user's state folder. It witnesses against accidents and copies; a person
who rewrites both places is not stopped by it: that takes a witness off the laptop.
"""

import contextlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.record import Head
from edge_daemon.home import head_file

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A log's size and root when it was last witnessed, and the home folder it was in."""

    size: int
    root: str
    home: str


class HeadWitness:
    """`folder` must not be inside the home: what is copied with the home cannot witness against it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._newest: tuple[Head, Path] | None = None

    def last(self, origin: str) -> Seen | None:
        """What was last seen of this log; None when nothing readable is known."""
        try:
            told = json.loads(self._file(origin).read_text())
            return Seen(size=int(told["size"]), root=str(told["root"]), home=str(told["home"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def see(self, head: Head, home: Path) -> None:
        """Keep this head, replacing the one before atomically; one that is kept already costs nothing.

        Waits for the disk, so it is called from a thread that nothing else waits for. Raises OSError.
        """
        if (head, home) == self._newest:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._file(head.origin)
        draft = file.with_suffix(".new")
        told = {"origin": head.origin, "size": head.size, "root": head.root.hex(), "home": str(home.resolve())}
        try:
            with draft.open("w") as out:
                json.dump(told, out)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(file)
            self._newest = (head, home)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise

    def try_to_see(self, head: Head, home: Path) -> None:
        """Keep this head, or say in the program's own log why it could not be kept: recording goes on without."""
        try:
            self.see(head, home)
        except OSError as error:
            log.warning("the log's head could not be kept outside the home: %s", error)

    def _file(self, origin: str) -> Path:
        return head_file(self._folder, origin)
