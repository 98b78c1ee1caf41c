# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Room kept on the disk for the last small writes: a file of zeros that is deleted when the disk is full."""

import errno
import os
import shutil
from pathlib import Path

RESERVE_BYTES = 2**20
_SMALL_BYTES = 2**16


class Reserve:
    """The file `reserve.bin` in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "reserve.bin"

    def has_room(self) -> bool:
        """Whether the disk has room for the reserve and as much again. Raises OSError."""
        return shutil.disk_usage(self._folder).free >= 2 * RESERVE_BYTES

    def is_full(self) -> bool:
        """Whether there is no room for even a small write. Raises OSError."""
        return shutil.disk_usage(self._folder).free < _SMALL_BYTES

    def keep(self) -> bool:
        """Make sure the reserve is there; False when the disk has no room for it. Raises OSError otherwise."""
        if self._path.exists() and self._path.stat().st_size == RESERVE_BYTES:
            return True
        if not self.has_room():
            return False
        try:
            # Written out, since a file system may give a length without the room for it.
            with self._path.open("wb") as file:
                file.write(bytes(RESERVE_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self.release()
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                return False
            raise
        return True

    def release(self) -> None:
        """Give the room back to the disk. Raises OSError."""
        self._path.unlink(missing_ok=True)
