# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Bundles written from a log file and checked as a stranger would: what passes, what is not checked, who vouches."""

import gzip
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.domain.faults import BadInput, DamagedLog
from edge_daemon.log.signed_note import NoteInvalid, sign_note
from sync.bundle import Period, write_bundle
from sync.evidence.form import read_index
from sync.evidence.register import read_register
from tests.support.log_files import execute
from tests.support.verify_page import Altered
from tests.unit.sync.recorded import ORIGIN, T0, S
from tests.unit.sync.signed_logs import (
    DEVICE_KEY,
    PROJECT_KEY,
    SignedLog,
    an_hour_of_readings,
    checked,
    failed,
    outcomes,
    project_key,
    signed_index,
    signed_register,
)


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_bundle_of_the_whole_log_is_sound_and_says_what_was_not_checked(tmp_path: Path, name: str) -> None:
    log = an_hour_of_readings()
    written = log.bundle(tmp_path, name)
    verdict = checked(written.path, log.register())
    found = outcomes(verdict)
    assert verdict.standing == "sound"
    assert {name for name, outcome in found.items() if outcome == "not_checked"} == {
        "witness", "quality_open", "tests", "summaries", "anchor", "trust"
    }  # fmt: skip
    assert found["range"] == found["completeness"] == found["order"] == found["earlier"] == "passed"
    assert any("written anew" in words for words in verdict.not_proven)


@pytest.mark.parametrize("part", [False, True])
def test_a_bundle_whose_signed_index_was_dropped_is_incomplete_and_says_so(tmp_path: Path, part: bool) -> None:
    log = an_hour_of_readings()
    path = log.bundle(tmp_path, period=Period(T0 + 10 * S, T0 + 20 * S) if part else None).path
    (path / "index.note").unlink()
    verdict = checked(path, log.register())
    assert list(failed(verdict)) == []
    assert outcomes(verdict)["signer"] == "passed", "it is the missing file alone that makes it incomplete"
    assert verdict.standing == "incomplete"
    assert outcomes(verdict)["index_note"] == "not_checked"
    assert "index.note is missing" in "\n".join(verdict.lines())


def test_a_closed_logs_bundle_is_signed_in_the_name_of_the_log_of_the_present(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    written = log.bundle(tmp_path)
    data = (written.path / "index.json").read_bytes()
    for key, outcome in ((DEVICE_KEY, "passed"), (PROJECT_KEY, "not_checked")):
        note = signed_index(data, key, name="verifield/log/" + "cd" * 16)
        (written.path / "index.note").write_text(note, encoding="utf-8")
        assert outcomes(checked(written.path, log.register()))["index_note"] == outcome


def test_a_recorder_signs_no_index_that_leaves_out_what_changes_how_readings_are_read(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    withdrawn = log.recorded.amendment("withdrawal", log.configuration + 1, log.configuration + 60)
    log.sign()
    path = log.bundle(tmp_path, period=Period(None, T0 + 20 * S)).path
    altered = Altered(path, tmp_path / "altered")
    lines = gzip.decompress((path / "context.jsonl.gz").read_bytes()).splitlines(keepends=True)
    altered.put("context.jsonl.gz", gzip.compress(b"".join(line for line in lines if b"withdrawal" not in line)))
    index = altered.index
    altered.put_index(replace(index, context=tuple(one for one in index.context if one != withdrawn)))
    data = (altered.folder / "index.json").read_bytes()
    (altered.folder / "index.note").write_text(log.sign_index(data), encoding="utf-8")
    verdict = checked(altered.folder, log.register())
    assert outcomes(verdict)["index_note"] == "failed"
    assert outcomes(verdict)["context_complete"] != "passed"


def test_an_index_that_an_older_program_signed_is_incomplete_and_not_called_forged(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    path = log.bundle(tmp_path).path
    digest = sha256((path / "index.json").read_bytes()).hexdigest()
    note = str(sign_note(f"verifield evidence index/1\n{digest}\n", ORIGIN, DEVICE_KEY))
    (path / "index.note").write_text(note, encoding="utf-8")
    verdict = checked(path, log.register())
    assert (verdict.standing, outcomes(verdict)["index_note"]) == ("incomplete", "not_checked")


def test_without_a_register_the_signer_is_not_vouched_for(tmp_path: Path) -> None:
    verdict = checked(an_hour_of_readings().bundle(tmp_path).path)
    assert verdict.standing == "not_vouched_for"
    assert "Signer not vouched for" in "\n".join(verdict.lines())
    assert outcomes(verdict)["signer"] == "not_checked"


def test_a_period_is_one_run_with_an_entry_more_at_each_side(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    period = Period(T0 + 10 * S, T0 + 20 * S)
    written = log.bundle(tmp_path, period=period, chunk_bytes=1_000)
    index = written.index
    assert index.end - index.first == 10 + 2
    assert sum(note.kind == "entries" for note in index.files) > 2
    verdict = checked(written.path, log.register())
    assert verdict.standing == "sound"
    assert outcomes(verdict)["edges"] == "passed"


def test_a_run_that_does_not_reach_beyond_its_period_is_not_complete(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    written = log.bundle(tmp_path, period=Period(T0 + 10 * S, T0 + 20 * S))
    text = (written.path / "index.json").read_text()
    narrow, wide = written.index.start, written.index.start.replace("T08:15:10", "T08:15:01")
    assert narrow != wide
    (written.path / "index.json").write_text(text.replace(narrow, wide))
    verdict = checked(written.path, log.register())
    assert outcomes(verdict)["edges"] == "failed"


def test_a_period_without_entries_and_an_output_that_exists_are_refused(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    source = log.write(tmp_path / "home")
    with pytest.raises(BadInput, match="no entry"):
        write_bundle(source, Period(0, 1), (), tmp_path / "b")
    (tmp_path / "b").mkdir()
    with pytest.raises(BadInput, match="exists"):
        write_bundle(source, Period(), (), tmp_path / "b")
    with pytest.raises(BadInput, match="mast"):
        write_bundle(source, Period(), ("other",), tmp_path / "c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "home"]


def test_no_bundle_is_written_of_bytes_that_are_not_what_was_signed(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    source = log.write(tmp_path / "home")
    execute(source.buffer, "UPDATE entry SET bytes = replace(bytes, '\"wind\":[1,1', '\"wind\":[2,2') WHERE idx = 20")
    with pytest.raises(DamagedLog, match="root"):
        write_bundle(source, Period(), (), tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_the_register_says_which_key_and_when(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    path = log.bundle(tmp_path).path
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    register = log.register()
    assert register.key(stranger, ORIGIN, "station-1") is None
    assert checked(path, log.register(start="2026-01-01T00:00:00Z")).standing == "sound"
    late = checked(path, log.register(start="2026-12-01T00:00:00Z"))
    ended = checked(path, log.register(until="2026-11-01T00:00:00Z"))
    revoked = checked(path, log.register(revoked="2026-11-23T08:15:30Z"))
    assert [one.standing for one in (late, ended, revoked)] == ["not_vouched_for", "failed", "failed"]
    since = checked(path, log.register(revoked="2026-12-01T00:00:00Z"))
    assert since.standing == "not_vouched_for"
    other = SignedLog().register()
    elsewhere = type(other)("P1", (type(other.stations[0])("station-2", (), other.stations[0].keys),))
    assert outcomes(checked(path, elsewhere))["signer"] == "failed"


def test_a_register_is_signed_by_the_project() -> None:
    register = SignedLog().register()
    text = signed_register(register)
    read = read_register(text, [project_key()])
    assert (read.stations, read.signed_by) == (register.stations, project_key())
    assert read_register(text).signed_by is None
    with pytest.raises(NoteInvalid):
        read_register(text.replace("station-1", "station-2"), [project_key()])
    with pytest.raises(NoteInvalid):
        read_register("no register")


def test_a_rotated_key_signs_what_comes_after_it(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    second = Ed25519PrivateKey.from_private_bytes(b"e" * 32)
    log.name_key("rotated", second)
    log.readings(3)
    log.sign()
    verdict = checked(log.bundle(tmp_path).path)
    assert outcomes(verdict)["signature"] == outcomes(verdict)["earlier"] == "passed"


def test_a_second_key_that_the_first_knows_nothing_of_is_refused(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    thief = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
    owner, log.key = log.key, thief
    log.name_key("made", thief)
    log.sign()
    log.key = owner
    verdict = checked(log.bundle(tmp_path).path, log.register())
    assert outcomes(verdict)["context"] == "failed"
    assert verdict.standing == "failed"


def test_the_index_may_be_signed(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    source = log.write(tmp_path / "home")

    written = write_bundle(source, Period(), (), tmp_path / "b", sign=signed_index)
    assert outcomes(checked(written.path))["index_note"] == "passed"
    changed = written.path / "index.json"
    changed.write_text(changed.read_text().replace('"sensors":[]', '"sensors":["x"]'))
    assert outcomes(checked(written.path))["index_note"] == "failed"


def test_the_same_log_gives_the_same_bundle(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    source = log.write(tmp_path / "home")
    one, two = (write_bundle(source, Period(), (), tmp_path / name) for name in ("a", "b"))
    assert one.index == two.index
    read_index((one.path / "index.json").read_bytes())
    for file in one.path.iterdir():
        assert file.read_bytes() == (two.path / file.name).read_bytes()


def test_what_is_no_bundle_is_unreadable_and_never_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert checked(tmp_path / "empty").standing == "unreadable"
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("index.json", "{}")
    assert checked(tmp_path / "other.zip").standing == "unreadable"


def test_a_period_inside_a_gap_is_shown_by_what_lies_around_it(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.readings(30)
    gap = log.gap(4 * 3600)
    log.readings(30)
    log.sign()
    middle = log.recorded.t_ns - 30 * S - 2 * 3600 * S
    written = log.bundle(tmp_path, period=Period(middle, middle + 3600 * S))
    assert (written.index.first, written.index.end) == (gap - 1, gap + 2)
    found = checked(written.path, log.register())
    assert (found.standing, outcomes(found)["edges"], outcomes(found)["completeness"]) == ("sound", "passed", "passed")


def test_a_period_outside_the_log_is_refused_by_its_times(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    late = log.recorded.t_ns + 3600 * S
    for period in (Period(late, None), Period(late, late + S), Period(None, T0 - S)):
        with pytest.raises(BadInput) as fault:
            log.bundle(tmp_path, period=period)
        assert "0000000000 " not in str(fault.value)
        assert "T" in str(fault.value)
