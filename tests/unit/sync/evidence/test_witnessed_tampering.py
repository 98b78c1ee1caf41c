# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What only somebody outside can show: a tail written anew with the stolen key, yesterday's copy, another project.

Each is detected by every kind of witness and named with its entries; without one the verdict says what is not proven.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.buffer.record import Head
from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.checkpoint import SignedCheckpoint
from edge_daemon.station.witness import HeadWitness
from sync.evidence.given import Given
from sync.evidence.heads import Witness
from sync.evidence.register import Register, RegisteredStation
from sync.evidence.verdict import Check, Verdict
from sync.home_verdict import verify_log
from sync.sinks.file.receipt import write_receipt
from sync.witnesses import witness_from
from tests.unit.sync.evidence.anchored import Anchored, anchored
from tests.unit.sync.recorded import ORIGIN, T0, Recorded, S
from tests.unit.sync.signed_logs import SignedLog, an_hour_of_readings, checked, failed, outcomes

Keep = Callable[[Path, SignedCheckpoint], str]
"""Keeps a head somewhere; gives what a person then names as the witness."""


def photographed(_folder: Path, signed: SignedCheckpoint) -> str:
    head = signed.checkpoint
    return f"{head.origin} {head.size}:{head.root.hex()}"


def as_a_checkpoint(folder: Path, signed: SignedCheckpoint) -> str:
    (folder / "kept.note").write_text(str(signed), encoding="utf-8")
    return str(folder / "kept.note")


def as_a_receipt(folder: Path, signed: SignedCheckpoint) -> str:
    office = InfluxDestination("office", "https://influx.example", "coast", "readings")
    seen_ns = T0 + 3600 * S
    path = write_receipt(folder / "stick.tar", "0" * 64, ORIGIN, office, ((4, 9),), [], seen_ns, signed.checkpoint)
    return str(path)


def beside_the_key(folder: Path, signed: SignedCheckpoint) -> str:
    head = signed.checkpoint
    HeadWitness(folder / "heads").see(Head(head.origin, head.size, head.root), folder)
    (file,) = (folder / "heads").iterdir()
    return str(file)


KEEPERS = [photographed, as_a_checkpoint, as_a_receipt, beside_the_key]


def continued(log: SignedLog, size: int, change: Callable[[bytes], bytes]) -> SignedLog:
    """The log as someone with the stolen key would continue its first `size` entries."""
    entries = log.recorded.entries
    stolen = SignedLog(replace(log.recorded, entries=entries[:size]), log.key, log.configuration)
    for data in entries[size:]:
        stolen.recorded.put(change(data))
    stolen.checkpoints = [signed for signed in log.checkpoints if signed.checkpoint.size <= size]
    stolen.sign()
    return stolen


def forged(data: bytes) -> bytes:
    return data.replace(b'"wind":[1,1,', b'"wind":[9,9,')


def witnesses_of(verdict: Verdict) -> list[Check]:
    return [check for check in verdict.checks if check.name == "witness"]


@pytest.mark.parametrize("keep", KEEPERS)
def test_a_tail_written_anew_with_the_stolen_key_is_named_by_every_kind_of_witness(tmp_path: Path, keep: Keep) -> None:
    log = an_hour_of_readings()
    early, late = log.checkpoints[:2]
    size = early.checkpoint.size
    path = continued(log, size, forged).bundle(tmp_path).path
    alone = checked(path, log.register())
    assert alone.standing == "sound"
    assert any("written anew by someone who has the device key" in words for words in alone.not_proven)
    given = [witness_from(photographed(tmp_path, early)), witness_from(keep(tmp_path, late))]
    found = checked(path, log.register(), witnesses=given)
    assert found.standing == "failed"
    assert [check.entry for check in witnesses_of(found) if check.outcome == "failed"] == [size]
    sound = checked(log.bundle(tmp_path / "home", "sound").path, log.register(), witnesses=given)
    assert sound.standing == "sound"


@settings(max_examples=40)
@given(data=st.data())
def test_whatever_is_written_anew_before_a_witness_saw_it_is_detected(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = an_hour_of_readings()
    size = len(log.recorded.entries)
    since = data.draw(st.integers(10, size - 1))
    at = data.draw(st.integers(since, size - 1))
    seen = data.draw(st.integers(at + 1, size))
    target = log.recorded.entries[at]
    salted = json.loads(target)
    salted["salt"] = "B" * 21 + "A"
    changed = json.dumps(salted, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    stolen = continued(log, since, lambda entry: changed if entry == target else entry)
    head = log.head(seen)
    source = stolen.write(folder / "home")
    witness = Witness(head.size, head.root, "Ana's photograph", ORIGIN)
    verdict = verify_log(source.buffer, source.checkpoints, Given(log.register(), [witness]))
    assert "witness" in set(failed(verdict))


@pytest.mark.parametrize("keep", KEEPERS)
def test_yesterdays_copy_is_named_by_every_kind_of_witness(tmp_path: Path, keep: Keep) -> None:
    log = an_hour_of_readings()
    yesterday = SignedLog(replace(log.recorded, entries=log.recorded.entries[:100]), log.key)
    yesterday.sign()
    source = yesterday.write(tmp_path / "home")
    witness = witness_from(keep(tmp_path, log.checkpoints[-1]))
    verdict = verify_log(source.buffer, source.checkpoints, Given(log.register(), [witness]))
    assert list(failed(verdict)) == ["witness"]
    assert verdict.first_entry == 100
    assert "older copy" in "\n".join(verdict.lines())


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Anchored]:
    log = SignedLog().begin()
    with anchored(tmp_path, log) as made:
        log.readings(20)
        log.sign()
        made.anchor()
        log.readings(20)
        log.sign()
        made.anchor()
        yield made


def test_yesterdays_copy_put_back_is_named_by_a_later_anchor(station: Anchored, tmp_path: Path) -> None:
    notes, answers = station.notes, station.answers()
    entries = station.log.recorded.entries
    yesterday = SignedLog(replace(station.log.recorded, entries=entries[:25]), station.log.key)
    yesterday.sign()
    source = yesterday.write(tmp_path / "put back")
    verdict = verify_log(source.buffer, source.checkpoints, Given(station.log.register(), (), notes, answers))
    assert verdict.standing == "failed"
    (check,) = (check for check in verdict.checks if check.name == "anchor_records" and check.outcome == "failed")
    assert check.entry == 25
    assert f"{len(entries)} entries were anchored" in check.words
    assert "older copy was put back" in check.words


def test_a_register_of_another_project_vouches_for_nothing_here(tmp_path: Path) -> None:
    """The same laptop and key, registered by two projects: each register speaks for its own logs only."""
    log = an_hour_of_readings()
    path = log.bundle(tmp_path).path
    ours = log.register()
    theirs = replace(ours, project_id="P2")
    assert checked(path, ours).standing == "sound"
    refused = checked(path, theirs)
    assert (refused.standing, outcomes(refused)["signer"]) == ("failed", "failed")
    assert any("of the project P2" in check.words and "of P1" in check.words for check in refused.checks)


def test_a_log_of_another_project_does_not_pass_for_one_of_this(tmp_path: Path) -> None:
    other = SignedLog(Recorded(origin="verifield/log/" + "cd" * 16)).begin()
    body = json.loads(other.recorded.entries[0])
    body["project_id"] = "P2"
    other.recorded.entries[0] = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
    other.readings(10)
    other.sign()
    path = other.bundle(tmp_path).path
    register = other.register()
    assert outcomes(checked(path, register))["signer"] == "failed", "the key is right, the project is not"
    known = RegisteredStation("station-1", ("verifield/log/" + "ab" * 16,), register.stations[0].keys)
    assert outcomes(checked(path, Register("P2", (known,))))["signer"] == "failed", "that log was never registered"
    assert outcomes(checked(path, replace(register, project_id="P2")))["signer"] == "passed"


@pytest.mark.parametrize("text", ["", "5", "x:y", "5:" + "0" * 63, "5:" + "0" * 64 + "@yesterday", "no such file"])
def test_what_names_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="photographed code"):
        witness_from(text)


def test_a_last_head_that_names_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text('{"size": 3}')
    with pytest.raises(BadInput, match="names no head"):
        witness_from(str(tmp_path / "head.json"))
