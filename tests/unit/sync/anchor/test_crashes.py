# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A station that is killed at any step, any number of times, with a network that fails as it likes: one anchor each."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync.anchor.aptos_node import AptosNode
from sync.anchor.books import DONE, REFUSED, Anchor, AnchorBooks
from sync.anchor.exactly_once import GivenUp
from sync.anchor.faults import AccountShared, CallAborted
from sync.anchor.ledger.misbehaviour import Kind, Planned
from sync.anchor.node_http import NodeHttp
from tests.unit.sync.anchor.bench import PROJECT, Ledger, Wire, anchoring, books, ledger, paying_key, record


class Killed(BaseException):
    """The process ends here, as by a power cut."""


class Fuse:
    """Ends the process before or after its n-th step that touches the world outside it."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


class FusedWire(Wire):
    """Every request is two steps: before it leaves, and after the ledger has carried it out."""

    def __init__(self, where: Ledger, fuse: Fuse) -> None:
        super().__init__(where.rest)
        self._fuse = fuse

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._fuse.burn()
        answer = super().handle_request(request)
        self._fuse.burn()
        return answer


class FusedBooks(AnchorBooks):
    """Every entry in the books is two steps."""

    fuse: Fuse

    def sign(self, *values: object) -> object:  # type: ignore[override]  # passes on whatever it is given
        self.fuse.burn()
        done = super().sign(*values)  # type: ignore[arg-type]  # the same
        self.fuse.burn()
        return done

    def confirm(self, *values: object) -> Anchor:
        self.fuse.burn()
        done = super().confirm(*values)  # type: ignore[arg-type]  # the same
        self.fuse.burn()
        return done


def run_until_killed(folder: Path, where: Ledger, size: int, steps: int) -> bool:
    """A process that anchors and is killed at the step; whether it came to its end before that."""
    fuse = Fuse(steps)
    with books(folder / "books") as kept:
        fused = FusedBooks(kept._books)
        fused.fuse = fuse
        node = AptosNode(NodeHttp("http://127.0.0.1:1/v1", transport=FusedWire(where, fuse)))
        try:
            anchoring(fused, where, node=node).finish(fused.prepare(record(size), "local-ledger"))
        except Killed:
            return False
        finally:
            node.close()
    return True


def kills() -> Iterator[int]:
    return itertools.count(1)


@pytest.mark.parametrize("wait_s", [0.0, 5.0, 200.0])
def test_a_kill_at_every_step_ends_with_exactly_one_anchor(tmp_path: Path, wait_s: float) -> None:
    """`wait_s`: it comes back at once, after what it sent was committed, or after what it signed has expired."""
    for step in kills():
        folder = tmp_path / f"{step}"
        folder.mkdir()
        with ledger(folder / "ledger") as where:
            ended = run_until_killed(folder, where, 8, step)
            where.clock.move(wait_s)
            with books(folder / "books") as kept:
                anchor = kept.prepare(record(), "local-ledger")
                if anchor.state != DONE:
                    anchor = anchoring(kept, where).finish(anchor)
                assert anchor.state == DONE
                assert anchor.transaction_hash is not None
            assert where.anchors == [(PROJECT, record().data_hash)]
            paid = 10**8 - where.rest.chain.state.account(paying_key().address)[1]
            assert paid == anchor.fee_octas, "it was paid for once"
        if ended:
            assert step > 15
            return


class Station(RuleBasedStateMachine):
    """Anchors one head after the other; everything else that can happen happens in between."""

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.where = self.stack.enter_context(ledger(self.folder / "ledger"))
        self.size = 1

    @rule(kind=st.sampled_from([kind for kind in Kind if kind is not Kind.ABORT]), times=st.integers(1, 6))
    def misbehave(self, kind: Kind, times: int) -> None:
        self.where.rest.misbehaviour.plan(Planned(kind, times))

    @rule(seconds=st.floats(0, 300))
    def time_passes(self, seconds: float) -> None:
        self.where.clock.move(seconds)

    @rule()
    def another_program_uses_the_account(self) -> None:
        self.where.rest.chain.displace(paying_key().address)

    @rule()
    def another_head(self) -> None:
        self.size += 1

    @rule(steps=st.integers(1, 40))
    def run_and_be_killed(self, steps: int) -> None:
        with suppress(GivenUp, AccountShared):
            run_until_killed(self.folder, self.where, self.size, steps)

    @precondition(lambda self: hasattr(self, "where"))
    @rule()
    def run_in_peace(self) -> None:
        self.where.rest.misbehaviour.clear()
        with books(self.folder / "books") as kept:
            for size in range(1, self.size + 1):
                anchor = kept.prepare(record(size), "local-ledger")
                if anchor.state != DONE:
                    anchor = anchoring(kept, self.where).finish(anchor)
                assert anchor.state == DONE
                assert anchor.transaction_hash is not None
        assert sorted(self.where.anchors) == sorted(
            (PROJECT, record(size).data_hash) for size in range(1, self.size + 1)
        )

    @invariant()
    def nothing_was_paid_for_twice(self) -> None:
        if not hasattr(self, "where"):
            return
        state = self.where.rest.chain.state
        rows = [state.committed(version=version) for version in range(1, state.version() + 1)]
        assert all(row is not None and row.success for row in rows), (
            "a failed transaction costs a fee and anchors nothing"
        )
        assert len(rows) == len(self.where.anchors)

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()


Station.TestCase.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStation = Station.TestCase


def test_a_refused_anchor_is_not_repeated_by_itself(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        anchor = kept.prepare(record(), "local-ledger")
        where.rest.misbehaviour.plan(Planned(Kind.ABORT))
        with pytest.raises(CallAborted, match="not an operator"):
            anchoring(kept, where).finish(anchor)
        assert kept.prepare(record(), "local-ledger").state == REFUSED
        assert kept.open_attempt(anchor.id) is None
