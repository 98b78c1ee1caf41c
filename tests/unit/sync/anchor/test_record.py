# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The anchor record, the call's bytes, and signed transactions read back."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from aptos_sdk.account_address import AccountAddress
from aptos_sdk.bcs import Deserializer, Serializer
from aptos_sdk.ed25519 import PrivateKey
from aptos_sdk.transactions import (
    EntryFunction,
    RawTransaction,
    SignedTransaction,
    TransactionArgument,
    TransactionPayload,
)
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput
from edge_daemon.secrets.secret import Secret
from sync.anchor.call import NotCallable, StoreCall, address_of
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT
from sync.anchor.record import AnchorRecord, NotAnAnchorRecord, Quality, summary_of
from sync.anchor.signing import PayingKey, Terms
from sync.anchor.transaction import NotATransaction, read_transaction, transaction_hash
from tests.unit.sync.anchor.bench import START_S, head, paying_key, record

TERMS = Terms(paying_key().address, 7, 20_000, 100, 1_700_007_200, 2)


def test_the_digest_is_that_of_the_canonical_record() -> None:
    made = record()
    assert made.call.data_hash == sha256(made.data).hexdigest()
    told = json.loads(made.data)
    assert told["checkpoint"] == made.head.checkpoint
    assert told["keys"] == {"device": made.head.device_key.hex(), "paying": paying_key().public_key.hex()}
    assert told["chain"] == {"id": CHAIN_ID, "contract": CONTRACT}
    assert (told["size"], told["root"], told["quality"]["claim"]) == (8, made.head.root.hex(), True)
    assert summary_of(made.data)["origin"] == made.head.origin


def test_without_a_level_basic_is_sent_and_the_record_claims_nothing() -> None:
    made = AnchorRecord(head(quality=Quality()), CHAIN_ID, CONTRACT, paying_key().public_key)
    assert (made.call.verification_level, made.call.quality_score) == ("basic", 0)
    assert json.loads(made.data)["quality"] == {"claim": False, "level": "basic", "score": None}


@pytest.mark.parametrize("changes", [{"size": 9}, {"root": bytes(32)}, {"origin": "verifield/log/" + "f" * 32}])
def test_a_record_that_says_other_than_its_checkpoint_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(NotAnAnchorRecord):
        AnchorRecord(replace(head(), **changes), CHAIN_ID, CONTRACT, paying_key().public_key)  # type: ignore[arg-type]  # one field


def test_every_part_of_the_record_changes_the_digest() -> None:
    made = record()
    others = [
        AnchorRecord(head(9), CHAIN_ID, CONTRACT, paying_key().public_key),
        replace(made, chain_id=1),
        replace(made, contract=address_of("0x1")),
        replace(made, paying_key=bytes(32)),
        *(
            replace(made, head=head(**changes))
            for changes in (
                {"project": "plant-2"},
                {"metrics": {"total_co2_reduced_tons": 1.0}},
                {"quality": Quality(95, "high")},
                {"end_ns": START_S * 10**9},
            )
        ),
    ]
    assert len({made.data_hash, *(other.data_hash for other in others)}) == len(others) + 1


@pytest.mark.parametrize("data", [b"", b"[]", b'{"type":"anchor", "v":1}', b'{"type":"other"}'])
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    with pytest.raises(NotAnAnchorRecord):
        summary_of(data)


def test_the_published_vector() -> None:
    """A transaction of another function, whose bytes and hash were made with Aptos' own library and are known."""
    key = PrivateKey.from_str("ed25519-priv-0x" + "11" * 32, strict=True)
    root = bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
    values = ("plant-1", root, 8, 1_700_000_000, 1_700_003_600, 95, "high")
    numbers = [Serializer.u64] * 4
    encoders: tuple[Any, ...] = (Serializer.str, Serializer.to_bytes, *numbers, Serializer.str)
    arguments = [TransactionArgument(value, encode) for value, encode in zip(values, encoders, strict=True)]
    call = EntryFunction.natural(f"{address_of('0xa11ce')}::iot_verification", "anchor_batch", [], arguments)
    sender = AccountAddress.from_str(paying_key().address)
    raw = RawTransaction(sender, 7, TransactionPayload(call), 20_000, 100, 1_700_007_200, 2)
    data = SignedTransaction(raw, raw.sign(key)).bytes()
    assert len(data) == 314
    assert transaction_hash(data) == "0xb2a21ba1ec143e773f6a662b54a02b7d49b2422c630204783a31b33a8475610b"
    found = read_transaction(data)
    assert found.signature_is_valid
    assert (found.function, found.arguments[0], found.arguments[2]) == (
        "anchor_batch",
        b"\x07plant-1",
        b"\x08" + bytes(7),
    )
    assert paying_key().address == "0x147e4d3a5b10eaed2a93536e284c23096dfcea9ac61f0a8420e5d01fbd8f0ea8"
    with pytest.raises(NotATransaction):
        _ = found.call


@given(
    project=st.text(min_size=1, max_size=30),
    score=st.integers(0, 100),
    level=st.sampled_from(["high", "medium", "basic"]),
    timestamp=st.integers(0, 2**64 - 1),
    digest=st.binary(min_size=32, max_size=32),
)
def test_what_is_signed_reads_back_the_same(
    project: str, score: int, level: str, timestamp: int, digest: bytes
) -> None:
    call = StoreCall(CONTRACT, project, digest.hex(), score, level, timestamp)
    signed = paying_key().sign(call, TERMS)
    found = read_transaction(signed.data)
    assert found.call == call
    assert found.arguments == call.arguments
    assert found.signature_is_valid
    assert (found.sender, found.sequence_number, found.max_gas, found.gas_price) == (TERMS.sender, 7, 20_000, 100)
    assert (found.expires_s, found.chain_id) == (TERMS.expires_s, 2)
    assert SignedTransaction.deserialize(Deserializer(signed.data)).verify()


@given(at=st.integers(0, 500), bit=st.integers(0, 7))
def test_no_changed_bit_passes(at: int, bit: int) -> None:
    signed = paying_key().sign(record().call, TERMS).data
    changed = bytearray(signed)
    changed[at % len(signed)] ^= 1 << bit
    try:
        found = read_transaction(bytes(changed))
    except NotATransaction:
        return
    assert not found.signature_is_valid


@given(st.binary(max_size=400))
def test_bytes_from_anywhere_are_refused_in_order(data: bytes) -> None:
    with pytest.raises(NotATransaction):
        read_transaction(data)


def test_a_simulation_carries_no_signature() -> None:
    found = read_transaction(paying_key().unsigned(record().call, TERMS))
    assert found.signature == bytes(64)
    assert not found.signature_is_valid


@pytest.mark.parametrize(
    "text", ["0x" + "11" * 32, "ed25519-priv-0x11", "ed25519-priv-0x" + "zz" * 32, "secp256k1-priv-0x" + "11" * 32]
)
def test_a_key_in_another_form_is_refused_and_never_shown(text: str) -> None:
    with pytest.raises(BadInput) as fault:
        PayingKey(Secret(text))
    assert text[-8:] not in str(fault.value)
    assert "11" * 32 not in repr(paying_key())


@pytest.mark.parametrize(
    "changes",
    [
        {"quality_score": True},
        {"quality_score": 101},
        {"quality_score": -1},
        {"timestamp": 2**64},
        {"data_hash": "A" * 64},
        {"project_id": ""},
        {"verification_level": "gold"},
    ],
)
def test_arguments_that_the_contract_refuses_are_never_built(changes: dict[str, object]) -> None:
    with pytest.raises(NotCallable):
        replace(record().call, **changes)  # type: ignore[arg-type]  # one field
