# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a bundle part by part: each part is on the disk before it counts. Writes files; raises OSError."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from sync.sinks.file.bundle import FORMAT, MANIFEST, PARTIAL, SIGNATURE, packed, parts_of
from sync.sinks.file.seal import Sealer, SealSource, sealed_fields

Noted = Callable[[str, int, int], None]
"""Gets the sum of a bundle, and between which indices it holds readings (both included), before it can be carried."""


def _nobody() -> Sealer | None:
    return None


def _unnoted(_sum: str, _first: int, _last: int) -> None:
    """Nobody keeps it."""


class BundleWriter:
    """One unfinished bundle, `PATH.partial` until `finish`; `finish_leftovers` takes up what a broken run leaves."""

    def __init__(self, path: Path, origin: str, seal: SealSource = _nobody, noted: Noted = _unnoted) -> None:
        self._path = path
        self._seal = seal
        self._noted = noted
        self._range: tuple[int, int] | None = None
        self._whole = hashlib.sha256()  # as `parts_sum`
        self._partial = path.with_name(path.name + PARTIAL)
        self._origin = origin
        self._sums: list[str] = []
        self._file = self._partial.open("xb")
        self._archive = tarfile.open(fileobj=self._file, mode="w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - kept open
        _sync_folder(path.parent)

    def add(
        self, readings: bytes, lines: bytes, entries: Sequence[tuple[int, bytes]], told: Mapping[str, object]
    ) -> None:
        """Write a part through to the disk. Readings and lines come packed; `told` stands in its manifest.

        It names the `first` and `last` index of what the part holds.
        """
        stem = f"{len(self._sums) + 1:06d}"
        text = b"".join(b"%d %s\n" % (index, data) for index, data in entries)
        files = {
            f"{stem}.readings.jsonl.gz": readings,
            f"{stem}.lines.gz": lines,
            f"{stem}.entries.gz": packed(text),
        }
        sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        about = _json({"format": FORMAT, "log": self._origin, **told, "files": sums})
        part = hashlib.sha256(about)
        self._whole.update(part.digest())
        self._range = _joined(self._range, told)
        self._noted(self._whole.hexdigest(), *self._range)
        for name, data in {**files, f"{stem}.json": about}.items():
            _store(self._archive, name, data)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._sums.append(part.hexdigest())

    def finish(self) -> Path:
        """Write the manifest, signed where somebody can, and give the file its name."""
        manifest, note = _manifest(self._origin, self._sums, self._seal())
        if self._range is not None:
            self._noted(hashlib.sha256(manifest).hexdigest(), *self._range)
        _end(self._archive, self._file, manifest, note)
        return _named(self._partial)

    def drop(self) -> None:
        """Let go of the file after an error; what was added stays in it."""
        with suppress(OSError):
            self._file.close()


def finish_leftovers(folder: Path, origin: str, seal: SealSource = _nobody, noted: Noted = _unnoted) -> list[Path]:
    """Finish the bundles of this log that a broken run left in the folder. One without a whole part is left alone.

    So is one that cannot be read: of that `unreadable_leftovers` tells.
    """
    finished = []
    for partial in sorted(folder.glob(f"*{PARTIAL}")):
        try:
            parts, held = _left_in(partial, origin)
        except OSError:  # of this file alone
            continue
        if held is None:
            continue
        manifest, note = _manifest(origin, [told for told, _ in parts], seal())
        noted(hashlib.sha256(manifest).hexdigest(), *held)
        with partial.open("r+b") as file:
            file.truncate(parts[-1][1])
            file.seek(0, io.SEEK_END)
            with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
                _end(archive, file, manifest, note)
        finished.append(_named(partial))
    return finished


def unreadable_leftovers(folder: Path) -> list[str]:
    """In words, what a broken run left in the folder and nobody can read any more."""
    troubles: list[str] = []
    for partial in sorted(folder.glob(f"*{PARTIAL}")):
        try:
            _left_in(partial, "")
        except OSError as error:
            troubles.append(f"{partial.name} cannot be read ({error.strerror or error}): {_LOST}")
    return troubles


_LOST = (
    "what it held was delivered to this stick and may be nowhere else. Copy the stick while it can be read, use "
    "another one, and have everything sent to it again"
)


def _left_in(partial: Path, origin: str) -> tuple[list[tuple[str, int]], tuple[int, int] | None]:
    """The sum and the end of each whole part of this log, and between which indices they hold readings."""
    parts: list[tuple[str, int]] = []
    held: tuple[int, int] | None = None
    for part in parts_of(partial):
        if part.told["log"] == origin:
            parts.append((part.sum, part.end))
            held = _joined(held, part.told)
    return parts, held


def _joined(held: tuple[int, int] | None, told: Mapping[str, object]) -> tuple[int, int]:
    first, last = int(str(told["first"])), int(str(told["last"]))
    return (first, last) if held is None else (min(held[0], first), max(held[1], last))


def _manifest(origin: str, sums: Sequence[str], sealer: Sealer | None) -> tuple[bytes, str]:
    """The manifest and the signature under it, empty where nobody signs."""
    manifest = _json({"format": FORMAT, "log": origin, "parts": list(sums), **sealed_fields(sealer)})
    return manifest, "" if sealer is None else sealer.sign(hashlib.sha256(manifest).hexdigest())


def _end(archive: tarfile.TarFile, file: BinaryIO, manifest: bytes, note: str) -> None:
    _store(archive, MANIFEST, manifest)
    if note:
        _store(archive, SIGNATURE, note.encode())
    archive.close()
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _named(partial: Path) -> Path:
    path = partial.with_suffix("")
    partial.replace(path)
    _sync_folder(path.parent)
    return path


def _store(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = 0o644
    archive.addfile(member, io.BytesIO(data))
    archive.getmembers().clear()  # only a reader needs them, and a file may have a great many


def _json(told: dict[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folders; renaming is journalled there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
