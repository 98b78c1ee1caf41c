# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who may enter a certificate, which coefficients are understood, and what one that came late may still change."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import Identity
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.station.past import entry_at
from tests.unit.edge_daemon.api.test_calibration_history_routes import CERTIFICATE, channel, review, run
from tests.unit.edge_daemon.api.test_certificate_impact import amended, flag
from tests.unit.edge_daemon.log.calibration_world import DAY_NS, abort, start
from tests.unit.edge_daemon.station.record_world import INSTRUMENT, PIN, SENSOR, SERIAL, RecordWorld

PATH = f"{INSTRUMENT}/certificates"
SHIFTED = ValueFunction("polynomial", (10.0, 1.0))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


def refused(world: RecordWorld, **change: Any) -> Any:
    reply = world.ask("POST", PATH, json={**CERTIFICATE, **change})
    assert reply.status_code in {409, 422}, reply.text[:300]
    return reply.json()


# ---- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"), [({"person": "Nobody Known"}, "person"), ({"pin": "9999"}, "pin"), ({"pin": ""}, "pin")]
)
def test_who_enters_a_certificate_signs_with_a_pin(world: RecordWorld, change: dict[str, Any], field: str) -> None:
    assert refused(world, **change)["field"] == field
    assert channel(world)["calibrations"] == []


def test_the_name_is_kept_as_the_person_is_known_so_that_nobody_reviews_the_own(world: RecordWorld) -> None:
    entered = world.post(PATH, **{**CERTIFICATE, "person": "  aNA "})
    assert entered["person"] == "Ana"
    assert review(world, entered["index"], 422, person="Ana")["field"] == "person"


# ---- coefficients ---------------------------------------------------------------------------------------------------


def test_a_sensitivity_ratio_divides_the_values(world: RecordWorld) -> None:
    entered = world.post(PATH, **{**CERTIFICATE, "coefficients": {"sensitivity_ratio": 1.0008}})
    accepted = review(world, entered["index"])
    made = world.station.calibrations.told.for_sensor(SENSOR)["co2"]
    assert made.function == ValueFunction("polynomial", (0.0, 1 / 1.0008))
    assert accepted["coefficients"] == {"sensitivity_ratio": 1.0008}
    assert accepted["polynomial"] == [0.0, 1 / 1.0008]


def test_what_was_told_by_its_ratio_is_held_against_the_instrument(world: RecordWorld) -> None:
    world.said = Identity(details={"sensitivity in µV/(W/m²)": "10.35"})
    entered = world.post(PATH, **{**CERTIFICATE, "coefficients": {"sensitivity_ratio": 1.000808091}})
    assert entered["coefficients"]["device_sensitivity"] == 10.35
    review(world, entered["index"])
    # 10.35836374 against 10.35 (calibration reference, TV-I3)
    (words,) = channel(world)["device_says"]
    assert "certificate N-77 says 10.3584" in words
    assert "which makes up for it" in words
    world.said = Identity(details={"sensitivity in µV/(W/m²)": "10.3584"})
    assert "does not fit: they are -0.081 % off" in channel(world)["device_says"][0]


def test_a_ratio_of_one_changes_nothing(world: RecordWorld) -> None:
    ratio = {"coefficients": {"sensitivity_ratio": 1.0}, "device_adjusted": True}
    review(world, world.post(PATH, **{**CERTIFICATE, **ratio})["index"])
    assert world.station.calibrations.told.for_sensor(SENSOR)["co2"].function is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"coefficients": {"span_gain": 1.02}}, "coefficients.span_gain"),
        ({"coefficients": {"sensitivity_ratio": 100.08}}, "coefficients.sensitivity_ratio"),
        ({"coefficients": {"sensitivity_ratio": 0.0}}, "coefficients.sensitivity_ratio"),
        ({"coefficients": {"sensitivity_ratio": 1.01, "sensitivity": 10.0}}, "coefficients.sensitivity_ratio"),
        ({"coefficients": {"sensitivity_ratio": 1.01}, "device_adjusted": True}, "coefficients.sensitivity_ratio"),
        ({"coefficients": {"sensitivity_ratio": 1.01}, "polynomial": [0.0, 1.0]}, "polynomial"),
    ],
)
def test_a_coefficient_that_would_do_nothing_is_refused(world: RecordWorld, change: dict[str, Any], field: str) -> None:
    assert refused(world, **change)["field"] == field


def test_beside_a_function_any_coefficient_may_stand(world: RecordWorld) -> None:
    both = {"coefficients": {"span_gain": 1.02}, "polynomial": [0.0, 1.02]}
    assert world.post(PATH, **{**CERTIFICATE, **both})["coefficients"] == {"span_gain": 1.02}


# ---- what the reviewer sees -----------------------------------------------------------------------------------------


def test_the_reviewer_sees_the_uncertainty_as_stated_and_that_the_instrument_was_changed(world: RecordWorld) -> None:
    point = {"reference": 400.0, "indication": 403.0, "expanded_uncertainty": 4.0}
    stated = {"expanded_uncertainty_relative": 0.012, "device_adjusted": True, "points": [point]}
    told = world.post(PATH, **{**CERTIFICATE, **stated})
    assert told["standing"] == "to_review"
    assert told["expanded_uncertainty"] == pytest.approx(8.0)
    assert told["expanded_uncertainty_relative"] == pytest.approx(0.012)
    assert told["device_adjusted"]
    only = world.post(
        PATH, **{**CERTIFICATE, "number": "N-78", "expanded_uncertainty": None, "expanded_uncertainty_relative": 0.02}
    )
    assert (only["expanded_uncertainty"], only["expanded_uncertainty_relative"]) == (None, pytest.approx(0.02))


# ---- when -----------------------------------------------------------------------------------------------------------


def test_an_older_certificate_is_kept_in_the_history_and_changes_nothing(world: RecordWorld) -> None:
    review(world, world.post(PATH, **CERTIFICATE)["index"])
    before = world.station.calibrations.told.for_sensor(SENSOR)
    old = {"number": "N-OLD", "calibrated": "2023-10-01", "due": "2024-10-01", "polynomial": [0.0, 1.02]}
    entered = world.post(PATH, **{**CERTIFICATE, **old})
    (words,) = [one for one in world.get(f"/api/certificates/{entered['index']}/impact")["words"] if "later" in one]
    assert "2026-10-01" in words
    accepted = review(world, entered["index"])
    assert (accepted["standing"], accepted["in_force"]) == ("replaced", False)
    assert world.station.calibrations.told.for_sensor(SENSOR) == before
    assert (channel(world)["standing"], channel(world)["due"]) == ("ok", "2027-10-01")


@pytest.mark.parametrize("of", ["co2", "humidity"])
def test_no_certificate_is_accepted_in_the_middle_of_a_calibration_of_the_instrument(
    world: RecordWorld, of: str
) -> None:
    entered = world.post(PATH, **CERTIFICATE)
    at = world.write(replace(start(SERIAL, SENSOR, model="fake"), channel=of))
    assert f"{of} is being calibrated" in review(world, entered["index"], 409)["detail"]
    world.write(replace(abort(at, SERIAL, SENSOR), model="fake"))
    assert review(world, entered["index"])["standing"] == "in_force"


def test_no_value_is_carried_across_what_a_laboratory_changed_and_what_was_made_meanwhile_is_suspect(
    world: RecordWorld,
) -> None:
    field = run(world, function=SHIFTED)
    early = world.station.sample(500.0)
    world.pass_days(30)
    away = rfc3339_from_ns(world.now_ns() - 2 * DAY_NS)[:10]
    back = world.now_ns()
    meanwhile = world.station.sample(500.0)
    world.pass_days(2)
    changed = {"calibrated": away, "due": "2029-01-01", "device_adjusted": True}
    entered = world.post(PATH, **{**CERTIFICATE, **changed})
    (words,) = [
        one for one in world.get(f"/api/certificates/{entered['index']}/impact")["words"] if "function of before" in one
    ]
    accepted = review(world, entered["index"])
    (one,) = amended(world).in_force
    assert (one.body.evidence, one.index) == (words, accepted["impact"])
    assert (flag(world, early), flag(world, meanwhile)) == (Flag.GOOD, Flag.SUSPECT)
    body = entry_at(world.station.reader, accepted["review"]).body
    assert body["adjusted_from"] == meanwhile
    span = {"from": rfc3339_from_ns(back - DAY_NS), "to": rfc3339_from_ns(back + DAY_NS)}
    wide = {**span, "from": rfc3339_from_ns(back - 60 * DAY_NS)}
    path, own = f"/api/sensors/{SENSOR}/recomputed", accepted["review"]
    assert world.ask("GET", path, params={**span, "calibration": field}).status_code == 409
    assert f"\n{meanwhile}," in world.ask("GET", path, params={**span, "calibration": own}).text
    assert world.ask("GET", path, params={**wide, "calibration": own}).status_code == 409


def test_a_laboratory_that_changed_it_and_left_the_function_as_it_was_puts_nothing_in_doubt(world: RecordWorld) -> None:
    world.station.sample(500.0)
    entered = world.post(PATH, **{**CERTIFICATE, "device_adjusted": True})
    assert review(world, entered["index"])["impact"] is None
    assert PIN not in str(channel(world))
