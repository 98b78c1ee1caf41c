# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument's dossier: what goes out comes back, and whatever was altered is refused by name."""

import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput, DamagedLog, Unknown
from edge_daemon.log.bodies import AttachmentBody, NoteBody, to_json
from edge_daemon.log.entry import EntryType, Stamp, encode_entry
from edge_daemon.station import dossier as dossiers
from edge_daemon.station.attachments import Attachments
from edge_daemon.station.dossier import Dossier, Placement, entry_of, packed, unpacked

PHOTO = b"\xff\xd8 lens"
ATTACHED = AttachmentBody("lens.jpg", sha256(PHOTO).hexdigest(), len(PHOTO))
NOTE = NoteBody("lens cleaned", "2026-11-23T08:15:30.000000000Z", "Ana", "", "m", "7", (ATTACHED,))
ENTRY = encode_entry(EntryType.NOTE, Stamp(1_800_000_000_000_000_000, 5, bytes(16)), to_json(NOTE))
DOSSIER = Dossier(
    "verifield-dossier",
    1,
    "m",
    "7",
    "1.0",
    "dev",
    "p",
    "verifield/log/ab",
    9,
    "00" * 32,
    "2026-11-23T09:00:00.000000000Z",
    (Placement("sun", "2026-11-23T08:00:00.000000000Z", None, "confirmed"),),
    (entry_of(8, ENTRY),),
    (ATTACHED,),
)
FILES = {ATTACHED.sha256: PHOTO}
PHOTO_PLACE = f"attachments/{ATTACHED.sha256}"


def test_a_dossier_comes_back_as_it_went_out_and_is_always_the_same_bytes() -> None:
    data = packed(DOSSIER, FILES)
    assert unpacked(data) == (DOSSIER, FILES)
    assert packed(DOSSIER, FILES) == data
    ((index, entry),) = unpacked(data)[0].decoded()
    assert (index, entry.body["text"]) == (8, "lens cleaned")


def altered(change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed(DOSSIER, FILES))) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    change(content)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return out.getvalue()


def _entry(content: dict[str, bytes]) -> None:
    content["dossier.json"] = content["dossier.json"].replace(b"lens cleaned", b"lens dirtied")


def _version(content: dict[str, bytes]) -> None:
    content["dossier.json"] = content["dossier.json"].replace(b'"version":1', b'"version":2')


def _twice(content: dict[str, bytes]) -> None:
    told = json.loads(content["dossier.json"])
    told["entries"] *= 2
    content["dossier.json"] = json.dumps(told).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_entry, "leaf hash"),
        (_version, "version"),
        (_twice, "order"),
        (lambda content: content.update({PHOTO_PLACE: b"else"}), "altered"),
        (lambda content: content.pop(PHOTO_PLACE), "missing"),
        (lambda content: content.pop("dossier.json"), "holds no"),
        (lambda content: content.update({"dossier.json": b"{"}), "json"),
    ],
)
def test_what_was_altered_is_refused(change: Callable[[dict[str, bytes]], None], words: str) -> None:
    with pytest.raises(BadInput, match=f"(?i){words}"):
        unpacked(altered(change))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", packed(DOSSIER, FILES)[:-30]])
def test_what_is_no_dossier_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="ZIP"):
        unpacked(data)


def test_more_than_can_be_held_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dossiers, "MOST_BYTES", 1000)
    with pytest.raises(BadInput, match="more than"):
        unpacked(altered(lambda content: content.update({"zeros": bytes(100_000)})))


def test_files_are_kept_by_their_hash(tmp_path: Path) -> None:
    files = Attachments(tmp_path / "attachments")
    assert files.add("lens.jpg", PHOTO) == ATTACHED
    assert files.add("again.jpg", PHOTO).sha256 == ATTACHED.sha256
    assert files.read(ATTACHED.sha256) == PHOTO
    assert [place.name for place in (tmp_path / "attachments").iterdir()] == [ATTACHED.sha256]
    (tmp_path / "attachments" / ATTACHED.sha256).write_bytes(PHOTO[::-1])
    with pytest.raises(DamagedLog):
        files.read(ATTACHED.sha256)
    with pytest.raises(Unknown):
        files.read("0" * 64)


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".", "x" * 300, "a\nb"])
def test_a_name_is_a_name_and_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        Attachments(tmp_path / "attachments").add(name, PHOTO)
    assert not (tmp_path / "attachments").exists()


@pytest.mark.parametrize("sha256", ["", "..", "A" * 64, "0" * 63])
def test_a_hash_is_a_hash_and_no_path(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(BadInput, match="sha256"):
        Attachments(tmp_path).read(sha256)


def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    for size in (0, 11):
        with pytest.raises(BadInput, match="bytes"):
            Attachments(tmp_path).add("a", bytes(size), most_bytes=10)
