# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The local ledger itself: checks transactions as a fullnode does, commits them, keeps the contract. Writes a file.

Source of the checks: Aptos' transaction validation (prologue) and mempool. Blocks come when the ledger is asked
something: what is due by then is committed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sync.anchor.call import FUNCTION, MODULE, Address, address_of, text_bytes
from sync.anchor.chain import Stored
from sync.anchor.ledger.contract import Aborted, Submitted, status_of, stored_by
from sync.anchor.ledger.state import Row, State
from sync.anchor.transaction import (
    NotATransaction,
    Transaction,
    account_of,
    argument_text,
    argument_u64,
    read_transaction,
    transaction_hash,
)

CHAIN_ID = 245
"""Of no public network, so that nothing anchored here can pass for more."""

CONTRACT = address_of("0x5eafe1d")
MINIMUM_PRICE, LARGEST_GAS, SMALLEST_GAS = 100, 2_000_000, 2
EXECUTION_GAS = 11
STORAGE_OCTAS = 400_000 + 400 * 147
"""A new table slot of 147 bytes, as the chain charges since AIP-141."""

COMMIT_DELAY_US = 200_000
_ZEROS = bytes(64)


class Invalid(Exception):
    """The transaction is refused before it enters: HTTP status 400 with this code and these words."""

    def __init__(self, code: str, words: str, vm_code: int | None = None) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
        self.vm_code = vm_code


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the virtual machine makes of a transaction."""

    success: bool
    gas_used: int
    vm_status: str


class Chain:
    """The ledger. Used by one thread at a time."""

    def __init__(self, state: State, now_us: Callable[[], int]) -> None:
        """Go on with what the file holds. `now_us` is the ledger's clock, in UTC microseconds."""
        self.state = state
        self._now_us = now_us
        newest = state.committed(version=state.version())
        self._newest_us = newest.time_us if newest else 0
        self.to_abort: set[str] = set()

    def time_us(self) -> int:
        """The ledger's time, which never goes back."""
        self._newest_us = max(self._newest_us, self._now_us() + self.state.fact("clock_offset_us", 0))
        return self._newest_us

    def advance(self, seconds: float) -> None:
        """Put the ledger's clock forward."""
        with self.state.changing():
            self.state.put_fact("clock_offset_us", self.state.fact("clock_offset_us", 0) + round(seconds * 1e6))

    def submit(self, signed: bytes, *, lose: bool = False, abort: bool = False) -> Transaction:
        """Take signed bytes, or raise Invalid. `lose`: forget them at once; `abort`: the contract will refuse them."""
        transaction = self._decoded(signed)
        self._check_signature(transaction)
        self._check(transaction, self.time_us())
        sequence = self.state.account(transaction.sender)[0]
        hash_ = transaction_hash(signed)
        if transaction.sequence_number < sequence:
            words = (
                f"transaction sequence number is {transaction.sequence_number}, current sequence number is  {sequence}"
            )
            raise Invalid("sequence_number_too_old", words)
        waiting = self.state.waiting_with(transaction.sender, transaction.sequence_number)
        if waiting not in {None, hash_}:
            raise Invalid("invalid_transaction_update", "Transaction already in mempool with a different payload")
        if abort:
            self.to_abort.add(hash_)
        if waiting is None and not lose:
            due_us = self.time_us() + self.state.fact("commit_delay_us", COMMIT_DELAY_US)
            with self.state.changing():
                self.state.wait(hash_, signed, transaction.sender, transaction.sequence_number, due_us)
        return transaction

    def simulate(self, unsigned: bytes) -> tuple[Transaction, Outcome]:
        """What the transaction would do now. Raises Invalid, also for one whose signature is valid."""
        transaction = self._decoded(unsigned)
        if transaction.signature != _ZEROS:
            raise Invalid("invalid_input", "Simulated transactions must not have a valid signature")
        now_us = self.time_us()
        try:
            self._check(transaction, now_us)
        except Invalid as error:
            return transaction, Outcome(False, 0, error.words)
        sequence = self.state.account(transaction.sender)[0]
        if transaction.sequence_number != sequence:
            old = transaction.sequence_number < sequence
            return transaction, Outcome(
                False, 0, _words("SEQUENCE_NUMBER_TOO_OLD" if old else "SEQUENCE_NUMBER_TOO_NEW")
            )
        outcome, _ = self._executed(transaction, now_us)
        return transaction, outcome

    def tick(self) -> None:
        """Commit what is due."""
        now_us = self.time_us()
        for hash_, signed, due_us in self.state.waiting():
            transaction = read_transaction(signed)
            if transaction.expires_s * 1_000_000 <= now_us:
                with self.state.changing():
                    self.state.forget(hash_)
            elif due_us <= now_us and transaction.sequence_number == self.state.account(transaction.sender)[0]:
                self._commit(hash_, signed, transaction, now_us)

    def displace(self, address: str) -> None:
        """Use up the account's next sequence number, as another program with the same key would."""
        with self.state.changing():
            sequence, octas, key = self.state.account(address)
            self.state.put_account(address, sequence + 1, octas, key)
            waiting = self.state.waiting_with(address, sequence)
            if waiting is not None:
                self.state.forget(waiting)

    def _commit(self, hash_: str, signed: bytes, transaction: Transaction, now_us: int) -> None:
        version = self.state.version() + 1
        # Every block has its own time, so that a lagging node is one that has not seen the newest.
        self._newest_us = now_us = max(now_us, self._newest_us + 1)
        with self.state.changing():
            outcome, submitted = self._executed(transaction, now_us)
            if hash_ in self.to_abort and outcome.success:
                self.to_abort.discard(hash_)
                outcome, submitted = Outcome(False, EXECUTION_GAS, status_of(0x50002, transaction.module_address)), None
            if submitted is not None:
                stored = self._stored(submitted, transaction.sender, now_us)
                self.state.put_anchor(submitted.project_id, bytes.fromhex(submitted.data_hash), stored, version)
            sequence, octas, key = self.state.account(transaction.sender)
            fee = outcome.gas_used * transaction.gas_price
            self.state.put_account(transaction.sender, sequence + 1, max(0, octas - fee), key)
            self.state.forget(hash_)
            self.state.commit(Row(version, hash_, signed, now_us, outcome.success, outcome.gas_used, outcome.vm_status))

    def _executed(self, transaction: Transaction, now_us: int) -> tuple[Outcome, Submitted | None]:
        if (transaction.module_address, transaction.module) != (CONTRACT, MODULE) or transaction.function != FUNCTION:
            return Outcome(False, EXECUTION_GAS, "Transaction Executed and Committed with Error LINKER_ERROR"), None
        try:
            submitted = _submitted(transaction)
        except NotATransaction:
            status = "Transaction Executed and Committed with Error FAILED_TO_DESERIALIZE_ARGUMENT"
            return Outcome(False, EXECUTION_GAS, status), None
        try:
            self._stored(submitted, transaction.sender, now_us)
        except Aborted as error:
            return Outcome(False, EXECUTION_GAS, status_of(error.code, CONTRACT)), None
        gas = EXECUTION_GAS + -(-STORAGE_OCTAS // transaction.gas_price)
        if gas > transaction.max_gas:
            return Outcome(False, transaction.max_gas, "Out of gas"), None
        return Outcome(True, gas, "Executed successfully"), submitted

    def _stored(self, submitted: Submitted, sender: Address, now_us: int) -> Stored:
        digest = submitted.data_hash
        known = self.state.anchor(submitted.project_id, bytes.fromhex(digest)) if _is_hex(digest) else None
        granted = self.state.is_operator(submitted.project_id, sender)
        return stored_by(submitted, sender, granted=granted, existing=known, now_s=now_us // 1_000_000)

    def _decoded(self, signed: bytes) -> Transaction:
        try:
            return read_transaction(signed)
        except NotATransaction as error:
            raise Invalid("invalid_input", f"Failed to deserialize input into SignedTransaction: {error}") from error

    def _check_signature(self, transaction: Transaction) -> None:
        if not transaction.signature_is_valid:
            raise _refused("INVALID_SIGNATURE", 1)

    def _check(self, transaction: Transaction, now_us: int) -> None:
        sequence, octas, key = self.state.account(transaction.sender)
        if transaction.chain_id != self.state.fact("chain_id", CHAIN_ID):
            raise _refused("BAD_CHAIN_ID", 23)
        if account_of(transaction.public_key) != key:
            raise _refused("INVALID_AUTH_KEY", 2)
        if transaction.sequence_number < sequence and self.state.fact("vm_finds_old_numbers", 0):
            raise _refused("SEQUENCE_NUMBER_TOO_OLD", 3)
        if transaction.expires_s * 1_000_000 <= now_us:
            raise _refused("TRANSACTION_EXPIRED", 6)
        if transaction.gas_price < MINIMUM_PRICE:
            raise _refused("GAS_UNIT_PRICE_BELOW_MIN_BOUND", 15)
        if transaction.max_gas > LARGEST_GAS:
            raise _refused("MAX_GAS_UNITS_EXCEEDS_MAX_GAS_UNITS_BOUND", 13)
        if transaction.max_gas < SMALLEST_GAS:
            raise _refused("MAX_GAS_UNITS_BELOW_MIN_TRANSACTION_GAS_UNITS", 14)
        if octas < transaction.max_gas * transaction.gas_price:
            raise _refused("INSUFFICIENT_BALANCE_FOR_TRANSACTION_FEE", 5)


def _submitted(transaction: Transaction) -> Submitted:
    if len(transaction.arguments) != 5:
        raise NotATransaction("the entry function takes five arguments")
    project, digest, score, level, timestamp = transaction.arguments
    submitted = Submitted(
        argument_text(project),
        argument_text(digest),
        argument_u64(score),
        argument_text(level),
        argument_u64(timestamp),
    )
    if text_bytes(submitted.project_id) != project:
        raise NotATransaction("an argument is not written in its shortest form")
    return submitted


def _is_hex(text: str) -> bool:
    return len(text) == 64 and all(digit in "0123456789abcdef" for digit in text)


def _words(code: str) -> str:
    return f"Invalid transaction: Type: Validation Code: {code}"


def _refused(code: str, vm_code: int) -> Invalid:
    return Invalid("vm_error", _words(code), vm_code)
