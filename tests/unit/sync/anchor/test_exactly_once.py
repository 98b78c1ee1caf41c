# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One anchor reaches the chain exactly once, whatever the network, the node and the laptop do."""

from pathlib import Path

import pytest

from sync.anchor.books import DONE, REFUSED, WAITING
from sync.anchor.chain import Stored
from sync.anchor.exactly_once import LIFE_S, GivenUp
from sync.anchor.faults import (
    AccountShared,
    AnchorMismatch,
    CallAborted,
    ChainCongested,
    ClockAhead,
    InsufficientBalance,
    SpendingLimitReached,
    WrongChain,
    WrongPayingKey,
)
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT
from sync.anchor.ledger.misbehaviour import Kind, Planned
from sync.anchor.record import AnchorRecord
from sync.anchor.transaction import read_transaction
from tests.unit.sync.anchor.bench import (
    NS,
    PROJECT,
    START_S,
    anchoring,
    books,
    head,
    ledger,
    paying_key,
    record,
    settings,
)


def test_anchors_once_and_keeps_everything_that_proves_it(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        done = anchoring(kept, where).finish(anchor)
        assert (done.state, done.version) == (DONE, 1)
        assert where.anchors == [(PROJECT, record().data_hash)]
        held = where.rest.chain.state.account(paying_key().address)[1]
        assert done.fee_octas == 10**8 - held > 0
        signed, told = kept.transaction(anchor.id) or (b"", {})
        assert read_transaction(signed).call == record().call
        assert read_transaction(signed).signature_is_valid
        assert (told["hash"], told["success"]) == (done.transaction_hash, True)


def test_a_second_run_sends_nothing_more(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        anchoring(kept, where).finish(anchor)
        again = kept.prepare(record(), "local-ledger")
        assert (again.id, again.state) == (anchor.id, DONE)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("at", range(10))
def test_any_misbehaviour_at_any_request_ends_with_one_anchor(tmp_path: Path, kind: Kind, at: int) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        requests = 0

        def strike(method: str, target: str, content: str, body: bytes) -> object:
            nonlocal requests
            if requests == at:
                where.rest.misbehaviour.plan(Planned(kind))
            requests += 1
            return handle(method, target, content, body)

        handle = where.rest.handle
        where.rest.handle = strike  # type: ignore[method-assign,assignment]  # counts requests
        refused = False
        try:
            anchoring(kept, where).finish(anchor)
        except CallAborted:
            refused = True
        assert refused == (kind is Kind.ABORT and kept.anchor(anchor.id).state == REFUSED)
        if refused:
            kept.try_again(anchor.id)
            where.rest.handle = handle  # type: ignore[method-assign]  # behaves again
            anchoring(kept, where).finish(kept.anchor(anchor.id))
        assert where.anchors == [(PROJECT, record().data_hash)]
        assert kept.anchor(anchor.id).state == DONE


def test_a_transaction_that_no_node_takes_expires_by_the_chains_clock_and_is_signed_anew(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        where.rest.misbehaviour.plan(Planned(Kind.LOSE, 1000))

        def pause(seconds: float) -> bool:
            if where.clock.now_us > (START_S + LIFE_S) * 1_000_000:
                where.rest.misbehaviour.clear()
            return where.pause(seconds)

        done = anchoring(kept, where, pause=pause).finish(anchor)
        assert done.state == DONE
        assert len(kept.hashes(anchor.id)) == 2
        assert where.anchors == [(PROJECT, record().data_hash)]


def test_before_the_expiry_nothing_else_is_ever_signed(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        where.rest.misbehaviour.plan(Planned(Kind.LOSE, 1000))
        started_us = where.clock.now_us
        with pytest.raises(GivenUp):
            anchoring(
                kept, where, pause=lambda s: where.pause(s) or where.clock.now_us > started_us + 60_000_000
            ).finish(anchor)
        assert len(kept.hashes(anchor.id)) == 1
        assert kept.open_attempt(anchor.id) is not None


def test_a_displaced_number_is_replaced_by_a_fresh_one(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        displaced = [True]

        def pause(seconds: float) -> bool:
            if displaced:
                displaced.pop()
                where.rest.chain.displace(paying_key().address)
            return where.pause(seconds)

        assert anchoring(kept, where, pause=pause).finish(anchor).state == DONE
        assert len(kept.hashes(anchor.id)) == 2
        assert where.anchors == [(PROJECT, record().data_hash)]


def test_an_account_that_another_program_keeps_using_is_named(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")

        def pause(seconds: float) -> bool:
            where.rest.chain.displace(paying_key().address)
            return where.pause(seconds)

        with pytest.raises(AccountShared) as fault:
            anchoring(kept, where, pause=pause).finish(anchor)
        assert "paying account of its own" in fault.value.advice
        assert kept.anchor(anchor.id).state == WAITING


def test_a_lagging_node_never_makes_us_sign_twice(tmp_path: Path) -> None:
    """It was committed and the answer lost; a fresh node says the number is used, a lagging one knows nothing."""
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        with pytest.raises(GivenUp):
            anchoring(kept, where, pause=lambda s: True).finish(anchor)
        where.clock.move(5)
        node = where.node()
        node.ledger()
        asked = [0]
        by_hash = node.by_hash

        def stale_at_first(transaction: str) -> object:
            asked[0] += 1
            if asked[0] <= 3:
                where.rest.misbehaviour.plan(Planned(Kind.STALE))
            return by_hash(transaction)

        node.by_hash = stale_at_first  # type: ignore[method-assign,assignment]  # a gateway with a lagging node behind it
        node.anchored = lambda *asked: None  # type: ignore[method-assign]  # the view comes from the lagging node too
        done = anchoring(kept, where, node=node).finish(kept.anchor(anchor.id))
        assert (done.state, done.transaction_hash) == (DONE, kept.hashes(anchor.id)[0])
        assert len(kept.hashes(anchor.id)) == 1


def test_a_restored_home_finds_its_anchor_on_the_chain(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where:
        with books(tmp_path / "books") as kept:
            anchoring(kept, where).finish(kept.prepare(record(), "local-ledger"))
        with books(tmp_path / "restored") as kept:
            done = anchoring(kept, where).finish(kept.prepare(record(), "local-ledger"))
            assert (done.state, done.transaction_hash) == (DONE, None)
            assert kept.hashes(done.id) == []
        assert len(where.anchors) == 1


def test_other_values_under_our_digest_are_an_alarm(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        stored = Stored(99, "high", 1, 2, paying_key(0x22).address)
        with where.rest.chain.state.changing():
            where.rest.chain.state.put_anchor(PROJECT, bytes.fromhex(anchor.data_hash), stored, 0)
        with pytest.raises(AnchorMismatch):
            anchoring(kept, where).finish(anchor)


def test_money_limits_and_prices(tmp_path: Path) -> None:
    poor = paying_key(0x22)
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        where.rest.fund(poor.address, 5000)
        with where.rest.chain.state.changing():
            where.rest.chain.state.grant(PROJECT, poor.address)
        broke = kept.prepare(record(9, poor), "local-ledger")
        with pytest.raises((InsufficientBalance, CallAborted), match=r"0\.00005 APT|Out of gas"):
            anchoring(kept, where, poor).finish(broke)
        with pytest.raises(SpendingLimitReached, match="allowed for 30 days"):
            anchoring(kept, where, settings=settings(limit_octas=1000)).finish(anchor)
        with where.rest.chain.state.changing():
            where.rest.chain.state.put_fact("gas_price", 5000)
        crowded = anchoring(kept, where, pause=lambda s: True)
        with pytest.raises(GivenUp, match="at most 1000 are allowed"):
            crowded.finish(anchor)
        assert kept.hashes(anchor.id) == []
        assert where.anchors == []
        assert ChainCongested.advice


def test_what_was_spent_counts_against_the_limit(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        first = anchoring(kept, where).finish(kept.prepare(record(), "local-ledger"))
        limit = (first.fee_octas or 0) * 2
        second = kept.prepare(record(9), "local-ledger")
        with pytest.raises(SpendingLimitReached):
            anchoring(kept, where, settings=settings(limit_octas=limit)).finish(second)
        where.clock.move(31 * 24 * 3600)
        assert anchoring(kept, where, settings=settings(limit_octas=limit)).finish(second).state == DONE


def test_keys_chains_rights_and_clocks_that_do_not_fit_are_named_before_anything_is_sent(tmp_path: Path) -> None:
    other = paying_key(0x22)
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        with pytest.raises(WrongPayingKey):
            anchoring(kept, where, key=None, settings=settings(other)).finish(anchor)
        with pytest.raises(WrongChain):
            anchoring(kept, where, settings=settings(network="custom", chain_id=9)).finish(anchor)
        with where.rest.chain.state.changing():
            where.rest.chain.state.revoke(PROJECT, paying_key().address)
        with pytest.raises(CallAborted, match="not an operator of this project"):
            anchoring(kept, where).finish(anchor)
        ahead = AnchorRecord(head(end_ns=(START_S + 7200) * NS), CHAIN_ID, CONTRACT, paying_key().public_key)
        with pytest.raises(ClockAhead):
            anchoring(kept, where).finish(kept.prepare(ahead, "local-ledger"))
        assert kept.hashes(anchor.id) == []
        assert CONTRACT in record().call.function


def test_a_chain_that_lags_a_little_is_waited_for(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        ahead = AnchorRecord(head(end_ns=(START_S + 4) * NS), CHAIN_ID, CONTRACT, paying_key().public_key)
        done = anchoring(kept, where).finish(kept.prepare(ahead, "local-ledger"))
        assert (done.ledger_us or 0) >= (START_S + 4) * 1_000_000


def test_a_limited_gateway_is_waited_for(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        where.rest.misbehaviour.plan(Planned(Kind.LIMIT, 5))
        assert anchoring(kept, where).finish(anchor).state == DONE
        assert any("rate limit exceeded" in words for words in where.told)
