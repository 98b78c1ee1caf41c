# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The local ledger's answers in the JSON of a fullnode. Pure. Source: Aptos Node API 1.2.0."""

from hashlib import sha3_256

from edge_daemon.log.canonical import JsonValue
from sync.anchor.call import MODULE
from sync.anchor.chain import Stored
from sync.anchor.ledger.chain import Outcome
from sync.anchor.ledger.contract import short
from sync.anchor.ledger.state import Row
from sync.anchor.transaction import NotATransaction, Transaction, read_transaction, transaction_hash


def error(code: str, words: str, vm_code: int | None = None) -> dict[str, JsonValue]:
    """An AptosError."""
    told: dict[str, JsonValue] = {"message": words, "error_code": code}
    return told if vm_code is None else told | {"vm_error_code": vm_code}


def pending(signed: bytes) -> dict[str, JsonValue]:
    """A PendingTransaction, without the `type` that a Transaction has."""
    return _request(read_transaction(signed)) | {"hash": transaction_hash(signed)}


def committed(row: Row) -> dict[str, JsonValue]:
    """A Transaction of the type user_transaction."""
    transaction = read_transaction(row.signed)
    outcome = Outcome(row.success, row.gas_used, row.vm_status)
    return _user(transaction, outcome, row.hash, row.version, row.time_us)


def simulated(
    unsigned: bytes, transaction: Transaction, outcome: Outcome, version: int, time_us: int
) -> list[JsonValue]:
    """The answer to a simulation: an array of one UserTransaction."""
    told = _user(transaction, outcome, transaction_hash(unsigned), version, time_us)
    del told["type"]
    return [told]


def stored(found: Stored) -> list[JsonValue]:
    """What the view `get_anchor` returns."""
    return [
        str(found.quality_score),
        found.verification_level,
        str(found.timestamp),
        str(found.anchored_s),
        found.operator,
    ]


def _user(transaction: Transaction, outcome: Outcome, hash_: str, version: int, time_us: int) -> dict[str, JsonValue]:
    return _request(transaction) | {
        "type": "user_transaction",
        "version": str(version),
        "hash": hash_,
        "state_change_hash": _digest(hash_, "state change"),
        "event_root_hash": _digest(hash_, "events"),
        "accumulator_root_hash": _digest(hash_, "accumulator"),
        "gas_used": str(outcome.gas_used),
        "success": outcome.success,
        "vm_status": outcome.vm_status,
        "changes": [],
        "events": _events(transaction, time_us) if outcome.success else [],
        "timestamp": str(time_us),
    }


def _request(transaction: Transaction) -> dict[str, JsonValue]:
    return {
        "sender": transaction.sender,
        "sequence_number": str(transaction.sequence_number),
        "max_gas_amount": str(transaction.max_gas),
        "gas_unit_price": str(transaction.gas_price),
        "expiration_timestamp_secs": str(transaction.expires_s),
        "payload": {
            "type": "entry_function_payload",
            "function": f"{transaction.module_address}::{transaction.module}::{transaction.function}",
            "type_arguments": [],
            "arguments": _arguments(transaction),
        },
        "signature": {
            "type": "ed25519_signature",
            "public_key": "0x" + transaction.public_key.hex(),
            "signature": "0x" + transaction.signature.hex(),
        },
    }


def _arguments(transaction: Transaction) -> list[JsonValue]:
    try:
        call = transaction.call
    except NotATransaction:
        return ["0x" + argument.hex() for argument in transaction.arguments]
    return [call.project_id, call.data_hash, str(call.quality_score), call.verification_level, str(call.timestamp)]


def _events(transaction: Transaction, time_us: int) -> list[JsonValue]:
    call = transaction.call
    return [
        {
            "guid": {"creation_number": "0", "account_address": "0x0"},
            "sequence_number": "0",
            "type": f"{short(transaction.module_address)}::{MODULE}::Anchored",
            "data": {
                "project_id": call.project_id,
                "data_hash": "0x" + call.data_hash,
                "quality_score": str(call.quality_score),
                "verification_level": call.verification_level,
                "timestamp": str(call.timestamp),
                "anchored_at": str(time_us // 1_000_000),
                "operator": transaction.sender,
            },
        }
    ]


def _digest(hash_: str, what: str) -> str:
    # The local ledger keeps no state tree: these only have the form of hashes.
    return "0x" + sha3_256(f"verifield local ledger, {what} of {hash_}".encode()).hexdigest()
