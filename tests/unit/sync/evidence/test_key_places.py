# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The statement on a device key belongs to the log that stood before it: no other past can be put there."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.log.bodies import KeyBody, from_json, to_json
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry
from sync.evidence.form import CONTEXT
from sync.evidence.given import Given
from sync.evidence.verdict import Check, Verdict
from sync.home_verdict import verify_log
from tests.unit.sync.evidence.forged import packed
from tests.unit.sync.evidence.test_signers import (
    SECOND_KEY,
    before,
    known,
    register_of,
    rewritten_by_the_second_key,
    rotated_log,
)
from tests.unit.sync.evidence.test_tampering import Copy
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import DEVICE_KEY, SignedLog, checked, failed


def place(verdict: Verdict) -> Check:
    return next(check for check in verdict.checks if check.name == "key_places")


BOTH = register_of(known(DEVICE_KEY), known(SECOND_KEY))


def test_keys_that_were_put_in_force_in_this_log_pass(tmp_path: Path) -> None:
    log, _ = rotated_log()
    source = log.write(tmp_path / "own")
    assert place(verify_log(source.buffer, source.checkpoints, Given(BOTH))).outcome == "passed"
    assert place(checked(log.bundle(tmp_path).path, BOTH)).outcome == "passed"
    part = checked(before(log, T0 + 60 * S, tmp_path / "own"), BOTH)
    assert (place(part).outcome, part.standing) == ("passed", "sound"), "the run does not reach to the rotation"


def test_a_past_written_anew_before_a_copied_rotation_is_named(tmp_path: Path) -> None:
    forged = rewritten_by_the_second_key(rotated_log()[0], readings=140)
    found = checked(before(forged, T0 + 60 * S, tmp_path), BOTH)
    first = next(i for i, data in enumerate(forged.recorded.entries) if b'"type":"key"' in data)
    assert list(failed(found)) == ["key_places"]
    assert place(found).entry == first, "up to the first key's place it is as it was"
    source = forged.write(tmp_path / "whole")
    whole = verify_log(source.buffer, source.checkpoints, Given(BOTH))
    assert "key_places" in failed(whole)
    assert "written anew" in place(whole).words


def test_a_key_without_the_proof_of_its_place_fails(tmp_path: Path) -> None:
    log, _ = rotated_log()
    copy = Copy(log.bundle(tmp_path).path)
    lines = [json.loads(line) for line in gzip.decompress(copy.files[CONTEXT]).splitlines()]
    for line in lines:
        line.pop("consistency", None)
    dumped = [json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() for line in lines]
    copy.put(CONTEXT, packed(dumped))
    assert list(failed(copy.verdict())) == ["key_places"]


def test_an_older_statement_is_bound_to_no_place_and_says_so(tmp_path: Path) -> None:
    log, _ = rotated_log(bound=False)
    found = checked(log.bundle(tmp_path).path, BOTH)
    assert (place(found).outcome, found.standing) == ("not_checked", "sound")
    assert "older form" in place(found).words


@pytest.mark.parametrize(
    "lie", [{"size": 2}, {"root": "0" * 64}, {"size": 0, "root": ""}, {"size": 10_000}, {"root": "x"}, {"root": ""}]
)
def test_a_place_that_was_not_signed_is_refused(tmp_path: Path, lie: dict[str, object]) -> None:
    log, _ = rotated_log()
    index = next(i for i, data in enumerate(log.recorded.entries) if b'"rotated"' in data)
    entry = decode_entry(log.recorded.entries[index])
    body = replace(from_json(KeyBody, entry.body), **lie)  # type: ignore[arg-type]  # each of its own field's type
    stamp = Stamp(entry.t_ns, entry.mono_us, bytes(16))
    log.recorded.entries[index] = encode_entry(EntryType.KEY, stamp, to_json(body))
    log.checkpoints.clear()
    log.sign()
    assert "context" in failed(checked(log.bundle(tmp_path).path, BOTH))


def test_entries_of_older_programs_are_read_as_they_were(tmp_path: Path) -> None:
    log = SignedLog()
    log.recorded.begin()
    log.name_key("made", DEVICE_KEY, bound=False)
    entry = decode_entry(log.recorded.entries[-1])
    old = {name: value for name, value in entry.body.items() if name not in {"size", "root"}}
    log.recorded.entries[-1] = encode_entry(EntryType.KEY, Stamp(entry.t_ns, entry.mono_us, bytes(16)), old)
    log.configuration = log.recorded.sensor("mast")
    log.readings(3)
    log.sign()
    assert not list(failed(checked(log.bundle(tmp_path).path, log.register())))
