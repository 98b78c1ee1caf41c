# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One anchor brought onto the chain exactly once, whatever breaks in between. Uses the node and the books it is given.

What it rests on: a sequence number commits at most once; nothing commits after its expiry, by the chain's time; the
same signed bytes can be sent any number of times. So a transaction is stored before it is sent, the same bytes are
sent until their fate is certain, and another is signed only when the first can never be committed: a node whose
ledger is past the expiry, or past the state in which the sequence number was used by another, does not know it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from edge_daemon.domain.faults import Fault
from sync.anchor.abort import ALREADY_ANCHORED, abort_number, meaning
from sync.anchor.aptos_node import validation_code
from sync.anchor.books import ABORTED, DISPLACED, EXPIRED, Anchor, AnchorBooks, Attempt
from sync.anchor.call import NotCallable, StoreCall
from sync.anchor.chain import PASSING, Absent, Answer, Committed, Fullnode, Pending, Stored, Submission
from sync.anchor.faults import (
    AccountShared,
    AnchorMismatch,
    CallAborted,
    ChainRateLimited,
    ClockAhead,
    InsufficientBalance,
    NodeTrouble,
    NotAnchorable,
    TransactionRefused,
    WrongChain,
    WrongPayingKey,
)
from sync.anchor.fees import WINDOW_S, Fee, check_fee, check_price, fee_of, simulation_gas
from sync.anchor.settings import AnchorSettings
from sync.anchor.signing import PayingKey, Terms
from sync.anchor.transaction import account_of

LIFE_S = 90
"""How long a transaction may be committed after it was signed, by the chain's time."""

MOST_REBUILDS = 4
SMALL_LEAD_S = 30
"""Chains and nodes lag a little: so much is waited for."""

POLL_S, LONGEST_WAIT_S = 0.25, 4.0
RESEND_EVERY = 4
"""Every so many polls without a trace of it, the same bytes are sent again."""

_US = 1_000_000
_WRONG_KEY = {"INVALID_AUTH_KEY", "INVALID_SIGNATURE"}
T = TypeVar("T")


class GivenUp(Exception):
    """Cancelled, or the time is up. The stored state is whole: the next run goes on from it."""


@dataclass(frozen=True, slots=True)
class Anchoring:
    """Anchoring by one account through one node.

    `pause` waits for so many seconds and says whether to stop. `tell` is told in words what happens; it must not raise.
    """

    books: AnchorBooks
    node: Fullnode
    key: PayingKey
    settings: AnchorSettings
    pause: Callable[[float], bool]
    tell: Callable[[str], None]

    def finish(self, anchor: Anchor) -> Anchor:
        """Bring the anchor onto the chain, or go on where an earlier run was broken off; returns it done.

        Raises any Fault that a person must see to (the anchor stays as it is, unless the contract refused it), GivenUp.
        """
        for _ in range(MOST_REBUILDS + 1):
            attempt = self.books.open_attempt(anchor.id)
            if attempt is None:
                stored = self.patiently(lambda: self._stored(anchor))
                if stored is not None:
                    return self._found(anchor, stored)
                attempt = self._sign(anchor)
            done = self._see_through(anchor, attempt)
            if done is not None:
                return done
        raise AccountShared(
            f"the sequence numbers of {self.settings.account} were used by another program {MOST_REBUILDS + 1} times "
            "in a row, or the network took none of our transactions in time"
        )

    # ---- before anything is sent ------------------------------------------------------------------------------------

    def _sign(self, anchor: Anchor) -> Attempt:
        try:
            call = _call(anchor)
        except NotCallable as error:
            raise NotAnchorable(f"{anchor.origin}, {anchor.size} entries: {error}") from error
        self.tell("estimating the fee")
        price = self.patiently(self._price)
        terms, fee = self.patiently(lambda: self._terms(call, price))
        signed = self.key.sign(call, terms)
        return self.books.sign(anchor.id, signed, terms, fee.forecast_octas)

    def _price(self) -> int:
        price = self.node.gas_price()
        check_price(price, self.settings)
        return price

    def _terms(self, call: StoreCall, price: int) -> tuple[Terms, Fee]:
        """The terms of a transaction that a simulation lets pass. Times and numbers are the chain's."""
        settings, sender = self.settings, self.settings.account_address
        ledger = self.node.ledger()
        if ledger.chain_id != settings.chain_id:
            raise WrongChain(f"the node names chain id {ledger.chain_id}; anchoring was set up for {settings.chain_id}")
        if call.timestamp * _US > ledger.time_us:
            ledger_s = ledger.time_us // _US
            ahead_s = call.timestamp - ledger_s
            if ahead_s > SMALL_LEAD_S:
                words = f"the period ends {ahead_s} s after the chain's present time"
                raise ClockAhead(words, ahead_s, ledger_s)
            raise NodeTrouble("the chain's time has not reached the end of the period yet")
        account = self.node.account(sender)
        if account.authentication_key != account_of(self.key.public_key):
            raise WrongPayingKey(f"the stored key does not open {sender}; it is the key of {self.key.address}")
        balance = self.node.balance(sender)

        def terms(max_gas: int) -> Terms:
            expires_s = ledger.time_us // _US + LIFE_S
            return Terms(sender, account.sequence_number, max_gas, price, expires_s, settings.chain_id)

        simulated = self.node.simulate(self.key.unsigned(call, terms(simulation_gas(balance, price, sender))))
        if not simulated.success:
            raise refusal_of(simulated.vm_status)
        fee = fee_of(simulated, price)
        spent = self.books.spent_since(settings.chain_id, ledger.time_us // _US - WINDOW_S)
        check_fee(fee, balance, spent, settings)
        return terms(fee.max_gas), fee

    # ---- what was signed --------------------------------------------------------------------------------------------

    def _see_through(self, anchor: Anchor, attempt: Attempt) -> Anchor | None:
        """Send and watch until the fate of the attempt is certain; None when it can never be committed."""
        used_by_version: int | None = None
        refusal: Fault | None = None
        polls = 0
        while True:
            if polls % RESEND_EVERY == 0:
                self.tell("sending the anchor")
                submission = self.patiently(lambda: self.node.submit(attempt.signed))
                refusal = _refused(submission)
                if submission.answer is Answer.NUMBER_USED:
                    used_by_version = submission.ledger.version
                if submission.answer is Answer.NUMBER_WAITING:
                    self.tell("another transaction of the paying account waits for the same number")
            seen = self.patiently(lambda: self.node.by_hash(attempt.hash))
            if isinstance(seen, Committed):
                return self._committed(anchor, attempt, seen)
            if isinstance(seen, Absent):
                if seen.ledger.chain_id != self.settings.chain_id:
                    raise WrongChain(f"the node names chain id {seen.ledger.chain_id}, not {self.settings.chain_id}")
                if seen.ledger.time_us > attempt.expires_s * _US:
                    self.books.close_attempt(attempt, EXPIRED, "no node took it before it expired")
                    return None
                if used_by_version is not None and seen.ledger.version >= used_by_version:
                    self.books.close_attempt(attempt, DISPLACED, "another transaction used its sequence number")
                    return None
                if refusal is not None:
                    # It may still have reached another node: the attempt stays open until it has expired.
                    raise refusal
            polls = 1 if isinstance(seen, Pending) and polls == 0 else polls + 1
            if isinstance(seen, Pending):
                self.tell("the chain has the anchor and has not confirmed it yet")
            if self.pause(min(LONGEST_WAIT_S, POLL_S * 2 ** min(polls // 4, 4))):
                raise GivenUp("the anchor was sent and is not confirmed yet")

    def _committed(self, anchor: Anchor, attempt: Attempt, seen: Committed) -> Anchor:
        if seen.success:
            return self.books.confirm(attempt, seen)
        words = meaning(seen.vm_status)
        if abort_number(seen.vm_status) == ALREADY_ANCHORED:
            self.books.close_attempt(attempt, ABORTED, words, seen)
            stored = self.patiently(lambda: self._stored(anchor))
            if stored is None:
                raise GivenUp("the contract says the digest is anchored, and a lagging node does not show it yet")
            return self._found(anchor, stored)
        self.books.close_attempt(attempt, ABORTED, words, seen)
        self.books.refuse(anchor.id, words)
        raise CallAborted(words)

    # ---- what the chain has -----------------------------------------------------------------------------------------

    def _stored(self, anchor: Anchor) -> Stored | None:
        return self.node.anchored(anchor.contract, anchor.project, anchor.data_hash)

    def _found(self, anchor: Anchor, stored: Stored) -> Anchor:
        ours = (anchor.quality, anchor.level, anchor.timestamp)
        if (stored.quality_score, stored.verification_level, stored.timestamp) != ours:
            raise AnchorMismatch(
                f"the digest {anchor.data_hash} is anchored by {stored.operator} with other values than ours"
            )
        for signed in self.books.hashes(anchor.id):
            seen = self.patiently(partial(self.node.by_hash, signed))
            if isinstance(seen, Committed) and seen.success:
                return self.books.confirm(self.books.attempt(signed), seen)
        return self.books.found(anchor.id, stored)

    def patiently(self, ask: Callable[[], T]) -> T:
        """Ask until there is an answer. Raises GivenUp with the last trouble when told to stop."""
        failures = 0
        while True:
            try:
                return ask()
            except PASSING as fault:
                failures += 1
                self.tell(f"{fault.title}: {fault}")
                asked = fault.after_s if isinstance(fault, ChainRateLimited) else None
                usual = min(LONGEST_WAIT_S, POLL_S * 2 ** min(failures, 4))
                if self.pause(usual if asked is None else asked):
                    raise GivenUp(f"{fault.title}: {fault}") from fault


def _call(anchor: Anchor) -> StoreCall:
    return StoreCall(anchor.contract, anchor.project, anchor.data_hash, anchor.quality, anchor.level, anchor.timestamp)


def refusal_of(vm_status: str) -> Fault:
    """The fault behind a simulation that failed: nothing was sent, nothing paid."""
    code = validation_code(vm_status)
    if code in _WRONG_KEY:
        return WrongPayingKey(f"the node says {code}")
    if code == "INSUFFICIENT_BALANCE_FOR_TRANSACTION_FEE":
        return InsufficientBalance(f"the node says {code}")
    if code.startswith("SEQUENCE_NUMBER"):
        return NodeTrouble(f"the paying account's next number is another than the node said ({code})")
    return CallAborted(f"the contract would refuse it, so it was not sent: {meaning(vm_status)}")


def _refused(submission: Submission) -> Fault | None:
    """The fault behind an answer that only a person can remedy; None for what time settles."""
    if submission.answer is not Answer.REFUSED:
        return None
    code = validation_code(submission.words)
    if code in _WRONG_KEY:
        return WrongPayingKey(f"the node says {code}")
    if code == "INSUFFICIENT_BALANCE_FOR_TRANSACTION_FEE":
        return InsufficientBalance(f"the node says {code}")
    if code == "BAD_CHAIN_ID":
        return WrongChain(f"the node says {code}")
    return TransactionRefused(submission.words)
