# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The report of a calibration whose log was closed: it can still be had, and has the bytes of the day it was signed."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from edge_daemon.buffer.closed import closed_logs
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import Unknown
from edge_daemon.log.bodies import NoteBody
from edge_daemon.log.entry import Stamp
from edge_daemon.station.calibration_reports import CalibrationReports
from edge_daemon.station.entries import entries_of
from edge_daemon.station.journal import Journal
from edge_daemon.station.opening import Surroundings, open_log
from edge_daemon.station.witness import HeadWitness
from tests.unit.edge_daemon.documents.test_calibration_report import NAMES, RECORD
from tests.unit.edge_daemon.log.calibration_world import certificate, installed, review
from tests.unit.edge_daemon.station.test_opening import STATION, WIND, at, closed

CO2 = "co2-1"


@pytest.fixture
def here(tmp_path: Path) -> Surroundings:
    times = count(1_795_000_000_000_000_000, 10**9)
    home = tmp_path / "home"
    home.mkdir()

    def stamp() -> Stamp:
        return Stamp(next(times), 5, bytes(16))

    return at(home, stamp, HeadWitness(tmp_path / "heads"))


def reports(here: Surroundings) -> CalibrationReports:
    return CalibrationReports(lambda: LogReader(here.buffer), "0.1.0", here.closed)


def run_signed(journal: Journal) -> int:
    """The index of a verdict."""
    journal.write(replace(WIND, sensor=CO2, model=NAMES[1]))
    journal.write(installed("A-1002", CO2, NAMES[1]))
    standard = journal.write(RECORD.standards[3])[0]
    start = journal.write(replace(RECORD.start, sensor=CO2, serial="A-1002"))[0]
    for _, _, point in RECORD.points[:2]:
        journal.write(replace(point, run=start, standard=standard, sensor=CO2, serial="A-1002"))
    told = replace(RECORD.verdict, run=start, as_found=RECORD.verdict.as_found[:1], as_left=())
    return journal.write(replace(told, sensor=CO2, serial="A-1002"))[0]


def carried_in(here: Surroundings) -> dict[str, int]:
    """The entries of the current log that carry a calibration over, by sensor."""
    with LogReader(here.buffer) as reader:
        found = entries_of(reader, ["calibration"])
    return {str(one.body["sensor"]): index for index, one in found if one.body["event"] == "carried"}


def moved_on(here: Surroundings, machine: str, also: Callable[[Journal], object] = lambda journal: None) -> None:
    """The log is closed, and another begins."""
    opened = open_log(replace(here, machine=machine), STATION)
    also(Journal(opened.writer, here.stamp))
    closed(here, opened)


@pytest.fixture
def signed(here: Surroundings) -> bytes:
    """A log with a signed run is closed; the report of the day."""
    opened = open_log(here, STATION)
    verdict = run_signed(Journal(opened.writer, here.stamp))
    closed(here, opened)
    of_the_day = reports(here).pdf(verdict)
    moved_on(here, "m2")
    return of_the_day


def test_the_report_of_a_calibration_that_was_carried_over_has_the_same_bytes(
    here: Surroundings, signed: bytes
) -> None:
    assert reports(here).pdf(carried_in(here)[CO2]) == signed


def test_so_it_has_however_many_logs_lie_between(here: Surroundings, signed: bytes) -> None:
    def shifting(journal: Journal) -> None:
        journal.write(NoteBody("Something that shifts the entries.", "2026-01-01T00:00:00Z", ""))

    moved_on(here, "m2", shifting)
    moved_on(here, "m3", shifting)
    moved_on(here, "m4")
    assert len(closed_logs(here.closed)) == 3
    assert reports(here).pdf(carried_in(here)[CO2]) == signed


def test_of_two_copies_of_a_closed_log_the_one_that_came_before_is_read(here: Surroundings, signed: bytes) -> None:
    (log,) = closed_logs(here.closed)
    with LogReader(log.file) as reader:
        assert reader.head().size > 0
    other = here.closed / f"0-{log.name}.sqlite3"
    other.write_bytes(b"no log at all")
    note = log.file.with_name(f"{log.name}.closing.json").read_text(encoding="utf-8")
    assert log.closing is not None
    shorter = note.replace(f'"size": {log.closing.size}', f'"size": {log.closing.size - 1}')
    other.with_name(f"{other.stem}.closing.json").write_text(shorter, encoding="utf-8")
    assert reports(here).pdf(carried_in(here)[CO2]) == signed


def test_a_log_that_is_no_longer_here_is_named(here: Surroundings, signed: bytes) -> None:
    (log,) = closed_logs(here.closed)
    assert log.closing is not None
    shutil.rmtree(here.closed)
    with pytest.raises(Unknown, match=f"made in the log {log.closing.origin}, at entry"):
        reports(here).pdf(carried_in(here)[CO2])


def test_of_a_laboratorys_certificate_that_was_carried_over_there_is_no_report(here: Surroundings) -> None:
    opened = open_log(here, STATION)
    journal = Journal(opened.writer, here.stamp)
    journal.write(installed())
    journal.write(review(journal.write(certificate())[0]))
    closed(here, opened)
    moved_on(here, "m2")
    (index,) = carried_in(here).values()
    with pytest.raises(Unknown, match="no signed calibration"):
        reports(here).pdf(index)
