# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Anchors that were altered, belong to others, or were made elsewhere than the project says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.canonical import canonical
from sync.bundle import Period, write_bundle
from sync.evidence.anchors import AnchorNote, anchor_line, anchor_of_line
from sync.evidence.form import NotEvidence
from sync.evidence.given import Given
from sync.evidence.register import Register, RegisteredLedger
from sync.home_verdict import verify_log
from tests.unit.sync.anchor.bench import paying_key, settings
from tests.unit.sync.evidence.anchored import Anchored, anchored, bundle_verdict, named, twice_anchored
from tests.unit.sync.signed_logs import SignedLog, failed


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Anchored]:
    with twice_anchored(tmp_path) as made:
        yield made


def test_a_tail_rewritten_after_an_anchor_contradicts_it(station: Anchored, tmp_path: Path) -> None:
    """With the stolen key, between the two anchors: the second names the range, offline already."""
    log = station.log
    size = log.checkpoints[0].checkpoint.size
    stolen = SignedLog(replace(log.recorded, entries=log.recorded.entries[:size]), log.key, log.configuration)
    for data in log.recorded.entries[size:]:
        stolen.recorded.put(data.replace(b'"wind":[1,1,', b'"wind":[9,9,'))
    stolen.sign()
    source = stolen.write(tmp_path / "stolen")
    verdict = verify_log(source.buffer, source.checkpoints, Given(log.register(), (), station.notes))
    assert list(failed(verdict)) == ["anchor_records"]
    assert named(verdict, "anchor_records").entry == size
    assert "written anew" in named(verdict, "anchor_records").words
    without = verify_log(source.buffer, source.checkpoints, Given(log.register()))
    assert without.standing == "sound", "without an outside witness nothing shows it"
    assert [one.basis for one in without.exposure] == ["none"]
    path = replace_anchors(station, stolen, tmp_path)
    assert named(bundle_verdict(path), "anchor_records").entry == size


def replace_anchors(station: Anchored, stolen: SignedLog, folder: Path) -> Path:
    source = replace(stolen.write(folder / "again"), anchors=tuple(station.notes))
    return write_bundle(source, Period(), (), folder / "forged").path


@pytest.mark.parametrize(
    "change",
    [
        lambda note: replace(note, record=note.record.replace(b'"score":null', b'"score":99')),
        lambda note: replace(note, record=note.record.replace(b'"since":0', b'"since":1')),
        lambda note: replace(note, record=b"{}"),
        lambda note: replace(note, record=note.record[:-1] + b" }"),
        lambda note: replace(note, transaction=note.transaction[:-1] + bytes([note.transaction[-1] ^ 1])),
        lambda note: replace(note, transaction=note.transaction[:40]),
    ],
)
def test_an_anchor_altered_in_the_evidence_is_refused(station: Anchored, change: Any) -> None:
    first, second = station.notes
    changed = change(first)
    assert changed != first
    verdict = verify_log(station.home.buffer, station.source.checkpoints, Given(None, (), [changed, second]))
    assert "anchor_records" in set(failed(verdict))


def test_a_period_that_ends_at_another_time_than_its_last_entry_is_named(tmp_path: Path) -> None:
    log = SignedLog().begin()
    with anchored(tmp_path, log) as made:
        log.readings(20)
        log.sign()
        made.anchor(lambda head: replace(head, start_ns=head.start_ns - 10**12, end_ns=head.end_ns - 10**12))
        for verdict in (made.verdict(), bundle_verdict(made.bundle(tmp_path / "b"), answers=made.answers())):
            assert list(failed(verdict)) == ["anchor_period"]
            assert named(verdict, "anchor_period").entry == log.checkpoints[-1].checkpoint.size - 1


def test_an_account_that_the_register_does_not_name_is_refused(station: Anchored) -> None:
    known = station.log.register()
    own = replace(known, stations=(replace(known.stations[0], accounts=(paying_key().address,)),))
    other = replace(known, stations=(replace(known.stations[0], accounts=(paying_key(0x22).address,)),))
    assert station.verdict(register=own).standing == "sound"
    assert list(failed(station.verdict(register=other))) == ["anchor_records"]


def with_ledgers(register: Register, *ledgers: RegisteredLedger, **key: str) -> Register:
    (station,) = register.stations
    keys = tuple(replace(one, **key) for one in station.keys)
    return replace(register, stations=(replace(station, ledgers=ledgers, keys=keys),))


def test_an_anchor_counts_only_through_the_contract_and_chain_that_the_register_names(
    station: Anchored, tmp_path: Path
) -> None:
    known, chosen = station.log.register(), settings()
    here = RegisteredLedger(chosen.chain_id, chosen.contract)
    own = station.verdict(register=with_ledgers(known, here))
    assert (own.standing, named(own, "anchor_ledger").outcome) == ("sound", "passed")
    assert "chain" in {one.basis for one in own.exposure}
    path = station.bundle(tmp_path / "b")
    for other in (replace(here, chain_id=1), replace(here, contract="0x" + "9" * 64)):
        register = with_ledgers(known, other)
        for verdict in (
            station.verdict(register=register),
            bundle_verdict(path, Given(register, answers=station.answers())),
        ):
            assert named(verdict, "anchor_ledger").outcome == "not_checked"
            assert str(here) in named(verdict, "anchor_ledger").words
            assert {one.basis for one in verdict.exposure} <= {"unvouched", "none"}
            assert all("UNWITNESSED" in str(one) for one in verdict.exposure)
            assert named(verdict, "witness").outcome == "not_checked"
    both = station.verdict(register=with_ledgers(known, other, here))
    assert named(both, "anchor_ledger").outcome == "passed"


def test_what_is_anchored_elsewhere_does_not_outlive_a_revoked_key(station: Anchored) -> None:
    station.anchor()
    revoked = rfc3339_from_ns(station.where.clock.now_us * 1000 + 10**15)
    known, chosen = station.log.register(), settings()
    here = RegisteredLedger(chosen.chain_id, chosen.contract)
    assert station.verdict(register=with_ledgers(known, here, revoked=revoked)).standing == "sound"
    elsewhere = with_ledgers(known, replace(here, contract="0x" + "9" * 64), revoked=revoked)
    assert station.verdict(register=elsewhere).standing == "not_vouched_for"


def test_an_anchor_of_another_station_proves_nothing_here(station: Anchored, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    log = SignedLog(key=Ed25519PrivateKey.from_private_bytes(b"o" * 32)).begin()
    log.readings(100)
    log.sign()
    source = log.write(tmp_path / "other" / "home")
    verdict = verify_log(source.buffer, source.checkpoints, Given(None, (), station.notes))
    assert list(failed(verdict)) == ["anchor_records"]


def test_lines_read_back_and_others_are_refused(station: Anchored) -> None:
    for note in station.notes:
        assert anchor_of_line(anchor_line(note)) == note
    line = json.loads(anchor_line(station.notes[0]))
    for bad in ({}, {**line, "record": 1}, {**line, "transaction": "?"}, {**line, "ledger_ns": "soon"}):
        with pytest.raises(NotEvidence):
            anchor_of_line(canonical(bad))
    with pytest.raises(NotEvidence):
        anchor_line(AnchorNote(b"\xff", "testnet"))


def test_evidence_without_an_anchor_says_so(tmp_path: Path) -> None:
    log = SignedLog().begin()
    log.readings(3)
    log.sign()
    verdict = bundle_verdict(log.bundle(tmp_path).path)
    assert named(verdict, "anchor").outcome == "not_checked"
    assert "holds no anchor" in named(verdict, "anchor").words
