# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What stays unproven shrinks by what was proven: an anchor that the chain confirms, a witness that agrees."""

from pathlib import Path

from sync.evidence.heads import Witness
from sync.evidence.verdict import Verdict
from tests.unit.sync.evidence.anchored import anchored, bundle_verdict, notes_in
from tests.unit.sync.signed_logs import SignedLog, an_hour_of_readings, checked, outcomes


def anew(verdict: Verdict) -> list[str]:
    return [words for words in verdict.not_proven if "written anew" in words]


def test_an_anchor_that_the_chain_confirms_shows_that_nothing_was_written_anew(tmp_path: Path) -> None:
    log = SignedLog().begin()
    with anchored(tmp_path, log) as station:
        log.readings(20)
        log.sign()
        station.anchor()
        path = station.bundle(tmp_path / "b")
        offline, online = bundle_verdict(path), bundle_verdict(path, answers=station.answers(notes_in(path)))
        local = station.verdict()
    assert (len(anew(offline)), outcomes(offline)["witness"]) == (1, "not_checked")
    for found in (online, local):
        assert anew(found) == []
        assert "witness" not in outcomes(found)


def test_a_witness_shows_it_of_the_entries_that_it_saw_and_one_that_disagrees_of_none(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    path, early, head = log.bundle(tmp_path).path, log.checkpoints[0].checkpoint, log.head()
    (words,) = anew(checked(path, witnesses=[Witness(early.size, early.root, "Ana")]))
    assert f"after the first {early.size} entries" in words
    assert anew(checked(path, witnesses=[Witness(head.size, head.root, "Ana")])) == []
    (words,) = anew(checked(path, witnesses=[Witness(head.size, bytes(32), "Ana")]))
    assert words.startswith("that the log was not written anew")
