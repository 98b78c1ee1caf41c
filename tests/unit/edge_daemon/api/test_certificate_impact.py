# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A laboratory finds an instrument outside its limits: readings become suspect. Over HTTP, on a log of real bytes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import Body
from edge_daemon.log.effective import Amendments, effective
from edge_daemon.log.entry import Entry, decode_reading
from edge_daemon.station.past import entry_at
from tests.unit.edge_daemon.log.calibration_world import abort, installed, start, verdict
from tests.unit.edge_daemon.station.record_world import CERTIFICATE, INSTRUMENT, PIN, SENSOR, SERIAL, RecordWorld

BAD = [
    {"reference": 400.0, "indication": 403.0, "expanded_uncertainty": 4.0},
    {"reference": 1000.0, "indication": 1110.0, "expanded_uncertainty": 6.0},
]
"""60 ppm are allowed at 1000 ppm, and 42 ppm at 400 ppm."""
GOOD = [{"reference": 400.0, "indication": 403.0, "expanded_uncertainty": 4.0}]
TODAY = "2026-11-23"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


def entered(world: RecordWorld, points: list[dict[str, Any]], **more: Any) -> int:
    told = world.post(f"{INSTRUMENT}/certificates", **{**CERTIFICATE, "points": points, **more})
    return int(told["index"])


def review(world: RecordWorld, index: int, status: int = 200, **more: Any) -> Any:
    body = {"accepted": True, "person": "Bo", "pin": PIN, **more}
    return world.post(f"/api/certificates/{index}/review", status, **body)


def run(world: RecordWorld, *, days: float = 0, due: str = "2027-11-01") -> int:
    """A verification in the field that passed and was signed; the verdict's index."""
    world.pass_days(days)
    at = world.write(replace(start(SERIAL, SENSOR, model="fake"), channel="co2"))
    return world.write(verdict(at, function=None, serial=SERIAL, sensor=SENSOR, model="fake", due=due))


def flag(world: RecordWorld, index: int) -> Flag:
    """The flag of a reading's co2 once all amendments are known."""
    station = world.station
    reading = decode_reading(station.reader.entries(index, 1)[0][1])
    reported = station.history.placed(index, reading.t_ns, reading.mono_us)
    found = effective(index, reading, reported, world.amendments.amendments, (), station.calibrations.told)
    return found.channels["co2"].flag


def amended(world: RecordWorld) -> Amendments:
    return world.amendments.amendments


def test_readings_since_the_last_good_calibration_become_suspect_once_it_is_reviewed(world: RecordWorld) -> None:
    early = world.station.sample(500.0)
    good = run(world)
    since = world.station.sample(501.0)
    world.pass_days(30)
    index = entered(world, BAD, calibrated="2026-12-20", due="2027-12-20")
    told = world.get(f"/api/certificates/{index}/impact")
    assert told["opens_amendment"]
    assert told["outcome"] == "fail"
    (words,) = told["words"]
    assert "at 1000: error +110 ppm, ± 60 allowed" in words
    assert f"since the last good calibration (entry {good}) are suspect" in words
    last = world.station.sample(502.0)
    assert not amended(world).told, "entering it and asking what it means change nothing"
    assert flag(world, since) is not Flag.SUSPECT
    accepted = review(world, index)
    (one,) = amended(world).in_force
    assert accepted["impact"] == one.index == accepted["review"] - 1
    assert (one.body.kind, one.body.person, one.body.sensors) == ("as_found_failure", "Bo", (SENSOR,))
    assert (one.body.first, one.body.channels) == (good, ("co2",))
    assert one.body.last >= last
    assert one.body.evidence == words
    assert [flag(world, at) for at in (since, last)] == [Flag.SUSPECT, Flag.SUSPECT]
    assert flag(world, early) is not Flag.SUSPECT
    after = world.station.sample(503.0)
    assert amended(world).change(after, SENSOR, None) is None
    assert entry_at(world.station.reader, after).body["cal"] == {"co2": accepted["review"]}


def test_found_inside_its_limits_or_refused_amends_nothing(world: RecordWorld) -> None:
    world.station.sample(500.0)
    index = entered(world, GOOD)
    told = world.get(f"/api/certificates/{index}/impact")
    assert (told["opens_amendment"], told["outcome"]) == (False, "pass")
    assert "stay as they are" in told["words"][0]
    assert review(world, index)["impact"] is None
    refused = entered(world, BAD, number="N-78")
    review(world, refused, accepted=False, remarks="of another instrument")
    nothing = entered(world, [], number="N-79")
    assert "no values as the instrument came" in world.get(f"/api/certificates/{nothing}/impact")["words"][0]
    assert review(world, nothing)["outcome"] is None
    assert not amended(world).told
    assert world.ask("GET", f"/api/certificates/{nothing}/impact").status_code == 409
    assert world.ask("GET", "/api/certificates/0/impact").status_code == 404


def test_without_a_good_calibration_before_it_reaches_back_to_the_first_reading(world: RecordWorld) -> None:
    first = world.station.sample(500.0)
    review(world, entered(world, BAD))
    (one,) = amended(world).in_force
    assert one.body.first <= first
    assert "since its first reading" in one.body.evidence


def test_what_the_laboratory_adjusted_is_doubted_until_that_day_only(world: RecordWorld) -> None:
    run(world)
    before = world.station.sample(500.0)
    world.pass_days(30)
    after = world.station.sample(501.0)
    left = [{**GOOD[0], "stage": "as_left"}, {**GOOD[0], "reference": 1000.0, "indication": 1001.0, "stage": "as_left"}]
    index = entered(world, [*BAD, *left], calibrated="2026-11-30", due="2027-11-30", device_adjusted=True)
    accepted = review(world, index)
    assert accepted["outcome"] == "pass"
    assert accepted["as_found"] == 110.0
    assert accepted["as_left"] == 3.0
    assert (flag(world, before), flag(world, after)) == (Flag.SUSPECT, Flag.GOOD)
    made = world.station.calibrations.told
    assert not made.doubts
    stated = made.for_sensor(SENSOR)["co2"].uncertainty
    assert stated is not None
    assert stated.constant < 8.0 / 2 + 3.0, "what it showed before it was put right is no part of values from now on"


def test_an_instrument_that_was_left_as_bad_stays_in_doubt(world: RecordWorld) -> None:
    index = entered(world, BAD)
    accepted = review(world, index)
    assert accepted["outcome"] == "fail"
    told = world.station.calibrations.told
    assert told.doubted(SENSOR) == {"co2"}
    assert world.get(f"{INSTRUMENT}/calibrations")["channels"][0]["standing"] == "overdue"
    between = world.station.sample(500.0)
    again = entered(world, BAD, number="N-78", calibrated=TODAY, due="2027-11-23")
    review(world, again)
    newest = amended(world).in_force[-1].body
    assert newest.first <= between <= newest.last, (
        "a certificate that found it bad is no good calibration to start from"
    )
    world.pass_days(1)
    better = {"polynomial": [0.0, 0.9], "number": "N-79", "calibrated": "2026-11-24", "due": "2027-11-24"}
    points = [{"reference": 1000.0, "indication": 1110.0, "expanded_uncertainty": 6.0}]
    assert review(world, entered(world, points, **better))["outcome"] == "pass"
    assert world.station.calibrations.told.doubted(SENSOR) == frozenset()


def test_it_follows_the_instrument_to_where_it_was(world: RecordWorld) -> None:
    run(world)
    world.station.sample(500.0)
    world.write(installed("S-2", SENSOR, "fake"))
    others = world.station.sample(501.0)
    world.write(installed(SERIAL, SENSOR, "fake"))
    mine = world.station.sample(502.0)
    world.pass_days(2)
    review(world, entered(world, BAD, calibrated="2026-11-24", due="2027-11-24"))
    assert len(amended(world).in_force) == 2
    assert flag(world, mine) is Flag.SUSPECT
    assert flag(world, others) is not Flag.SUSPECT


def test_a_review_that_was_cut_off_after_the_amendment_amends_once(
    world: RecordWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.station.sample(500.0)
    index = entered(world, BAD)

    def refuse(*_: object) -> None:
        raise OSError("cut off")

    laboratory = world.laboratory
    with monkeypatch.context() as cut:
        cut.setattr(laboratory, "_write", refuse)
        with pytest.raises(OSError, match="cut off"):
            laboratory.review(index, accepted=True, person="Bo", pin=PIN, remarks="")
    assert len(amended(world).in_force) == 1
    between = world.station.sample(501.0)
    accepted = review(world, index)
    (one,) = amended(world).in_force
    assert len(amended(world).told) == 2
    assert (one.index, flag(world, between)) == (accepted["impact"], Flag.SUSPECT)


def cut_off(*_: object) -> None:
    raise OSError("cut off")


def interrupted(world: RecordWorld, monkeypatch: pytest.MonkeyPatch, index: int, *, at: str) -> None:
    """The review of the certificate ends where the laboratory's desk comes to `at`."""
    laboratory = world.laboratory
    with monkeypatch.context() as cut:
        cut.setattr(laboratory if at == "_write" else laboratory._impact, at, cut_off)
        with pytest.raises(OSError, match="cut off"):
            laboratory.review(index, accepted=True, person="Bo", pin=PIN, remarks="")


def busy(world: RecordWorld, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sensor goes on to be read between the amendment and the review; the indices of these readings."""
    read: list[int] = []
    write = world.laboratory._write

    def read_and_write(body: Body) -> tuple[int, Entry]:
        read.append(world.station.sample(501.0))
        return write(body)

    monkeypatch.setattr(world.laboratory, "_write", read_and_write)
    return read


def test_what_a_busy_sensor_measures_before_the_review_stands_is_suspect_too(
    world: RecordWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.station.sample(500.0)
    index = entered(world, BAD)
    read = busy(world, monkeypatch)
    accepted = review(world, index)
    (one,) = amended(world).in_force
    assert [flag(world, at) for at in read] == [Flag.SUSPECT]
    assert read[0] <= one.body.last < accepted["review"]
    world.laboratory.complete()
    assert len(amended(world).told) == 2


@pytest.mark.parametrize("again", ["start", "review"])
def test_what_an_interruption_after_the_review_left_out_is_made_good(
    world: RecordWorld, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    first = world.station.sample(500.0)
    index = entered(world, BAD)
    with monkeypatch.context() as reading:
        read = busy(world, reading)
        interrupted(world, monkeypatch, index, at="complete")
    after = world.station.sample(502.0)
    assert flag(world, read[0]) is not Flag.SUSPECT
    for _ in range(2):
        if again == "start":
            world.laboratory.complete()
        else:
            review(world, index, 409)
    assert [flag(world, at) for at in (first, read[0])] == [Flag.SUSPECT, Flag.SUSPECT]
    assert amended(world).change(after, SENSOR, None) is None
    assert len(amended(world).told) == 2
    (one,) = amended(world).in_force
    world.amendments.amend(AmendmentBody("withdrawal", 0, 1, "checked", "Ana", replaces=one.index))
    world.laboratory.complete()
    assert not amended(world).in_force, "what a person took back stays so"


def test_an_interrupted_acceptance_leaves_nothing_once_the_certificate_is_refused(
    world: RecordWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = world.station.sample(500.0)
    index = entered(world, BAD)
    interrupted(world, monkeypatch, index, at="_write")
    assert flag(world, sound) is Flag.SUSPECT
    review(world, index, accepted=False, remarks="of another instrument")
    assert not amended(world).in_force
    assert flag(world, sound) is not Flag.SUSPECT


def test_an_acceptance_takes_back_what_an_interrupted_one_amended_too_much(
    world: RecordWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = world.station.sample(500.0)
    index = entered(world, BAD, calibrated="2026-11-24", due="2027-11-24")
    interrupted(world, monkeypatch, index, at="_write")
    run(world)
    doubtful = world.station.sample(501.0)
    review(world, index)
    assert len(amended(world).in_force) == 1
    assert [flag(world, at) is Flag.SUSPECT for at in (sound, doubtful)] == [False, True]


def test_that_it_came_late_is_told_to_whoever_reviews_it(world: RecordWorld) -> None:
    run(world, due="2026-12-01")
    world.pass_days(30)
    index = entered(world, GOOD, calibrated="2026-12-11", due="2027-12-11")
    words = world.get(f"/api/certificates/{index}/impact")["words"]
    assert any("due on 2026-12-01 and is 10 days late" in one for one in words)


def test_a_certificate_waits_for_the_end_of_a_calibration_of_the_same_channel(world: RecordWorld) -> None:
    index = entered(world, GOOD)
    at = world.write(replace(start(SERIAL, SENSOR, model="fake"), channel="co2"))
    assert "being calibrated at co2-1" in review(world, index, 409)["detail"]
    assert review(world, entered(world, GOOD, number="N-78"), accepted=False, remarks="no")["standing"] == "rejected"
    world.write(replace(abort(at, SERIAL, SENSOR), model="fake"))
    assert review(world, index)["in_force"]


def test_a_certificate_that_was_entered_late_says_nothing_of_what_a_later_calibration_showed_to_be_good(
    world: RecordWorld,
) -> None:
    run(world)
    doubtful = world.station.sample(500.0)
    later = run(world, days=30)
    sound = world.station.sample(501.0)
    index = entered(world, BAD, calibrated="2026-12-01", due="2027-12-01")
    review(world, index)
    (one,) = amended(world).in_force
    assert one.body.last == later
    assert (flag(world, doubtful), flag(world, sound)) == (Flag.SUSPECT, Flag.GOOD)


@pytest.mark.parametrize(
    ("ratio", "opens", "off"),
    [(1.2, True, "+20 %"), (1.01, False, "+1 %"), (0.8, True, "-20 %")],
)
def test_what_a_new_sensitivity_changes_is_what_was_found(
    world: RecordWorld, ratio: float, opens: bool, off: str
) -> None:
    since = world.station.sample(500.0)
    index = entered(world, [], coefficients={"sensitivity_ratio": ratio})
    told = world.get(f"/api/certificates/{index}/impact")
    assert told["opens_amendment"] is opens
    assert f"values were {off} off until now" in told["words"][0]
    review(world, index)
    assert (flag(world, since) is Flag.SUSPECT) is opens


def test_the_same_sensitivity_once_more_changes_nothing(world: RecordWorld) -> None:
    world.station.sample(500.0)
    review(world, entered(world, [], coefficients={"sensitivity_ratio": 1.2}))
    again = entered(world, [], coefficients={"sensitivity_ratio": 1.2}, number="N-78", calibrated="2026-10-02")
    told = world.get(f"/api/certificates/{again}/impact")
    assert not told["opens_amendment"]
    assert "+0 % off" in told["words"][0]
    back = entered(world, [], coefficients={"sensitivity_ratio": 1.0}, number="N-79", calibrated="2026-10-02")
    assert world.get(f"/api/certificates/{back}/impact")["opens_amendment"]
