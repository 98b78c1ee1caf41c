# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An exclusive lock that the system frees when its holder dies, however it dies. Opens and locks files."""

import errno
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

if sys.platform == "win32":
    import msvcrt

    _TAKEN = {errno.EACCES, errno.EDEADLK}

    def _lock(descriptor: int, *, wait: bool) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    _TAKEN = {errno.EWOULDBLOCK, errno.EACCES}

    def _lock(descriptor: int, *, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """A held lock. It lasts until `release`, the end of its `with` block or the end of the process.

    A child that is started by fork without exec shares the lock; a child started through subprocess does not.
    """

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take_if_free(cls, path: Path) -> Self | None:
        """Lock the file, which is created where it is missing; None if somebody holds it.

        Raises:
            OSError: the file cannot be opened, or the file system cannot lock.
        """
        return cls._take(path, wait=False)

    @classmethod
    def wait_for(cls, path: Path) -> Self:
        """As `take_if_free`, but wait until the holder lets go (Windows: ten seconds at most).

        Raises:
            OSError: the file cannot be opened or locked.
        """
        lock = cls._take(path, wait=True)
        if lock is None:
            raise TimeoutError(errno.ETIMEDOUT, "another program holds the lock", str(path))
        return lock

    def release(self) -> None:
        """Let go. A second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.release()

    @classmethod
    def _take(cls, path: Path, *, wait: bool) -> Self | None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            _lock(descriptor, wait=wait)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _TAKEN:
                return None
            raise
        return cls(descriptor)
