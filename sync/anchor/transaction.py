# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Signed transactions of the chain, read back from their bytes. Pure.

Sources: BCS (github.com/diem/bcs) and Aptos' `SignedTransaction`, `RawTransaction` and `TransactionAuthenticator`. Only
what this program sends can be read: one signer with one Ed25519 key, one entry function without type arguments. Writing
them is left to Aptos' own library; reading them needs none, so that evidence can be checked without it.
"""

from dataclasses import dataclass
from hashlib import sha3_256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.anchor.call import FUNCTION, MODULE, Address, NotCallable, StoreCall

ENTRY_FUNCTION = 2
ED25519 = 0
ADDRESS_BYTES, KEY_BYTES, SIGNATURE_BYTES = 32, 32, 64
LARGEST_BYTES = 64 * 1024

_RAW_DOMAIN = sha3_256(b"APTOS::RawTransaction").digest()
_HASH_DOMAIN = sha3_256(b"APTOS::Transaction").digest()


class NotATransaction(ValueError):
    """Bytes that are no transaction of this program's kind; the message says why."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a signed transaction says. Gas in units, price in octas; `expires_s` in the chain's Unix seconds."""

    sender: Address
    sequence_number: int
    module_address: Address
    module: str
    function: str
    arguments: tuple[bytes, ...]
    max_gas: int
    gas_price: int
    expires_s: int
    chain_id: int
    public_key: bytes
    signature: bytes
    raw: bytes

    @property
    def signature_is_valid(self) -> bool:
        """Whether the key signed exactly this transaction."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, _RAW_DOMAIN + self.raw)
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def call(self) -> StoreCall:
        """The anchoring call in it. Raises NotATransaction when it calls anything else."""
        if (self.module, self.function, len(self.arguments)) != (MODULE, FUNCTION, 5):
            raise NotATransaction(f"it calls {self.module}::{self.function}, not {MODULE}::{FUNCTION}")
        project, digest, score, level, timestamp = self.arguments
        try:
            return StoreCall(
                self.module_address,
                argument_text(project),
                argument_text(digest),
                argument_u64(score),
                argument_text(level),
                argument_u64(timestamp),
            )
        except NotCallable as error:
            raise NotATransaction(f"its arguments are not usable: {error}") from error


def transaction_hash(signed: bytes) -> str:
    """The hash by which the chain knows these signed bytes, known before they are sent."""
    return "0x" + sha3_256(_HASH_DOMAIN + b"\0" + signed).hexdigest()


def account_of(public_key: bytes) -> Address:
    """The address that an Ed25519 key opens as long as its account was given no other key: SHA3-256(key ‖ 00)."""
    return Address("0x" + sha3_256(public_key + b"\0").hexdigest())


def read_transaction(signed: bytes) -> Transaction:
    """What the signed bytes say; the signature is not checked here. Raises NotATransaction."""
    if len(signed) > LARGEST_BYTES:
        raise NotATransaction(f"it is larger than {LARGEST_BYTES} bytes")
    reader = _Reader(signed)
    sender = reader.address()
    sequence = reader.u64()
    if reader.uleb128() != ENTRY_FUNCTION:
        raise NotATransaction("it does not call an entry function")
    module_address, module, function = reader.address(), reader.text(), reader.text()
    if reader.uleb128():
        raise NotATransaction("it has type arguments")
    arguments = tuple(reader.vector() for _ in range(reader.uleb128()))
    max_gas, price, expires = reader.u64(), reader.u64(), reader.u64()
    chain_id = reader.take(1)[0]
    raw = signed[: reader.position]
    if reader.uleb128() != ED25519:
        raise NotATransaction("it is not signed by one Ed25519 key")
    key, signature = reader.vector(), reader.vector()
    reader.end()
    if len(key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise NotATransaction("its key or signature has the wrong length")
    return Transaction(
        sender,
        sequence,
        module_address,
        module,
        function,
        arguments,
        max_gas,
        price,
        expires,
        chain_id,
        key,
        signature,
        raw,
    )


def argument_text(argument: bytes) -> str:
    """The text in an argument of the type String. Raises NotATransaction."""
    reader = _Reader(argument)
    text = reader.text()
    reader.end()
    return text


def argument_u64(argument: bytes) -> int:
    """The number in an argument of the type u64. Raises NotATransaction."""
    reader = _Reader(argument)
    number = reader.u64()
    reader.end()
    return number


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._data):
            raise NotATransaction("it ends too early")
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def uleb128(self) -> int:
        number = 0
        for shift in range(0, 35, 7):
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    raise NotATransaction("a length is not written in its shortest form")
                return number
        raise NotATransaction("a length is too large")

    def vector(self) -> bytes:
        return self.take(self.uleb128())

    def text(self) -> str:
        try:
            return self.vector().decode()
        except UnicodeDecodeError as error:
            raise NotATransaction("a text is not UTF-8") from error

    def address(self) -> Address:
        return Address("0x" + self.take(ADDRESS_BYTES).hex())

    def end(self) -> None:
        if self.position != len(self._data):
            raise NotATransaction("there are bytes after its end")
