# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The page that checks a bundle, in a real browser without a network: what passes, what fails, and which entry."""

import gzip
import socket
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.log.bodies import KeyBody
from edge_daemon.log.checkpoint import read_checkpoint, sign_checkpoint
from edge_daemon.log.device_keys import statement
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.signed_note import Signature, SignedNote, VerifierKey, sign_note, to_base64
from sync.bundle import Period, write_bundle
from sync.evidence.register import Register, RegisteredLedger, register_text
from sync.verify_page import put_page
from tests.support.browser import CHROMIUM, PATIENCE_S, browsing
from tests.support.verify_page import Altered, Checker, Shown, failed, files_of
from tests.support.waiting import wait_until
from tests.unit.sync.anchor.bench import paying_key, settings
from tests.unit.sync.evidence.anchored import anchored
from tests.unit.sync.evidence.signed_world import world_at
from tests.unit.sync.signed_logs import (
    an_hour_of_readings,
    checked,
    outcomes,
    project_key,
    signed_index,
    signed_register,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this computer")

ONLY_THE_PROGRAM = {"anchor", "quality", "summaries", "calibrations", "values", "flags"}
OPEN_HERE = {"witness", "calibrations", "flags", "quality", "summaries", "anchor"}


def agrees(shown: Shown, bundle: Path, register: Register | None = None) -> bool:
    """Whether the program finds the same: in the checks that both make, and as a whole."""
    verdict = checked(bundle, register)
    there = outcomes(verdict)
    both = (shown.outcomes.keys() & there.keys()) - ONLY_THE_PROGRAM
    return shown.standing == verdict.standing and all(shown.outcomes[name] == there[name] for name in both)


def test_a_sound_bundle_passes_in_every_form_it_can_be_given(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    source = log.write(tmp_path / "home")
    bundle = write_bundle(source, Period(), (), tmp_path / "b", sign=signed_index, chunk_bytes=6_000).path
    page, digest = put_page(bundle)
    assert digest == sha256(page.read_bytes()).hexdigest()
    packed = write_bundle(source, Period(), (), tmp_path / "b.zip", sign=signed_index).path
    later = Period(log.recorded.t_ns - 60 * 10**9, None)
    part = write_bundle(source, later, (), tmp_path / "part", sign=signed_index).path
    register = tmp_path / "register.note"
    register.write_text(signed_register(log.register()), encoding="utf-8")

    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        alone = checker.check(files_of(bundle))
        assert (alone.standing, failed(alone)) == ("not_vouched_for", {})
        assert agrees(alone, bundle)
        assert {name for name, outcome in alone.outcomes.items() if outcome == "not_checked"} == OPEN_HERE | {"signer"}

        vouched = checker.check([*files_of(bundle), register], key=str(project_key()))
        assert vouched.standing == "sound"
        assert agrees(vouched, bundle, log.register())
        partial = Altered(bundle, tmp_path / "partial")
        (partial.folder / "index.note").unlink()
        dropped_note = checker.check([*files_of(partial.folder), register], key=str(project_key()))
        assert (dropped_note.standing, failed(dropped_note)) == ("incomplete", {})
        assert "index.note is missing" in dropped_note.text
        assert agrees(dropped_note, partial.folder, log.register())
        unsigned = checker.check([packed, register])
        assert (unsigned.standing, unsigned.outcomes["signer"]) == ("not_vouched_for", "not_checked")
        assert "Give the project's key" in unsigned.text
        assert agrees(unsigned, packed, replace(log.register(), signed_by=None))
        assert agrees(checker.check([packed]), packed)
        assert agrees(checker.check(files_of(part)), part)

        checker.open()
        dropped = {"items": [], "files": [str(bundle)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            tab.ask("Input.dispatchDragEvent", type=kind, x=100, y=100, data=dropped)
        assert checker.shown() == replace(alone, text=checker.shown().text)


def test_a_bundle_with_anchors_a_plan_and_summaries_is_read_and_its_anchors_are_left_open(tmp_path: Path) -> None:
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        world.hour_of_power(5_000.0)
        world.run(1_300)
        world.summarise()
        world.signed.sign()
        station.anchor()
        bundle = station.bundle(tmp_path / "b")
    page, _ = put_page(bundle)
    known = world.signed.register()
    ledger = RegisteredLedger(settings().chain_id, settings().contract)
    own = replace(known.stations[0], accounts=(paying_key().address,), ledgers=(ledger,))
    known = replace(known, stations=(own,))
    register = tmp_path / "register.note"
    register.write_text(signed_register(known), encoding="utf-8")
    with browsing(tmp_path) as tab:
        shown = Checker(tab, page).check([*files_of(bundle), register], key=str(project_key()))
    assert (shown.standing, failed(shown)) == ("sound", {})
    assert shown.outcomes["anchor"] == "not_checked"
    assert str(ledger) in shown.text
    assert agrees(shown, bundle, known)


def changed(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], entries[at].replace(b'"wind":[1,1,', b'"wind":[9,9,'), *entries[at + 1 :]]


def deleted(entries: list[bytes], at: int) -> list[bytes]:
    return entries[:at] + entries[at + 1 :]


def inserted(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], entries[at + 2], *entries[at:]]


def reordered(entries: list[bytes], at: int) -> list[bytes]:
    return [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]


def cut(entries: list[bytes], at: int) -> list[bytes]:
    return entries[:at]


def test_what_was_altered_fails_and_the_entry_is_named(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    bundle = log.bundle(tmp_path).path
    page, _ = put_page(bundle)
    ways: tuple[Callable[[list[bytes], int], list[bytes]], ...] = (changed, deleted, inserted, reordered, cut)
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for way in ways:
            altered = Altered(bundle, tmp_path / way.__name__)
            altered.put_entries(way(altered.entries(), 40))
            shown = checker.check(files_of(altered.folder))
            assert shown.standing == "failed", way.__name__
            assert failed(shown)["bytes"] == 40, way.__name__
            assert "First entry named: 40." in shown.text, way.__name__
            assert "✗ FAILED" in shown.text

        everything = Altered(bundle, tmp_path / "everything")
        everything.put_entries(changed(everything.entries(), 100))
        everything.put("leaves-0001.bin", b"".join(leaf_hash(data)[:4] for data in everything.entries()))
        shown = checker.check(files_of(everything.folder))
        assert failed(shown) == {"range": log.checkpoints[0].checkpoint.size}

        byte = Altered(bundle, tmp_path / "byte")
        name = byte.folder / "entries-0001.jsonl.gz"
        content = bytearray(name.read_bytes())
        content[len(content) // 2] ^= 0x10
        name.write_bytes(content)
        named = failed(checker.check(files_of(byte.folder)))["bytes"]
        truth = first_wrong(bytes(content), Altered(bundle, tmp_path / "as_it_was").entries())
        assert named in {truth - 1, truth}

        short = Altered(bundle, tmp_path / "short")
        short.put("entries-0001.jsonl.gz", (short.folder / "entries-0001.jsonl.gz").read_bytes()[:-200])
        shown = checker.check(files_of(short.folder))
        assert 0 < (failed(shown)["bytes"] or 0) < log.checkpoints[-1].checkpoint.size
        assert "cut" in shown.text


def test_a_changed_byte_anywhere_is_detected(tmp_path: Path) -> None:
    source = an_hour_of_readings().write(tmp_path / "home")
    bundle = write_bundle(source, Period(), (), tmp_path / "b", sign=signed_index, chunk_bytes=12_000).path
    packed = write_bundle(source, Period(), (), tmp_path / "packed.zip").path
    page, _ = put_page(tmp_path / "packed.zip")
    random = Random(7)
    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for file in files_of(bundle):
            for _ in range(3):
                content = bytearray(file.read_bytes())
                at = random.randrange(len(content))
                content[at] ^= random.randrange(1, 256)
                folder = tmp_path / f"flipped-{file.name}-{at}-{random.random()}"
                Altered(bundle, folder)
                (folder / file.name).write_bytes(content)
                assert checker.check(files_of(folder)).standing in {"failed", "unreadable"}, (file.name, at)
        archive = packed.read_bytes()
        for damaged in (archive[:-3], archive[:3], b"KP" + archive[2:]):
            (tmp_path / "damaged.zip").write_bytes(damaged)
            assert checker.check([tmp_path / "damaged.zip"]).standing == "unreadable"


def first_wrong(packed: bytes, entries: Sequence[bytes]) -> int:
    """The first entry that these bytes do not give, inflated byte by byte."""
    inflator, plain = zlib.decompressobj(31), b""
    for place in range(len(packed)):
        try:
            plain += inflator.decompress(packed[place : place + 1])
        except zlib.error:
            break
    lines = plain.split(b"\n")[:-1]
    return next((at for at, (one, other) in enumerate(zip(lines, entries, strict=False)) if one != other), len(lines))


def test_other_lies_fail_as_they_do_in_the_program(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    bundle = log.bundle(tmp_path).path
    page, _ = put_page(bundle)
    thief = Ed25519PrivateKey.from_private_bytes(b"t" * 32)

    foreign = Altered(bundle, tmp_path / "foreign")
    head = read_checkpoint((bundle / "checkpoint.note").read_text(encoding="utf-8")).checkpoint
    (foreign.folder / "checkpoint.note").write_text(str(sign_checkpoint(head, thief)), encoding="utf-8")

    forged = Altered(bundle, tmp_path / "forged")
    device = VerifierKey(head.origin, log.key.public_key().public_bytes_raw())
    note = SignedNote(head.text, (Signature(head.origin, device.key_id, thief.sign(head.text.encode())),))
    (forged.folder / "checkpoint.note").write_text(str(note), encoding="utf-8")

    header = Altered(bundle, tmp_path / "header")
    content = bytearray((bundle / "entries-0001.jsonl.gz").read_bytes())
    content[9] ^= 1  # which system packed it: it inflates to the same
    (header.folder / "entries-0001.jsonl.gz").write_bytes(content)

    stolen = an_hour_of_readings()
    public, previous = (key.public_key().public_bytes_raw() for key in (thief, stolen.key))
    unshown = thief.sign(statement(head.origin, "rotated", public, previous))
    stolen.recorded.add(KeyBody("rotated", to_base64(public), to_base64(unshown), to_base64(previous)))
    stolen.key = thief
    stolen.sign()
    (tmp_path / "thief").mkdir()
    rotated = Altered(stolen.bundle(tmp_path / "thief").path, tmp_path / "rotated")

    context = Altered(bundle, tmp_path / "context")
    lines = gzip.decompress((bundle / "context.jsonl.gz").read_bytes())
    wider = lines.replace(b'\\"maximum\\":60', b'\\"maximum\\":99')
    assert wider != lines
    context.put("context.jsonl.gz", gzip.compress(wider, mtime=0))

    lying = Altered(bundle, tmp_path / "lying")
    lying.put_index(replace(lying.index, project_id="P2"))

    missing = Altered(bundle, tmp_path / "missing")
    (missing.folder / "entries-0001.jsonl.gz").unlink()

    none = tmp_path / "none"
    none.mkdir()
    (none / "index.json").write_text("{}", encoding="utf-8")

    register = tmp_path / "register.note"
    stranger = sign_note(register_text(log.register()), "project", thief)
    register.write_text(str(stranger), encoding="utf-8")

    with browsing(tmp_path) as tab:
        checker = Checker(tab, page)
        for altered, expected in (
            (foreign, "signature"),
            (forged, "signature"),
            (header, "bytes"),
            (rotated, "context"),
            (context, "context"),
            (lying, "index"),
            (missing, "files"),
        ):
            shown = checker.check(files_of(altered.folder))
            assert expected in failed(shown), expected
            assert agrees(shown, altered.folder) or expected == "missing", (expected, shown.outcomes)
        assert checker.check(files_of(none)).standing == "unreadable"
        assert failed(checker.check([*files_of(bundle), register], key=str(project_key()))) == {"signer": None}


def test_the_page_can_reach_nothing(tmp_path: Path) -> None:
    log = an_hour_of_readings()
    page, _ = put_page(log.bundle(tmp_path).path)
    with socket.create_server(("127.0.0.1", 0)) as server, browsing(tmp_path) as tab:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        tab.open(page)
        tab.evaluate("window.refused = []; document.addEventListener('securitypolicyviolation',"
                     " (event) => refused.push(event.effectiveDirective))")  # fmt: skip
        assert tab.evaluate(f"fetch('{address}').then(() => 'reached', () => 'refused')") == "refused"
        tab.evaluate(f"new Image().src = '{address}'")
        tab.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
        )
        wait_until(lambda: len(tab.evaluate("refused")) >= 3, seconds=PATIENCE_S, what="the refusals")
        assert {"connect-src", "img-src"} <= set(tab.evaluate("refused"))
        assert tab.evaluate("window.ran") is None
        with pytest.raises(BlockingIOError):
            server.accept()
