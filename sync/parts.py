# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The files of an evidence bundle in a folder or a ZIP file. Reads them; changes none."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sync.evidence.form import NotEvidence, Parts

BLOCK = 2**20


class FolderParts:
    """A bundle in a folder. Sub-folders are not looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> Sequence[str]:
        """Every file there is."""
        try:
            return sorted(path.name for path in self._folder.iterdir() if path.is_file())
        except OSError as error:
            raise NotEvidence(f"{self._folder} cannot be read: {error.strerror}") from error

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes in blocks."""
        if Path(name).name != name:
            raise NotEvidence(f"{name!r} is not the name of a file of a bundle")
        try:
            with (self._folder / name).open("rb") as file:
                while block := file.read(BLOCK):
                    yield block
        except OSError as error:
            raise NotEvidence(f"{name} cannot be read: {error.strerror}") from error
        except ValueError as error:  # a name that holds a zero byte
            raise NotEvidence(f"{name!r} is not the name of a file of a bundle") from error


class ZipParts:
    """A bundle in an open ZIP file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in archive.infolist():
            name = member.filename.rsplit("/", 1)[-1]
            if not name:
                continue
            if name in self._members:
                raise NotEvidence(f"there are two files {name}: those of one bundle only are needed")
            self._members[name] = member

    def names(self) -> Sequence[str]:
        """Every file there is, without the folders that somebody packed them in."""
        return sorted(self._members)

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes in blocks."""
        try:
            with self._archive.open(self._members[name]) as file:
                while block := file.read(BLOCK):
                    yield block
        except KeyError as error:
            raise NotEvidence(f"{name} is missing") from error
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
            raise NotEvidence(f"{name} cannot be read: {error}") from error


@contextmanager
def open_parts(path: Path) -> Iterator[Parts]:
    """The bundle at `path`. Raises NotEvidence when it is neither a folder nor a ZIP file."""
    if path.is_dir():
        yield FolderParts(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise NotEvidence(f"{path} is neither a folder nor a ZIP file that can be read: {error}") from error
    with archive:
        yield ZipParts(archive)
