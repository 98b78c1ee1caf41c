# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Anchoring as the first step of a sync: the unfinished is finished, then every log's newest checkpoint anchored.

The present log goes first. What is wrong with one anchor keeps no other one back. Where the laptop's clock is ahead of
the chain's, the newest checkpoint that is past by the chain's time is anchored, and the rest waits.

Uses the network and the books it is given.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from edge_daemon.domain.faults import Fault
from sync.anchor.books import REFUSED, Anchor, AnchorBooks
from sync.anchor.call import NotCallable
from sync.anchor.chain import Fullnode
from sync.anchor.exactly_once import Anchoring, GivenUp
from sync.anchor.faults import (
    AnchorMismatch,
    CallAborted,
    ClockAhead,
    ContractMissing,
    InsufficientBalance,
    NotAnchorable,
    WrongChain,
)
from sync.anchor.fees import WINDOW_S, Forecast
from sync.anchor.heads import SignedHeads
from sync.anchor.record import AnchorRecord, Head, NotAnAnchorRecord
from sync.anchor.settings import AnchorSettings, apt
from sync.anchor.signing import PayingKey
from sync.anchor.trial import trial_fee

State = Literal["done", "nothing_new", "too_soon", "pending", "failed"]

GIVE_UP_S = 60.0
_US = 1_000_000


@dataclass(frozen=True, slots=True)
class AnchorOutcome:
    """What became of the step. `anchors` are those confirmed in it.

    States: done; nothing_new (everything is anchored); too_soon (an automatic anchor within the hour); pending (no
    answer in time, or cancelled: the next sync goes on from there); failed (a person must do something: `remedy`).
    `warning` says what an anchor on this network is not worth, and is empty on mainnet.
    """

    state: State
    network: str
    warning: str
    words: str
    remedy: str = ""
    code: str = ""
    anchors: tuple[Anchor, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether nothing is left to be done."""
        return self.state in {"done", "nothing_new", "too_soon"}

    @property
    def fee_octas(self) -> int:
        """What the anchors of this step cost."""
        return sum(anchor.fee_octas or 0 for anchor in self.anchors)


Progress = Callable[[str], None]
"""Told in words what the step does; must return quickly and not raise."""

Heads = Callable[[Callable[[str], int], int | None], SignedHeads]
"""The heads to be anchored, given how many entries of a log (by its origin) are anchored already.

With a time (seconds since 1970) those whose last entry is not later."""

_OF_ONE_ANCHOR = (AnchorMismatch, CallAborted, ClockAhead, NotAnchorable)
"""Faults that say nothing of the next anchor."""


@dataclass(frozen=True, slots=True)
class AnchorStep:
    """The step for one home. `automatic`: nobody asked, so at most one an hour; `again`: repeat what was refused.

    `key` and `node` are opened when needed and may raise any Fault.
    """

    settings: AnchorSettings
    books: AnchorBooks
    heads: Heads
    key: Callable[[], PayingKey]
    node: Callable[[], Fullnode]
    automatic: bool = False
    again: bool = False
    give_up_s: float = GIVE_UP_S

    def run(self, progress: Progress, cancelled: threading.Event) -> AnchorOutcome:
        """Anchor what is not anchored. Never raises a Fault of the network or the chain: the outcome tells it."""
        deadline_s = time.monotonic() + self.give_up_s
        try:
            node = self.node()
        except Fault as fault:
            return self._failed(fault, [])
        done: list[Anchor] = []

        def pause(seconds: float) -> bool:
            left_s = deadline_s - time.monotonic()
            return cancelled.wait(max(0.0, min(seconds, left_s))) or time.monotonic() >= deadline_s

        try:
            anchoring = Anchoring(self.books, node, self.key(), self.settings, pause, progress)
            return self._run(anchoring, done)
        except GivenUp as given_up:
            words = f"{given_up}. The next sync goes on from here."
            return self._outcome("pending", words, tuple(done))
        except Fault as fault:
            return self._failed(fault, done)
        finally:
            node.close()

    def forecast(self, project: str) -> Forecast:
        """What anchors cost and how long the balance lasts, by the last fee paid, else by trying one for `project`.

        Asks the node; raises a Fault.
        """
        settings, node = self.settings, self.node()
        last = self.books.newest(settings.chain_id, settings.contract_address)
        paid = last.fee_octas if last else None
        try:
            balance = node.balance(settings.account_address)
            ledger = node.ledger()
            fee, trouble = (paid, "") if paid else self._tried(node, project)
        finally:
            node.close()
        spent = self.books.spent_since(settings.chain_id, ledger.time_us // _US - WINDOW_S)
        return Forecast(fee, balance, spent, settings.limit_octas, not paid, trouble)

    def _tried(self, node: Fullnode, project: str) -> tuple[int, str]:
        """The fee of an anchor by a simulation, or 0 and why the chain would refuse it."""
        try:
            return trial_fee(node, self.key(), self.settings, project).forecast_octas, ""
        except (CallAborted, ContractMissing, InsufficientBalance) as fault:
            return 0, f"{fault.title}: {fault}"

    def _run(self, anchoring: Anchoring, done: list[Anchor]) -> AnchorOutcome:
        books, settings = self.books, self.settings
        faults: list[Fault] = []
        remarks: list[str] = []
        # What was signed may be on the chain already: that is settled before anything else.
        for anchor in books.waiting(settings.chain_id, settings.contract_address):
            if books.open_attempt(anchor.id) is not None:
                self._finish(anchoring, partial(books.anchor, anchor.id), done, faults)
        signed = self.heads(self._anchored_size, None)
        if signed.heads and self.automatic and not done and not faults and self._too_soon(anchoring):
            return self._outcome("too_soon", "The last anchor is less than an hour old.", ())
        for head in () if self.automatic and done else signed.heads:
            remarks += self._finish_head(anchoring, head, done, faults)
        if faults:
            return self._failed(faults[0], done, also=faults[1:])
        words = self._told(done) if done else "Everything that is signed is anchored."
        told = " ".join([words, *remarks, *(f"{trouble}." for trouble in signed.troubles)])
        return self._outcome("done" if done else "nothing_new", told, tuple(done))

    def _finish_head(
        self, anchoring: Anchoring, head: Head, done: list[Anchor], faults: list[Fault]
    ) -> tuple[str, ...]:
        """Anchor a head, or what of its log was signed before the chain's time; gives in words what waits."""
        try:
            done.append(anchoring.finish(self._prepared(head, anchoring.key)))
        except ClockAhead as fault:
            return self._finish_earlier(anchoring, head, fault, done, faults)
        except _OF_ONE_ANCHOR as fault:
            faults.append(fault)
        return ()

    def _finish_earlier(
        self, anchoring: Anchoring, head: Head, fault: ClockAhead, done: list[Anchor], faults: list[Fault]
    ) -> tuple[str, ...]:
        known = self.heads(self._anchored_size, fault.ledger_s).heads
        earlier = next((one for one in known if one.origin == head.origin and one.size < head.size), None)
        fast = f"by the chain's time the computer's clock is {fault.ahead_s} s fast"
        if earlier is None:
            waiting = head.size - self._anchored_size(head.origin)
            words = f"{fast}; {waiting} entries of {head.origin} are fixed by no anchor because of it"
            faults.append(ClockAhead(words, fault.ahead_s, fault.ledger_s))
            return ()
        self._finish(anchoring, partial(self._prepared, earlier, anchoring.key), done, faults)
        return (f"The newest {head.size - earlier.size} entries of {head.origin} wait: {fast}. Set it.",)

    def _finish(
        self, anchoring: Anchoring, prepared: Callable[[], Anchor], done: list[Anchor], faults: list[Fault]
    ) -> None:
        """One anchor. What is done is noted one by one, and what is wrong with this one keeps no other one back."""
        try:
            done.append(anchoring.finish(prepared()))
        except _OF_ONE_ANCHOR as fault:
            faults.append(fault)

    def _prepared(self, head: Head, key: PayingKey) -> Anchor:
        settings = self.settings
        try:
            record = AnchorRecord(head, settings.chain_id, settings.contract_address, key.public_key)
            anchor = self.books.prepare(record, settings.network)
        except (NotAnAnchorRecord, NotCallable) as error:
            raise NotAnchorable(f"{head.origin}, {head.size} entries: {error}") from error
        for other in self.books.waiting(settings.chain_id, settings.contract_address):
            if other.origin == head.origin and other.id != anchor.id and self.books.open_attempt(other.id) is None:
                self.books.supersede(other.id)
        if anchor.state == REFUSED and not self.again:
            raise CallAborted(f"it was refused before and is not repeated by itself: {anchor.words}")
        self.books.try_again(anchor.id)
        return self.books.anchor(anchor.id)

    def _anchored_size(self, origin: str) -> int:
        newest = self.books.newest(self.settings.chain_id, self.settings.contract_address, origin)
        return newest.size if newest else 0

    def _too_soon(self, anchoring: Anchoring) -> bool:
        last = self.books.newest(self.settings.chain_id, self.settings.contract_address)
        if last is None or last.ledger_us is None:
            return False
        ledger = anchoring.patiently(anchoring.node.ledger)
        if ledger.chain_id != self.settings.chain_id:
            raise WrongChain(f"the node names chain id {ledger.chain_id}, not {self.settings.chain_id}")
        return ledger.time_us - last.ledger_us < self.settings.every_s * _US

    def _told(self, done: Sequence[Anchor]) -> str:
        fee = apt(sum(anchor.fee_octas or 0 for anchor in done))
        where = self.settings.where
        place = "the local ledger, which proves nothing to others" if where.name == "local-ledger" else where.name
        return f"Anchored on {place}: {len(done)} record(s), fee {fee}."

    def _failed(self, fault: Fault, done: Sequence[Anchor], also: Sequence[Fault] = ()) -> AnchorOutcome:
        words = "; ".join(f"{each.title}: {each}" for each in (fault, *also))
        outcome = self._outcome("failed", f"{words}. {self._told(done)}" if done else words, tuple(done))
        return replace(outcome, remedy=fault.advice, code=fault.code)

    def _outcome(self, state: State, words: str, anchors: tuple[Anchor, ...]) -> AnchorOutcome:
        return AnchorOutcome(state, self.settings.network, self.settings.where.warning, words, anchors=anchors)
