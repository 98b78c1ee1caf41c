# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A fullnode of Aptos over its REST API. Uses the network.

Source: Aptos Node API 1.2.0. Error texts change with releases, so codes are matched; fields this program does not
know are ignored.
"""

import re
from collections.abc import Mapping
from typing import NoReturn

from sync.anchor.call import GET_ANCHOR, IS_ANCHORED, LARGEST_U64, MODULE, Address, NotCallable, address_of
from sync.anchor.chain import (
    Absent,
    AccountState,
    Answer,
    Committed,
    LedgerInfo,
    Pending,
    Seen,
    Simulated,
    Stored,
    Submission,
)
from sync.anchor.faults import ContractMissing, NodeTrouble
from sync.anchor.node_http import NodeHttp, Reply

SEQUENCE_NUMBER_TOO_OLD, TRANSACTION_EXPIRED = 3, 6

_LONGEST_U64 = len(str(LARGEST_U64))
_COIN = "0x1::aptos_coin::AptosCoin"
_VALIDATION = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")


class AptosNode:
    """One node. Not shared between threads. The methods are those of `Fullnode`."""

    def __init__(self, http: NodeHttp) -> None:
        self._http = http

    def close(self) -> None:
        self._http.close()

    def ledger(self) -> LedgerInfo:
        return _fine(self._http.ask("GET", "")).ledger

    def account(self, address: Address) -> AccountState:
        reply = self._http.ask("GET", f"/accounts/{address}")
        if reply.code == "account_not_found":  # networks before AIP-115
            return AccountState(0, address)
        body = _mapping(_fine(reply))
        return AccountState(_number(body, "sequence_number"), str(body.get("authentication_key")).lower())

    def balance(self, address: Address) -> int:
        body = _fine(self._http.ask("GET", f"/accounts/{address}/balance/{_COIN}")).body
        if not isinstance(body, int) or isinstance(body, bool) or body < 0:
            raise NodeTrouble("the node's answer about the balance is no amount")
        return body

    def gas_price(self) -> int:
        price = _number(_mapping(_fine(self._http.ask("GET", "/estimate_gas_price"))), "gas_estimate")
        if price < 1:
            raise NodeTrouble("the node says that gas costs nothing")
        return price

    def anchored(self, contract: Address, project_id: str, data_hash: str) -> Stored | None:
        if self._view(contract, IS_ANCHORED, project_id, data_hash) != [True]:
            return None
        told = self._view(contract, GET_ANCHOR, project_id, data_hash)
        try:
            score, level, timestamp, anchored_s, operator = told
            return Stored(
                int(str(score)), str(level), int(str(timestamp)), int(str(anchored_s)), address_of(str(operator))
            )
        except (ValueError, NotCallable) as error:
            raise NodeTrouble("the contract's answer about the anchor is not of the expected form") from error

    def simulate(self, unsigned: bytes) -> Simulated:
        reply = self._http.ask("POST", "/transactions/simulate", bcs=unsigned)
        if reply.status == 400:
            return Simulated(False, 0, 0, reply.words)
        body = _fine(reply).body
        if not isinstance(body, list) or len(body) != 1 or not isinstance(body[0], Mapping):
            raise NodeTrouble("the node's answer to a simulation is not one transaction")
        told = body[0]
        return Simulated(
            told.get("success") is True,
            _number(told, "gas_used"),
            _number(told, "gas_unit_price"),
            str(told.get("vm_status")),
        )

    def submit(self, signed: bytes) -> Submission:
        reply = self._http.ask("POST", "/transactions", bcs=signed)
        if reply.status == 202:
            return Submission(Answer.TAKEN, "", reply.ledger)
        if reply.status != 400:
            _unexpected(reply)
        return Submission(_answer(reply), reply.words, reply.ledger, reply.vm_code)

    def by_hash(self, transaction: str) -> Seen:
        reply = self._http.ask("GET", f"/transactions/by_hash/{transaction}")
        if reply.status == 404 and reply.code == "transaction_not_found":
            return Absent(reply.ledger)
        body = _mapping(_fine(reply))
        if body.get("hash") != transaction:
            raise NodeTrouble("the node answers with another transaction than the one asked for")
        match body.get("type"):
            case "pending_transaction":
                return Pending()
            case "user_transaction":
                return committed_of(body)
        raise NodeTrouble(f"the node calls the transaction a {str(body.get('type'))[:40]!r}")

    def _view(self, contract: Address, function: str, project_id: str, data_hash: str) -> list[object]:
        asked = {
            "function": f"{contract}::{MODULE}::{function}",
            "type_arguments": [],
            "arguments": [project_id, data_hash],
        }
        reply = self._http.ask("POST", "/view", plain=asked)
        if reply.status in {400, 404}:
            raise ContractMissing(f"{contract}::{MODULE} on this network does not answer {function}: {reply.words}")
        body = _fine(reply).body
        if not isinstance(body, list):
            raise NodeTrouble("the node's answer to a view is no list")
        return body


def committed_of(body: Mapping[str, object]) -> Committed:
    """A committed transaction from the node's JSON. Raises NodeTrouble."""
    success = body.get("success")
    if not isinstance(success, bool):
        raise NodeTrouble("the node does not say whether the transaction succeeded")
    return Committed(
        success,
        _number(body, "version"),
        _number(body, "timestamp"),
        _number(body, "gas_used"),
        _number(body, "gas_unit_price"),
        str(body.get("vm_status")),
        body,
    )


def validation_code(words: str) -> str:
    """The name of a validation rule in a node's words, e.g. INVALID_AUTH_KEY; empty where there is none."""
    found = _VALIDATION.findall(words)
    return found[-1] if found else ""


def _answer(reply: Reply) -> Answer:
    if reply.code == "sequence_number_too_old" or reply.vm_code == SEQUENCE_NUMBER_TOO_OLD:
        return Answer.NUMBER_USED
    if reply.code == "invalid_transaction_update":
        return Answer.NUMBER_WAITING
    return Answer.EXPIRED if reply.vm_code == TRANSACTION_EXPIRED else Answer.REFUSED


def _fine(reply: Reply) -> Reply:
    if reply.status >= 300:
        _unexpected(reply)
    return reply


def _unexpected(reply: Reply) -> NoReturn:
    raise NodeTrouble(f"the node answers with HTTP status {reply.status}: {reply.words}")


def _mapping(reply: Reply) -> Mapping[str, object]:
    if not isinstance(reply.body, Mapping):
        raise NodeTrouble("the node's answer is no JSON object")
    return reply.body


def _number(body: Mapping[str, object], name: str) -> int:
    """Whole numbers travel as numbers up to 32 bits and as text beyond."""
    found = body.get(name)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= _LONGEST_U64:
        found = int(found)
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= LARGEST_U64:
        return found
    raise NodeTrouble(f"the node's answer has no number {name!r}")
