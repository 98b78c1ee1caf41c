# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The contract's rules as the local ledger keeps them: those of `resources/move`, in the same order. Pure."""

from dataclasses import dataclass

from sync.anchor.call import GET_ANCHOR, IS_ANCHORED, LARGEST_SCORE, LONGEST_PROJECT_BYTES, MODULE, Address
from sync.anchor.chain import Stored

NAMES = {
    0x50001: "E_NOT_OWNER",
    0x50002: "E_NOT_OPERATOR",
    0x80003: "E_ALREADY_ANCHORED",
    0x10004: "E_BAD_DIGEST",
    0x10005: "E_BAD_SCORE",
    0x10006: "E_BAD_LEVEL",
    0x10007: "E_FROM_THE_FUTURE",
    0x10008: "E_BAD_PROJECT",
    0x60009: "E_NOT_ANCHORED",
    0x3000A: "E_NOT_INITIALIZED",
    0x8000B: "E_ALREADY_INITIALIZED",
    0x8000C: "E_ALREADY_OPERATOR",
    0x6000D: "E_NO_SUCH_OPERATOR",
}
"""The contract's abort codes: an error's category in the upper half, its number in the lower."""

NOT_OPERATOR, ALREADY_ANCHORED, FROM_THE_FUTURE = 0x50002, 0x80003, 0x10007
VIEWS = (IS_ANCHORED, GET_ANCHOR, "is_operator")

_HEX = frozenset("0123456789abcdef")
_LEVELS = frozenset({"high", "medium", "basic"})


class Aborted(Exception):
    """The contract stopped with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(NAMES[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Submitted:
    """The arguments of `store_iot_data_hash` as they came, not checked."""

    project_id: str
    data_hash: str
    quality_score: int
    verification_level: str
    timestamp: int


def stored_by(submitted: Submitted, operator: Address, *, granted: bool, existing: Stored | None, now_s: int) -> Stored:
    """What the contract keeps for this call. Raises Aborted by the first rule that is broken."""
    if not 0 < len(submitted.project_id.encode()) <= LONGEST_PROJECT_BYTES:
        raise Aborted(0x10008)
    if not granted:
        raise Aborted(NOT_OPERATOR)
    if submitted.quality_score > LARGEST_SCORE:
        raise Aborted(0x10005)
    if submitted.verification_level not in _LEVELS:
        raise Aborted(0x10006)
    if submitted.timestamp > now_s:
        raise Aborted(FROM_THE_FUTURE)
    check_digest(submitted.data_hash)
    if existing is not None:
        raise Aborted(ALREADY_ANCHORED)
    return Stored(submitted.quality_score, submitted.verification_level, submitted.timestamp, now_s, operator)


def check_digest(text: str) -> None:
    """Raises Aborted unless the text is 64 lower-case hex digits."""
    if len(text) != 64 or not _HEX.issuperset(text):
        raise Aborted(0x10004)


def status_of(code: int, contract: Address) -> str:
    """How a committed transaction tells of the abort: the address in its short form, the name, the code."""
    return f"Move abort in {short(contract)}::{MODULE}: {NAMES[code]}({code:#x}): "


def short(address: str) -> str:
    """An address without its leading zeros, as abort texts and event types write it."""
    return "0x" + (address[2:].lstrip("0") or "0")
