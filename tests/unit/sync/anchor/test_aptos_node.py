# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The client of a fullnode: every answer it may get, and how it reads it."""

import json
from collections.abc import Callable

import httpx
import pytest

from edge_daemon.domain.faults import Unreachable
from edge_daemon.secrets.secret import Secret
from sync.anchor.aptos_node import AptosNode, validation_code
from sync.anchor.call import address_of
from sync.anchor.chain import Absent, AccountState, Answer, Pending
from sync.anchor.faults import ChainCongested, ChainRateLimited, ContractMissing, NodeTrouble
from sync.anchor.node_http import LARGEST_REPLY, NodeHttp

STATE = {"x-aptos-chain-id": "1", "x-aptos-ledger-version": "70", "x-aptos-ledger-timestampusec": "1800000000000000"}
ADDRESS = address_of("0xabc")
HASH = "0x" + "ab" * 32
REFUSED = "Invalid transaction: Type: Validation Code: "


def node(
    status: int, body: object, headers: dict[str, str] | None = None, seen: list[httpx.Request] | None = None
) -> AptosNode:
    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, content=content, headers=STATE if headers is None else headers)

    return AptosNode(NodeHttp("https://node.example/v1", Secret("the-api-key"), httpx.MockTransport(answer)))


def error(code: str, words: str = "words", vm: int | None = None) -> dict[str, object]:
    return {"message": words, "error_code": code} | ({} if vm is None else {"vm_error_code": vm})


def test_the_ledgers_state_is_that_of_the_answering_node() -> None:
    told = node(200, {"chain_id": 9}).ledger()
    assert (told.chain_id, told.version, told.time_us) == (1, 70, 1_800_000_000_000_000)


def test_unknown_fields_are_ignored() -> None:
    body = {"sequence_number": "5", "authentication_key": ADDRESS.upper().replace("0X", "0x"), "new": {"a": []}}
    assert node(200, body).account(ADDRESS) == AccountState(5, ADDRESS)


def test_an_old_networks_missing_account_is_a_new_one() -> None:
    assert node(404, error("account_not_found")).account(ADDRESS) == AccountState(0, ADDRESS)


@pytest.mark.parametrize("price", [0, "0", -1, "9" * 5_000, 2**64, True, None])
def test_a_price_that_cannot_be_is_a_fault_of_the_node(price: object) -> None:
    with pytest.raises(NodeTrouble):
        node(200, {"gas_estimate": price}).gas_price()


def test_a_balance_below_nothing_is_a_fault_of_the_node() -> None:
    with pytest.raises(NodeTrouble):
        node(200, -5).balance(ADDRESS)


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (429, b"Per anonymous IP rate limit exceeded.", ChainRateLimited),
        (507, error("mempool_is_full"), ChainCongested),
        (500, error("internal_error"), NodeTrouble),
        (503, b"<html>", NodeTrouble),
        (302, b"", NodeTrouble),
        (403, error("api_disabled"), NodeTrouble),
        (200, b"not json", NodeTrouble),
        (200, [1, 2], NodeTrouble),
        (200, {"sequence_number": "-1"}, NodeTrouble),
        (200, b"x" * (LARGEST_REPLY + 1), NodeTrouble),
    ],
)
def test_answers_that_are_none_are_faults_that_pass(status: int, body: object, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        node(status, body).account(ADDRESS)


def test_a_proxy_in_between_is_not_taken_for_a_node() -> None:
    with pytest.raises(NodeTrouble, match="names no ledger state"):
        node(404, error("transaction_not_found"), {}).by_hash(HASH)


def test_a_limit_tells_how_long_to_wait() -> None:
    with pytest.raises(ChainRateLimited) as fault:
        node(429, b"slow down", {**STATE, "retry-after": "17"}).ledger()
    assert fault.value.after_s == 17.0


def test_the_api_key_travels_in_its_header_only() -> None:
    seen: list[httpx.Request] = []
    node(200, {}, seen=seen).ledger()
    assert seen[0].headers["authorization"] == "Bearer the-api-key"
    assert "the-api-key" not in str(seen[0].url)
    assert str(seen[0].url) == "https://node.example/v1"

    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("name not known")

    with pytest.raises(Unreachable) as fault:
        NodeHttp("https://node.example/v1", Secret("the-api-key"), httpx.MockTransport(lost)).ask("GET", "")
    assert "the-api-key" not in str(fault.value)


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (202, {"hash": HASH}, Answer.TAKEN),
        (400, error("vm_error", REFUSED + "SEQUENCE_NUMBER_TOO_OLD", 3), Answer.NUMBER_USED),
        (400, error("sequence_number_too_old"), Answer.NUMBER_USED),
        (400, error("invalid_transaction_update"), Answer.NUMBER_WAITING),
        (400, error("vm_error", REFUSED + "TRANSACTION_EXPIRED", 6), Answer.EXPIRED),
        (400, error("vm_error", REFUSED + "INVALID_AUTH_KEY", 2), Answer.REFUSED),
        (400, error("vm_error", REFUSED + "SOMETHING_NEW", 9999), Answer.REFUSED),
    ],
)
def test_every_answer_to_a_submission(status: int, body: object, answer: Answer) -> None:
    told = node(status, body).submit(b"bytes")
    assert (told.answer, told.ledger.version) == (answer, 70)


def test_by_hash() -> None:
    assert isinstance(node(200, {"type": "pending_transaction", "hash": HASH}).by_hash(HASH), Pending)
    absent = node(404, error("transaction_not_found")).by_hash(HASH)
    assert isinstance(absent, Absent)
    assert absent.ledger.time_us == 1_800_000_000_000_000
    for body in (
        {"type": "pending_transaction", "hash": "0x00"},
        {"type": "genesis_transaction", "hash": HASH},
        {"type": "user_transaction", "hash": HASH, "success": "true"},
    ):
        with pytest.raises(NodeTrouble):
            node(200, body).by_hash(HASH)
    with pytest.raises(NodeTrouble):
        node(404, error("web_framework_error")).by_hash(HASH)


def test_a_contract_that_is_not_there_is_named() -> None:
    with pytest.raises(ContractMissing, match="does not answer is_anchored"):
        node(400, error("invalid_input")).anchored(ADDRESS, "plant-1", "0" * 64)


@pytest.mark.parametrize("told", [["1"], ["x", "high", "1", "2", ADDRESS], ["1", "high", "1", "2", "nobody"], []])
def test_a_contract_that_answers_otherwise_is_trouble(told: list[object]) -> None:
    answers: list[Callable[[], object]] = [lambda: [True], lambda: told]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=json.dumps(answers.pop(0)()).encode(), headers=STATE)

    with pytest.raises(NodeTrouble):
        AptosNode(NodeHttp("https://node.example/v1", transport=httpx.MockTransport(answer))).anchored(
            ADDRESS, "p", "0" * 64
        )


def test_validation_codes_are_found_in_any_prose() -> None:
    assert validation_code("Invalid transaction: Type: Validation Code: INVALID_AUTH_KEY") == "INVALID_AUTH_KEY"
    assert validation_code("nothing here") == ""
