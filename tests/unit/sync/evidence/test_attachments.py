# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Attached files in evidence: they travel, are held against what entries name, and a missing one is not passed."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from sync.bundle import Period
from sync.evidence.form import index_bytes, read_index
from sync.evidence.verdict import Check, Verdict
from tests.unit.sync.evidence.attaching import PAPER, PHOTO, AttachingLog, name_of
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import checked, outcomes


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def log(kept: Path) -> AttachingLog:
    return AttachingLog().live(kept)


def told(verdict: Verdict, name: str = "attachments") -> Check:
    return next(check for check in verdict.checks if check.name == name)


def test_files_that_entries_name_travel_and_are_checked(log: AttachingLog, kept: Path, tmp_path: Path) -> None:
    path = log.bundled(tmp_path, kept)
    assert (path / name_of(PAPER)).read_bytes() == PAPER
    found = checked(path, log.register())
    assert found.standing == "sound"
    assert told(found).words.startswith("2 files are, byte for byte")
    assert "attachments_open" not in outcomes(found)


def test_a_bundle_of_a_part_holds_what_its_entries_and_its_context_name(
    log: AttachingLog, kept: Path, tmp_path: Path
) -> None:
    path = log.bundled(tmp_path, kept, Period(T0 + 5 * S, T0 + 20 * S))
    assert (path / name_of(PAPER)).exists()
    assert not (path / name_of(PHOTO)).exists()
    assert told(checked(path)).words.startswith("1 files are")


@pytest.mark.parametrize("content", [b"%PDF-1.7 A certificate", b"", PAPER + b"x"])
def test_another_file_in_its_place_is_named_with_the_entry(
    log: AttachingLog, kept: Path, tmp_path: Path, content: bytes
) -> None:
    path = log.bundled(tmp_path, kept)
    (path / name_of(PAPER)).write_bytes(content)
    check = told(checked(path))
    assert (check.outcome, check.entry) == ("failed", log.paper)
    assert "paper.pdf" in check.words


def test_another_file_that_the_index_agrees_with_is_named_as_well(
    log: AttachingLog, kept: Path, tmp_path: Path
) -> None:
    path = log.bundled(tmp_path, kept)
    other = b"another photograph"
    (path / name_of(PHOTO)).write_bytes(other)
    index = read_index((path / "index.json").read_bytes())
    note = next(note for note in index.files if note.name == name_of(PHOTO))
    files = tuple(one for one in index.files if one is not note)
    forged = replace(note, sha256=sha256(other).hexdigest(), size=len(other))
    (path / "index.json").write_bytes(index_bytes(replace(index, files=(*files, forged))))
    assert (told(checked(path)).outcome, told(checked(path)).entry) == ("failed", log.photo)


def test_a_file_that_is_missing_is_not_called_passed(log: AttachingLog, kept: Path, tmp_path: Path) -> None:
    path = log.bundled(tmp_path, kept)
    (path / name_of(PHOTO)).unlink()
    found = checked(path, log.register())
    assert outcomes(found)["files"] == "passed"
    assert told(found, "attachments_open").outcome == "not_checked"
    assert f"site.png of entry {log.photo}" in told(found, "attachments_open").words


def test_what_the_home_does_not_hold_or_was_altered_there_is_left_out_and_said(
    log: AttachingLog, kept: Path, tmp_path: Path
) -> None:
    (kept / sha256(PAPER).hexdigest()).write_bytes(b"altered")
    (kept / sha256(PHOTO).hexdigest()).unlink()
    found = checked(log.bundled(tmp_path, kept))
    assert "attachments" not in outcomes(found)
    assert told(found, "attachments_open").words.startswith("2 files that entries name are not in the bundle")


def test_a_file_that_no_entry_names_is_refused(log: AttachingLog, kept: Path, tmp_path: Path) -> None:
    path = log.bundled(tmp_path, kept)
    index = read_index((path / "index.json").read_bytes())
    stranger = replace(index.files[-1], name=name_of(b"x"))
    (path / name_of(b"x")).write_bytes(b"x")
    (path / "index.json").write_bytes(index_bytes(replace(index, files=(*index.files, stranger))))
    assert told(checked(path)).outcome == "failed"
