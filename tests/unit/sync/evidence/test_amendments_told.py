# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What persons corrected by hand stands in the verdict, with entry, number, person and reason."""

from pathlib import Path

from sync.bundle import Period
from sync.evidence.amendments_told import MOST_TOLD
from sync.evidence.verdict import Check, Verdict
from sync.home_verdict import verify_log
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SENSOR, an_hour_of_readings, checked


def told(verdict: Verdict) -> Check | None:
    return next((check for check in verdict.checks if check.name == "amendments"), None)


def test_without_an_amendment_nothing_is_said(tmp_path: Path) -> None:
    verdict = checked(an_hour_of_readings().bundle(tmp_path).path)
    assert told(verdict) is None
    assert not any("amendments of this log" in words for words in verdict.not_proven)


def test_a_correction_by_hand_is_told_with_its_number_and_who_made_it(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    index = log.recorded.amendment(
        "value_correction",
        log.configuration + 1,
        log.configuration + 9,
        sensors=(SENSOR,),
        channels=("wind",),
        gain=10.0,
    )
    log.recorded.amendment("withdrawal", log.configuration + 1, log.configuration + 9, replaces=index)
    log.sign()
    source = log.write(tmp_path / "own")
    for verdict in (checked(log.bundle(tmp_path).path), verify_log(source.buffer, source.checkpoints)):
        found = told(verdict)
        assert found is not None
        assert found.outcome == "not_checked"
        for words in (
            f"Entry {index} (replaced by entry {index + 1}), ",
            f"value correction of {SENSOR} (wind): values × 10, then 0 added",
            f"entries {log.configuration + 1} to {log.configuration + 9}",
            f"the amendment of entry {index} counts no longer",
        ):
            assert words in found.words
        assert any("2 amendments of this log" in words for words in verdict.not_proven)
    elsewhere = log.bundle(tmp_path / "own", period=Period(T0 + 80 * S, None)).path
    assert told(checked(elsewhere)) is None, "it concerns none of these entries"


def test_many_are_told_by_the_first_few(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    for _ in range(MOST_TOLD + 3):
        log.recorded.amendment("maintenance", log.configuration + 1, log.configuration + 2)
    log.sign()
    found = told(checked(log.bundle(tmp_path).path))
    assert found is not None
    assert "3 more are in the log" in found.words
