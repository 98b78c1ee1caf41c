# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The check of a log where it lies: what someone with access to the file can do to it, and what the verdict names."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.buffer.checkpoint_files import CheckpointFiles
from edge_daemon.log.bodies import GapBody
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.tree import Frontier
from sync.bundle import Source
from sync.evidence.given import Given
from sync.evidence.heads import Witness
from sync.evidence.verdict import Verdict
from sync.home_verdict import verify_log
from tests.support.log_files import execute
from tests.unit.sync.recorded import ORIGIN
from tests.unit.sync.signed_logs import SENSOR, SignedLog, an_hour_of_readings, entries_in, failed, outcomes


@pytest.fixture
def log() -> SignedLog:
    return an_hour_of_readings()


def verdict_of(source: Source, log: SignedLog, **more: object) -> Verdict:
    return verify_log(source.buffer, source.checkpoints, Given(log.register(), **more))  # type: ignore[arg-type]  # named by the test


def test_an_untouched_log_is_sound_and_its_unsigned_tail_is_told(tmp_path: Path, log: SignedLog) -> None:
    source = log.write(tmp_path / "home")
    assert verdict_of(source, log).standing == "sound"
    log.readings(4)
    log.write(tmp_path / "home")
    verdict = verdict_of(source, log)
    assert verdict.standing == "sound"
    assert outcomes(verdict)["tail"] == "not_checked"


def test_an_edited_column_is_named(tmp_path: Path, log: SignedLog) -> None:
    source = log.write(tmp_path / "home")
    execute(source.buffer, "UPDATE sample SET value = 99 WHERE idx = 20")
    verdict = verdict_of(source, log)
    assert list(failed(verdict)) == ["columns"]
    assert "sample" in next(check.words for check in verdict.checks if check.name == "columns")


@pytest.mark.parametrize("index", [0, 6, 70, 131])
def test_edited_bytes_name_their_entry(tmp_path: Path, log: SignedLog, index: int) -> None:
    source = log.write(tmp_path / "home")
    execute(source.buffer, "UPDATE entry SET bytes = replace(bytes, '2026-', '2025-') WHERE idx = ?", index)
    verdict = verdict_of(source, log)
    assert verdict.standing == "failed"
    assert verdict.first_entry == index


def rewrite(source: Source, index: int, data: bytes) -> None:
    """Put other bytes in place with all hashes, columns and marks computed anew: only what was signed can tell."""
    entries = [data if at == index else kept for at, kept in enumerate(_bytes(source))]
    frontier = Frontier()
    for position, value in enumerate(frontier.extend(map(leaf_hash, entries))):
        execute(source.buffer, "UPDATE tree_hash SET hash = ? WHERE position = ?", value, position)
    execute(source.buffer, "UPDATE entry SET bytes = ? WHERE idx = ?", data, index)
    mark = f"{frontier.size} {frontier.root().hex()}"
    execute(source.buffer, "UPDATE meta SET value = ? WHERE key = 'verified'", mark)


def _bytes(source: Source) -> list[bytes]:
    return [data for _, data in entries_in(source.buffer)]


def test_a_file_made_consistent_again_contradicts_what_was_signed(tmp_path: Path, log: SignedLog) -> None:
    source = log.write(tmp_path / "home")
    old = log.recorded.entries[70]
    rewrite(source, 70, old.replace(b'"q":90', b'"q":99'))
    verdict = verdict_of(source, log)
    assert outcomes(verdict)["bytes"] == "passed", "the file agrees with itself"
    assert "earlier" in set(failed(verdict))
    first = log.checkpoints[0].checkpoint
    witnessed = verdict_of(source, log, witnesses=[Witness(first.size, first.root, "Ben")])
    passed = [check for check in witnessed.checks if check.name == "witness"]
    assert [check.outcome for check in passed] == ["passed"], "the first entries are still the same"


def test_a_log_cut_off_below_what_was_signed_is_named(tmp_path: Path, log: SignedLog) -> None:
    whole = log.write(tmp_path / "home")
    short = SignedLog(replace(log.recorded, entries=log.recorded.entries[:100]), log.key)
    short.checkpoints = log.checkpoints[:1]
    cut = short.write(tmp_path / "yesterday")
    verdict = verify_log(cut.buffer, whole.checkpoints, Given(log.register()))
    named = next(check for check in verdict.checks if check.name == "truncated")
    assert (named.outcome, named.entry) == ("failed", 100)
    # Yesterday's copy of the whole folder agrees with itself: it takes a head from outside.
    alone = verify_log(cut.buffer, cut.checkpoints, Given(log.register()))
    assert alone.standing == "sound"
    assert any("written anew" in words for words in alone.not_proven)
    head = log.checkpoints[-1].checkpoint
    photograph = Witness(head.size, head.root, "The photograph", ORIGIN)
    seen = verify_log(cut.buffer, cut.checkpoints, Given(witnesses=[photograph]))
    assert list(failed(seen)) == ["witness"]


def test_a_checkpoint_file_that_is_none_is_told(tmp_path: Path, log: SignedLog) -> None:
    source = log.write(tmp_path / "home")
    next((tmp_path / "home" / "checkpoints").rglob("*.checkpoint")).write_text("nothing")
    assert "checkpoints" in set(failed(verdict_of(source, log)))
    assert isinstance(source.checkpoints, CheckpointFiles)


def test_a_log_without_a_key_has_no_signer(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    source = log.write(tmp_path / "home")
    verdict = verify_log(source.buffer, CheckpointFiles(tmp_path / "none"))
    assert outcomes(verdict)["signature"] == "not_checked"
    assert verdict.standing == "not_vouched_for"


def test_a_silence_that_no_gap_explains_fails_and_a_gap_explains_it(tmp_path: Path) -> None:
    silent = SignedLog().begin()
    silent.readings(3)
    silent.recorded.pass_(7200)
    bad = silent.readings(1)[0]
    silent.sign()
    verdict = verdict_of(silent.write(tmp_path / "silent"), silent)
    named = next(check for check in verdict.checks if check.name == "completeness")
    assert (named.outcome, named.entry) == ("failed", bad)
    told = SignedLog().begin()
    told.readings(3)
    told.gap(7200)
    told.readings(1)
    told.sign()
    assert outcomes(verdict_of(told.write(tmp_path / "told"), told))["completeness"] == "passed"


def test_a_short_silence_is_not_called_passed(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.readings(3)
    log.recorded.pass_(600)
    log.readings(3)
    log.sign()
    told = outcomes(verdict_of(log.write(tmp_path / "home"), log))
    assert (told["calm"], told["completeness"]) == ("not_checked", "not_checked")


def test_a_gap_that_does_not_join_the_reading_before_it_leaves_a_hole(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.readings(3)
    log.recorded.pass_(20_000)
    bad = log.recorded.add(
        GapBody(SENSOR, "2026-11-23T13:30:00.000000000Z", "2026-11-23T13:48:00.000000000Z", 9, ("unplugged",))
    )
    log.sign()
    verdict = verdict_of(log.write(tmp_path / "home"), log)
    named = next(check for check in verdict.checks if check.name == "completeness")
    assert (named.outcome, named.entry) == ("failed", bad)


def test_a_value_without_calibration_and_a_missing_flag_are_named(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.readings(5)
    value = log.recorded.entries[-1].replace(b'"wind":[1,1,1]', b'"wind":[1,2,1]')
    log.recorded.pass_(1)
    edited = log.recorded.put(value.replace(b"T08:15:05", b"T08:15:06").replace(b'"mono":6000000', b'"mono":7000000'))
    log.recorded.pass_(1)
    high = log.recorded.reading(SENSOR, log.configuration, {"temperature": 99.0, "wind": 1.0})
    log.sign()
    verdict = verdict_of(log.write(tmp_path / "home"), log)
    named = {check.name: check.entry for check in verdict.checks if check.outcome == "failed"}
    assert named == {"values": edited, "flags": high}


def test_a_reading_dated_back_by_hours_contradicts_the_order(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.recorded.pass_(9000)
    log.readings(5)
    log.recorded.pass_(-4000)
    back = log.readings(1)[0]
    log.sign()
    verdict = verdict_of(log.write(tmp_path / "home"), log)
    named = next(check for check in verdict.checks if check.name == "order")
    assert (named.outcome, named.entry) == ("failed", back)
