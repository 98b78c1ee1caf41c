# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The signed checkpoints of a home's logs, one file each, never changed. Reads and writes `HOME/checkpoints`.

Files and no table of the buffer: a checkpoint must outlive a damaged or closed log, must not need the log's writer, and
a file that is linked into place exists whole or not at all. The size is the file's name, so that the file system itself
refuses a second checkpoint of one size.
"""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.domain.faults import DamagedLog
from edge_daemon.log.checkpoint import SignedCheckpoint, read_checkpoint
from edge_daemon.log.signed_note import NoteInvalid

FOLDER = "checkpoints"
_ENDING = ".checkpoint"
_NAME = re.compile(rf"(\d{{20}}){re.escape(_ENDING)}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A signed checkpoint and when its file was made, by the computer's clock (UTC ns): a hint, and no proof."""

    signed: SignedCheckpoint
    made_ns: int


class CheckpointFiles:
    """The checkpoints in one folder. Any program may read it; only the daemon keeps new ones.

    Methods raise OSError, and DamagedLog for a file that holds no checkpoint of its log and size.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is made before the first checkpoint is kept."""
        self._folder = folder

    def sizes(self, origin: str, after: int = -1) -> list[int]:
        """The sizes above `after` at which this log has checkpoints, in order."""
        try:
            names = [path.name for path in self._of(origin).iterdir()]
        except FileNotFoundError:
            return []
        found = (int(match[1]) for match in map(_NAME.fullmatch, names) if match)
        return sorted(size for size in found if size > after)

    def at(self, origin: str, size: int) -> KeptCheckpoint:
        """The checkpoint of this size. Raises FileNotFoundError where there is none."""
        path = self._path(origin, size)
        try:
            signed = read_checkpoint(path.read_text(encoding="utf-8"))
        except (NoteInvalid, UnicodeDecodeError) as error:
            raise DamagedLog(f"{path} holds no checkpoint: {error}") from error
        if (signed.checkpoint.origin, signed.checkpoint.size) != (origin, size):
            raise DamagedLog(f"{path} holds a checkpoint of another log or size")
        return KeptCheckpoint(signed, path.stat().st_mtime_ns)

    def newest(self, origin: str) -> KeptCheckpoint | None:
        """The log's largest checkpoint."""
        sizes = self.sizes(origin)
        return self.at(origin, sizes[-1]) if sizes else None

    def after(self, origin: str, size: int, limit: int) -> list[KeptCheckpoint]:
        """At most `limit` checkpoints that are larger than `size`, in order."""
        return [self.at(origin, each) for each in self.sizes(origin, size)[:limit]]

    def keep(self, signed: SignedCheckpoint) -> KeptCheckpoint:
        """Keep a new checkpoint: durable when this returns. One of the same size and root that is there stays.

        Raises DamagedLog where another root was signed for this size: then the log has two pasts.
        """
        head = signed.checkpoint
        path = self._path(head.origin, head.size)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{secrets.token_hex(8)}.new")
        try:
            with draft.open("w", encoding="utf-8", newline="\n") as out:
                out.write(str(signed))
                out.flush()
                os.fsync(out.fileno())
            os.link(draft, path)  # unlike a rename it fails where the name is taken
        except FileExistsError:
            if self.at(head.origin, head.size).signed.checkpoint.root != head.root:
                raise DamagedLog(
                    f"another root was signed for the first {head.size} entries of {head.origin}"
                ) from None
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
        _sync_folder(self._folder)
        return self.at(head.origin, head.size)

    def _of(self, origin: str) -> Path:
        return self._folder / re.sub("[^0-9a-z]", "-", origin)

    def _path(self, origin: str, size: int) -> Path:
        return self._of(origin) / f"{size:020d}{_ENDING}"


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows neither needs nor allows it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
