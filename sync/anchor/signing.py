# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The paying key, and transactions written and signed with it. Loads Aptos' library when first used; otherwise pure.

The library alone writes BCS here. Its keys print themselves in clear, so they never leave this file.
"""

from dataclasses import dataclass

from edge_daemon.domain.faults import BadInput
from edge_daemon.secrets.secret import HIDDEN, Secret
from sync.anchor.call import FUNCTION, MODULE, Address, StoreCall
from sync.anchor.transaction import account_of, transaction_hash

SECRET_NAME = "anchor.paying-key"
_FORM = "ed25519-priv-0x"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a transaction needs beside its call. `expires_s` is in the chain's Unix seconds, never the laptop's."""

    sender: Address
    sequence_number: int
    max_gas: int
    gas_price: int
    expires_s: int
    chain_id: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction as it is sent, and the hash by which the chain will know it."""

    data: bytes
    hash: str


class PayingKey:
    """The key of the account that pays. Shows its public half only."""

    __slots__ = ("__secret", "public_key")
    __secret: Secret

    def __init__(self, secret: Secret) -> None:
        """Take the key in AIP-80 form: `ed25519-priv-0x` and 64 hex digits. Raises BadInput, which never holds it."""
        text = secret.reveal()
        digits = text.removeprefix(_FORM)
        if digits == text or len(digits) != 64 or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
            raise BadInput("paying key", HIDDEN, f"it must be written as {_FORM} and 64 hexadecimal digits (AIP-80)")
        from aptos_sdk.ed25519 import PrivateKey

        self.__secret = secret
        self.public_key: bytes = PrivateKey.from_str(text, strict=True).public_key().to_crypto_bytes()

    def __repr__(self) -> str:
        return f"PayingKey({self.address})"

    @property
    def address(self) -> Address:
        """The account that this key opens, unless that account was given another key."""
        return account_of(self.public_key)

    def sign(self, call: StoreCall, terms: Terms) -> Signed:
        """The call as a signed transaction."""
        from aptos_sdk.ed25519 import PrivateKey
        from aptos_sdk.transactions import SignedTransaction

        raw = _raw(call, terms)
        data = SignedTransaction(raw, raw.sign(PrivateKey.from_str(self.__secret.reveal(), strict=True))).bytes()
        return Signed(data, transaction_hash(data))

    def unsigned(self, call: StoreCall, terms: Terms) -> bytes:
        """The call with a signature of zeros, as a simulation takes it: it can never be committed."""
        from aptos_sdk.ed25519 import PublicKey
        from aptos_sdk.transactions import SignedTransaction

        raw = _raw(call, terms)
        return SignedTransaction(raw, raw.sign_simulated(PublicKey.from_str(self.public_key.hex()))).bytes()


def _raw(call: StoreCall, terms: Terms):  # type: ignore[no-untyped-def]  # its type needs the library, loaded when first used
    from aptos_sdk.account_address import AccountAddress
    from aptos_sdk.bcs import Serializer
    from aptos_sdk.transactions import EntryFunction, RawTransaction, TransactionArgument, TransactionPayload

    arguments = [
        TransactionArgument(call.project_id, Serializer.str),
        TransactionArgument(call.data_hash, Serializer.str),
        TransactionArgument(call.quality_score, Serializer.u64),
        TransactionArgument(call.verification_level, Serializer.str),
        TransactionArgument(call.timestamp, Serializer.u64),
    ]
    return RawTransaction(
        AccountAddress.from_str(terms.sender),
        terms.sequence_number,
        TransactionPayload(EntryFunction.natural(f"{call.contract}::{MODULE}", FUNCTION, [], arguments)),
        terms.max_gas,
        terms.gas_price,
        terms.expires_s,
        terms.chain_id,
    )
