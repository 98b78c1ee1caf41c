# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Anchors in evidence: held against the log offline, against the chain online, and what stays exposed until when."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import ns_from_rfc3339
from sync.anchor.aptos_node import AptosNode
from sync.anchor.chain import Absent, Committed
from sync.anchor.ledger.misbehaviour import Kind, Planned
from sync.anchor.node_http import NodeHttp
from sync.bundle import Period
from sync.evidence.anchors import read_anchor
from sync.evidence.exposure import BARE
from sync.evidence.given import Given
from sync.evidence.heads import Witness
from sync.home_verdict import verify_log
from tests.unit.sync.anchor.bench import Wire, paying_key, settings
from tests.unit.sync.anchor.test_local_ledger import valid
from tests.unit.sync.evidence.anchored import (
    Anchored,
    anchored,
    bundle_verdict,
    named,
    notes_in,
    trusting,
    twice_anchored,
)
from tests.unit.sync.signed_logs import SignedLog, failed, outcomes

ONLINE = ("anchor", "anchor_chain", "anchor_call", "anchor_arguments", "anchor_time")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Anchored]:
    with twice_anchored(tmp_path) as made:
        yield made


def test_offline_an_anchor_is_told_and_never_called_passed(station: Anchored) -> None:
    verdict = station.verdict(online=False)
    assert verdict.standing == "sound"
    assert named(verdict, "anchor_records").outcome == "passed"
    assert (named(verdict, "anchor").outcome, outcomes(verdict).get("anchor_time")) == ("not_checked", None)
    assert {one.basis for one in verdict.exposure} == {"told", "none"}


def test_online_everything_about_both_anchors_holds(station: Anchored, tmp_path: Path) -> None:
    path = station.bundle(tmp_path / "bundle")
    assert [note.data_hash for note in notes_in(path)] == [note.data_hash for note in station.notes]
    for verdict in (station.verdict(), bundle_verdict(path, answers=station.answers(notes_in(path)))):
        assert {name: outcomes(verdict)[name] for name in ONLINE} == dict.fromkeys(ONLINE, "passed")
        assert "2 of 2" in named(verdict, "anchor").words
        assert list(failed(verdict)) == []


def test_each_range_says_from_when_to_when_it_was_exposed(station: Anchored, tmp_path: Path) -> None:
    sizes = [signed.checkpoint.size for signed in station.log.checkpoints]
    home = station.verdict()
    bundle = bundle_verdict(station.bundle(tmp_path / "b"), answers=station.answers())
    for verdict in (home, bundle):
        first, second, rest = verdict.exposure
        assert [(one.first, one.end) for one in verdict.exposure] == list(zip([0, *sizes], sizes, strict=False))
        assert (first.basis, second.basis, rest.basis) == ("chain", "chain", "none")
        at_s = (ns_from_rfc3339(first.fixed) - ns_from_rfc3339(first.recorded_from)) / 10**9
        assert first.exposed_s == pytest.approx(at_s)
        assert at_s > 0
        assert rest.fixed == ""
        assert "UNWITNESSED" in str(rest)
        assert f"Entries {sizes[1]} to {sizes[2] - 1}" in "\n".join(verdict.lines())


def test_a_part_of_the_log_is_fixed_by_anchors_made_before_and_after_it(station: Anchored, tmp_path: Path) -> None:
    start_ns = station.log.recorded.t_ns - 30 * 10**9
    path = station.bundle(tmp_path / "part", Period(start_ns, start_ns + 10 * 10**9))
    verdict = bundle_verdict(path, answers=station.answers(notes_in(path)))
    assert outcomes(verdict)["anchor"] == "passed"
    assert [one.basis for one in verdict.exposure] == ["chain"]


def test_a_witness_fixes_what_it_saw_and_may_say_since_when(station: Anchored) -> None:
    head = station.log.checkpoints[-1].checkpoint
    saw = Witness(head.size, head.root, "Ana", time_ns=station.log.recorded.t_ns + 10**9)
    given = Given(None, [saw], station.notes)
    verdict = verify_log(station.home.buffer, station.source.checkpoints, given)
    assert [one.basis for one in verdict.exposure] == ["witness"] * 3, "the earliest head that covers a range counts"
    assert verdict.exposure[-1].exposed_s == pytest.approx(5.0, abs=1.0)
    untimed = Given(None, [replace(saw, time_ns=None)])
    verdict = verify_log(station.home.buffer, station.source.checkpoints, untimed)
    assert (verdict.exposure[-1].basis, verdict.exposure[-1].exposed_s) == ("witness", None)


def test_what_the_node_answers_is_the_official_schemas(station: Anchored) -> None:
    for note in station.notes:
        answer = station.where.rest.handle("GET", f"/v1/transactions/by_hash/{note.transaction_hash}", "", b"")
        valid("Transaction", json.loads(answer.body))


@pytest.mark.parametrize("kind", [Kind.DROP, Kind.CUT, Kind.LIMIT, Kind.ERROR, Kind.BUSY, Kind.STALE])
def test_a_misbehaving_node_is_asked_again(station: Anchored, kind: Kind) -> None:
    station.where.rest.misbehaviour.plan(Planned(kind, 2))
    assert outcomes(station.verdict())["anchor"] == "passed"


def test_a_node_that_gives_no_usable_answer_leaves_it_open(station: Anchored) -> None:
    station.where.rest.misbehaviour.plan(Planned(Kind.ERROR, 1000))
    verdict = station.verdict()
    assert verdict.standing == "sound"
    assert named(verdict, "anchor_open").outcome == "not_checked"
    assert not {"anchor", "anchor_time"} & outcomes(verdict).keys()
    assert [one.basis for one in verdict.exposure] == ["told", "told", "none"], "it is no worse than not asking"
    assert "the chain could not be asked" in verdict.exposure[0].by


class Liar(httpx.BaseTransport):
    """A node between the ledger and whoever asks, which changes what is said of transactions."""

    def __init__(self, wire: Wire, **lies: Any) -> None:
        self._wire, self._lies = wire, lies

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._wire.handle_request(request)
        headers = dict(answer.headers)
        if "chain" in self._lies:
            headers["x-aptos-chain-id"] = str(self._lies["chain"])
        content = answer.read()
        if "/by_hash/" in request.url.path:
            told = json.loads(content)
            told |= {name: value for name, value in self._lies.items() if name in told}
            told["payload"] |= {name: value for name, value in self._lies.items() if name in told["payload"]}
            content = json.dumps(told).encode()
        headers.pop("content-length", None)
        return httpx.Response(answer.status_code, headers=headers, content=content)


def asked_of(station: Anchored, **lies: Any) -> Any:
    node = AptosNode(NodeHttp("http://127.0.0.1:1/v1", transport=Liar(Wire(station.where.rest), **lies)))
    given = Given(None, (), station.notes, station.answers(node=node))
    return verify_log(station.home.buffer, station.source.checkpoints, given)


@pytest.mark.parametrize(
    ("lies", "name"),
    [
        ({"success": False, "vm_status": "Out of gas"}, "anchor"),
        ({"function": "0x1::iot_verification::store_iot_data_hash"}, "anchor_call"),
        ({"function": "0x1::coin::transfer"}, "anchor_call"),
        ({"arguments": ["P1", "00" * 32, "90", "high", "1795421700"]}, "anchor_arguments"),
        ({"arguments": []}, "anchor_arguments"),
        ({"timestamp": "1795421700000000"}, "anchor_time"),
    ],
)
def test_a_chain_that_says_something_else_than_the_record_fails(
    station: Anchored, lies: dict[str, Any], name: str
) -> None:
    verdict = asked_of(station, **lies)
    assert list(failed(verdict)) == [name]
    assert all(one.basis == "none" for one in verdict.exposure), "what the chain does not confirm fixes nothing"


def test_a_node_of_another_chain_says_nothing(station: Anchored) -> None:
    verdict = asked_of(station, chain=1)
    assert outcomes(verdict)["anchor_chain"] == "not_checked"
    assert "anchor" not in outcomes(verdict)
    assert list(failed(verdict)) == []


def test_an_anchor_that_the_chain_does_not_have_is_named(station: Anchored, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with anchored(tmp_path / "other", SignedLog().begin()) as elsewhere:
        elsewhere.where.clock.move(10_000_000)
        answers = elsewhere.answers(station.notes)
    verdict = verify_log(station.home.buffer, station.source.checkpoints, Given(None, (), station.notes, answers))
    assert list(failed(verdict)) == ["anchor"]
    assert "does not know" in named(verdict, "anchor").words


def test_a_node_that_lags_behind_the_anchor_is_not_believed(station: Anchored, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with anchored(tmp_path / "other", SignedLog().begin()) as elsewhere:
        elsewhere.where.clock.move(-10_000)
        answers = elsewhere.answers(station.notes)
    verdict = verify_log(station.home.buffer, station.source.checkpoints, Given(None, (), station.notes, answers))
    assert named(verdict, "anchor_open").outcome == "not_checked"
    assert list(failed(verdict)) == []


def test_a_contract_that_the_record_names_is_no_witness_by_itself(station: Anchored) -> None:
    """Anyone can publish a contract that answers as it likes: only the transaction on the chain fixes anything."""
    notes = [replace(note, transaction=b"", ledger_ns=None) for note in station.notes]
    given = Given(None, (), notes, station.answers(notes))
    verdict = verify_log(station.home.buffer, station.source.checkpoints, given)
    assert "anchor" not in outcomes(verdict)
    assert named(verdict, "anchor_open").outcome == "not_checked"
    assert "was asked without its transaction" in named(verdict, "anchor_open").words
    assert "anchor_records" not in outcomes(verdict)
    assert "2 agree" in named(verdict, "anchor_unsent").words
    assert "nobody signed that they were sent" in named(verdict, "anchor_unsent").words
    assert {one.basis for one in verdict.exposure} <= BARE


class Unknowing:
    """A node that knows neither transactions nor what the contract has."""

    def __init__(self, node: AptosNode) -> None:
        self._node = node

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)

    def by_hash(self, transaction: str) -> Absent:
        return Absent(self._node.ledger())

    def anchored(self, *_: object) -> None:
        return None


class Forgetful:
    """A node that keeps no old transactions."""

    def __init__(self, node: AptosNode) -> None:
        self._node = node

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)

    def by_hash(self, transaction: str) -> Absent:
        return Absent(self._node.ledger())


def test_a_node_that_has_forgotten_a_transaction_does_not_make_the_anchor_false(station: Anchored) -> None:
    answers = station.answers(node=cast(AptosNode, Forgetful(station.where.node())))
    verdict = verify_log(station.home.buffer, station.source.checkpoints, Given(None, (), station.notes, answers))
    assert list(failed(verdict)) == []
    assert named(verdict, "anchor_open").outcome == "not_checked"
    assert "has forgotten its transaction" in named(verdict, "anchor_open").words
    other = {key: replace(answer, stored=replace(answer.stored, quality_score=99)) for key, answer in answers.items()
             if answer.stored}  # fmt: skip
    verdict = verify_log(station.home.buffer, station.source.checkpoints, Given(None, (), station.notes, other))
    assert list(failed(verdict)) == ["anchor_arguments"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": "mainnet"}, "said to be on 'mainnet', and its record names chain 245"),
        ({"ledger_ns": 4 * 10**18}, "after its transaction had expired"),
        ({"ledger_ns": 1_795_421_700 * 10**9}, "before the period that it covers ended"),
        ({"ledger_ns": 10**30}, "lies outside the years"),
        ({"ledger_ns": -(10**30)}, "lies outside the years"),
    ],
)
def test_what_stands_beside_the_record_may_not_contradict_it(
    station: Anchored, change: dict[str, Any], words: str
) -> None:
    first, second = station.notes
    given = Given(None, (), [replace(first, **change), second])
    verdict = verify_log(station.home.buffer, station.source.checkpoints, given)
    assert list(failed(verdict)) == ["anchor_records"]
    assert words in named(verdict, "anchor_records").words


@pytest.mark.parametrize(
    ("lie", "name", "words"),
    [
        ({"project": "P2"}, "anchor_records", "made for the project P2, and the log is of P1"),
        ({"device_key": b"\x22" * 32}, "anchor_records", "another device key"),
        ({"start_ns": 1_700_000_000 * 10**9}, "anchor_period", "says that they begin at"),
    ],
)
def test_a_record_that_says_something_else_of_the_log_fails_though_the_chain_has_it(
    tmp_path: Path, lie: dict[str, Any], name: str, words: str
) -> None:
    log = SignedLog().begin()
    with anchored(tmp_path, log) as made:
        with made.where.rest.chain.state.changing():
            made.where.rest.chain.state.grant("P2", paying_key().address)
        log.readings(40)
        log.sign()
        made.anchor(lambda head: replace(head, **lie))
        for verdict in (made.verdict(), bundle_verdict(made.bundle(tmp_path / "b"), answers=made.answers())):
            assert list(failed(verdict)) == [name]
            assert words in named(verdict, name).words


def test_a_node_of_ones_own_belongs_to_the_chain_that_it_names(station: Anchored) -> None:
    notes = [replace(note, network="custom") for note in station.notes]
    verdict = verify_log(station.home.buffer, station.source.checkpoints, Given(None, (), notes))
    assert not list(failed(verdict))
    assert "local-ledger" in named(verdict, "anchor_public").words
    with pytest.raises(BadInput, match="choose --network mainnet"):
        replace(settings(), network="custom", chain_id=1)


def test_an_anchor_that_never_was_is_not_excused_by_a_time_in_the_future(station: Anchored) -> None:
    ahead_ns = station.where.clock.now_us * 1000 + 10**10
    notes = [replace(note, ledger_ns=ahead_ns) for note in station.notes]

    def told() -> str:
        node = cast(AptosNode, Unknowing(station.where.node()))
        answers = station.answers(notes, node=node)
        given = trusting(Given(station.log.register(), (), notes, answers))
        return verify_log(station.home.buffer, station.source.checkpoints, given).standing

    assert told() == "sound", "the node may lag behind"
    station.where.clock.move(100_000)
    assert told() == "failed", "it is far past what the transaction allows"


@pytest.mark.parametrize(("later_s", "outcome"), [(-1, "failed"), (0, "passed"), (10**5, "passed")])
def test_an_anchor_may_be_taken_within_the_second_in_which_its_period_ends(
    tmp_path: Path, later_s: int, outcome: str
) -> None:
    """The contract counts whole seconds."""
    log = SignedLog().begin()
    with anchored(tmp_path, log) as station:
        log.recorded.pass_(0.4 - log.recorded.t_ns % 10**9 / 10**9)
        log.note("within a second")
        log.sign()
        station.anchor()
        (note,) = station.notes
        end_s, part_ns = divmod(read_anchor(note).end_ns, 10**9)
        assert part_ns > 0
        given = Given(None, (), [replace(note, ledger_ns=(end_s + later_s) * 10**9)])
        verdict = verify_log(station.home.buffer, station.source.checkpoints, given)
    assert named(verdict, "anchor_records").outcome == outcome


def test_the_nodes_that_were_asked_are_named(station: Anchored) -> None:
    assert "asked: the ledger" in named(station.verdict(), "anchor").words


def test_a_clock_ahead_of_the_chain_by_less_than_a_second_is_no_fault(station: Anchored) -> None:
    """The contract counts whole seconds, and so it took the anchor."""
    ends_ns = [read_anchor(note).end_ns for note in station.notes]
    answers = {
        note.data_hash: replace(answer, seen=replace(answer.seen, time_us=end_ns // 10**9 * 10**6))
        for note, end_ns, answer in zip(station.notes, ends_ns, station.answers().values(), strict=True)
        if isinstance(answer.seen, Committed)
    }
    verdict = verify_log(station.home.buffer, station.source.checkpoints, Given(None, (), station.notes, answers))
    assert outcomes(verdict)["anchor_time"] == "passed"
