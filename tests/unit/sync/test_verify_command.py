# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync verify` as a person or another program gives it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.signed_note import VerifierKey
from sync.__main__ import app
from sync.anchor.ledger.server import serving
from sync.commands.exit_status import NOT_READ, NOT_USABLE, OUR_FAULT, STATUS, status_of
from sync.commands.online import chain_answers
from sync.evidence.verdict import Standing
from tests.unit.sync.anchor.bench import paying_key
from tests.unit.sync.evidence.anchored import Anchored, anchored
from tests.unit.sync.signed_logs import DEVICE_KEY, SignedLog, project_key, signed_register

TRUST = ("--trust-network", "local-ledger")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Anchored]:
    log = SignedLog().begin()
    with anchored(tmp_path, log) as made:
        log.readings(20)
        log.sign()
        made.anchor()
        yield made


def verify(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, arguments), "--json"])


def told(result: Result) -> dict[str, Any]:
    (line,) = (line for line in result.output.splitlines() if "standing" in line)
    found: dict[str, Any] = json.loads(line)
    return found


def outcomes(result: Result) -> dict[str, str]:
    return {check["name"]: check["outcome"] for check in told(result)["checks"]}


def test_the_node_that_is_named_is_asked_about_a_bundle_and_a_data_folder(station: Anchored, tmp_path: Path) -> None:
    path = station.bundle(tmp_path / "evidence.zip")
    with serving(station.where.rest) as url:
        for place in (path, station.home.path):
            result = verify(place, "--online", "--node", url, *TRUST)
            assert result.exit_code == 3, "nobody vouches for the signer"
            assert outcomes(result)["anchor_time"] == "passed"
            assert told(result)["exposure"][0]["basis"] == "chain"


def test_a_local_ledger_fixes_nothing_unless_it_is_trusted(station: Anchored) -> None:
    with serving(station.where.rest) as url:
        asked = verify(station.home.path, "--online", "--node", url)
    for result in (asked, verify(station.home.path)):
        (one,) = told(result)["exposure"]
        assert (one["basis"], one["exposed_s"]) == ("local", None)
        assert outcomes(result)["anchor_public"] == outcomes(result)["witness"] == "not_checked"
        assert "--trust-network local-ledger" in result.output
        assert any("written anew" in words for words in told(result)["not_proven"])
    assert outcomes(asked)["anchor_time"] == "passed", "what the ledger says is still looked at"
    lines = CliRunner().invoke(app, ["verify", str(station.home.path)]).output
    assert "UNWITNESSED" in lines
    assert "local ledger (not a public chain)" in lines
    assert "anchor_public" not in outcomes(verify(station.home.path, *TRUST))
    assert verify(station.home.path, "--trust-network", "moonnet").exit_code == NOT_USABLE


def test_a_bundle_without_its_signed_index_does_not_end_with_success(station: Anchored, tmp_path: Path) -> None:
    path = station.bundle(tmp_path / "evidence")
    register = tmp_path / "register.note"
    known = station.log.register()
    accounts = (paying_key().address,)
    known = replace(known, stations=(replace(known.stations[0], accounts=accounts),))
    register.write_text(signed_register(known), encoding="utf-8")
    vouched = ("--register", register, "--project-key", project_key())
    assert (told(verify(path, *vouched))["standing"], verify(path, *vouched).exit_code) == ("sound", 0)
    (path / "index.note").unlink()
    result = verify(path, *vouched)
    assert (told(result)["standing"], result.exit_code) == ("incomplete", 3)
    assert "index.note is missing" in result.output


def test_what_cannot_be_asked_is_told_apart_from_evidence_that_fails(station: Anchored, tmp_path: Path) -> None:
    path = station.bundle(tmp_path / "evidence")
    register = tmp_path / "register.note"
    register.write_text(signed_register(station.log.register()), encoding="utf-8")
    stranger = VerifierKey("project", DEVICE_KEY.public_key().public_bytes_raw())
    assert verify(tmp_path / "nothing").exit_code == NOT_USABLE
    assert verify(path, "--register", register, "--project-key", "nonsense").exit_code == NOT_USABLE
    assert verify(path, "--register", tmp_path / "none").exit_code == NOT_USABLE
    (tmp_path / "text").write_text("no bundle", encoding="utf-8")
    none = verify(tmp_path / "text")
    assert (none.exit_code, told(none)["standing"]) == (4, "unreadable")
    assert verify(path, "--no-such-option").exit_code == 2, "the command line itself, which no evidence ends with"
    refused = verify(path, "--register", register, "--project-key", stranger)
    assert (refused.exit_code, outcomes(refused)["signer"]) == (1, "failed"), "who signed a register is a finding"
    assert "The station register:" in refused.output


def test_what_a_check_was_told_to_believe_stands_in_its_verdict(station: Anchored, tmp_path: Path) -> None:
    register = tmp_path / "register.note"
    register.write_text(signed_register(station.log.register()), encoding="utf-8")
    bare = told(verify(station.home.path))
    assert "trust" not in {check["name"] for check in bare["checks"]}
    head = station.log.head()
    given = ("--register", register, "--project-key", project_key(), "--witness", f"{head.size}:{head.root.hex()}")
    for place in (station.home.path, station.bundle(tmp_path / "evidence")):
        (words,) = (one["words"] for one in told(verify(place, *TRUST, *given))["checks"] if one["name"] == "trust")
        assert f"the station register of P1, signed by {project_key()}" in words
        assert "somebody else keeps the network local-ledger" in words
        assert "the witness given" in words


def test_a_fault_of_the_program_is_told_apart_from_evidence_that_fails(
    station: Anchored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of this program")

    monkeypatch.setattr("sync.commands.evidence.verify_log", broken)
    assert verify(station.home.path).exit_code == OUR_FAULT


def test_no_two_ends_share_a_status() -> None:
    assert set(STATUS) == set(get_args(Standing))
    told = [STATUS["sound"], STATUS["failed"], STATUS["incomplete"], STATUS["unreadable"]]
    assert len({*told, 2, NOT_USABLE, OUR_FAULT, NOT_READ}) == 8
    assert status_of(iter(["sound", "incomplete", "unreadable"])) == 4
    assert status_of(iter(["unreadable", "failed", "sound"])) == 1
    assert status_of(iter([])) == 4


def test_without_online_no_network_is_used(station: Anchored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    result = verify(station.home.path, *TRUST)
    assert outcomes(result)["anchor"] == "not_checked"
    assert told(result)["exposure"][0]["basis"] == "told"


def test_a_network_without_a_known_node_stays_open(station: Anchored) -> None:
    result = verify(station.home.path, "--online")
    assert outcomes(result)["anchor_open"] == "not_checked"
    assert "--node" in result.output


@pytest.mark.parametrize("url", ["http://example.org/v1", "https://user:secret@example.org/v1", "ftp://x/v1"])
def test_a_node_that_is_none_is_refused_without_a_request(url: str) -> None:
    with pytest.raises(BadInput) as fault:
        chain_answers([], None, url, lambda _done, _of: None)
    assert "secret" not in str(fault.value)


def test_a_node_without_online_is_refused(station: Anchored) -> None:
    assert verify(station.home.path, "--node", "https://example.org/v1").exit_code == NOT_USABLE


def test_a_witness_may_say_since_when(station: Anchored) -> None:
    head = station.log.checkpoints[-1].checkpoint
    at = rfc3339_from_ns(station.log.recorded.t_ns + 60 * 10**9)
    result = verify(station.home.path, "--witness", f"{head.size}:{head.root.hex()}@{at}")
    (one,) = told(result)["exposure"]
    assert (one["basis"], one["fixed"]) == ("witness", at)
    for bad in (f"{head.size}:{head.root.hex()}@soon", f"{head.size}:00", "x:y"):
        assert verify(station.home.path, "--witness", bad).exit_code == NOT_USABLE


def test_it_gives_way_when_it_is_told_to() -> None:
    source = "import psutil; from sync.low_priority import give_way; give_way(); print(psutil.Process().nice())"
    said = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=120)
    assert int(said.stdout) >= 10
