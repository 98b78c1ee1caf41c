# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log is continued only where that is honest; otherwise a new one begins that names the old and says why."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.station import Station
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import ConfigurationBody, ConnectionBody, LogBody, NoteBody, from_json
from edge_daemon.log.calibration_body import (
    CarriedCalibration,
    StandardBody,
)
from edge_daemon.log.entry import Stamp, decode_entry
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.station.entries import entries_of
from edge_daemon.station.journal import Journal
from edge_daemon.station.lost_key import note_lost_key
from edge_daemon.station.opening import Opened, Surroundings, open_log
from edge_daemon.station.past import calibrations_of
from edge_daemon.station.standards import content, register_of
from edge_daemon.station.witness import HeadWitness
from tests.unit.edge_daemon.log.calibration_world import TV_A3, entry, installed, start, verdict
from tests.unit.edge_daemon.log.test_plan import POWER
from tests.unit.edge_daemon.station.test_standards import point

STATION = Station("device-a", "project-1")
WIND = ConfigurationBody(
    sensor="wind",
    state="recording",
    name="Wind",
    kind="wind",
    model="gill_windsonic",
    driver="gill_windsonic",
    driver_version="1",
    interval_ns=10**9,
    channels=(),
    connection=ConnectionBody("pty:wind", "pseudo_terminal", "9600 8N1"),
    settings={},
    demo=False,
)

GAS = StandardBody(
    "co2_gas", "Span", 400.0, "ppm", 4.0, 2.0, "Ana", "L1", attachments=(AttachmentBody("c.pdf", "00" * 32, 4),)
)


@pytest.fixture
def stamp() -> Callable[[], Stamp]:
    times = count(1_795_000_000_000_000_000, 10**9)
    return lambda: Stamp(next(times), 5, bytes(16))


@pytest.fixture
def here(tmp_path: Path, stamp: Callable[[], Stamp]) -> Surroundings:
    home = tmp_path / "home"
    home.mkdir()
    return at(home, stamp, HeadWitness(tmp_path / "heads"))


def at(home: Path, stamp: Callable[[], Stamp], witness: HeadWitness, machine: str = "m1") -> Surroundings:
    return Surroundings(
        home, home / "buffer.sqlite3", home / "closed", machine, "0.1.0", demo=False, stamp=stamp, witness=witness
    )


def recorded(around: Surroundings, opened: Opened) -> None:
    """Set a sensor up, then stop in order."""
    Journal(opened.writer, around.stamp).write(WIND)
    closed(around, opened)


def closed(around: Surroundings, opened: Opened) -> None:
    opened.writer.close()
    around.witness.see(opened.writer.head(), around.home)


def first_entry(path: Path) -> LogBody:
    with LogReader(path) as reader:
        return from_json(LogBody, decode_entry(reader.entries(0, 1)[0][1]).body)


@pytest.fixture
def used(here: Surroundings) -> Surroundings:
    recorded(here, open_log(here, STATION))
    return here


def test_a_new_home_gets_a_log_that_names_the_station(here: Surroundings) -> None:
    closed(here, open_log(here, STATION))
    body = first_entry(here.buffer)
    assert (body.device_id, body.project_id, body.machine, body.predecessor) == ("device-a", "project-1", "m1", None)


def test_a_home_in_its_place_goes_on_with_its_log(used: Surroundings) -> None:
    opened = open_log(used, Station("device-b", "project-2"))
    assert opened.closed is None
    assert (opened.writer.head().size, opened.setup.station) == (2, STATION)
    assert list(opened.setup.sensors) == ["wind"]
    closed(used, opened)


def test_a_home_on_another_computer_is_another_device_with_a_new_log(used: Surroundings) -> None:
    old = first_entry(used.buffer)
    opened = open_log(replace(used, machine="m2"), Station("device-b", "ignored"))
    closed(used, opened)
    body = first_entry(used.buffer)
    assert body.predecessor is not None
    assert (body.predecessor.origin, body.predecessor.size) == (old.origin, 2)
    assert "another computer" in body.predecessor.cause
    assert (body.device_id, body.project_id) == ("device-b", "project-1")
    assert opened.setup.sensors["wind"].configuration == WIND
    kept = list(used.closed.glob("*.sqlite3"))
    assert [first_entry(path) for path in kept] == [old]


def test_an_older_copy_put_back_is_noticed(used: Surroundings, tmp_path: Path) -> None:
    shutil.copy(used.buffer, tmp_path / "yesterday")
    recorded_more = open_log(used, STATION)
    Journal(recorded_more.writer, used.stamp).write(replace(WIND, state="paused"))
    closed(used, recorded_more)
    shutil.copy(tmp_path / "yesterday", used.buffer)
    opened = open_log(used, STATION)
    assert opened.closed is not None
    assert "older copy" in opened.closed.cause
    assert opened.setup.station.device_id == "device-a"
    closed(used, opened)


def test_a_log_written_anew_and_made_longer_is_not_continued(used: Surroundings) -> None:
    head = open_log(used, STATION).writer
    kept = head.head()
    head.close()
    used.witness.see(replace(kept, root=bytes(32)), used.home)
    longer = open_log(replace(used, witness=HeadWitness(used.home.parent / "none")), STATION)
    Journal(longer.writer, used.stamp).write(replace(WIND, state="paused"))
    longer.writer.close()
    assert longer.writer.head().size > kept.size
    opened = open_log(used, STATION)
    assert opened.closed is not None
    assert "written anew" in opened.closed.cause
    closed(used, opened)


def test_a_missed_key_closes_the_log_only_where_it_is_still_missed(used: Surroundings) -> None:
    origin = first_entry(used.buffer).origin
    note_lost_key(used.home, origin)
    opened = open_log(replace(used, key_gone=lambda: False), STATION)
    assert opened.closed is None
    closed(used, opened)
    opened = open_log(replace(used, key_gone=lambda: True), STATION)
    assert opened.closed is not None
    assert "key" in opened.closed.cause
    closed(used, opened)


def test_a_moved_home_goes_on_but_a_copy_beside_it_does_not(
    used: Surroundings, tmp_path: Path, stamp: Callable[[], Stamp]
) -> None:
    used.home.rename(tmp_path / "moved")
    moved = at(tmp_path / "moved", stamp, used.witness)
    opened = open_log(moved, STATION)
    assert opened.closed is None
    closed(moved, opened)
    shutil.copytree(moved.home, tmp_path / "copy")
    copy = at(tmp_path / "copy", stamp, used.witness)
    opened = open_log(copy, Station("device-c", ""))
    assert opened.closed is not None
    assert "still in place" in opened.closed.cause
    assert opened.setup.station.device_id == "device-c"
    closed(copy, opened)


def test_a_damaged_log_is_kept_and_named(used: Surroundings) -> None:
    origin = first_entry(used.buffer).origin
    whole = used.buffer.read_bytes()
    used.buffer.write_bytes(whole.replace(b'"sensor":"wind"', b'"sensor":"mind"'))
    damaged = used.buffer.read_bytes()
    assert damaged != whole
    opened = open_log(used, STATION)
    assert opened.closed is not None
    assert opened.closed.origin == origin
    assert opened.closed.cause.startswith("damaged")
    closed(used, opened)
    assert [path.read_bytes() for path in used.closed.glob("*.sqlite3")] == [damaged]


def test_a_file_that_is_no_database_is_kept_and_recording_begins(here: Surroundings) -> None:
    here.buffer.write_bytes(b"not a database" * 1000)
    opened = open_log(here, STATION)
    assert opened.closed is not None
    assert opened.closed.origin == "unreadable"
    closed(here, opened)
    assert [path.read_bytes()[:14] for path in here.closed.glob("*.sqlite3")] == [b"not a database"]


@pytest.mark.parametrize("text", ["", "{", '{"size": "many"}', "[1]"])
def test_an_unreadable_witness_says_nothing(used: Surroundings, text: str, tmp_path: Path) -> None:
    for file in (tmp_path / "heads").iterdir():
        file.write_text(text)
    opened = open_log(used, STATION)
    assert opened.closed is None
    closed(used, opened)


def test_a_log_that_follows_another_says_again_which_calibrations_hold(here: Surroundings) -> None:
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    journal.write(WIND)
    journal.write(installed("", "wind", WIND.model))
    run = journal.write(start("~2", "wind", "wind_speed", WIND.model))[0]
    told = verdict(run, serial="~2", sensor="wind", model=WIND.model, channel="wind_speed", due="2028-01-01")
    assert journal.write(told)[0] == 4
    journal.write(installed("S-9", "spare", "other"))
    run = journal.write(start("S-9", "spare", "co2", "other"))[0]
    index = journal.write(verdict(run, serial="S-9", sensor="spare", model="other"))[0]
    run = journal.write(start("S-9", "spare", "co2", "other"))[0]
    journal.write(verdict(run, "fail", serial="S-9", sensor="spare", model="other"))
    journal.write(installed("S-10", "spare", "other"))
    closed(here, opened)
    origin = first_entry(here.buffer).origin
    again = open_log(replace(here, machine="m2"), STATION)
    closed(here, again)
    with LogReader(here.buffer) as reader:
        known = calibrations_of(reader)
    (wind,) = known.for_sensor("wind").values()
    assert (wind.function, wind.due, wind.outcome, wind.key.serial) == (TV_A3, "2028-01-01", "pass", "")
    back = known.after(90, entry(installed("S-9", "roof", "other")))
    assert back.for_sensor("roof")["co2"].function == TV_A3
    assert back.doubted("roof") == {"co2"}
    with LogReader(here.buffer) as reader:
        bodies = [from_json(CarriedCalibration, found.body) for _, found in entries_of(reader, ["calibration"])]
    assert [(body.origin, body.index) for body in bodies] == [(origin, 4), (origin, index)]


def later(around: Surroundings) -> tuple[str, LogReader]:
    """The log that follows once the home stands on another computer; the closed one's origin."""
    origin = first_entry(around.buffer).origin
    closed(around, open_log(replace(around, machine="m2"), STATION))
    return origin, LogReader(around.buffer)


def test_the_register_of_standards_and_the_plan_are_said_again_in_a_log_that_follows(here: Surroundings) -> None:
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    journal.write(WIND)
    journal.write(PlanBody((POWER,), "Ana", "AMS-I.D"))
    wrong = journal.write(GAS)[0]
    right = journal.write(replace(GAS, value=402.0, replaces=wrong))[0]
    expired = journal.write(replace(GAS, name="Old", expires="2020-01-01", code="x1"))[0]
    gone = journal.write(replace(GAS, name="Empty"))[0]
    journal.write(replace(GAS, name="Empty", replaces=gone, withdrawn=True))
    journal.write(point(right))
    closed(here, opened)
    origin, reader = later(here)
    with reader:
        register = register_of(reader)
        again = register.current()
        plans = entries_of(reader, ["plan"])
    assert [(one.body.origin, one.body.index) for one in again] == [(origin, right), (origin, expired)]
    assert [one.in_use for one in again] == [True, True]
    assert content(again[0].body) == replace(content(GAS), value=402.0)
    assert again[0].body.attachments == GAS.attachments
    assert register.alike(replace(GAS, value=402.0)) == again[0], "the same lines imported again are known"
    assert [one.body.code for one in (register.by_code("x1"),) if one] == ["x1"]
    assert [from_json(PlanBody, plan.body).methodology for _, plan in plans] == ["AMS-I.D"]


def with_registers(here: Surroundings) -> None:
    """A log with a plan, a standard, a calibration and a run under way."""
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    for body in (WIND, installed("S-1", "wind", WIND.model), PlanBody((POWER,), "Ana", "AMS-I.D"), GAS):
        journal.write(body)
    run = journal.write(start("S-1", "wind", "speed", WIND.model))[0]
    journal.write(verdict(run, serial="S-1", sensor="wind", model=WIND.model, channel="speed"))
    journal.write(start("S-1", "wind", "speed", WIND.model))
    closed(here, opened)


def test_a_plan_is_told_after_the_calibrations_that_its_trees_were_measured_with(here: Surroundings) -> None:
    with_registers(here)
    _, reader = later(here)
    with reader:
        found = entries_of(reader, ["plan", "standard", "calibration"])
    assert [one.body.get("event", one.type) for _, one in found] == ["standard", "carried", "cut_off", "plan"]


def test_damage_to_one_register_loses_none_of_the_others_and_the_note_names_it(here: Surroundings) -> None:
    with_registers(here)
    whole = here.buffer.read_bytes()
    here.buffer.write_bytes(whole.replace(b'"name":"Span"', b'"name":7     '))
    assert here.buffer.read_bytes() != whole
    _, reader = later(here)
    with reader:
        known, plans = calibrations_of(reader), entries_of(reader, ["plan"])
        (note,) = [from_json(NoteBody, found.body) for _, found in entries_of(reader, ["note"])]
        standards = register_of(reader).current()
    assert known.for_sensor("wind")["speed"].function == TV_A3
    assert len(plans) == 1
    assert not standards
    assert "register of standards" in note.text
    assert not any(name in note.text for name in ("plan", "calibrate again"))


def test_a_log_that_cannot_be_read_is_told_to_carry_nothing_over(here: Surroundings) -> None:
    here.buffer.write_bytes(b"not a database" * 1000)
    closed(here, open_log(here, STATION))
    with LogReader(here.buffer) as reader:
        (note,) = [from_json(NoteBody, found.body) for _, found in entries_of(reader, ["note"])]
    assert "not carried over" in note.text
    assert all(name in note.text for name in ("standards", "calibrations", "plan"))
    assert "nothing of it takes effect" in note.text


def test_a_log_that_held_nothing_of_this_is_followed_without_a_word(used: Surroundings) -> None:
    _, reader = later(used)
    with reader:
        assert not entries_of(reader, ["note", "standard", "plan", "calibration"])
