# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whose key the register vouches for: the project's own word, each key's time, and keys that were rotated."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.signed_note import to_base64
from sync.bundle import Period
from sync.evidence.heads import Witness
from sync.evidence.register import Register, RegisteredKey, RegisteredStation
from sync.evidence.verdict import Verdict
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import DEVICE_KEY, SignedLog, an_hour_of_readings, checked, outcomes, project_key

SECOND_KEY = Ed25519PrivateKey.from_private_bytes(b"e" * 32)


def known(key: Ed25519PrivateKey, start: str = "", until: str = "", revoked: str = "") -> RegisteredKey:
    return RegisteredKey(to_base64(key.public_key().public_bytes_raw()), start, until, revoked)


def register_of(*keys: RegisteredKey) -> Register:
    return Register("P1", (RegisteredStation("station-1", (), keys),), project_key())


def signer_words(verdict: Verdict) -> str:
    return next(check.words for check in verdict.checks if check.name == "signer")


def rotated_log(*, bound: bool = True) -> tuple[SignedLog, int]:
    log = an_hour_of_readings()
    log.recorded.pass_(1)
    at_ns = log.recorded.t_ns
    log.name_key("rotated", SECOND_KEY, bound=bound)
    log.readings(3)
    log.sign()
    return log, at_ns


def test_a_register_that_nobody_checked_vouches_for_nothing(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    path = log.bundle(tmp_path).path
    found = checked(path, replace(log.register(), signed_by=None))
    assert (found.standing, outcomes(found)["signer"]) == ("not_vouched_for", "not_checked")
    assert "Give the project's key" in signer_words(found)
    assert checked(path, log.register()).standing == "sound"


def test_each_key_is_judged_by_its_own_times(tmp_path: Path) -> None:
    log, at_ns = rotated_log()
    path = log.bundle(tmp_path).path
    rotation = rfc3339_from_ns(at_ns)
    both = register_of(known(DEVICE_KEY, until=rotation), known(SECOND_KEY, start=rotation))
    assert checked(path, both).standing == "sound", "each key counts for what was made under it"
    late = register_of(known(DEVICE_KEY), known(SECOND_KEY, start=rfc3339_from_ns(at_ns + 2 * S)))
    found = checked(path, late)
    assert (found.standing, outcomes(found)["signer"]) == ("not_vouched_for", "not_checked")
    alone = checked(path, register_of(known(SECOND_KEY)))
    assert (alone.standing, outcomes(alone)["signer"]) == ("not_vouched_for", "not_checked")
    assert "not in the register" in signer_words(alone)
    stolen = register_of(known(DEVICE_KEY, revoked=rfc3339_from_ns(T0 + 30 * S)), known(SECOND_KEY))
    assert checked(path, stolen).standing == "failed"


def test_a_log_begun_before_its_key_was_registered_is_not_vouched_for_and_not_failed(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    found = checked(log.bundle(tmp_path).path, log.register(start=rfc3339_from_ns(T0 + 30 * S)))
    assert (found.standing, outcomes(found)["signer"]) == ("not_vouched_for", "not_checked")


def test_a_last_note_that_is_dated_back_hides_no_entries_after_the_end_of_a_key(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    bound = rfc3339_from_ns(log.recorded.t_ns - 30 * S)
    log.recorded.t_ns -= 3600 * S
    log.recorded.clock("trusted")
    log.note("long ago")
    log.sign()
    path = log.bundle(tmp_path).path
    assert outcomes(checked(path, log.register(until=bound)))["signer"] == "failed"
    assert outcomes(checked(path, log.register(revoked=bound)))["signer"] == "failed"


def test_a_revoked_key_counts_for_what_was_fixed_before(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    revoked_ns = log.recorded.t_ns + 3600 * S
    register = log.register(revoked=rfc3339_from_ns(revoked_ns))
    head = log.head()
    path = log.bundle(tmp_path).path
    early = Witness(head.size, head.root, "Ana", time_ns=revoked_ns - 1)
    assert checked(path, register, witnesses=[early]).standing == "sound"
    assert checked(path, register, witnesses=[replace(early, time_ns=revoked_ns)]).standing == "not_vouched_for"


def before(log: SignedLog, at_ns: int, folder: Path) -> Path:
    """A bundle of what was read before `at_ns`."""
    return log.bundle(folder, period=Period(None, at_ns)).path


def rewritten_by_the_second_key(log: SignedLog, readings: int = 125) -> SignedLog:
    """What a thief of the second key makes of the stretch before it; the rotation itself is copied byte for byte."""
    forged = SignedLog().begin()
    rotation = log.recorded.entries[-4]
    forged.recorded.entries[:] = forged.recorded.entries[: forged.configuration + 1]
    forged.readings(readings)
    forged.recorded.put(rotation)
    forged.key = SECOND_KEY
    forged.recorded.pass_(7 * 86_400)
    forged.readings(3)
    forged.sign()
    return forged


def test_the_key_that_signed_is_judged_though_it_made_none_of_the_entries(tmp_path: Path) -> None:
    log, at_ns = rotated_log(bound=False)
    forged = rewritten_by_the_second_key(log)
    revoked_ns = at_ns + 3600 * S
    keys = (known(DEVICE_KEY), known(SECOND_KEY, rfc3339_from_ns(at_ns - 600 * S), revoked=rfc3339_from_ns(revoked_ns)))
    path = before(forged, T0 + 60 * S, tmp_path)
    found = checked(path, register_of(*keys))
    assert (found.standing, outcomes(found)["signer"]) == ("not_vouched_for", "not_checked")
    assert "was revoked" in signer_words(found)
    assert checked(
        path, register_of(known(DEVICE_KEY), known(SECOND_KEY, rfc3339_from_ns(at_ns - 600 * S)))
    ).standing == ("sound"), "nothing but the revocation speaks against it"
    ended = register_of(known(DEVICE_KEY), known(SECOND_KEY, until=rfc3339_from_ns(T0 + 30 * S)))
    assert outcomes(checked(path, ended))["signer"] == "failed", "what it signed goes on after its end"


def run_after_a_stolen_key(*, stolen: bool) -> tuple[SignedLog, int, int]:
    """A log whose first key was revoked; what a thief then configured with it stands before the rotation that the
    owner made. When it was revoked, and when the second key's readings begin."""
    log = an_hour_of_readings()
    revoked_ns = log.recorded.t_ns + 600 * S
    if stolen:
        log.recorded.pass_(3600)
        log.recorded.sensor("other")
    log.recorded.pass_(60)
    log.name_key("rotated", SECOND_KEY)
    begun_ns = log.recorded.t_ns + S
    log.readings(60)
    log.sign()
    return log, revoked_ns, begun_ns


@pytest.mark.parametrize(("stolen", "outcome"), [(True, "failed"), (False, "passed")])
def test_what_a_revoked_key_said_before_the_run_is_judged(tmp_path: Path, *, stolen: bool, outcome: str) -> None:
    log, revoked_ns, begun_ns = run_after_a_stolen_key(stolen=stolen)
    path = log.bundle(tmp_path, period=Period(begun_ns + 5 * S, None)).path
    for end in ("revoked", "until"):
        register = register_of(known(DEVICE_KEY, **{end: rfc3339_from_ns(revoked_ns)}), known(SECOND_KEY))
        found = checked(path, register)
        assert outcomes(found)["signer"] == outcome, signer_words(found)
        assert ("an entry that says how these are read is younger" in signer_words(found)) is stolen


@pytest.mark.parametrize("bound", ["until", "revoked"])
def test_an_amendment_made_after_the_end_of_the_key_is_not_vouched_for(tmp_path: Path, bound: str) -> None:
    log = an_hour_of_readings()
    last = log.recorded.t_ns
    head = log.head()
    log.recorded.pass_(86_400)
    log.recorded.amendment(
        "value_correction", log.configuration + 1, len(log.recorded.entries) - 1, channel="wind", gain=10.0
    )
    log.sign()
    path = before(log, last + S, tmp_path)
    seen = Witness(head.size, head.root, "Ana", time_ns=last + 60 * S)
    found = checked(path, log.register(**{bound: rfc3339_from_ns(last + 3600 * S)}), witnesses=[seen])
    assert outcomes(found)["signer"] == "failed"
    assert "the entries go on after it" in signer_words(found)
