# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A laptop whose clock is ahead of the chain's: what was signed before the chain's time is anchored all the same."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_daemon.home import Home
from sync.anchor.heads import heads_of
from sync.anchor.step import AnchorOutcome, AnchorStep
from sync.engine.logs import shelf_of
from tests.unit.sync.anchor.bench import START_S, Ledger, books, ledger, paying_key, settings
from tests.unit.sync.signed_logs import SignedLog

HOUR_S = 3600
S = 10**9


@dataclass
class FastStation:
    """A station whose clock is `fast_s` ahead, and the ledger, whose time is right."""

    home: Home
    where: Ledger
    fast_s: int
    log: SignedLog

    def hour(self) -> AnchorOutcome:
        """An hour of readings, with a checkpoint at its end, and a sync right then."""
        self.log.recorded.pass_(HOUR_S)
        self.log.readings(10)
        self.log.sign()
        self.home.buffer.unlink(missing_ok=True)
        self.log.write(self.home.path)
        self.where.clock.now_us = (self.log.recorded.t_ns // S - self.fast_s) * 1_000_000
        with books(self.home.delivery) as kept:
            step = AnchorStep(
                settings(),
                kept,
                lambda size_of, until_s: heads_of(self.home.path, shelf_of(self.home).logs, size_of, until_s),
                paying_key,
                self.where.node,
            )
            return step.run(lambda words: self.where.clock.move(1), threading.Event())

    @property
    def signed(self) -> list[int]:
        return [one.checkpoint.size for one in self.log.checkpoints]


@pytest.fixture
def fast(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[FastStation]:
    log = SignedLog()
    log.recorded.t_ns = (START_S + request.param) * S
    log.begin()
    with ledger(tmp_path / "ledger") as where:
        with where.rest.chain.state.changing():
            where.rest.chain.state.grant("P1", paying_key().address)
        (tmp_path / "station").mkdir()
        yield FastStation(Home(tmp_path / "station"), where, request.param, log)


@pytest.mark.parametrize("fast", [45, 300], indirect=True)
def test_each_sync_anchors_what_is_past_by_the_chains_time(fast: FastStation) -> None:
    first = fast.hour()
    assert (first.state, first.code, first.anchors) == ("failed", "clock_ahead", ())
    assert f"{fast.signed[0]} entries of {fast.log.recorded.origin} are fixed by no anchor" in first.words
    assert "photograph" in first.remedy
    second = fast.hour()
    assert (second.state, [one.size for one in second.anchors]) == ("done", fast.signed[:1])
    waiting = fast.signed[1] - fast.signed[0]
    assert f"The newest {waiting} entries of {fast.log.recorded.origin} wait" in second.words
    assert "s fast. Set it." in second.words
    third = fast.hour()
    assert (third.state, [one.size for one in third.anchors]) == ("done", fast.signed[1:2])
    fast.fast_s = 0
    set_right = fast.hour()
    assert (set_right.state, [one.size for one in set_right.anchors]) == ("done", fast.signed[3:])
    assert "wait" not in set_right.words
    assert len(fast.where.anchors) == 3


@pytest.mark.parametrize("fast", [10 * 365 * 24 * HOUR_S], indirect=True)
def test_with_a_clock_years_ahead_nothing_fits_and_it_is_told_how_much_waits(fast: FastStation) -> None:
    fast.hour()
    outcome = fast.hour()
    assert (outcome.state, outcome.code) == ("failed", "clock_ahead")
    assert f"{fast.signed[-1]} entries" in outcome.words
    assert fast.where.anchors == []
