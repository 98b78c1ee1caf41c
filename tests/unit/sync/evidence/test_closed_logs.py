# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Bundles of a log whose own key is no more: the station's present key signs for what they list, if it is known."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.domain.time import rfc3339_from_ns
from sync.bundle import Period, write_bundle
from sync.evidence.form import index_bytes, read_index
from sync.evidence.register import Register
from sync.evidence.verdict import Check, Verdict
from tests.unit.sync.evidence.test_signers import SECOND_KEY, known, register_of, rotated_log
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import DEVICE_KEY, an_hour_of_readings, checked, failed, signed_index

PRESENT = "verifield/log/" + "ef" * 16
PRESENT_KEY = Ed25519PrivateKey.from_private_bytes(b"n" * 32)
SINCE = rfc3339_from_ns(T0 + 50 * S)
BOTH = register_of(known(DEVICE_KEY), known(PRESENT_KEY, SINCE))


def note_of(verdict: Verdict) -> Check:
    return next(check for check in verdict.checks if check.name == "index_note")


def closed_bundle(folder: Path, key: Ed25519PrivateKey = PRESENT_KEY, name: str = PRESENT) -> Path:
    """A part of a closed log, its index signed in the name of the log of the present."""
    log = an_hour_of_readings()
    head = log.checkpoints[-1].checkpoint
    period = Period(T0 + 5 * S, T0 + 40 * S)

    def sign(data: bytes) -> str:
        return signed_index(data, key, head, read_index(data).context, name=name)

    return write_bundle(log.write(folder / "home"), period, (), folder / "b", sign=sign).path


def test_the_present_key_signs_for_the_list_of_a_closed_log(tmp_path: Path) -> None:
    found = checked(closed_bundle(tmp_path), BOTH)
    assert (found.standing, note_of(found).outcome) == ("sound", "passed")
    assert "A later key of the station" in note_of(found).words
    assert "this log's own key is no more" in note_of(found).words


@pytest.mark.parametrize(
    ("register", "why"),
    [
        (None, "no register"),
        (register_of(known(DEVICE_KEY)), "it does not name it"),
        (replace(BOTH, signed_by=None), "nobody signed it"),
        (register_of(known(DEVICE_KEY), known(PRESENT_KEY, SINCE, revoked=rfc3339_from_ns(T0))), "the key is revoked"),
        (register_of(known(DEVICE_KEY), known(PRESENT_KEY, SINCE, until=rfc3339_from_ns(T0))), "the key is ended"),
        (register_of(known(DEVICE_KEY), known(PRESENT_KEY)), "it does not say since when"),
        (register_of(known(DEVICE_KEY), known(PRESENT_KEY, rfc3339_from_ns(T0 - S))), "an earlier log's"),
        (replace(BOTH, stations=(replace(BOTH.stations[0], device_id="station-2"),)), "another station's"),
    ],
)
def test_a_later_key_that_nobody_vouches_for_leaves_the_bundle_incomplete(
    tmp_path: Path, register: Register | None, why: str
) -> None:
    found = checked(closed_bundle(tmp_path), register)
    assert note_of(found).outcome == "not_checked", why
    assert found.standing in {"incomplete", "failed"}, why
    assert next(check for check in found.checks if check.name == "context_complete").outcome == "not_checked"


def test_a_stranger_who_signs_in_the_name_of_the_log_fails(tmp_path: Path) -> None:
    found = checked(closed_bundle(tmp_path, Ed25519PrivateKey.from_private_bytes(b"t" * 32), ""), BOTH)
    assert list(failed(found)) == ["index_note"]


@pytest.mark.parametrize(("name", "outcome"), [("", "failed"), (PRESENT, "not_checked")])
def test_a_key_of_the_log_that_was_rotated_away_signs_no_list(tmp_path: Path, name: str, outcome: str) -> None:
    log, _ = rotated_log()
    log.readings(40)
    head = log.sign()
    register = register_of(known(DEVICE_KEY, SINCE), known(SECOND_KEY, SINCE))

    def sign(data: bytes) -> str:
        return signed_index(data, DEVICE_KEY, head.checkpoint, read_index(data).context, name=name)

    found = checked(write_bundle(log.write(tmp_path / "home"), Period(), (), tmp_path / "b", sign=sign).path, register)
    assert note_of(found).outcome == outcome
    assert found.standing != "sound"


def test_what_a_later_key_signed_is_held_against_the_index(tmp_path: Path) -> None:
    path = closed_bundle(tmp_path)
    index = read_index((path / "index.json").read_bytes())
    (path / "index.json").write_bytes(index_bytes(replace(index, context=index.context[:-1])))
    found = checked(path, BOTH)
    assert note_of(found).outcome == "failed"
    assert "another index" in note_of(found).words
