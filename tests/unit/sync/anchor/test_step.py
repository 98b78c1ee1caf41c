# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The anchoring step of a sync: what is new is anchored, what is unfinished first, at most once an hour by itself."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.log.checkpoint import Checkpoint, sign_checkpoint
from sync.anchor.books import DONE, SUPERSEDED, AnchorBooks
from sync.anchor.exactly_once import GivenUp
from sync.anchor.faults import NoPayingKey
from sync.anchor.fees import Forecast, check_fee, month_octas
from sync.anchor.heads import SignedHeads
from sync.anchor.ledger.misbehaviour import Kind, Planned
from sync.anchor.networks import network_of
from sync.anchor.record import Head
from sync.anchor.settings import AnchorSettings, apt, keep_settings, settings_of
from sync.anchor.signing import PayingKey
from sync.anchor.step import AnchorStep
from sync.anchor.trial import trial_fee
from tests.unit.sync.anchor.bench import (
    DEVICE,
    NS,
    ORIGIN,
    PROJECT,
    START_S,
    Ledger,
    anchoring,
    books,
    head,
    ledger,
    paying_key,
    record,
    settings,
)

OLDER = ORIGIN[:-1] + "2"


def older_checkpoint(size: int) -> str:
    return str(sign_checkpoint(Checkpoint(OLDER, size, bytes([size]) * 32), DEVICE))


class Scene:
    """A station whose log grows, and its ledger."""

    def __init__(self, kept: AnchorBooks, where: Ledger) -> None:
        self.kept, self.where, self.size = kept, where, 8
        self.others: tuple[Head, ...] = ()
        self.troubles: tuple[str, ...] = ()

    def heads(self, anchored: Callable[[str], int], until_s: int | None) -> SignedHeads:
        known = tuple(one for one in (*self.others, head(self.size)) if until_s is None or one.end_ns // NS <= until_s)
        return SignedHeads(tuple(each for each in known if anchored(each.origin) < each.size), self.troubles)

    def step(self, *, automatic: bool = False, again: bool = False, give_up_s: float = 20.0) -> AnchorStep:
        # The ledger's clock moves as the real one would, since the step waits in real time.
        return AnchorStep(settings(), self.kept, self.heads, paying_key, self.where.node, automatic, again, give_up_s)

    def run(self, step: AnchorStep | None = None) -> tuple[str, list[str]]:
        told: list[str] = []

        def progress(words: str) -> None:
            told.append(words)
            self.where.clock.move(1)

        return (step or self.step()).run(progress, threading.Event()).state, told


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        yield Scene(kept, where)


def test_what_is_new_is_anchored_and_then_nothing_is_left(scene: Scene) -> None:
    state, told = scene.run()
    assert (state, "sending the anchor" in told) == ("done", True)
    assert scene.run()[0] == "nothing_new"
    scene.size = 12
    assert scene.run()[0] == "done"
    assert [anchor.size for anchor in scene.kept.history()] == [12, 8]


def test_the_outcome_says_where_and_what_it_is_worth(scene: Scene) -> None:
    outcome = scene.step().run(lambda words: scene.where.clock.move(1), threading.Event())
    assert (outcome.network, outcome.fine) == ("local-ledger", True)
    assert "prove nothing" in outcome.warning
    assert "local ledger, which proves nothing" in outcome.words
    assert outcome.fee_octas == outcome.anchors[0].fee_octas
    assert apt(outcome.fee_octas) in outcome.words


def test_by_itself_it_anchors_once_an_hour_of_the_chains_time(scene: Scene) -> None:
    assert scene.run(scene.step(automatic=True))[0] == "done"
    scene.size = 12
    assert scene.run(scene.step(automatic=True))[0] == "too_soon"
    assert scene.run(scene.step(automatic=False))[0] == "done"
    scene.size = 16
    scene.where.clock.move(3601)
    assert scene.run(scene.step(automatic=True))[0] == "done"


def test_without_an_answer_it_stays_pending_and_the_next_run_goes_on(scene: Scene) -> None:
    scene.where.rest.misbehaviour.plan(Planned(Kind.DROP, 10_000))
    outcome = scene.step(give_up_s=0.3).run(lambda words: None, threading.Event())
    assert (outcome.state, outcome.fine) == ("pending", False)
    assert "No answer" in outcome.words
    scene.where.rest.misbehaviour.clear()
    assert scene.run()[0] == "done"


def test_cancelled_it_ends_at_once(scene: Scene) -> None:
    cancelled = threading.Event()
    cancelled.set()
    scene.where.rest.misbehaviour.plan(Planned(Kind.BUSY, 10_000))
    assert scene.step().run(lambda words: None, cancelled).state == "pending"


def test_what_was_signed_is_finished_before_anything_else(scene: Scene) -> None:
    with pytest.raises(GivenUp):
        anchoring(scene.kept, scene.where, pause=lambda s: True).finish(scene.kept.prepare(record(), "local-ledger"))
    scene.size = 12
    outcome = scene.step().run(lambda words: scene.where.clock.move(1), threading.Event())
    assert [anchor.size for anchor in outcome.anchors] == [8, 12]
    assert len(scene.where.anchors) == 2


def test_a_newer_head_takes_the_place_of_one_that_nothing_was_signed_for(scene: Scene) -> None:
    waiting = scene.kept.prepare(record(), "local-ledger")
    scene.size = 12
    assert scene.run()[0] == "done"
    assert scene.kept.anchor(waiting.id).state == SUPERSEDED
    assert [anchor.size for anchor in scene.kept.history() if anchor.state == DONE] == [12]


def test_what_the_contract_refused_is_repeated_only_when_asked(scene: Scene) -> None:
    scene.where.rest.misbehaviour.plan(Planned(Kind.ABORT))
    assert scene.run()[0] == "failed"
    sent = len(scene.kept.hashes(1))
    outcome = scene.step().run(lambda words: None, threading.Event())
    assert (outcome.state, outcome.code) == ("failed", "call_aborted")
    assert "not an operator" in outcome.words
    assert len(scene.kept.hashes(1)) == sent
    assert scene.run(scene.step(again=True))[0] == "done"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"end_ns": (START_S + 9_000_000) * NS}, "clock_ahead"),
        ({"project": "p" * 129}, "not_anchorable"),
        ({"start_ns": START_S * NS, "end_ns": (START_S - 60) * NS}, "not_anchorable"),
    ],
)
def test_one_head_that_cannot_be_anchored_keeps_no_other_one_back(
    scene: Scene, wrong: dict[str, Any], code: str
) -> None:
    scene.others = (head(5, origin=OLDER, checkpoint=older_checkpoint(5), **wrong),)
    outcome = scene.step().run(lambda words: scene.where.clock.move(1), threading.Event())
    assert (outcome.state, outcome.code) == ("failed", code)
    assert [(each.origin, each.size) for each in outcome.anchors] == [(ORIGIN, 8)]
    assert "1 record(s)" in outcome.words
    scene.size = 12
    again = scene.step().run(lambda words: scene.where.clock.move(1), threading.Event())
    assert [(each.origin, each.size) for each in again.anchors] == [(ORIGIN, 12)]


def test_a_refused_anchor_of_a_closed_log_keeps_the_present_one_not_back(scene: Scene) -> None:
    scene.others = (head(5, origin=OLDER, checkpoint=older_checkpoint(5)),)
    scene.where.rest.misbehaviour.plan(Planned(Kind.ABORT))
    first = scene.step().run(lambda words: scene.where.clock.move(1), threading.Event())
    assert (first.state, first.code) == ("failed", "call_aborted")
    assert [each.origin for each in first.anchors] == [ORIGIN]
    scene.size = 12
    second = scene.step().run(lambda words: scene.where.clock.move(1), threading.Event())
    assert [(each.origin, each.size) for each in second.anchors] == [(ORIGIN, 12)]
    assert "not repeated by itself" in second.words


def test_a_log_that_is_damaged_is_told_of(scene: Scene) -> None:
    scene.troubles = ("the log of last year has lost its end",)
    outcome = scene.step().run(lambda words: scene.where.clock.move(1), threading.Event())
    assert outcome.state == "done"
    assert "last year has lost its end" in outcome.words


def test_a_missing_key_is_told_with_a_remedy(scene: Scene) -> None:
    def missing() -> PayingKey:
        raise NoPayingKey("there is none")

    step = AnchorStep(settings(), scene.kept, scene.heads, missing, scene.where.node)
    outcome = step.run(lambda words: None, threading.Event())
    assert (outcome.state, outcome.code) == ("failed", "no_paying_key")
    assert "anchor-setup" in outcome.remedy


def test_before_the_first_anchor_a_call_is_tried_and_the_first_then_costs_just_that(scene: Scene) -> None:
    told = scene.step().forecast(PROJECT)
    assert (told.simulated, told.trouble, scene.where.anchors) == (True, "", [])
    scene.run()
    paid = scene.step().forecast(PROJECT)
    assert not paid.simulated
    assert paid.fee_octas == told.fee_octas > 0


def test_a_call_that_the_chain_would_refuse_gives_no_cost_and_says_why(scene: Scene) -> None:
    told = scene.step().forecast("somebody else's project")
    assert (told.fee_octas, told.limit_days) == (0, None)
    assert "not an operator" in told.trouble


def test_a_month_of_hourly_anchors_stays_within_the_limit_made_for_it(scene: Scene) -> None:
    fee = trial_fee(scene.where.node(), paying_key(), settings(), PROJECT)
    limit = month_octas(fee)
    spent = 719 * fee.forecast_octas
    check_fee(fee, 10**12, spent, settings(limit_octas=limit))
    assert Forecast(fee.forecast_octas, 10**12, 0, limit).limit_days is None


@pytest.mark.parametrize(("spent", "days"), [(0, 10), (12_000_000, 5), (10**9, 0)])
def test_the_forecast_tells_when_the_limit_stops_hourly_anchors(spent: int, days: int) -> None:
    assert Forecast(100_000, 10**9, spent, 24_000_000).limit_days == days
    assert Forecast(100_000, 10**9, spent, 72_000_000).limit_days is None


def test_the_forecast_counts_what_is_left(scene: Scene) -> None:
    scene.run()
    told = scene.step().forecast(PROJECT)
    assert told.balance_octas == 10**8 - told.fee_octas
    assert told.spent_octas == told.fee_octas
    assert told.anchors_left == told.balance_octas // told.fee_octas > 10


def test_settings_are_kept_and_read(tmp_path: Path) -> None:
    assert settings_of(tmp_path) is None
    keep_settings(tmp_path, settings())
    assert settings_of(tmp_path) == settings()
    (tmp_path / "anchor.toml").write_text("network = 3\n")
    with pytest.raises(BadInput):
        settings_of(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"network": "mainnet"},
        {"network": "moon"},
        {"url": "http://example.org/v1"},
        {"url": "https://user:secret@example.org/v1"},
        {"url": "https://example.org"},
        {"contract": "0x1"},
        {"every_s": 60},
        {"limit_octas": -1},
        {"highest_gas_price": 1.5},
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as fault:
        settings(**changes)
    assert "secret" not in str(fault.value)


def test_networks_say_what_an_anchor_there_is_worth() -> None:
    assert network_of("mainnet").warning == ""
    assert "wiped" in network_of("devnet").warning
    assert network_of("devnet").chain_id is None
    assert all(network_of(name).warning for name in ("testnet", "localnet", "local-ledger", "custom"))
    assert (
        AnchorSettings("mainnet", network_of("mainnet").url, 1, settings().contract, settings().account).chain_id == 1
    )


@pytest.mark.parametrize(
    ("octas", "text"), [(0, "0 APT"), (471_000, "0.00471 APT"), (10**8, "1 APT"), (1, "0.00000001 APT")]
)
def test_amounts_for_people(octas: int, text: str) -> None:
    assert apt(octas) == text
