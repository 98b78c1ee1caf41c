# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Bundles and logs that someone made or packed strangely: told in words, quickly, and never with a traceback."""

import gzip
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import EntryType, encode_entry
from sync.bundle import Period
from sync.commands.telling import Output
from sync.evidence.context import note_line
from sync.evidence.form import CHECKPOINTS, NotEvidence
from sync.evidence.given import Given
from sync.evidence.heads import Witness
from sync.home_verdict import verify_log
from sync.parts import open_parts
from tests.support.verify_page import Altered
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SignedLog, an_hour_of_readings, checked, failed, outcomes

STRANGE: list[tuple[EntryType, dict[str, JsonValue]]] = [
    (EntryType.PLAN, {"x": 1}),
    (EntryType.AMENDMENT, {"kind": "of_a_newer_program", "first": 10, "last": 12, "evidence": "s", "person": "A"}),
    (EntryType.AMENDMENT, {"kind": "value_correction", "first": "a"}),
    (EntryType.CALIBRATION, {"sensor": 5, "event": []}),
    (EntryType.CALIBRATION, {"x": 1}),
    (EntryType.STANDARD, {"x": 1}),
    (EntryType.CLOCK, {"event": "newer"}),
    (EntryType.VISIT, {"x": 1}),
]


@pytest.mark.parametrize(("kind", "body"), STRANGE)
def test_an_entry_of_an_unknown_form_is_told_and_skipped(
    tmp_path: Path, kind: EntryType, body: dict[str, JsonValue]
) -> None:
    log = an_hour_of_readings()
    log.recorded.put(encode_entry(kind, log.recorded.stamp(), body))
    log.readings(2)
    log.sign()
    path = log.bundle(tmp_path).path
    source = log.write(tmp_path / "home")
    verdicts = checked(path, log.register()), verify_log(source.buffer, source.checkpoints, Given(log.register()))
    for verdict in verdicts:
        assert not list(failed(verdict))
        assert outcomes(verdict)["unread"] == "not_checked"


def test_a_calibration_of_a_strange_event_that_a_reading_names_is_told(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    strange = log.recorded.put(encode_entry(EntryType.CALIBRATION, log.recorded.stamp(), {"event": []}))
    log.readings(1)
    log.recorded.entries[-1] = log.recorded.entries[-1].replace(b'"cal":{}', b'"cal":{"wind":%d}' % strange)
    log.sign()
    assert "unknown_calibrations" in outcomes(checked(log.bundle(tmp_path).path))


def test_nothing_is_called_passed_about_readings_where_there_are_none(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.sign()
    found = outcomes(checked(log.bundle(tmp_path).path, log.register()))
    assert {found[name] for name in ("order", "completeness", "values", "flags")} == {"not_checked"}


def run_back() -> SignedLog:
    """A log in which the clock that counts from the computer's start was turned back, and the wall clock with it."""
    log = SignedLog().begin()
    log.readings(10)
    log.recorded.t_ns -= 7 * S
    log.recorded.mono_us -= 7_000_000
    log.readings(60)
    log.sign()
    return log


def test_the_clock_that_nobody_sets_cannot_run_back(tmp_path: Path) -> None:
    log = run_back()
    found = next(one for one in checked(log.bundle(tmp_path).path).checks if one.name == "order")
    assert found.outcome == "failed"
    assert "runs back by 6 s" in found.words


def test_the_verdict_names_the_period_and_the_sensors_that_the_bundle_claims(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    until = T0 + 40 * S
    about = checked(log.bundle(tmp_path, period=Period(T0, until)).path).about
    assert f"the period {rfc3339_from_ns(T0)} to {rfc3339_from_ns(until)} of the log" in about
    assert about.endswith("asked for were all sensors.")


@pytest.mark.parametrize("lie", ["period", "inverted", "twice"])
def test_an_index_that_cannot_be_read_in_one_way_is_refused(tmp_path: Path, lie: str) -> None:
    log = an_hour_of_readings()
    altered = Altered(log.bundle(tmp_path).path, tmp_path / "altered")
    index = altered.index
    (second,) = [replace(note, name="checkpoints2") for note in index.files if note.kind == "checkpoints"]
    lies = {
        "period": replace(index, start="garbage"),
        "inverted": replace(index, start="2030-01-01T00:00:00Z", until="2020-01-01T00:00:00Z"),
        "twice": replace(index, files=(*index.files, second)),
    }
    altered.put_index(lies[lie])
    found = checked(altered.folder)
    assert found.standing == "unreadable"
    assert "pydantic" not in str(found)


def test_checkpoints_that_repeat_are_refused_at_once(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    altered = Altered(log.bundle(tmp_path).path, tmp_path / "altered")
    line = note_line(str(log.checkpoints[0])) + b"\n"
    altered.put(CHECKPOINTS, gzip.compress(line * 50_000, mtime=0))
    found = checked(altered.folder)
    assert "sizes do not rise" in next(check.words for check in found.checks if check.name == "earlier")


def test_a_witness_dated_before_the_entries_that_it_covers_fails(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    path, head = log.bundle(tmp_path).path, log.head()
    late = log.recorded.t_ns

    def dated(time_ns: int) -> list[str]:
        return list(failed(checked(path, witnesses=[Witness(head.size, head.root, "Ana", time_ns=time_ns)])))

    assert dated(late) == dated(late - 30 * S) == []
    assert dated(late - 3600 * S) == ["witness_dates"]


def test_a_bundle_packed_with_its_folder_is_read(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    folder = log.bundle(tmp_path).path
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.mkdir("evidence")
        for file in folder.iterdir():
            archive.write(file, f"evidence/{file.name}")
    assert checked(tmp_path / "packed.zip", log.register()).standing == "sound"
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        for place in ("one", "two"):
            archive.writestr(f"{place}/index.json", b"{}")
    with pytest.raises(NotEvidence, match="two files"), open_parts(tmp_path / "twice.zip"):
        pass


def test_what_evidence_says_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Output().line("station x\n\x1b[2K\x9b1AVerdict: sound\u202e")
    assert capsys.readouterr().out == "station x\\u000a\\u001b[2K\\u009b1AVerdict: sound\\u202e\n"
    Output().json({"device": "x\n\x9b"})
    assert capsys.readouterr().out == '{"device":"x\\n\\u009b"}\n'


def test_a_clock_that_ran_ahead_and_was_set_right_is_named_and_not_called_a_lie(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.readings(5)
    log.recorded.t_ns -= 5 * 86_400 * S
    log.recorded.clock("trusted")
    back = log.readings(5)[0]
    log.sign()
    source = log.write(tmp_path / "own")
    for verdict in (checked(log.bundle(tmp_path).path), verify_log(source.buffer, source.checkpoints)):
        found = next(one for one in verdict.checks if one.name == "order")
        assert found.outcome == "not_checked"
        assert f"Entry {back}" in found.words
        assert "entry that tells of the computer's clock" in found.words
        assert "order" not in failed(verdict)
