# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Our checkpoints and proofs, checked with Go's sumdb/note and tlog: an implementation that is none of ours."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.range_proof import range_proof
from edge_daemon.log.signed_note import VerifierKey
from edge_daemon.log.tlog_proof import TlogProof
from edge_daemon.log.tree import consistency_proof, inclusion_proof, root_of
from tests.unit.sync.recorded import ORIGIN
from tests.unit.sync.signed_logs import DEVICE_KEY, an_hour_of_readings, entries_in

GO_PATH = Path("/usr/share/gocode")
X_MOD = GO_PATH / "src/golang.org/x/mod/sumdb/tlog"
PATIENCE_S = 300

pytestmark = [
    pytest.mark.skipif(
        shutil.which("go") is None or not X_MOD.is_dir(),
        reason="needs Go and golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev)",
    ),
    pytest.mark.xdist_group("evidence_in_go"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("go")
    source = folder / "src" / "check"
    source.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "go" / "check.go", source / "check.go")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": f"{folder}:{GO_PATH}",
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    command = ["go", "build", "-o", str(folder / "program"), "check"]
    built = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False, cwd=folder
    )
    assert built.returncode == 0, built.stderr[-2000:]
    return folder / "program"


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    log = an_hour_of_readings()
    source = log.write(tmp_path_factory.mktemp("log") / "home")
    size = source.signed.checkpoint.size
    with LogReader(source.buffer) as reader:
        entries = entries_in(source.buffer)
        return {
            "key": str(VerifierKey(ORIGIN, DEVICE_KEY.public_key().public_bytes_raw())),
            "checkpoint": str(source.signed),
            "inclusion": [
                {
                    "index": index,
                    "entry": data.decode(),
                    "hashes": [value.hex() for value in inclusion_proof(index, size, reader.hashes)],
                }
                for index, data in entries
            ],
            "consistency": [
                {
                    "old": old,
                    "root": root_of(old, reader.hashes).hex(),
                    # The second half of a range proof is a consistency proof, and nothing else.
                    "hashes": [value.hex() for value in range_proof(0, old, size, reader.hashes).after],
                }
                for old in range(1, size)
            ],
        }


def answer(program: Path, question: dict[str, object]) -> str:
    asked = subprocess.run(
        [program], input=json.dumps(question), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    return asked.stdout.strip()


def test_go_agrees_with_every_checkpoint_and_proof(program: Path, question: dict[str, object]) -> None:
    assert answer(program, question) == "ok"


def test_go_refuses_what_we_refuse(program: Path, question: dict[str, object]) -> None:
    note = str(question["checkpoint"])
    assert answer(program, {**question, "checkpoint": note.replace("\n132\n", "\n133\n")}).startswith("note:")
    proofs = question["inclusion"]
    assert isinstance(proofs, list)
    moved = [{**proofs[0], "index": 1}]
    assert answer(program, {**question, "inclusion": moved}).startswith("entry 1")


def test_a_proof_text_holds_what_go_checked(tmp_path: Path, program: Path, question: dict[str, object]) -> None:
    log = an_hour_of_readings()
    source = log.write(tmp_path / "home")
    size = source.signed.checkpoint.size
    with LogReader(source.buffer) as reader:
        proof = TlogProof(7, tuple(inclusion_proof(7, size, reader.hashes)), source.signed)
        old = consistency_proof(5, size, reader.hashes)
    header, index, *hashes = str(proof).split("\n\n", maxsplit=1)[0].split("\n")
    assert (header, index, len(hashes)) == ("c2sp.org/tlog-proof@v1", "index 7", len(proof.hashes))
    told = {
        **question,
        "checkpoint": str(proof.checkpoint),
        "inclusion": [
            {
                "index": 7,
                "entry": log.recorded.entries[7].decode(),
                "hashes": [value.hex() for value in proof.hashes],
            }
        ],
        "consistency": [{"old": 5, "root": log.head(5).root.hex(), "hashes": [value.hex() for value in old]}],
    }
    assert answer(program, told) == "ok"
