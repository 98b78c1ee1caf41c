# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Looks for a planted secret: in files and what is packed in them, and in what the system tells of processes. Reads."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def told_of_processes() -> Iterator[bytes]:
    """Command lines and environments that the system tells of every process."""
    for place in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            with suppress(OSError):  # it ended, or it is another account's
                yield (place / name).read_bytes()


def holding(secret: bytes, folder: Path) -> list[str]:
    """The files below the folder, and the files in them, that hold the secret."""
    return [
        name
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for name, content in contents(path.name, path.read_bytes())
        if secret in content
    ]


def contents(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The file as it is, and all that is packed in it, however deep."""
    yield name, data
    if data.startswith(b"\x1f\x8b"):
        yield from contents(f"{name}: unpacked", gzip.decompress(data))
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from contents(f"{name}: {member}", archive.read(member))
    elif name.endswith((".tar", ".tar.partial")):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for info in archive:
                packed = archive.extractfile(info)
                if packed is not None:
                    yield from contents(f"{name}: {info.name}", packed.read())
