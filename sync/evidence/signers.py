# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who signed a checkpoint, and whether the project's register vouches for that key and for those before it. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.checkpoint import SignedCheckpoint
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, signer_of
from sync.evidence.chain import Chain
from sync.evidence.entry_times import Dated, EntryTimes
from sync.evidence.register import Register, RegisteredKey
from sync.evidence.verdict import SIGNER, Sheet

SIGNATURE, VOUCHED = "Signature", "Signer"


@dataclass(frozen=True, slots=True)
class Stretches:
    """What is known of the entries made under each key of a log, by the key's number in it.

    `fixed_ns` gives when (UTC ns) the first so many entries were fixed outside, as the chain or a witness says; None:
    not known. `end` is the entry after the last that counts: of the run, or of what says how the run is to be read.
    """

    times: Mapping[int, Dated]
    end: int
    fixed_ns: Callable[[int], int | None]


def stretches_of(chain: Chain, times: EntryTimes, end: int, fixed_ns: Callable[[int], int | None]) -> Stretches:
    """Those of a run that ends before entry `end`, and of the landmarks after it: they change how it is read."""
    for index, entry in chain.entries.items():
        if index >= end:
            times.take_later(index, chain.history.placed(index, entry.t_ns, entry.mono_us))
    return Stretches(times.by_key, max(end, *(index + 1 for index in chain.entries), 0), fixed_ns)


def check_signer(
    sheet: Sheet,
    chain: Chain,
    signed: SignedCheckpoint,
    register: Register | None,
    stretches: Stretches,
    *,
    refused: str = "",
) -> None:
    """Put both on the sheet. `refused` is why a register that was given vouches for nobody."""
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
    if refused:
        sheet.failed(SIGNER, VOUCHED, f"The station register: {refused}.")
    else:
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
        edition = f", {register.edition}," if register.edition else ""
        words = f"The register of {register.project_id}{edition} vouches for the key of this station"
        sheet.passed(SIGNER, VOUCHED, f"{words}{_revoked_since(chain, register, stretches, size)}.")


def _judged(chain: Chain, register: Register, stretches: Stretches, size: int) -> Iterator[tuple[bool, str]]:
    """What the register says against each key that these entries rest on, and whether that is a failure."""
    named = [one for one in chain.keys.named if one.index < size]
    times_of = _times_of(stretches, len(named))
    for number, times in sorted(times_of.items()):
        end = named[number + 1].index if number + 1 < len(named) else stretches.end
        last = number == len(named) - 1
        which = "The key" if last and len(times_of) == 1 else f"The key that entry {named[number].index} names"
        known = register.key(named[number].public, chain.opened.origin, chain.opened.device_id)
        if known is None:
            yield False, f"{which} is not in the register: the entries up to {end - 1} are not vouched for."
            continue
        own = stretches.times.get(number)
        if own is None or not own.begun:
            known = replace(known, start="")
        fixed_ns = stretches.fixed_ns(min(end, stretches.end))
        yield from _against(known, times, which, fixed_ns, needs_witness=last or times.begun)


def _times_of(stretches: Stretches, keys: int) -> dict[int, Dated]:
    """Times by the key's number. The last key signed all, though it may have made none of these entries: whoever has it
    could write anew what came before it."""
    found = {number: times for number, times in stretches.times.items() if number < keys}
    found.setdefault(keys - 1, _latest_of(found.values()))
    return found


def _latest_of(stretches: Iterable[Dated]) -> Dated:
    """What bounds the time of a signature under a key that made none of these entries: it came after all of them."""
    latest = [one.latest_ns for one in stretches if one.latest_ns is not None]
    shown = [one.shown_ns for one in stretches if one.shown_ns is not None]
    return Dated(latest_ns=max(latest, default=None), shown_ns=max(shown, default=None), begun=True)


def _against(
    key: RegisteredKey, times: Dated, which: str, fixed_ns: int | None, *, needs_witness: bool
) -> Iterator[tuple[bool, str]]:
    """`needs_witness`: entries that count were made under it, or it signed all. What stands before those is under the
    signature of a later key besides."""
    if key.start and (times.first_ns is None or times.first_ns < ns_from_rfc3339(key.start)):
        yield False, f"{which} counts from {key.start} on, and the entries begin before: those are not vouched for."
    for text, what in ((key.until, "counts until"), (key.revoked, "was revoked on")):
        if not text:
            continue
        bound_ns = ns_from_rfc3339(text)
        if times.latest_ns is not None and times.latest_ns >= bound_ns:
            made = "the entries go on after it" if times.begun else "an entry that says how these are read is younger"
            yield True, f"{which} {what} {text}, and {made}."
        elif times.latest_ns is None or (times.shown_ns is not None and times.shown_ns >= bound_ns):
            yield False, f"{which} {what} {text}, and there are entries whose time is not known: they may be younger."
        elif needs_witness and text == key.revoked and (fixed_ns is None or fixed_ns >= bound_ns):
            words = (
                f"{which} was revoked on {text}, after these entries say that they were made; that they are not "
                "younger than that is shown by an outside witness only."
            )
            yield False, words


def _revoked_since(chain: Chain, register: Register, stretches: Stretches, size: int) -> str:
    named = [one for one in chain.keys.named if one.index < size]
    keys = [
        register.key(named[number].public, chain.opened.origin, chain.opened.device_id)
        for number in _times_of(stretches, len(named))
    ]
    revoked = min((key.revoked for key in keys if key and key.revoked), default="")
    return f", before it was revoked on {revoked}: all was fixed outside by then" if revoked else ""
