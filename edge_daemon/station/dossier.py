# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument's history as one file that another station can check and import. Makes and reads ZIP bytes in memory.

`dossier.json` is RFC 8785 JSON, so that a signature over its bytes holds: the instrument, the station and log it comes
from, where the instrument was, every entry that speaks of it as exact text with its leaf hash, and what was attached.
The attached files lie beside it as `attachments/<SHA-256>`.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from edge_daemon.domain.faults import BadInput
from edge_daemon.log.bodies import AttachmentBody
from edge_daemon.log.canonical import canonical
from edge_daemon.log.entry import Entry, NotAnEntry, decode_entry, leaf_hash

MOST_BYTES = 64 * 1024 * 1024
MOST_FILES = 1_000
TOLD = "dossier.json"
FOLDER = "attachments/"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP can say: the same content makes the same bytes."""

Text = Annotated[str, Field(max_length=1_000)]


@dataclass(frozen=True, slots=True)
class DossierEntry:
    """One entry of the log: its index, its leaf hash in hexadecimal, its bytes as text."""

    index: int
    leaf: str
    entry: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the instrument was, as the exporting station tells it; `until` None: still at the export."""

    sensor: Text
    since: Text
    until: Text | None
    standing: Text
    cause: Text = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """`serial` is empty where none is known. `origin`, `size` and `root` are the log's head at the export."""

    format: Literal["verifield-dossier"]
    version: Literal[1]
    model: Text
    serial: Text
    firmware: Text
    device_id: Text
    project_id: Text
    origin: Text
    size: int
    root: Text
    exported: Text
    placements: tuple[Placement, ...]
    entries: tuple[DossierEntry, ...]
    attachments: tuple[AttachmentBody, ...]

    def decoded(self) -> tuple[tuple[int, Entry], ...]:
        """The entries, decoded."""
        return tuple((one.index, decode_entry(one.entry.encode())) for one in self.entries)


_ADAPTER: TypeAdapter[Dossier] = TypeAdapter(Dossier)


def entry_of(index: int, data: bytes) -> DossierEntry:
    """An entry of the log as a dossier holds it."""
    return DossierEntry(index, leaf_hash(data).hex(), data.decode())


def packed(dossier: Dossier, files: Mapping[str, bytes]) -> bytes:
    """The dossier's file. `files` are by their SHA-256. The same content gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(TOLD, _EARLIEST), canonical(_ADAPTER.dump_python(dossier, mode="json")))
        for sha256, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(FOLDER + sha256, _EARLIEST), data)
    return out.getvalue()


def unpacked(data: bytes) -> tuple[Dossier, Mapping[str, bytes]]:
    """A dossier and its files by SHA-256, every hash checked. Raises BadInput that says what is wrong with it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_FILES or sum(one.file_size for one in members) > MOST_BYTES:
                raise _bad(f"it holds more than {MOST_FILES} files or {MOST_BYTES} bytes")
            content = {one.filename: _member(archive, one) for one in members}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _bad(f"it is no readable ZIP file ({error})") from error
    if TOLD not in content:
        raise _bad(f"it holds no {TOLD}")
    try:
        dossier = _ADAPTER.validate_json(content.pop(TOLD))
    except ValidationError as error:
        first = error.errors()[0]
        raise _bad(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    _check_entries(dossier.entries)
    return dossier, _checked_files(dossier.attachments, content)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        data = file.read(member.file_size + 1)
    if len(data) != member.file_size:
        raise _bad(f"{member.filename} is not as long as it says")
    return data


def _check_entries(entries: Sequence[DossierEntry]) -> None:
    for one in entries:
        data = one.entry.encode()
        if leaf_hash(data).hex() != one.leaf:
            raise _bad(f"entry {one.index} does not have the leaf hash it states: it was altered")
        try:
            decode_entry(data)
        except NotAnEntry as error:
            raise _bad(f"entry {one.index}: {error}") from error
    indices = [one.index for one in entries]
    if indices != sorted(set(indices)):
        raise _bad("its entries are not in the log's order")


def _checked_files(attachments: Sequence[AttachmentBody], content: Mapping[str, bytes]) -> Mapping[str, bytes]:
    files = {}
    for one in attachments:
        data = content.get(FOLDER + one.sha256)
        if data is None:
            raise _bad(f"the attached file {one.name} is missing")
        if hashlib.sha256(data).hexdigest() != one.sha256:
            raise _bad(f"the attached file {one.name} was altered")
        files[one.sha256] = data
    return files


def _bad(what: str) -> BadInput:
    return BadInput("dossier", what, "a dossier as Verifield exports it is needed")
