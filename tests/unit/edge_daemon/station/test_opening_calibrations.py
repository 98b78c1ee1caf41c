# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What of a closed log's calibrations the log after it says: runs that ended with it, results, waiting certificates."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.run import Run, begun
from edge_daemon.log.bodies import NoteBody, from_json
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationConditions,
    CarriedCalibration,
    ExternalCertificate,
    PointResult,
)
from edge_daemon.log.calibration_story import Story, errors_of
from edge_daemon.log.entry import Stamp
from edge_daemon.log.instruments import Key
from edge_daemon.station.calibration_cut_off import CutOffRuns, past_cut_off
from edge_daemon.station.entries import entries_of
from edge_daemon.station.journal import Journal
from edge_daemon.station.opening import Surroundings, open_log
from edge_daemon.station.past import calibrations_of
from edge_daemon.station.witness import HeadWitness
from tests.unit.edge_daemon.log.calibration_world import (
    TV_A3,
    certificate,
    command,
    described,
    entry,
    installed,
    review,
    start,
    verdict,
)
from tests.unit.edge_daemon.station.test_opening import STATION, WIND, at, closed, later
from tests.unit.edge_daemon.station.test_standards import point

LEFT = PointResult("span", 1000.0, 1003.0, 3.0, 10.0, 2.0, 60.0, "pass", 0.99)


@pytest.fixture
def stamp() -> Callable[[], Stamp]:
    times = count(1_795_000_000_000_000_000, 10**9)
    return lambda: Stamp(next(times), 5, bytes(16))


@pytest.fixture
def here(tmp_path: Path, stamp: Callable[[], Stamp]) -> Surroundings:
    home = tmp_path / "home"
    home.mkdir()
    return at(home, stamp, HeadWitness(tmp_path / "heads"))


def test_what_a_calibration_left_goes_on_to_be_known_by_which_drift_is_seen(here: Surroundings) -> None:
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    journal.write(installed("S-2", "roof", "other"))
    run = journal.write(start("S-2", "roof", "co2", "other"))[0]
    done = verdict(run, serial="S-2", sensor="roof", model="other", channel="co2", due="2028-01-01")
    journal.write(replace(done, as_left=(LEFT,)))
    closed(here, opened)
    _, reader = later(here)
    with reader:
        known, story = calibrations_of(reader), Story()
        for index, found in entries_of(reader, ["calibration"]):
            story = story.after(index, found)
    (one,) = story.told.values()
    assert isinstance(one.body, CarriedCalibration)
    assert one.body.results == (LEFT,)
    assert [(error.stage, error.level, error.error) for error in errors_of(one, known)] == [("as_left", "span", 3.0)]
    closed(here, open_log(replace(here, machine="m3"), STATION))
    with LogReader(here.buffer) as again:
        bodies = [from_json(CarriedCalibration, found.body) for _, found in entries_of(again, ["calibration"])]
    assert [body.results for body in bodies] == [(LEFT,)], "however many logs follow"


def test_a_certificate_that_waits_for_its_second_person_waits_on(here: Surroundings) -> None:
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    journal.write(installed())
    seen = journal.write(certificate())[0]
    journal.write(review(seen, accepted=False))
    waiting = replace(certificate(), number="N-78", calibrated="2026-02-10")
    journal.write(waiting)
    closed(here, opened)
    _, reader = later(here)
    with reader:
        told = [(index, found.body) for index, found in entries_of(reader, ["calibration"])]
    assert [body["event"] for _, body in told] == ["certificate"]
    assert from_json(ExternalCertificate, told[0][1]) == waiting


def test_a_waiting_certificate_of_a_nameless_instrument_follows_it_into_the_next_log(here: Surroundings) -> None:
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    journal.write(NoteBody("Something that shifts the entries.", "2026-01-01T00:00:00Z", ""))
    journal.write(WIND)
    at_wind = journal.write(installed("", "wind", WIND.model))[0]
    at_roof = journal.write(installed("", "roof", WIND.model))[0]
    gone = journal.write(installed("", "cellar", WIND.model))[0]
    journal.write(replace(WIND, sensor="cellar"))
    journal.write(replace(WIND, sensor="cellar", state="removed"))
    journal.write(described("W-9", "roof", WIND.model))
    paper = replace(certificate(), model=WIND.model, channel="speed", unit="m/s")
    for first, sensor in ((at_wind, "wind"), (at_roof, "elsewhere"), (gone, "cellar")):
        journal.write(replace(paper, sensor=sensor, serial=f"~{first}", number=f"of {sensor}"))
    closed(here, opened)
    _, reader = later(here)
    with reader:
        told = calibrations_of(reader)
        found = entries_of(reader, ["calibration"])
        papers = [(index, from_json(ExternalCertificate, one.body)) for index, one in found]
        size = reader.head().size
    assert [(one.sensor, one.serial) for _, one in papers] == [("wind", ""), ("roof", "W-9"), ("", "")]
    here_now = told.instruments.present("wind")
    assert here_now is not None
    key, other = here_now.key, Key(WIND.model, f"~{at_wind}")
    assert key != other
    told = told.after(size, entry(installed("", "mast", WIND.model)))  # one more without a serial number
    for place, (index, one) in enumerate(papers):
        accepted = replace(review(index), model=one.model, serial=one.serial, sensor=one.sensor, channel=one.channel)
        told = told.after(size + 1 + place, entry(accepted))
    assert {channel: made.index for channel, made in told.for_sensor("wind").items()} == {"speed": size + 1}
    assert told.for_sensor("mast") == {}
    assert told.in_force(Key(WIND.model, "W-9"), "speed") == told.by_index[size + 2]
    assert told.by_index[size + 3].key.name == "", "nobody can tell which one it was: it makes no values"
    named = told.after(size + 9, entry(described("W-1", "wind", WIND.model)))
    assert named.by_index[size + 1].key.name == "W-1"


def test_a_run_that_was_under_way_ends_with_its_log_and_the_next_one_says_so(here: Surroundings) -> None:
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    journal.write(WIND)
    journal.write(installed("S-1", "wind", WIND.model))
    journal.write(installed("S-2", "roof", "other"))
    before = journal.write(verdict(journal.write(start("S-1", "wind", "speed", WIND.model))[0], serial="S-1",
                                   sensor="wind", model=WIND.model, channel="speed", due="2028-01-01"))[0]  # fmt: skip
    ended = journal.write(start("S-1", "wind", "speed", WIND.model))[0]
    journal.write(CalibrationAbort(ended, "wind", WIND.model, "S-1", "rain", "Ana"))
    mine = journal.write(start("S-1", "wind", "speed", WIND.model))[0]
    touched = journal.write(start("S-2", "roof", "co2", "other"))[0]
    journal.write(replace(command(touched, "S-2", "roof"), model="other"))
    closed(here, opened)
    origin, reader = later(here)
    with reader:
        told = calibrations_of(reader)
        bodies = [(index, body_at.body) for index, body_at in entries_of(reader, ["calibration"])]
        found = past_cut_off(reader)
        story = Story()
        for index, entry_at in entries_of(reader, ["calibration", "installation", "configuration"]):
            story = story.after(index, entry_at)
    assert [(one.sensor, one.origin, one.index, one.commanded) for one in found] == [
        ("wind", origin, mine, False),
        ("roof", origin, touched, True),
    ]
    assert [body["event"] for _, body in bodies] == ["carried", "cut_off", "cut_off"]
    assert [one.since for one in found] == [before, None], "the last good calibration before the run began"
    assert told.present("wind").run is None, "readings are the site's again"
    (wind,) = told.for_sensor("wind").values()
    assert (wind.function, wind.index) == (TV_A3, bodies[0][0])
    assert before not in told.by_index
    assert told.doubted("wind") == frozenset()
    roof = told.after(90, entry(installed("S-2", "roof", "other")))
    assert roof.doubted("roof") == {"co2"}, "nobody knows what the command left"
    assert [one.standing(told) for one in story.told.values()] == ["in_force", "aborted", "aborted"]
    sensors = ["wind", "roof"]
    newest: dict[str, Run] = {}
    trouble = CutOffRuns(found, lambda: sensors, newest.get)
    words = str(trouble.fault())
    assert "of speed at wind was under way when the log was closed (the data folder was copied" in words
    assert "adjust itself" in words
    newest["roof"] = begun(9, 0, start("S-2", "roof", "co2", "other"))
    assert "roof" not in str(trouble.fault())
    sensors.remove("wind")
    assert trouble.fault() is None


@pytest.mark.parametrize(("raw", "doubted"), [(500.0, True), (4.0, False)])
def test_what_a_run_had_found_outside_its_limits_stays_in_doubt_in_the_next_log(
    here: Surroundings, raw: float, doubted: bool
) -> None:
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    journal.write(installed("S-2", "roof", "other"))
    begun_at = journal.write(start("S-2", "roof", "co2", "other"))[0]
    journal.write(CalibrationConditions(begun_at, "roof", "other", "S-2", {}, "Ana"))
    taken = replace(point(None), run=begun_at, sensor="roof", model="other", serial="S-2", point="zero")
    journal.write(replace(taken, reference=0.0, expanded_uncertainty=2.0, raw=raw, indication=raw))
    closed(here, opened)
    _, reader = later(here)
    with reader:
        (told,) = past_cut_off(reader)
        known = calibrations_of(reader).after(90, entry(installed("S-2", "roof", "other")))
    assert [(one.point, one.error) for one in told.as_found] == [("zero", raw)]
    assert (told.outcome == "fail") is doubted
    words = str(CutOffRuns((told,), lambda: ["roof"], lambda _: None).fault())
    assert ("Also readings of co2 in the closed log" in words) is doubted
    assert (known.doubted("roof") == {"co2"}) is doubted
    words = str(CutOffRuns((told,), lambda: ["roof"], lambda _: None).fault())
    assert ("found outside its limits, so its values are in doubt" in words) is doubted
