# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Files that entries of the log name by their SHA-256: kept in one folder, never altered. Reads and writes files."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
from pathlib import Path

from edge_daemon.domain.faults import BadInput, BufferUnavailable, DamagedLog, DiskFull, Unknown
from edge_daemon.log.bodies import AttachmentBody

MOST_BYTES = 64 * 1024 * 1024
LONGEST_NAME = 200
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Attachments:
    """The folder is made when the first file comes. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, data: bytes, most_bytes: int = MOST_BYTES) -> AttachmentBody:
        """Keep the file, durably. Raises BadInput for a name or size not allowed, DiskFull, BufferUnavailable."""
        named = Path(name).name
        if not named or named != name or len(name) > LONGEST_NAME or not name.isprintable():
            raise BadInput(
                "name", name[:LONGEST_NAME], f"a file name of 1 to {LONGEST_NAME} characters, without folders"
            )
        if not 0 < len(data) <= most_bytes:
            raise BadInput("content", f"{len(data)} bytes", f"1 to {most_bytes} bytes can be attached")
        sha256 = hashlib.sha256(data).hexdigest()
        try:
            self._keep(self._folder / sha256, data)
        except OSError as error:
            if error.errno in _FULL:
                raise DiskFull(f"{name} has no room") from error
            raise BufferUnavailable(f"{name} cannot be kept in {self._folder} ({error.strerror})") from error
        return AttachmentBody(name, sha256, len(data))

    def read(self, sha256: str) -> bytes:
        """The file's bytes. Raises BadInput for no hash, Unknown where it is not here, DamagedLog if it was altered."""
        if not _SHA256.fullmatch(sha256):
            raise BadInput("sha256", sha256[:LONGEST_NAME], "64 hexadecimal digits are needed")
        try:
            data = (self._folder / sha256).read_bytes()
        except FileNotFoundError:
            raise Unknown(f"there is no file with the SHA-256 {sha256} here") from None
        except OSError as error:
            raise BufferUnavailable(f"{sha256} cannot be read ({error.strerror})") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DamagedLog(f"the file {sha256} in {self._folder} is not what it was when it was attached")
        return data

    def _keep(self, place: Path, data: bytes) -> None:
        if place.exists() and place.stat().st_size == len(data):
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        unfinished = self._folder / f"{secrets.token_hex(8)}.part"
        try:
            with unfinished.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(place)
        finally:
            with contextlib.suppress(FileNotFoundError):
                unfinished.unlink()
