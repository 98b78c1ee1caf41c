# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Evidence over the API of a real daemon: what is witnessed, a check of the log, a bundle and its check, an anchor."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.log.signed_note import VerifierKey, sign_note
from sync.evidence.register import REGISTER
from tests.integration.test_daemon import Station, daemon
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("evidence_api")]
PATIENCE_S = 240.0


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One for all tests, which leave it as they found it but for an anchor, since its start takes longest."""
    folder = tmp_path_factory.mktemp("station")
    with daemon(folder) as child:
        started = Station(folder / "home-demo", child)
        assert started.ask("GET", "/api/evidence/job").status_code == 404
        wait_until(
            lambda: started.sensor("windsonic")["latest"], seconds=PATIENCE_S, what="a reading of the quickest sensor"
        )
        yield started


def told(station: Station, method: str, address: str, **body: Any) -> Any:
    reply = station.ask(method, address, json=body) if method != "GET" else station.ask(method, address)
    assert reply.is_success, reply.text[:500]
    return reply.json()


def ended(station: Station) -> Any:
    wait_until(
        lambda: not told(station, "GET", "/api/evidence/job")["running"], seconds=PATIENCE_S, what="the job's end"
    )
    return told(station, "GET", "/api/evidence/job")


def test_the_log_is_checked_and_what_was_not_is_never_told_as_passed(station: Station) -> None:
    begun = told(station, "POST", "/api/evidence/verify")
    assert (begun["kind"], begun["verdicts"]) == ("verify", [])
    job = ended(station)
    assert job["trouble"] == ""
    (verdict,) = job["verdicts"]
    assert verdict["standing"] == "not_vouched_for"
    outcomes = {check["name"]: check["outcome"] for check in verdict["checks"]}
    assert outcomes["bytes"] == "passed"
    assert outcomes["signer"] == "not_checked"
    assert verdict["not_proven"]


def test_a_bundle_is_written_and_checked(station: Station, tmp_path: Path) -> None:
    place = tmp_path / "evidence.zip"
    told(station, "POST", "/api/evidence/bundle", path=str(place))
    job = ended(station)
    assert job["trouble"] == "", job
    assert any("bytes a reading" in line for line in job["lines"])
    assert place.is_file()
    told(station, "POST", "/api/evidence/verify", path=str(place))
    (verdict,) = ended(station)["verdicts"]
    assert verdict["standing"] == "not_vouched_for"
    damaged = bytearray(place.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    place.write_bytes(damaged)
    told(station, "POST", "/api/evidence/verify", path=str(place))
    (verdict,) = ended(station)["verdicts"]
    assert verdict["standing"] in {"failed", "unreadable"}


def test_what_is_anchored_is_witnessed_and_the_rest_is_told(station: Station) -> None:
    before = told(station, "GET", "/api/evidence")
    assert before["anchors"] == []
    assert before["unwitnessed"] >= before["size"] - 1
    assert before["unwitnessed_since"]
    assert before["root_text"] == f"{before['origin']} {before['size']}:{before['root']}"

    told(station, "POST", "/api/evidence/anchor")
    job = ended(station)
    assert job["trouble"] == "", job

    after = told(station, "GET", "/api/evidence")
    (anchor,) = after["anchors"]
    assert (anchor["state"], anchor["network"]) == ("done", "local-ledger")
    assert anchor["transaction_hash"]
    assert after["unwitnessed"] == after["size"], "a ledger on this computer is no witness"
    assert after["checkpoints"][0]["size"] >= anchor["size"]

    told(station, "POST", "/api/evidence/verify", online=True)
    job = ended(station)
    assert job["trouble"] == "", job
    (verdict,) = job["verdicts"]
    outcomes = {check["name"]: check["outcome"] for check in verdict["checks"]}
    online = {"anchor", "anchor_chain", "anchor_call", "anchor_arguments", "anchor_time", "anchor_claims"}
    assert {name: outcomes[name] for name in online} == dict.fromkeys(online, "passed")
    assert verdict["exposure"][0]["basis"] == "local"
    assert verdict["exposure"][0]["end"] == anchor["size"]


def test_the_projects_register_is_kept_and_used(station: Station) -> None:
    key = Ed25519PrivateKey.generate()
    name = "project.example"
    text = str(sign_note(f'{REGISTER}\n{{"project_id":"p","stations":[]}}\n', name, key))
    verifier = str(VerifierKey(name, key.public_key().public_bytes_raw()))
    stranger = str(VerifierKey(name, Ed25519PrivateKey.generate().public_key().public_bytes_raw()))
    refused = station.ask("PUT", "/api/evidence/register", json={"text": text, "project_keys": [stranger]})
    assert (refused.status_code, refused.json()["field"]) == (422, "project_keys")
    assert station.ask("PUT", "/api/evidence/register", json={"text": "nothing"}).json()["field"] == "text"
    unchecked = station.ask("PUT", "/api/evidence/register", json={"text": text})
    assert (unchecked.status_code, unchecked.json()["field"]) == (422, "project_keys")
    assert told(station, "GET", "/api/evidence/register")["text"] == ""

    told(station, "PUT", "/api/evidence/register", text=text, project_keys=[verifier])

    told(station, "POST", "/api/evidence/verify")
    (verdict,) = ended(station)["verdicts"]
    told(station, "PUT", "/api/evidence/register", text="")
    assert verdict["standing"] == "failed"
    assert any(check["name"] == "signer" and check["outcome"] == "failed" for check in verdict["checks"])
    assert told(station, "GET", "/api/evidence/register") == {
        "text": "",
        "project_keys": [],
        "trusted_networks": [],
    }
    kept = told(station, "PUT", "/api/evidence/register", text="", trusted_networks=["custom", "custom"])
    assert kept["trusted_networks"] == ["custom"]
    told(station, "POST", "/api/evidence/verify")
    (verdict,) = ended(station)["verdicts"]
    assert any(check["name"] == "trust" and "custom" in check["words"] for check in verdict["checks"])
    refused = station.ask("PUT", "/api/evidence/register", json={"trusted_networks": ["mainnet"]})
    assert refused.status_code == 422, "mainnet needs nobody's word"
    told(station, "PUT", "/api/evidence/register", text="")


def test_what_cannot_be_is_refused_in_words(station: Station, tmp_path: Path) -> None:
    missing = station.ask("POST", "/api/evidence/verify", json={"path": str(tmp_path / "gone.zip")})
    assert (missing.status_code, missing.json()["field"]) == (422, "path")
    relative = station.ask("POST", "/api/evidence/bundle", json={"path": "here.zip"})
    assert (relative.status_code, relative.json()["field"]) == (422, "path")
    unknown = station.ask("POST", "/api/evidence/bundle", json={"path": str(tmp_path / "b"), "sensors": ["nobody"]})
    assert unknown.status_code == 404
