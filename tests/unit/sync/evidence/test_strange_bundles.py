# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Bundles and logs that someone made or packed strangely: told in words, quickly, and never with a traceback."""

import gzip
import zipfile
from pathlib import Path

import pytest

from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import EntryType, encode_entry
from sync.commands.telling import Output
from sync.evidence.context import note_line
from sync.evidence.form import CHECKPOINTS, NotEvidence
from sync.evidence.given import Given
from sync.evidence.heads import Witness
from sync.home_verdict import verify_log
from sync.parts import open_parts
from tests.support.verify_page import Altered
from tests.unit.sync.recorded import S
from tests.unit.sync.signed_logs import an_hour_of_readings, checked, failed, outcomes

STRANGE: list[tuple[EntryType, dict[str, JsonValue]]] = [
    (EntryType.PLAN, {"x": 1}),
    (EntryType.AMENDMENT, {"kind": "of_a_newer_program", "first": 10, "last": 12, "evidence": "s", "person": "A"}),
    (EntryType.AMENDMENT, {"kind": "value_correction", "first": "a"}),
    (EntryType.CALIBRATION, {"sensor": 5, "event": []}),
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
        if kind is not EntryType.CALIBRATION:
            assert outcomes(verdict)["unread"] == "not_checked"


def test_a_calibration_of_a_strange_event_that_a_reading_names_is_told(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    strange = log.recorded.put(encode_entry(EntryType.CALIBRATION, log.recorded.stamp(), {"event": []}))
    log.readings(1)
    log.recorded.entries[-1] = log.recorded.entries[-1].replace(b'"cal":{}', b'"cal":{"wind":%d}' % strange)
    log.sign()
    assert "unknown_calibrations" in outcomes(checked(log.bundle(tmp_path).path))


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
