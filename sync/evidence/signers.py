# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who signed a checkpoint, and whether the project's register vouches for that key and for those before it. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.checkpoint import SignedCheckpoint
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, signer_of
from sync.evidence.chain import Chain
from sync.evidence.entry_times import Dated
from sync.evidence.register import Register, RegisteredKey
from sync.evidence.verdict import SIGNER, Sheet

SIGNATURE, VOUCHED = "Signature", "Signer"


@dataclass(frozen=True, slots=True)
class Stretches:
    """What is known of the entries made under each key of a log, by the key's number in it.

    `fixed_ns` gives when (UTC ns) the first so many entries were fixed outside, as the chain or a witness says; None:
    not known. `end` is the entry after the run's last.
    """

    times: Mapping[int, Dated]
    end: int
    fixed_ns: Callable[[int], int | None]


def check_signer(
    sheet: Sheet, chain: Chain, signed: SignedCheckpoint, register: Register | None, stretches: Stretches
) -> None:
    """Put both on the sheet."""
    key = chain.keys.in_force(signed.checkpoint.size)
    if key is None:
        sheet.failed("signature", SIGNATURE, "The log names no device key before this checkpoint.")
        return
    try:
        signer_of(signed.note, [key])
    except NoteInvalid as error:
        sheet.failed("signature", SIGNATURE, f"The checkpoint is not signed by the key in force: {error}.")
        return
    sheet.passed("signature", SIGNATURE, f"The checkpoint is signed by the key that the log names, {key.key_id.hex()}.")
    _check_vouched(sheet, chain, key, register, stretches, signed.checkpoint.size)


def _check_vouched(
    sheet: Sheet, chain: Chain, key: VerifierKey, register: Register | None, stretches: Stretches, size: int
) -> None:
    if register is None:
        sheet.not_checked(SIGNER, VOUCHED, "Signer not vouched for: no station register was given.")
        return
    if register.project_id != chain.opened.project_id:
        words = (
            f"The register is of the project {register.project_id}, and the log says that it is of "
            f"{chain.opened.project_id}: it vouches for nothing here."
        )
        sheet.failed(SIGNER, VOUCHED, words, 0)
        return
    if register.key(key.public, key.name, chain.opened.device_id) is None:
        words = "The register of the project does not know this key as that of this station and log."
        sheet.failed(SIGNER, VOUCHED, words)
        return
    found = list(_judged(chain, register, stretches, size))
    failures = [words for failed, words in found if failed]
    if failures:
        sheet.failed(SIGNER, VOUCHED, " ".join(failures))
    elif found:
        sheet.not_checked(SIGNER, VOUCHED, " ".join(words for _, words in found))
    elif register.signed_by is None:
        words = (
            "Signer not vouched for: anyone can sign a register. Give the project's key, which says that the project "
            "signed this one."
        )
        sheet.not_checked(SIGNER, VOUCHED, words)
    else:
        words = f"The register of {register.project_id} vouches for the key of this station"
        sheet.passed(SIGNER, VOUCHED, f"{words}{_revoked_since(chain, register, stretches, size)}.")


def _judged(chain: Chain, register: Register, stretches: Stretches, size: int) -> Iterator[tuple[bool, str]]:
    """What the register says against the entries made under each key, and whether that is a failure."""
    named = [one for one in chain.keys.named if one.index < size]
    for number, times in sorted(stretches.times.items()):
        if number >= len(named):
            continue
        end = named[number + 1].index if number + 1 < len(named) else stretches.end
        last = number == len(named) - 1
        which = "The key" if last and len(stretches.times) == 1 else f"The key that entry {named[number].index} names"
        known = register.key(named[number].public, chain.opened.origin, chain.opened.device_id)
        if known is None:
            yield False, f"{which} is not in the register: the entries up to {end - 1} are not vouched for."
            continue
        yield from _against(known, times, which, stretches.fixed_ns(min(end, stretches.end)))


def _against(key: RegisteredKey, times: Dated, which: str, fixed_ns: int | None) -> Iterator[tuple[bool, str]]:
    if key.start and (times.first_ns is None or times.first_ns < ns_from_rfc3339(key.start)):
        yield False, f"{which} counts from {key.start} on, and the entries begin before: those are not vouched for."
    for text, what in ((key.until, "counts until"), (key.revoked, "was revoked on")):
        if not text:
            continue
        bound_ns = ns_from_rfc3339(text)
        if times.latest_ns is not None and times.latest_ns >= bound_ns:
            yield True, f"{which} {what} {text}, and the entries go on after it."
        elif times.latest_ns is None or (times.shown_ns is not None and times.shown_ns >= bound_ns):
            yield False, f"{which} {what} {text}, and there are entries whose time is not known: they may be younger."
        elif text == key.revoked and (fixed_ns is None or fixed_ns >= bound_ns):
            words = (
                f"{which} was revoked on {text}, after these entries say that they were made; that they are not "
                "younger than that is shown by an outside witness only."
            )
            yield False, words


def _revoked_since(chain: Chain, register: Register, stretches: Stretches, size: int) -> str:
    named = [one for one in chain.keys.named if one.index < size]
    keys = [
        register.key(named[number].public, chain.opened.origin, chain.opened.device_id)
        for number in stretches.times
        if number < len(named)
    ]
    revoked = min((key.revoked for key in keys if key and key.revoked), default="")
    return f", before it was revoked on {revoked}: all was fixed outside by then" if revoked else ""
