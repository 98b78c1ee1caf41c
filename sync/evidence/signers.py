# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who signed a checkpoint, and whether the project's register vouches for that key. Pure."""

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.checkpoint import SignedCheckpoint
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, signer_of
from sync.evidence.chain import Chain
from sync.evidence.register import Register, RegisteredKey
from sync.evidence.verdict import SIGNER, Sheet

SIGNATURE, VOUCHED = "Signature", "Signer"


def check_signer(
    sheet: Sheet,
    chain: Chain,
    signed: SignedCheckpoint,
    register: Register | None,
    first_t_ns: int | None,
    last_t_ns: int,
    fixed_ns: int | None = None,
) -> None:
    """Put both on the sheet. The times (UTC ns) are those of the first and the last entry.

    `fixed_ns` is when all these entries were fixed outside, as the chain or a witness says; None: not known.
    """
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
    _check_vouched(sheet, chain, key, register, first_t_ns, last_t_ns, fixed_ns)


def _check_vouched(
    sheet: Sheet,
    chain: Chain,
    key: VerifierKey,
    register: Register | None,
    first_t_ns: int | None,
    last_t_ns: int,
    fixed_ns: int | None,
) -> None:
    if register is None:
        sheet.not_checked(SIGNER, VOUCHED, "Signer not vouched for: no station register was given.")
        return
    known = register.key(key.public, key.name, chain.opened.device_id)
    if known is None:
        words = "The register of the project does not know this key as that of this station and log."
        sheet.failed(SIGNER, VOUCHED, words)
        return
    trouble = _outside(known, first_t_ns, last_t_ns)
    if trouble:
        sheet.failed(SIGNER, VOUCHED, trouble)
    elif known.revoked and (fixed_ns is None or fixed_ns >= ns_from_rfc3339(known.revoked)):
        words = (
            f"The key was revoked on {known.revoked}, after these entries say that they were made; that they are not "
            "younger than that is shown by an outside witness only."
        )
        sheet.not_checked(SIGNER, VOUCHED, words)
    else:
        before = f", before it was revoked on {known.revoked}: all was fixed outside by then" if known.revoked else ""
        by = "" if register.signed_by else ". The register's own signature was not checked: no project key was given"
        sheet.passed(
            SIGNER, VOUCHED, f"The register of {register.project_id} vouches for the key of this station{before}{by}."
        )


def _outside(key: RegisteredKey, first_t_ns: int | None, last_t_ns: int) -> str:
    if key.start and first_t_ns is not None and first_t_ns < ns_from_rfc3339(key.start):
        return f"The key counts from {key.start} on, and the entries begin before."
    if key.until and last_t_ns >= ns_from_rfc3339(key.until):
        return f"The key counts until {key.until}, and the entries go on after it."
    if key.revoked and last_t_ns >= ns_from_rfc3339(key.revoked):
        return f"The key was revoked on {key.revoked}, and the entries go on after it."
    return ""
