# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints and proofs from a running recorder, and the commands that bundle and verify what it recorded."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.checkpoint import read_checkpoint
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.evidence_index import index_statement
from edge_daemon.log.signed_note import VerifierKey, parse_note, sign_note, signer_of, to_base64
from edge_daemon.log.tlog_proof import parse_proof
from edge_daemon.log.tree import verify_consistency
from sync.evidence.register import Register, RegisteredKey, RegisteredStation, register_text
from tests.support.processes import Child, running
from tests.support.recorder import recorder_at
from tests.support.waiting import wait_until
from tests.unit.sync.signed_logs import context_of

PATIENCE_S = 90.0


class Recorder:
    """A recorder of the demonstration, as another program sees it."""

    def __init__(self, home: Path, child: Child) -> None:
        self.home = home
        found = recorder_at(home, child)
        self.ask, self.get = found.ask, found.get

    def wait_for_readings(self, count: int) -> None:
        def enough() -> bool:
            sensors = self.get("/api/sensors")
            latest = [sensor["latest"] for sensor in sensors]
            return len(latest) == 3 and all(latest) and max(one["index"] for one in latest) > count

        wait_until(enough, seconds=PATIENCE_S, what=f"{count} entries")


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(tmp_path / "home")]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    with running(command, output=tmp_path / "daemon.out", environment=environment) as child:
        yield Recorder(tmp_path / "home-demo", child)


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sync", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


def test_a_recorder_signs_proves_and_rotates(recorder: Recorder) -> None:
    wait_until(
        lambda: recorder.ask("GET", "/api/log/checkpoint").status_code == 200,
        seconds=PATIENCE_S,
        what="a checkpoint that nobody asked for",
    )
    recorder.wait_for_readings(5)
    first = recorder.ask("POST", "/api/log/checkpoint").json()
    key = VerifierKey.parse(first["key"])
    signed = read_checkpoint(first["note"])
    assert signer_of(signed.note, [key]) == key
    assert signed.checkpoint.origin == recorder.get("/api/log/head")["origin"]
    assert first["origin"].startswith("verifield/demo/")

    reply = recorder.ask("GET", "/api/log/proof", params={"index": 3})
    assert reply.headers["content-type"].startswith("text/plain")
    proof = parse_proof(reply.text)
    with LogReader(recorder.home / "buffer.sqlite3") as reader:
        proof.verify(reader.entries(3, 1)[0][1], [key])
    beyond = recorder.ask("GET", "/api/log/proof", params={"index": 10**9})
    assert (beyond.status_code, beyond.json()["field"]) == (422, "index")

    asked = {"sha256": "ab" * 32, "origin": first["origin"], "size": first["size"]}
    note = parse_note(recorder.ask("POST", "/api/log/evidence-index", json=asked).json()["note"])
    assert signer_of(note, [key]) == key
    with LogReader(recorder.home / "buffer.sqlite3") as reader:
        context = context_of([data for _, data in reader.entries(0, first["size"])])
    assert note.text == index_statement("ab" * 32, first["origin"], first["size"], context), "the recorder's own list"
    for wrong, status in (({"origin": "verifield/log/" + "00" * 16}, 404), ({"size": 10**9}, 422)):
        assert recorder.ask("POST", "/api/log/evidence-index", json=asked | wrong).status_code == status

    recorder.wait_for_readings(first["size"])
    rotated = recorder.ask("POST", "/api/log/key/rotation", json={"person": "Ana"}).json()
    second = recorder.get("/api/log/checkpoint")
    assert second["key"] == rotated["key"] != first["key"]
    assert second["size"] > first["size"]
    later = recorder.get("/api/log/checkpoints", params={"after": first["size"]})
    assert [one["size"] for one in later][-1] == second["size"]
    told = recorder.get("/api/log/consistency", params={"old": first["size"], "new": second["size"]})
    assert (told["old_root"], told["new_root"]) == (first["root"], second["root"])
    hashes = [bytes.fromhex(value) for value in told["hashes"]]
    verify_consistency(first["size"], second["size"], hashes, signed.checkpoint.root, bytes.fromhex(second["root"]))


def test_what_was_recorded_is_bundled_and_verified_by_the_commands(recorder: Recorder, tmp_path: Path) -> None:
    recorder.wait_for_readings(20)
    made = command("bundle", "--home", recorder.home, "--output", tmp_path / "evidence.zip")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "bytes a reading" in made.stdout

    alone = command("verify", tmp_path / "evidence.zip", "--json")
    assert alone.returncode == 3, alone.stdout + alone.stderr
    told = json.loads(alone.stdout)
    outcomes = {check["name"]: check["outcome"] for check in told["checks"]}
    assert told["standing"] == "not_vouched_for", told["checks"]
    assert outcomes["range"] == outcomes["index_note"] == outcomes["signature"] == "passed"
    assert "failed" not in outcomes.values()
    assert any("pseudo terminal" in words for words in told["not_proven"])

    register = signed_register(recorder, tmp_path)
    vouched = command("verify", tmp_path / "evidence.zip", "--register", register, "--project-key", project_key())
    assert vouched.returncode == 3, vouched.stdout + vouched.stderr
    assert "Verdict: SIMULATED" in vouched.stdout, "its instruments are behind pseudo terminals"
    assert "The register of" in vouched.stdout
    assert "vouches for the key of this station" in vouched.stdout

    content = bytearray((tmp_path / "evidence.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "tampered.zip").write_bytes(content)
    tampered = command("verify", tmp_path / "tampered.zip")
    assert tampered.returncode in {1, 2}
    assert "FAILED" in tampered.stdout or "unreadable" in tampered.stdout

    assert command("verify", tmp_path / "daemon.out").returncode == 4, "no bundle, which is no failure"
    local = command("verify", recorder.home, "--register", register, "--project-key", project_key())
    assert local.returncode == 3, local.stdout + local.stderr
    assert "Verdict: SIMULATED" in local.stdout
    unchecked = command("verify", recorder.home, "--register", register)
    assert unchecked.returncode == 3, unchecked.stdout + unchecked.stderr
    assert "Verdict: signer not vouched for" in unchecked.stdout


PROJECT = Ed25519PrivateKey.from_private_bytes(b"p" * 32)


def project_key() -> VerifierKey:
    return VerifierKey("project", PROJECT.public_key().public_bytes_raw())


def signed_register(recorder: Recorder, folder: Path) -> Path:
    key = VerifierKey.parse(recorder.get("/api/log/checkpoint")["key"])
    with LogReader(recorder.home / "buffer.sqlite3") as reader:
        opened = decode_entry(reader.entries(0, 1)[0][1]).body
    station = RegisteredStation(str(opened["device_id"]), (key.name,), (RegisteredKey(to_base64(key.public)),))
    file = folder / "register.note"
    text = register_text(Register(str(opened["project_id"]), (station,)))
    file.write_text(str(sign_note(text, "project", PROJECT)), encoding="utf-8")
    return file
