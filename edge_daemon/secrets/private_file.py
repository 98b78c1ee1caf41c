# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Files that only their owner can read, replaced in one step. Reads and writes files.

Modes and owners are checked where the system has them. On Windows a file in the account's profile is guarded by the
access list that it inherits there.
"""

import contextlib
import os
import stat
import sys
from pathlib import Path

OTHERS = 0o077
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


class NotPrivate(Exception):
    """Somebody else owns, can read or can change the file or folder. The text says which and what to do."""


def make_private_folder(folder: Path) -> None:
    """Create `folder` (mode 0700) and what is above it, or check the one that is there.

    Raises:
        NotPrivate: it belongs to another account, others can look into it, or it is not a folder.
        OSError: it cannot be created.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotPrivate(f"{folder} is not a folder of its own; remove it or choose another")
    _check_private(folder, found)


def read_private(path: Path, *, at_most_bytes: int = 1 << 20) -> bytes | None:
    """The whole file, or None where there is none. It is looked at before the first byte is read.

    Raises:
        NotPrivate: it is a link or no plain file, belongs to another account, or others can read it.
        OSError: it cannot be read, or is larger than `at_most_bytes`.
    """
    if path.is_symlink():
        raise NotPrivate(f"{path} is a link; put the file itself there")
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW | _BINARY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotPrivate(f"{path} is not a plain file; remove it")
        _check_private(path, found)
        content = file.read(at_most_bytes + 1)
    if len(content) > at_most_bytes:
        raise OSError(f"{path} is larger than {at_most_bytes} bytes")
    return content


def write_private(path: Path, content: bytes) -> None:
    """Put `content` in place of the file in one step: after a crash there is the old file or the new one, on disk.

    It is readable by its owner only from its first byte (mode 0600). One writer at a time: hold a lock.

    Raises:
        OSError: it cannot be written (disk full, no permission). The old file is still there.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _check_private(path: Path, found: os.stat_result) -> None:
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        raise NotPrivate(f"{path} belongs to another account; it must belong to the one that runs Verifield")
    if found.st_mode & OTHERS:
        remedy = "700" if stat.S_ISDIR(found.st_mode) else "600"
        raise NotPrivate(
            f"other accounts can get at {path} (mode {stat.S_IMODE(found.st_mode):o}); take their access away with "
            f"`chmod {remedy}`, and replace the secrets in it: they may have been read"
        )


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # a folder cannot be opened there; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
