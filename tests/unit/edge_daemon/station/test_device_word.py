# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an instrument remembers of its own calibrations, compared with the log's history of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.instruments.driver import Identity
from edge_daemon.log.calibration_body import CalibrationCommand, CarriedCalibration
from edge_daemon.log.instruments import Key
from edge_daemon.station.device_word import device_says
from edge_daemon.station.recorded_calibrations import Commanded, Recorded, recorded
from tests.unit.edge_daemon.log.calibration_world import start
from tests.unit.edge_daemon.station.record_world import CERTIFICATE, INSTRUMENT, PIN, SENSOR, SERIAL, RecordWorld

KEY = Key("fake", SERIAL)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


def told(world: RecordWorld, **details: str) -> tuple[str, ...]:
    world.said = Identity(details={name.replace("_", " "): text for name, text in details.items()})
    (channel,) = [one for one in world.get(f"{INSTRUMENT}/calibrations")["channels"] if one["channel"] == "co2"]
    return tuple(channel["device_says"])


def certified(world: RecordWorld, *, accepted: bool = True, **change: str) -> None:
    index = world.post(f"{INSTRUMENT}/certificates", **{**CERTIFICATE, **change})["index"]
    world.post(f"/api/certificates/{index}/review", status=200, accepted=accepted, person="Bo", pin=PIN, remarks="seen")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ("1", "counts 1 calibration, this history knows 1: they agree"),
        ("3", "this history knows 1: it was calibrated elsewhere 2 times. Enter what certificates there are"),
        ("0", "once it was not written into the instrument, or its counter was set back"),
        ("many", "no count of calibrations that can be read (many)"),
    ],
)
def test_a_count_is_compared_with_how_many_are_known(world: RecordWorld, count: str, words: str) -> None:
    certified(world)
    (said,) = told(world, calibration_count=count)
    assert words in said


def test_what_the_log_before_may_tell_is_nobodys_fault(world: RecordWorld) -> None:
    made = "2026-05-01T00:00:00.000000000Z"
    world.write(CarriedCalibration(SENSOR, "fake", SERIAL, "co2", "old.example/1", 77, made, "2027-05-01", "pass"))
    certified(world)
    (said,) = told(world, calibration_count="3")
    assert "this history knows 1 since this log began: 2 times more." in said
    assert "elsewhere" not in said
    (reference,) = told(world, recalibrated_to="425")
    assert "Somebody" not in reference
    assert "the log before this one" in reference


def test_the_calibrations_that_an_instrument_keeps_are_looked_for_one_by_one(world: RecordWorld) -> None:
    certified(world)
    kept = {"calibration_date": "2026-10-01", "former_calibration_dates": "2024-10-02, 2022-09-30"}
    _, said = told(world, **kept)
    assert "keeps 3 calibrations, of 2026-10-01, 2024-10-02, 2022-09-30; this history knows 1 of them" in said
    assert "Not here: 2024-10-02, 2022-09-30. Enter what certificates there are" in said
    certified(world, accepted=False, number="N-60", calibrated="2024-10-02")
    assert "knows 1 of them" in told(world, **kept)[1], "what a reviewer refused is not known"
    for number, day in (("N-61", "2024-10-02"), ("N-50", "2022-09-30")):
        certified(world, number=number, calibrated=day)
    assert "this history knows all of them" in told(world, **kept)[1]


def test_a_command_that_no_run_gave_is_told_as_somebody_elses(world: RecordWorld) -> None:
    (reference,) = told(world, recalibrated_to="450")
    assert "recalibrated to 450 ppm; this history knows of none. Somebody did that without a record" in reference
    (command,) = told(world, calibrated_by_command="zero_calibration")
    assert "has done a zero calibration; this history knows of none" in command


def test_a_command_of_a_run_is_what_the_instrument_remembers(world: RecordWorld) -> None:
    begun = world.write(start(SERIAL, SENSOR, "co2", "fake"))
    sent = CalibrationCommand(begun, SENSOR, "fake", SERIAL, "sent", "forced_recalibration", 450.0, "Ana")
    world.write(sent)
    asked, also = told(world, recalibrated_to="450", calibrated_by_command="forced_recalibration")
    for words in (asked, also):
        assert f"as the run at entry {begun} asked for on" in words
        assert "its answer did not come" in words
    assert "once a run sent a command whose answer did not come: that fits" in told(world, calibration_count="1")[0]
    world.write(replace(sent, phase="unanswered"))
    assert "without a record" not in told(world, recalibrated_to="450")[0]
    assert "Somebody recalibrated it elsewhere" not in told(world, recalibrated_to="450")[0]
    world.write(replace(sent, phase="done", answer="done"))
    assert f"as the run at entry {begun} did on" in told(world, recalibrated_to="450")[0]
    elsewhere, known = told(world, recalibrated_to="600", calibrated_by_command="forced_recalibration")
    assert "the last that this history knows was to 450 ppm" in elsewhere
    assert "Somebody recalibrated it elsewhere since, without a record" in elsewhere
    assert f"the run at entry {begun} had it done on" in known
    assert "they agree" in told(world, calibration_count="1")[0]


def test_what_the_instrument_refused_is_nothing_that_a_run_did(world: RecordWorld) -> None:
    begun = world.write(start(SERIAL, SENSOR, "co2", "fake"))
    sent = CalibrationCommand(begun, SENSOR, "fake", SERIAL, "sent", "forced_recalibration", 450.0, "Ana")
    done = replace(sent, phase="done")
    refused = replace(sent, argument=600.0)
    for body in (sent, done, refused, replace(refused, phase="failed")):
        world.write(body)
    assert "this history knows 1: they agree" in told(world, calibration_count="1")[0]
    assert "Somebody recalibrated it elsewhere since" in told(world, recalibrated_to="600")[0]


def test_what_was_sent_without_an_answer_may_not_have_been_done(world: RecordWorld) -> None:
    begun = world.write(start(SERIAL, SENSOR, "co2", "fake"))
    sent = CalibrationCommand(begun, SENSOR, "fake", SERIAL, "sent", "forced_recalibration", 450.0, "Ana")
    again = replace(sent, argument=600.0)
    for body in (sent, replace(sent, phase="done"), again, replace(again, phase="unanswered")):
        world.write(body)
    assert f"as the run at entry {begun} did on" in told(world, recalibrated_to="450")[0]
    assert f"as the run at entry {begun} asked for on" in told(world, recalibrated_to="600")[0]
    assert "the last that this history knows was to 450 ppm" in told(world, recalibrated_to="700")[0]


def test_a_command_after_the_instrument_was_asked_is_nothing_it_could_have_told(world: RecordWorld) -> None:
    begun = world.write(start(SERIAL, SENSOR, "co2", "fake"))
    many = world.history.story().of(world.history.told(), KEY)
    commands = [
        Commanded(begun, begun + 1, 100, KEY, "forced_recalibration", 450.0),
        Commanded(begun, begun + 2, 200, KEY, "forced_recalibration", 600.0),
        Commanded(begun, begun + 3, 90, Key("fake", "another"), "forced_recalibration", 700.0),
    ]
    known = recorded(many, commands, world.history.told(), KEY, 150)
    assert [one.argument for one in known.commands] == [450.0]
    (said,) = device_says({"recalibrated to": "450"}, {}, known, "ppm")
    assert "as the run at entry" in said


def test_an_instrument_that_tells_nothing_is_not_spoken_for() -> None:
    assert device_says({"hardware version": "3"}, {}, Recorded(), "ppm") == ()


def test_dates_that_cannot_be_read_are_told_as_they_stand() -> None:
    details = {"calibration date": "2026-10-01", "former calibration dates": "0-00-00"}
    _, said = device_says(details, {}, Recorded(), "W/m²")
    assert "Not here: 2026-10-01, 0-00-00" in said
