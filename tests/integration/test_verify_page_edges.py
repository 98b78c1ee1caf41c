# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Attached files, what a run leaves outside, whose key signed when: the page in a browser tells it as the program."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.domain.time import rfc3339_from_ns
from sync.bundle import Period, write_bundle
from sync.verify_page import put_page
from tests.integration.test_verify_page import agrees
from tests.support.browser import CHROMIUM, PATIENCE_S, browsing
from tests.support.verify_page import Altered, Checker, failed, files_of
from tests.support.waiting import wait_until
from tests.unit.sync.evidence.attaching import PAPER, PHOTO, AttachingLog, name_of
from tests.unit.sync.evidence.test_edges import two_boots
from tests.unit.sync.evidence.test_signers import SECOND_KEY, known, register_of, rotated_log
from tests.unit.sync.recorded import T0, Recorded, S
from tests.unit.sync.signed_logs import (
    DEVICE_KEY,
    SignedLog,
    an_hour_of_readings,
    project_key,
    signed_index,
    signed_register,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this computer")


def test_attached_files_are_held_against_the_entries_that_name_them(tmp_path: Path) -> None:
    log = AttachingLog().live(tmp_path / "attachments")
    bundle = log.bundled(tmp_path, tmp_path / "attachments")
    page, _ = put_page(bundle)
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        sound = checker.check(files_of(bundle))
        assert (sound.outcomes["attachments"], failed(sound)) == ("passed", {})
        assert agrees(sound, bundle)
        (bundle / name_of(PHOTO)).unlink()
        missing = checker.check(files_of(bundle))
        assert (missing.outcomes["attachments_open"], failed(missing)) == ("not_checked", {})
        assert agrees(missing, bundle)
        (bundle / name_of(PAPER)).write_bytes(b"another")
        wrong = checker.check(files_of(bundle))
        assert failed(wrong) == {"attachments": log.paper}
        assert agrees(wrong, bundle)


def test_what_lies_outside_a_run_and_each_keys_time_are_told_as_the_program_tells_them(tmp_path: Path) -> None:
    """A part of a log with a key that was rotated, sensors silent at its edges, a dead clock after a power cut."""
    rotated, at_ns = rotated_log()
    rotated.recorded.sensor("quiet")
    rotated.recorded.amendment("maintenance", 10, 12)
    rotated.recorded.pass_(3600)
    rotated.note("still here")
    rotated.sign()
    source = rotated.write(tmp_path / "home")
    part = write_bundle(source, Period(None, T0 + 40 * S), (), tmp_path / "part", sign=signed_by(SECOND_KEY)).path
    whole = write_bundle(source, Period(), (), tmp_path / "whole", sign=signed_by(SECOND_KEY)).path
    left_out = Altered(part, tmp_path / "left-out")
    lines = gzip.decompress((part / "context.jsonl.gz").read_bytes()).splitlines(keepends=True)
    kept = b"".join(line for line in lines if b"amendment" not in line)
    left_out.put("context.jsonl.gz", gzip.compress(kept, mtime=0))
    cut, cut_ns, _ = two_boots()
    (tmp_path / "cut").mkdir()
    period = Period(cut_ns - 30 * S, cut_ns + S)
    dead = cut.bundle(tmp_path / "cut", period=period).path
    (tmp_path / "demo").mkdir()
    simulated = SignedLog(Recorded("verifield/demo/" + "ab" * 16)).begin()
    simulated.readings(20)
    simulated.sign()
    demo = simulated.bundle(tmp_path / "demo").path
    rotation = rfc3339_from_ns(at_ns)
    registers = {
        "both": register_of(known(DEVICE_KEY, until=rotation), known(SECOND_KEY, start=rotation)),
        "late": register_of(known(DEVICE_KEY), known(SECOND_KEY, start=rfc3339_from_ns(at_ns + 2 * S))),
        "alone": register_of(known(SECOND_KEY)),
        "stolen": register_of(known(DEVICE_KEY, revoked=rfc3339_from_ns(T0 + 30 * S)), known(SECOND_KEY)),
        "signer stolen": register_of(
            known(DEVICE_KEY), known(SECOND_KEY, rotation, revoked=rfc3339_from_ns(at_ns + 86_400 * S))
        ),
        "signer ended": register_of(known(DEVICE_KEY), known(SECOND_KEY, rotation, until=rfc3339_from_ns(at_ns + S))),
    }
    page, _ = put_page(part)
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for name, register in registers.items():
            note = tmp_path / f"{name}.note"
            note.write_text(signed_register(register), encoding="utf-8")
            for bundle in (part, whole):
                shown = checker.check([*files_of(bundle), note], key=str(project_key()))
                assert agrees(shown, bundle, register), (name, bundle.name, shown.outcomes)
        shown = checker.check(files_of(part))
        assert shown.outcomes["context_complete"] == "passed"
        assert checker.check(files_of(whole)).outcomes["completeness"] == "not_checked"
        shown = checker.check(files_of(left_out.folder))
        assert shown.outcomes["context_complete"] == "not_checked"
        assert "outside the run" in shown.text
        assert agrees(shown, left_out.folder)
        shown = checker.check(files_of(dead))
        assert (shown.outcomes["edges"], agrees(shown, dead)) == ("not_checked", True)
        own = tmp_path / "own.note"
        own.write_text(signed_register(simulated.register()), encoding="utf-8")
        shown = checker.check([*files_of(demo), own], key=str(project_key()))
        assert (shown.standing, agrees(shown, demo, simulated.register())) == ("simulated", True)


def signed_by(key: Ed25519PrivateKey) -> Callable[[bytes], str]:
    return lambda data: signed_index(data, key)


def test_a_check_can_be_cancelled_and_begun_anew(tmp_path: Path) -> None:
    bundle = an_hour_of_readings().bundle(tmp_path).path
    page, _ = put_page(bundle)
    with browsing(tmp_path) as tab:
        tab.open(page)
        # The worker answers at the earliest when this turn of the page ends.
        tab.evaluate("check().then(() => at('cancel').click())")
        assert tab.evaluate("at('running').hidden && at('verdict').hidden")
        assert "Cancelled" in tab.evaluate("at('chosen').textContent")
        tab.choose("#files", files_of(bundle))
        wait_until(lambda: tab.evaluate("!at('verdict').hidden"), seconds=PATIENCE_S, what="the verdict")
        tab.evaluate("heard({ broken: 'out of memory' })")
        assert tab.evaluate("at('standing').dataset.standing") == "unreadable"
        assert tab.evaluate("[...document.querySelectorAll('#checks li')].map((one) => one.dataset.outcome)") == [
            "failed"
        ]
