# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates, history, what is due, coverage and views over HTTP, on a log of real bytes."""

import csv
import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import Identity
from edge_daemon.log.bodies import NoteBody
from edge_daemon.log.calibration_body import PointResult, StandardBody
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.station.past import entry_at
from tests.unit.edge_daemon.log.calibration_world import TV_A3, U_A3, abort, installed, start, verdict
from tests.unit.edge_daemon.station.record_world import INSTRUMENT, PIN, SENSOR, SERIAL, RecordWorld
from tests.unit.edge_daemon.station.test_standards import point

PDF = b"%PDF-1.7 of the laboratory"
CERTIFICATE: dict[str, Any] = {
    "channel": "co2",
    "laboratory": "National laboratory",
    "number": "N-77",
    "calibrated": "2026-10-01",
    "due": "2027-10-01",
    "person": "Ana",
    "pin": PIN,
    "expanded_uncertainty": 8.0,
    "files": [{"name": "n77.pdf", "content": b64encode(PDF).decode()}],
}
IDENTITY = {"sensor": SENSOR, "model": "fake", "serial": SERIAL}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        yield made


@pytest.fixture
def reviewers(world: RecordWorld) -> RecordWorld:
    world.enter_persons()
    return world


def channel(world: RecordWorld, name: str = "co2") -> Any:
    (found,) = [one for one in world.get(f"{INSTRUMENT}/calibrations")["channels"] if one["channel"] == name]
    return found


def review(world: RecordWorld, index: int, status: int = 200, **more: Any) -> Any:
    body = {"accepted": True, "person": "Bo", "pin": PIN, **more}
    return world.post(f"/api/certificates/{index}/review", status, **body)


def run(world: RecordWorld, as_found: float = 1.0, *, days: float = 0, **more: Any) -> int:
    """A run that was signed; the verdict's index."""
    world.pass_days(days)
    at = world.write(replace(start(SERIAL, SENSOR, model="fake"), channel="co2"))
    found = PointResult("span", 1000.0, 1000.0 + as_found, as_found, 10.0, 2.0, 60.0, "pass", 0.99)
    more = {"due": "2027-11-01", "function": None, **more}
    end = verdict(at, serial=SERIAL, sensor=SENSOR, model="fake", **more)
    return world.write(replace(end, as_found=(found,)))


# ---- laboratories' certificates -------------------------------------------------------------------------------------


def test_a_certificate_takes_effect_with_the_review_by_a_second_person_and_not_before(reviewers: RecordWorld) -> None:
    entered = reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)
    assert (entered["standing"], entered["in_force"], entered["kind"]) == ("to_review", False, "certificate")
    assert (entered["number"], entered["time"][:10], entered["due"]) == ("N-77", "2026-10-01", "2027-10-01")
    assert channel(reviewers)["standing"] == "none"
    before = reviewers.station.sample(500.0)
    accepted = review(reviewers, entered["index"], person=" bo ")
    assert (accepted["standing"], accepted["in_force"], accepted["second_person"]) == ("in_force", True, "Bo")
    after = reviewers.station.sample(501.0)
    named = [entry_at(reviewers.station.reader, index).body["cal"] for index in (before, after)]
    assert named == [{}, {"co2": accepted["review"]}]
    told = channel(reviewers)
    assert (told["standing"], told["due"], told["score_penalty"], told["score_penalty_at_due"]) == (
        "ok",
        "2027-10-01",
        0,
        10,
    )
    assert reviewers.passports.attachment(entered["attachments"][0]) == PDF


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"person": "Ana"}, 422, "person"),
        ({"person": " ANA "}, 422, "person"),
        ({"person": "Cem"}, 422, "person"),
        ({"pin": "9999"}, 422, "pin"),
        ({"accepted": False}, 422, "remarks"),
    ],
)
def test_who_may_not_review_does_not(reviewers: RecordWorld, change: dict[str, Any], status: int, named: str) -> None:
    entered = reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)
    assert review(reviewers, entered["index"], status, **change)["field"] == named
    assert channel(reviewers)["calibrations"][0]["standing"] == "to_review"


def test_a_refused_certificate_never_counts(reviewers: RecordWorld) -> None:
    entered = reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)
    twice = reviewers.ask("POST", f"{INSTRUMENT}/certificates", json=CERTIFICATE)
    assert (twice.status_code, twice.json()["code"]) == (409, "conflict")
    refused = review(reviewers, entered["index"], accepted=False, remarks="another serial number")
    assert (refused["standing"], refused["in_force"]) == ("rejected", False)
    assert refused["became"] == "rejected by Bo"
    assert review(reviewers, entered["index"], 409)["code"] == "conflict"
    assert channel(reviewers)["standing"] == "none"
    assert reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)["standing"] == "to_review"
    assert review(reviewers, 0, 404)["code"] == "unknown"


def test_a_document_that_was_altered_cannot_be_accepted(reviewers: RecordWorld, tmp_path: Path) -> None:
    entered = reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)
    (tmp_path / "attachments" / entered["attachments"][0]).write_bytes(b"another document")
    assert review(reviewers, entered["index"], 502)["code"] == "damaged_log"
    assert channel(reviewers)["calibrations"][0]["standing"] == "to_review"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"channel": "no2"}, "channel"),
        ({"calibrated": "1.10.2026"}, "calibrated"),
        ({"calibrated": "2027-10-01", "due": "2028-10-01"}, "calibrated"),
        ({"due": "2026-10-01"}, "due"),
        ({"due": ""}, "due"),
        ({"due": "2062-10-01"}, "due"),
        ({"files": []}, "files"),
        ({"expanded_uncertainty": None}, "expanded_uncertainty"),
        ({"expanded_uncertainty_relative": 1.2}, "expanded_uncertainty_relative"),
        ({"polynomial": [1.0]}, "polynomial"),
        ({"polynomial": [400.0, 0.0]}, "polynomial"),
        ({"coefficients": {"sensitivity": -10.0}}, "coefficients.sensitivity"),
        ({"coefficients": {"sensitivity": 10.0}}, "coefficients.device_sensitivity"),
        ({"coefficients": {"sensitivity": 10.0, "device_sensitivity": 9.0}, "polynomial": [0.0, 2.0]}, "polynomial"),
        ({"points": [{"reference": 1, "indication": 1, "expanded_uncertainty": 1, "factor": 0}]}, "points.0.factor"),
    ],
)
def test_what_cannot_be_a_certificate_is_refused_by_field(
    world: RecordWorld, change: dict[str, Any], named: str
) -> None:
    reply = world.ask("POST", f"{INSTRUMENT}/certificates", json={**CERTIFICATE, **change})
    assert (reply.status_code, reply.json()["field"]) == (422, named), reply.text[:300]
    assert channel(world)["calibrations"] == []


def test_an_instrument_that_the_log_does_not_know_has_no_history(world: RecordWorld) -> None:
    assert world.ask("POST", "/api/instruments/fake/S-9/certificates", json=CERTIFICATE).status_code == 404
    assert world.ask("GET", "/api/instruments/fake/S-9/calibrations").status_code == 404


def test_a_sensitivity_becomes_the_gain_between_the_instruments_and_the_certified_one(reviewers: RecordWorld) -> None:
    reviewers.said = Identity(details={"sensitivity in µV/(W/m²)": "10.35", "calibration date": "2024-05-01"})
    stated = {**CERTIFICATE, "coefficients": {"sensitivity": 10.35836374}}
    entered = reviewers.post(f"{INSTRUMENT}/certificates", **stated)
    # E = U/S: an instrument with too small a sensitivity tells too much (calibration reference, TV-I3).
    assert entered["polynomial"] == [0.0, pytest.approx(10.35 / 10.35836374)]
    assert entered["coefficients"]["device_sensitivity"] == 10.35
    accepted = review(reviewers, entered["index"])
    value = entry_at(reviewers.station.reader, reviewers.station.sample(953.623188)).body["ch"]
    assert value["co2"][:2] == [953.623188, pytest.approx(953.623188 * 10.35 / 10.35836374)]  # type: ignore[call-overload,index]  # JSON
    dates, fits = channel(reviewers)["device_says"]
    assert "2024-05-01, earlier than certificate N-77" in dates
    assert "which makes up for it" in fits
    reviewers.said = Identity(details={"sensitivity in µV/(W/m²)": "10.3584"})
    assert "does not fit: they are -0.081 % off" in channel(reviewers)["device_says"][0]
    assert accepted["standing"] == "in_force"


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"calibration date": "2026-10-01"}, "as certificate N-77 says"),
        ({"calibration date": "2026-11-01"}, "later than the newest certificate here, N-77 of 2026-10-01"),
        ({"calibration date": "0-00-00"}, "no date of calibration that can be read"),
        ({"automatic self-calibration": "on"}, "changes its own calibration without a record"),
    ],
)
def test_what_the_instrument_says_itself_is_compared(
    reviewers: RecordWorld, details: dict[str, str], words: str
) -> None:
    review(reviewers, reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)["index"])
    reviewers.said = Identity(details=details)
    (said,) = channel(reviewers)["device_says"]
    assert words in said


def test_an_instrument_without_a_certificate_here_asks_for_it(world: RecordWorld) -> None:
    world.said = Identity(details={"calibration date": "2026-10-01"})
    assert "No certificate of that is here" in channel(world)["device_says"][0]


# ---- history --------------------------------------------------------------------------------------------------------


def test_history_tells_drift_forecast_and_the_interval_the_results_speak_for(world: RecordWorld) -> None:
    for error in (1.0, 4.1, 6.9, 10.0):
        run(world, error, days=60, due="2027-12-01")
    told = channel(world)
    assert told["drift_per_year"] == pytest.approx(3 / 60 * 365.25, rel=0.02)
    assert told["drift_uncertainty"] < 0.1 * told["drift_per_year"]
    assert told["leaves_tolerance"] > "2029"
    assert (told["interval_days"], told["suggested_interval_days"]) == (365, 730)
    assert [one["as_found"] for one in told["calibrations"]] == [1.0, 4.1, 6.9, 10.0]
    assert [one["standing"] for one in told["calibrations"]] == ["replaced"] * 3 + ["in_force"]
    assert told["calibrations"][1]["drift_per_year"] == pytest.approx(3.1 / 60 * 365.25)
    assert [(one["stage"], one["error"], one["tolerance"]) for one in told["drift"]][:2] == [
        ("as_found", 1.0, 60.0),
        ("as_found", 4.1, 60.0),
    ]


def test_a_single_calibration_foretells_nothing(world: RecordWorld) -> None:
    index = run(world, 12.0)
    told = channel(world)
    assert (told["drift_per_year"], told["drift_uncertainty"], told["leaves_tolerance"]) == (None, None, None)
    assert (told["calibrations"][0]["index"], told["calibrations"][0]["outcome"]) == (index, "pass")


def test_what_is_due_is_told_from_thirty_days_before_on(world: RecordWorld) -> None:
    (due,) = world.get("/api/calibrations/due")
    assert (due["standing"], due["sensor_id"]) == ("none", SENSOR)
    assert world.history.fault() is None
    run(world, due="2027-01-31")
    assert world.get("/api/calibrations/due") == []
    world.pass_days(60)
    (due,) = world.get("/api/calibrations/due")
    assert (due["standing"], due["due"]) == ("due", "2027-01-31")
    fault = world.history.fault()
    assert fault is not None
    assert str(fault) == due["words"] == str(world.history.warnings(SENSOR)[0])
    world.pass_days(60)
    assert world.get("/api/calibrations/due")[0]["standing"] == "overdue"
    world.plan = Plan(9, PlanBody((planned(10),), "Ana"))
    assert world.get("/api/calibrations/due")[0]["due"] < "2027-01-31"


def planned(days: int) -> Parameter:
    return Parameter("co2", "ppm", SENSOR, "co2", "record", 10.0, "± 30 ppm", days, 60.0, "Ana")


# ---- coverage -------------------------------------------------------------------------------------------------------


def test_a_late_calibration_is_a_gap_with_a_proposed_deduction(world: RecordWorld) -> None:
    first = run(world, days=1, due="2026-12-24")
    run(world, 65.0, days=61, due="2027-12-01")
    (told,) = world.get(
        f"/api/sensors/{SENSOR}/calibration-coverage", **{"from": "2026-11-24T12:00:00Z", "to": "2027-02-01T00:00:00Z"}
    )
    assert [one["cause"] for one in told["gaps"]] == ["overdue"]
    gap = told["gaps"][0]
    assert (gap["start"][:10], gap["instrument"]) == ("2026-12-25", SERIAL)
    assert "the calibration was late" in gap["words"]
    assert "apply 65 ppm, the error that the late calibration found, to the project's disadvantage" in gap["words"]
    assert told["covered"][0]["calibration"] == first
    assert 0.5 < told["share"] < 0.7
    path = "/api/sensors/{}/calibration-coverage"
    empty = {"from": "2026-11-24T12:00:00Z", "to": "2026-11-24T12:00:00Z", "channel": "co2"}
    assert world.ask("GET", path.format(SENSOR), params=empty).status_code == 422
    assert world.ask("GET", path.format("nobody"), params={**empty, "to": "2026-11-25T12:00:00Z"}).status_code == 404


# ---- views and uncertainty ------------------------------------------------------------------------------------------


def view(world: RecordWorld, index: int, status: int = 200, *, to: str = "2028-11-01T00:00:00Z") -> str:
    period = {"from": "2026-11-01T00:00:00Z", "to": to}
    reply = world.ask("GET", f"/api/sensors/{SENSOR}/recomputed", params={"calibration": index, **period})
    assert reply.status_code == status, reply.text[:500]
    return reply.text


def lines(text: str) -> tuple[list[str], list[dict[str, str]]]:
    comments = [line for line in text.splitlines() if line.startswith("#")]
    table = [line for line in text.splitlines() if not line.startswith("#")]
    return comments, list(csv.DictReader(io.StringIO("\n".join(table))))


def test_a_period_is_shown_under_another_calibration_beside_the_record(world: RecordWorld) -> None:
    plain = [world.station.sample(float(raw)) for raw in (500, 600)]
    one = run(world, function=TV_A3)
    world.pass_days(2)
    calibrated = [world.station.sample(float(raw)) for raw in (700, 735)]
    other = run(world, function=None, uncertainty=U_A3)
    comments, rows = lines(view(world, one))
    assert comments[0].startswith("# VIEW, not the record")
    assert str(one) in comments[0]
    assert [int(row["index"]) for row in rows] == plain + calibrated
    assert [row["calibration"] for row in rows] == ["", "", str(one), str(one)]
    assert [float(row["value_ppm"]) for row in rows[:2]] == [500, 600]
    assert rows[0]["uncertainty_ppm"] == ""
    under = [float(row[f"value_under_{one}_ppm"]) for row in rows]
    assert under[3] == float(rows[3]["value_ppm"]) == pytest.approx(693.4235977)  # TV-A3
    assert under[0] == pytest.approx(0.9671179884 * 500 - 17.40812379)
    u = 2 * (5.0**2 + (0.01 * under[3]) ** 2) ** 0.5
    assert float(rows[3]["uncertainty_ppm"]) == float(rows[3][f"uncertainty_under_{one}_ppm"]) == pytest.approx(u)
    back = lines(view(world, other))[1]
    assert [float(row[f"value_under_{other}_ppm"]) for row in back] == under  # it verified the function of before


def test_a_view_ends_at_an_adjustment_of_the_device(world: RecordWorld) -> None:
    first = run(world)
    before = world.station.sample(500.0)
    cut = rfc3339_from_ns(world.now_ns() + 1)
    adjusted = run(world, days=1, device_adjusted=True)
    world.station.sample(510.0)
    text = view(world, first, 409)
    assert f"adjusted at entry {adjusted}" in text
    assert "no value can be carried across" in text
    assert f"adjusted at entry {adjusted}" in view(world, adjusted, 409)
    assert [int(row["index"]) for row in lines(view(world, first, to=cut))[1]] == [before]
    assert f"adjusted at entry {adjusted}" in view(world, adjusted, 409, to=cut)


def test_a_view_of_another_instruments_readings_is_refused(world: RecordWorld) -> None:
    first = run(world)
    world.station.sample(500.0)
    world.write(installed("S-2", SENSOR, "fake"))
    world.station.sample(500.0)
    assert "choose a period of one instrument" in view(world, first, 409)
    assert "took effect" in view(world, 0, 404)
    view(world, first, 422, to="2026-11-01T00:00:00Z")
    view(world, first, 404, to="2026-11-01T01:00:00Z")


def test_every_calibrated_value_tells_how_sure_it_is(world: RecordWorld) -> None:
    before = world.station.sample(500.0)
    index = run(world, function=TV_A3)
    inside, outside = world.station.sample(735.0), world.station.sample(5.0)

    def asked(at: int) -> Any:
        return world.get(f"/api/sensors/{SENSOR}/readings/{at}/uncertainty")["channels"]["co2"]

    told = asked(inside)
    assert told["expanded_uncertainty"] == pytest.approx(2 * (5.0**2 + (0.01 * told["value"]) ** 2) ** 0.5)
    assert (told["calibration"], told["factor"], told["extrapolated"]) == (index, 2.0, False)
    assert f"by the calibration of entry {index}" in told["words"]
    assert asked(outside)["extrapolated"] is True
    none = asked(before)
    assert (none["expanded_uncertainty"], none["calibration"]) == (None, None)
    assert "not known" in none["words"]
    assert world.ask("GET", f"/api/sensors/{SENSOR}/readings/0/uncertainty").status_code == 404


# ---- the instrument's dossier ---------------------------------------------------------------------------------------


def test_a_dossier_carries_calibrations_their_files_and_their_standards(reviewers: RecordWorld) -> None:
    world = reviewers
    gas = world.passports.attach("gas.pdf", b"gas")
    photo = world.passports.attach("photo.jpg", b"photo")
    standard = world.write(StandardBody("co2_gas", "Span gas", 1000.0, "ppm", 10.0, 2.0, "Ana", attachments=(gas,)))
    at = world.write(start(SERIAL, SENSOR, model="fake"))
    taken = world.write(replace(point(standard), run=at, model="fake", serial=SERIAL, sensor=SENSOR))
    aborted = world.write(replace(abort(at, SERIAL, SENSOR), model="fake"))
    other = world.write(start("S-2", "co2-2", model="fake"))
    certificate = world.post(
        f"{INSTRUMENT}/certificates",
        **{**CERTIFICATE, "files": [{"name": "photo.jpg", "content": b64encode(b"photo").decode()}]},
    )
    world.write(NoteBody("nothing of it", "2026-11-23T08:15:30.000000000Z", "Ana"))
    reply = world.ask("GET", f"{INSTRUMENT}/dossier")
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        told = json.loads(archive.read("dossier.json"))
        files = {name: archive.read(name) for name in archive.namelist() if name != "dossier.json"}
    assert {standard, at, taken, aborted, certificate["index"]} < {one["index"] for one in told["entries"]}
    assert other not in {one["index"] for one in told["entries"]}
    assert files == {f"attachments/{gas.sha256}": b"gas", f"attachments/{photo.sha256}": b"photo"}
    passport = world.get(INSTRUMENT)
    assert [one["index"] for one in passport["calibrations"]] == [at, taken, aborted, certificate["index"]]
