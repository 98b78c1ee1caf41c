# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a bundle: one run's readings in one file, checked part by part. Reads a file.

A bundle is a plain tar archive. Part N is `N.readings.jsonl.gz` (`sync.sinks.file.payload`), `N.lines.gz` (InfluxDB
line protocol), `N.entries.gz` (the log's own bytes, one entry a line after its index and a space) and `N.json`, which
comes last and names the SHA-256 of the three. `manifest.json` names the SHA-256 of every `N.json`, and `manifest.note`
after it is the station's signature (`sync.sinks.file.seal`). A file whose writing was cut off (`.partial`) lacks both
and counts up to its last whole part.
"""

import gzip
import hashlib
import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sync.packets.item import Item
from sync.sinks.file.payload import NotReadings, decode
from sync.sinks.file.seal import NotSealed, Seal, seal_of

FORMAT = "verifield-bundle/1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.note"
PARTIAL = ".partial"
MOST_BYTES = 256 * 2**20
"""A member, packed or unpacked, is never larger."""

Runs = tuple[tuple[int, int], ...]
"""Log indices as stretches, first and last included."""


class DamagedBundle(Exception):
    """A file that is no bundle, or one that has been changed or cut; the message says what was found."""


@dataclass(frozen=True, slots=True)
class Part:
    """Readings, with the summaries between them, and the lines and entries they come with.

    `end` is the archive's length up to here, in bytes.
    """

    number: int
    told: Mapping[str, object]
    sum: str
    readings: tuple[Item, ...]
    lines: bytes
    entries: tuple[tuple[int, bytes], ...]
    runs: Runs
    end: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the whole bundle says of itself; `parts` are the sums of the parts' own manifests.

    `seal` is the station's signature, which fits; None where the bundle was not signed.
    """

    origin: str
    parts: tuple[str, ...]
    sum: str
    seal: Seal | None = None


def parts_of(path: Path) -> Iterator[Part]:
    """The whole parts, in order, each checked before it is given.

    Raises DamagedBundle at the first thing that is not as it was written: also where the end of a finished bundle is
    missing. OSError where the file cannot be read.
    """
    if path.suffix != PARTIAL:
        yield from _checked_parts(path)
        return
    with suppress(DamagedBundle):  # whatever follows the last whole part was never counted
        yield from _checked_parts(path)


def _checked_parts(path: Path) -> Iterator[Part]:
    sums: list[str] = []
    manifest: bytes | None = None
    note = b""
    pending: dict[str, bytes] = {}
    with path.open("rb") as file:
        for member, data, end in _members(file, path):
            if member == MANIFEST:
                manifest = data
            elif member == SIGNATURE:
                note = data
            elif member.endswith(".json"):
                part = _part(member, data, pending, len(sums), end)
                sums.append(part.sum)
                pending = {}
                yield part
            else:
                pending[member] = data
    if manifest is None:
        raise DamagedBundle(f"{path.name} ends before its manifest: it was not copied whole")
    if _manifest(manifest, note).parts != tuple(sums):
        raise DamagedBundle(f"{path.name}: its manifest names other parts than it holds")


def parts_sum(sums: Iterable[str]) -> str:
    """What a bundle without a manifest is known by: the SHA-256 over the sums of its whole parts (hexadecimal)."""
    whole = hashlib.sha256()
    for part in sums:
        whole.update(bytes.fromhex(part))
    return whole.hexdigest()


def manifest_of(path: Path) -> Manifest:
    """What a bundle says of itself; for one whose writing was cut off, what its whole parts say.

    Raises DamagedBundle, OSError.
    """
    if path.suffix == PARTIAL:
        told = [(str(part.told["log"]), part.sum) for part in parts_of(path)]
        if not told:
            raise DamagedBundle(f"{path.name} was cut off before its first part was whole")
        sums = tuple(part for _, part in told)
        return Manifest(told[0][0], sums, parts_sum(sums))
    with path.open("rb") as file:
        found = {member: data for member, data, _ in _members(file, path) if member in {MANIFEST, SIGNATURE}}
    if MANIFEST in found:
        return _manifest(found[MANIFEST], found.get(SIGNATURE, b""))
    raise DamagedBundle(f"{path.name} has no manifest: it was not finished or not copied whole")


def origin_of(path: Path) -> str | None:
    """The log of the first part; None in a file without any. Raises as `parts_of`."""
    part = next(parts_of(path), None)
    return None if part is None else str(part.told["log"])


def runs_of(indices: Iterator[int]) -> Runs:
    """Indices, sorted or not, as stretches."""
    runs: list[tuple[int, int]] = []
    for index in sorted(set(indices)):
        if runs and index == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return tuple(runs)


def _members(file: "tarfile._Fileobj", path: Path) -> Iterator[tuple[str, bytes, int]]:
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for member in archive:
                if not member.isreg() or member.size > MOST_BYTES:
                    raise DamagedBundle(f"{path.name} holds {member.name!r}, which does not belong there")
                stored = archive.extractfile(member)
                data = b"" if stored is None else stored.read()
                if len(data) != member.size:
                    return
                yield member.name, data, member.offset_data + -(-member.size // 512) * 512
    except tarfile.ReadError as error:
        if path.suffix != PARTIAL:
            raise DamagedBundle(f"{path.name} is no bundle, or was not copied whole") from error


def _part(member: str, data: bytes, files: Mapping[str, bytes], number: int, end: int) -> Part:
    try:
        told = json.loads(data)
        sums = dict(told["files"])
        if told["format"] != FORMAT:
            raise DamagedBundle(f"part {number + 1} is of a form that this program does not know: {told['format']!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedBundle(f"part {number + 1} does not say what it holds") from error
    if sums.keys() != files.keys() or member != f"{number + 1:06d}.json":
        raise DamagedBundle(f"part {number + 1} does not hold the files that it names")
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != sums[name]:
            raise DamagedBundle(f"{name} is not as it was written (its SHA-256 is another)")
    stem = f"{number + 1:06d}"
    try:
        readings = tuple(decode(_unpacked(files[f"{stem}.readings.jsonl.gz"])))
        lines = _unpacked(files[f"{stem}.lines.gz"])
        entries = tuple(_entries(_unpacked(files[f"{stem}.entries.gz"])))
    except (KeyError, NotReadings, ValueError) as error:
        raise DamagedBundle(f"part {number + 1} cannot be read: {error}") from error
    runs = runs_of(reading.index for reading in readings)
    return Part(number + 1, told, hashlib.sha256(data).hexdigest(), readings, lines, entries, runs, end)


def _entries(data: bytes) -> Iterator[tuple[int, bytes]]:
    for line in data.split(b"\n"):
        if line:
            index, entry = line.split(b" ", 1)
            yield int(index), entry


def _manifest(data: bytes, note: bytes) -> Manifest:
    try:
        told = json.loads(data)
        seal = seal_of(data, told, note.decode("utf-8"))
        return Manifest(str(told["log"]), tuple(map(str, told["parts"])), hashlib.sha256(data).hexdigest(), seal)
    except NotSealed as error:
        raise DamagedBundle(str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedBundle("its manifest cannot be read") from error


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)
    try:
        content = unpacker.decompress(data, MOST_BYTES)
    except zlib.error as error:
        raise ValueError("a file in it is not compressed as it should be") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("a file in it is larger than any that this program writes, or cut")
    return content


def packed(data: bytes) -> bytes:
    """The bytes as gzip that depends on them alone."""
    return gzip.compress(data, compresslevel=6, mtime=0)
