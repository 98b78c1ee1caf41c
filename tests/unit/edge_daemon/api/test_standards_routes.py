# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The register of standards over HTTP, on a log of real bytes."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.log.clock_history import ClockHistory
from tests.unit.edge_daemon.station.record_world import RecordWorld

PDF = b"%PDF-1.7 of the gas"
GAS: dict[str, Any] = {
    "kind": "co2_gas",
    "name": "Span gas",
    "value": 1000.0,
    "unit": "ppm",
    "expanded_uncertainty": 10.0,
    "person": "Ana",
    "code": "4711",
    "expires": "2026-12-20",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        yield made


def test_a_standard_is_entered_with_its_certificate_found_by_its_code_and_corrected(world: RecordWorld) -> None:
    files = [{"name": "gas.pdf", "content": b64encode(PDF).decode()}]
    entered = world.post("/api/standards", **GAS, files=files)
    assert (entered["standing"], entered["factor"], entered["used"]) == ("due", 2.0, None)
    assert entered["attachments"] == [sha256(PDF).hexdigest()]
    assert world.passports.attachment(entered["attachments"][0]) == PDF
    assert world.get("/api/standards", code="4711") == [entered]
    assert world.get("/api/standards", code="471") == world.get("/api/standards", kind="ph_buffer") == []
    corrected = world.post("/api/standards", **{**GAS, "value": 1001.0}, replaces=entered["index"])
    assert corrected["attachments"] == entered["attachments"]
    assert world.get("/api/standards", kind="CO2 gas") == [corrected]
    again = world.ask("POST", "/api/standards", json={**GAS, "replaces": entered["index"]})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    gone = world.post("/api/standards", **GAS, replaces=corrected["index"], withdrawn=True)
    assert [one["standing"] for one in world.get("/api/standards")] == [gone["standing"]] == ["withdrawn"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"expires": "20.12.2026"}, "expires"),
        ({"kind": ""}, "kind"),
        ({"colour": "red"}, "colour"),
        ({"files": [{"name": "a.pdf", "content": "no base64!"}]}, "files.0.content"),
        ({"files": [{"name": "../a.pdf", "content": "YQ=="}]}, "name"),
    ],
)
def test_what_cannot_be_a_standard_is_refused_by_field(world: RecordWorld, change: dict[str, Any], named: str) -> None:
    reply = world.ask("POST", "/api/standards", json={**GAS, **change})
    assert (reply.status_code, reply.json()["field"]) == (422, named)
    assert world.get("/api/standards") == []


def test_a_file_of_standards_is_taken_without_a_look_at_expiry_while_nobody_knows_the_day(world: RecordWorld) -> None:
    text = "kind,name,value,unit,expanded_uncertainty,expires\nco2_gas,A,400.5,ppm,4,2020-01-01\nco2_gas,B,1,ppm,4,\n"
    world.station.history = ClockHistory()
    told = world.post("/api/standards/csv", 200, csv=text, person="Ana")["lines"]
    assert [one["taken"] for one in told] == [True, True]
    assert told[0]["words"] == "Taken. The clock is not trusted: its expiry was not checked. Check the label."
    assert told[1]["words"] == "Taken.", "it does not expire"


def test_a_file_of_standards_is_told_line_by_line(world: RecordWorld) -> None:
    text = "kind,name,value,unit,expanded_uncertainty\nco2_gas,A,400.5,ppm,4\nco2_gas,B,4 00,ppm,4\n"
    told = world.post("/api/standards/csv", 200, csv=text, person="Ana")["lines"]
    assert [(one["line"], one["taken"]) for one in told] == [(2, True), (3, False)]
    assert [one["value"] for one in world.get("/api/standards")] == [400.5]
    again = world.post("/api/standards/csv", 200, csv=text, person="Ana")["lines"]
    assert [(one["taken"], one["index"]) for one in again] == [(False, told[0]["index"]), (False, None)]
    refused = world.ask("POST", "/api/standards/csv", json={"csv": "a;b", "person": "Ana"})
    assert (refused.status_code, refused.json()["field"]) == (422, "csv")
    assert {one["kind"]: one["asked_for"] for one in world.get("/api/standards/kinds")} == {"co2_gas": True}
