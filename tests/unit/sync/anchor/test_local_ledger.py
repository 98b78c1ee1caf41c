# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The local ledger answers as the official node API says, and refuses what the chain and the contract refuse."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aptos_sdk.account_address import AccountAddress
from aptos_sdk.bcs import Serializer
from aptos_sdk.ed25519 import PrivateKey
from aptos_sdk.transactions import (
    EntryFunction,
    RawTransaction,
    SignedTransaction,
    TransactionArgument,
    TransactionPayload,
)
from jsonschema import Draft4Validator, FormatChecker  # type: ignore[import-untyped]  # it ships no types
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from edge_daemon.domain.faults import AlreadyRunning
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT, LARGEST_GAS
from sync.anchor.ledger.misbehaviour import Kind, Planned
from sync.anchor.ledger.rest import Response, Rest
from sync.anchor.ledger.server import opened
from sync.anchor.node_http import BCS_TRANSACTION
from sync.anchor.signing import Terms
from sync.anchor.transaction import transaction_hash
from tests.unit.sync.anchor.bench import PROJECT, START_S, Clock, Ledger, anchoring, books, ledger, paying_key, record

SCHEMAS = json.loads(Path(__file__).with_name("node_schemas.json").read_text())
FORMATS = FormatChecker(formats=())


def whole(value: object) -> bool:
    return value.isdigit() if isinstance(value, str) else isinstance(value, int) and value >= 0


def hexadecimal(value: object) -> bool:
    return not isinstance(value, str) or (value.startswith("0x") and all(d in "0123456789abcdef" for d in value[2:]))


FORMATS.checkers |= {"uint64": (whole, ()), "hex": (hexadecimal, ())}


def valid(schema: str, body: object) -> None:
    registry: Registry[Any] = Registry().with_resource(
        "urn:node", Resource.from_contents(SCHEMAS, default_specification=DRAFT4)
    )
    checker = Draft4Validator(
        {"$ref": f"urn:node#/components/schemas/{schema}"}, registry=registry, format_checker=FORMATS
    )
    errors = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in checker.iter_errors(body)]
    assert not errors, errors[:3]


@pytest.fixture
def where(tmp_path: Path) -> Iterator[Ledger]:
    with ledger(tmp_path / "ledger") as opened_ledger:
        yield opened_ledger


def ask(
    rest: Rest, method: str, path: str, body: bytes = b"", content: str = BCS_TRANSACTION
) -> tuple[int, Any, Response]:
    answer = rest.handle(method, "/v1" + path, content, body)
    return answer.status, json.loads(answer.body), answer


def signed(**changes: Any) -> bytes:
    terms = Terms(paying_key().address, 0, 20_000, 100, START_S + 60, CHAIN_ID)
    return paying_key().sign(record().call, replace(terms, **changes)).data


def commit(where: Ledger, data: bytes) -> dict[str, Any]:
    assert ask(where.rest, "POST", "/transactions", data)[0] == 202
    where.clock.move(1)
    found: dict[str, Any] = ask(where.rest, "GET", f"/transactions/by_hash/{transaction_hash(data)}")[1]
    return found


def test_every_answer_validates_against_the_official_schema(where: Ledger) -> None:
    rest, address = where.rest, paying_key().address
    valid("IndexResponse", ask(rest, "GET", "")[1])
    valid("HealthCheckSuccess", ask(rest, "GET", "/-/healthy")[1])
    valid("GasEstimation", ask(rest, "GET", "/estimate_gas_price")[1])
    valid("AccountData", ask(rest, "GET", f"/accounts/{address}")[1])
    valid("AccountData", ask(rest, "GET", "/accounts/0xabc")[1])
    assert isinstance(ask(rest, "GET", f"/accounts/{address}/balance/0x1::aptos_coin::AptosCoin")[1], int)
    unsigned = paying_key().unsigned(record().call, Terms(address, 0, 20_000, 100, START_S + 60, CHAIN_ID))
    (simulated,) = ask(rest, "POST", "/transactions/simulate", unsigned)[1]
    valid("UserTransaction", simulated)
    status, pending, _ = ask(rest, "POST", "/transactions", signed())
    assert status == 202
    valid("PendingTransaction", pending)
    assert "type" not in pending
    valid("Transaction", ask(rest, "GET", f"/transactions/by_hash/{pending['hash']}")[1])
    where.clock.move(1)
    committed = ask(rest, "GET", f"/transactions/by_hash/{pending['hash']}")[1]
    valid("Transaction", committed)
    assert committed["type"] == "user_transaction"
    assert committed["events"][0]["data"]["data_hash"] == "0x" + record().data_hash
    valid("Transaction", ask(rest, "GET", f"/transactions/by_version/{committed['version']}")[1])
    for path in (
        "/transactions/by_hash/0x00",
        "/transactions/by_version/9",
        f"/accounts/{address}/resource/0x1::a::B",
        "/x",
    ):
        status, body, _ = ask(rest, "GET", path)
        assert status == 404
        valid("AptosError", body)
    for kind in (Kind.ERROR, Kind.FULL):
        rest.misbehaviour.plan(Planned(kind))
        valid("AptosError", ask(rest, "POST", "/transactions", signed())[1])


def test_every_answer_names_the_ledgers_state(where: Ledger) -> None:
    for method, path in (("GET", ""), ("GET", "/transactions/by_hash/0x00"), ("POST", "/transactions")):
        headers = ask(where.rest, method, path)[2].headers
        assert headers["X-APTOS-CHAIN-ID"] == str(CHAIN_ID)
        assert headers["X-APTOS-LEDGER-TIMESTAMPUSEC"] == str(where.clock.now_us)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"chain_id": 1}, 23),
        ({"expires_s": START_S}, 6),
        ({"gas_price": 99}, 15),
        ({"max_gas": LARGEST_GAS + 1}, 13),
        ({"max_gas": 1}, 14),
        ({"max_gas": 1_500_000}, 5),
    ],
)
def test_what_the_chain_refuses_is_refused_with_its_code(where: Ledger, changes: dict[str, Any], code: int) -> None:
    status, body, _ = ask(where.rest, "POST", "/transactions", signed(**changes))
    valid("AptosError", body)
    assert (status, body["error_code"], body["vm_error_code"]) == (400, "vm_error", code)


def test_a_changed_byte_breaks_the_signature(where: Ledger) -> None:
    data = bytearray(signed())
    data[100] ^= 1
    body = ask(where.rest, "POST", "/transactions", bytes(data))[1]
    assert body.get("vm_error_code") == 1 or body["error_code"] == "invalid_input"


def test_another_accounts_key_is_refused(where: Ledger) -> None:
    terms = Terms(paying_key().address, 0, 20_000, 100, START_S + 60, CHAIN_ID)
    body = ask(where.rest, "POST", "/transactions", paying_key(0x22).sign(record().call, terms).data)[1]
    assert body["vm_error_code"] == 2


def test_sequence_numbers_commit_once_and_in_order(where: Ledger) -> None:
    first, second = (
        signed(),
        paying_key().sign(record(9).call, Terms(paying_key().address, 1, 20_000, 100, START_S + 60, CHAIN_ID)),
    )
    assert ask(where.rest, "POST", "/transactions", second.data)[0] == 202
    where.clock.move(1)
    assert ask(where.rest, "GET", f"/transactions/by_hash/{second.hash}")[1]["type"] == "pending_transaction"
    other = paying_key().sign(record(9).call, Terms(paying_key().address, 0, 20_000, 100, START_S + 60, CHAIN_ID))
    assert ask(where.rest, "POST", "/transactions", first)[0] == 202
    assert ask(where.rest, "POST", "/transactions", first)[0] == 202
    assert ask(where.rest, "POST", "/transactions", other.data)[1]["error_code"] == "invalid_transaction_update"
    where.clock.move(1)
    assert ask(where.rest, "GET", f"/transactions/by_hash/{second.hash}")[1]["success"]
    body = ask(where.rest, "POST", "/transactions", first)[1]
    assert (body["error_code"], "vm_error_code" in body) == ("sequence_number_too_old", False)
    assert len(where.anchors) == 2


def test_the_contracts_rules_abort_and_cost_a_fee(where: Ledger) -> None:
    assert commit(where, signed())["success"]
    terms = Terms(paying_key().address, 1, 20_000, 100, START_S + 60, CHAIN_ID)
    told = commit(where, paying_key().sign(record().call, terms).data)
    valid("Transaction", told)
    assert told["vm_status"].startswith("Move abort in 0x5eafe1d::iot_verification: E_ALREADY_ANCHORED(0x80003)")
    assert (told["success"], told["gas_used"]) == (False, "11")
    assert ask(where.rest, "GET", f"/accounts/{paying_key().address}")[1]["sequence_number"] == "2"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((PROJECT, "0" * 63, 1, "high", START_S), "E_BAD_DIGEST"),
        ((PROJECT, "0" * 63 + "G", 1, "high", START_S), "E_BAD_DIGEST"),
        ((PROJECT, "0" * 64, 101, "high", START_S), "E_BAD_SCORE"),
        ((PROJECT, "0" * 64, 1, "gold", START_S), "E_BAD_LEVEL"),
        ((PROJECT, "0" * 64, 1, "high", START_S + 7200), "E_FROM_THE_FUTURE"),
        (("", "0" * 64, 1, "high", START_S), "E_BAD_PROJECT"),
        (("another", "0" * 64, 1, "high", START_S), "E_NOT_OPERATOR"),
    ],
)
def test_arguments_that_our_client_never_sends_are_aborted_too(
    where: Ledger, arguments: tuple[str, str, int, str, int], name: str
) -> None:
    encoders: tuple[Any, ...] = (Serializer.str, Serializer.str, Serializer.u64, Serializer.str, Serializer.u64)
    call = EntryFunction.natural(
        f"{CONTRACT}::iot_verification",
        "store_iot_data_hash",
        [],
        [TransactionArgument(value, encode) for value, encode in zip(arguments, encoders, strict=True)],
    )
    key = PrivateKey.from_str("ed25519-priv-0x" + "11" * 32, strict=True)
    sender = AccountAddress.from_str(paying_key().address)
    raw = RawTransaction(sender, 0, TransactionPayload(call), 20_000, 100, START_S + 60, CHAIN_ID)
    told = commit(where, SignedTransaction(raw, raw.sign(key)).bytes())
    valid("Transaction", told)
    assert name in told["vm_status"]
    assert where.anchors == []


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as where, books(tmp_path / "books") as kept:
        done = anchoring(kept, where).finish(kept.prepare(record(), "local-ledger"))
    with opened(tmp_path / "ledger", where.clock) as rest:
        assert rest.chain.state.anchors() == [(PROJECT, record().data_hash)]
        told = ask(rest, "GET", f"/transactions/by_hash/{done.transaction_hash}")[1]
        assert told["version"] == str(done.version)


def test_a_waiting_transaction_is_shown_while_time_goes_on(tmp_path: Path) -> None:
    clock = Clock()

    def ticking() -> int:
        clock.now_us += 1
        return clock.now_us

    with opened(tmp_path / "ledger", ticking) as rest:
        rest.fund(paying_key().address, 10**8)
        told = ask(rest, "POST", "/transactions", signed())[1]
        assert ask(rest, "GET", f"/transactions/by_hash/{told['hash']}")[1]["type"] == "pending_transaction"


def test_one_ledger_a_file(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger"), pytest.raises(AlreadyRunning), opened(tmp_path / "ledger"):
        pass


def test_a_lagging_node_answers_consistently_from_the_past(where: Ledger) -> None:
    hash_ = commit(where, signed())["hash"]
    newest = where.rest.chain.state.committed(version=1)
    assert newest is not None
    for path, expected in ((f"/transactions/by_hash/{hash_}", 404), (f"/accounts/{paying_key().address}", 200)):
        where.rest.misbehaviour.plan(Planned(Kind.STALE))
        status, body, answer = ask(where.rest, "GET", path)
        assert status == expected
        assert answer.headers["X-APTOS-LEDGER-VERSION"] == "0"
        assert int(answer.headers["X-APTOS-LEDGER-TIMESTAMPUSEC"]) < newest.time_us
        assert body.get("sequence_number", "0") == "0"
