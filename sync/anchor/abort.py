# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the contract's refusals mean, in words with a remedy. Pure. The numbers are those of `resources/move`."""

import re

ALREADY_ANCHORED = 3
NUMBER_MASK = 0xFFF

_ABORT = re.compile(r"Move abort in 0x[0-9a-f]+::iot_verification: (?:[A-Z_]+\()?0x([0-9a-f]+)", re.ASCII)

MEANINGS = {
    2: "the paying account is not an operator of this project. Ask the contract's owner to grant it "
    "(grant_operator with the project's id and this account)",
    3: "this digest is anchored already",
    4: "the digest is not 64 lower-case hexadecimal digits",
    5: "the quality score is above 100 hundredths",
    6: "the verification level is not high, medium or basic",
    7: "the end of the period lies in the chain's future. Set the computer's clock",
    8: "the project's id is empty or longer than 128 bytes",
    10: "the contract was published and never initialised. Ask its owner to call initialize",
}
"""What a person is told, by the contract's error number."""


def abort_number(vm_status: str) -> int | None:
    """The contract's error number in a transaction's status; None where the contract did not abort it."""
    found = _ABORT.search(vm_status)
    return int(found[1], 16) & NUMBER_MASK if found else None


def meaning(vm_status: str) -> str:
    """A status for a person: what the contract says, and what remedies it."""
    number = abort_number(vm_status)
    if number is not None:
        return f"{MEANINGS.get(number, 'it names a rule that this program does not know')} ({vm_status.strip()})"
    if vm_status == "Out of gas":
        return "it needed more gas than the simulation said. Anchor again: the fee is estimated anew (Out of gas)"
    return vm_status
