# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The runs that a log tells: read again after an interruption, and what is recorded late is taken in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.buffer.record import Committed
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import Conflict, Overloaded
from edge_daemon.log.bodies import Body
from edge_daemon.log.calibration_body import CalibrationAbort, CalibrationConditions, CalibrationDecision
from edge_daemon.log.entry import Entry
from edge_daemon.station.calibration_records import RunBook, past_runs
from edge_daemon.station.journal import record_of
from tests.support.logged_station import LoggedStation
from tests.unit.edge_daemon.calibration.runs import start

CONDITIONS = {"temperature": 20.0, "pressure": 1000.0}


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path) as opened:
        yield opened


def begin(book: RunBook, sensor: str = "s1") -> Run:
    return book.begin(replace(start("sensirion_scd30", "co2_fresh_air").start, sensor=sensor))


def conditions(run: Run) -> CalibrationConditions:
    told = run.start
    return CalibrationConditions(run.index, told.sensor, told.model, told.serial, CONDITIONS, "Ana")


def abort(run: Run) -> CalibrationAbort:
    told = run.start
    return CalibrationAbort(run.index, told.sensor, told.model, told.serial, "rain", "Ana")


def test_a_start_reads_every_run_as_it_was_left(station: LoggedStation) -> None:
    book = RunBook((), station.journal.write)
    first = begin(book)
    first = book.add(first, conditions(first))
    other = begin(book, "s2")
    ended = book.add(other, abort(other))
    again = RunBook(past_runs(station.reader), station.journal.write)
    assert again.of("s1") == first == book.of("s1")
    assert again.of("s2") == ended
    assert again.under_way() == (first,)
    assert again.of("s3") is None


def test_a_step_that_does_not_fit_is_refused_before_it_is_written(station: LoggedStation) -> None:
    book = RunBook((), station.journal.write)
    run = begin(book)
    size = station.writer.head().size
    told = run.start
    with pytest.raises(Conflict, match="nothing is to be decided"):
        book.add(run, CalibrationDecision(run.index, told.sensor, told.model, told.serial, True, "Ana"))
    assert station.writer.head().size == size
    assert book.of("s1") == run


def test_what_was_recorded_although_nobody_waited_for_it_counts(station: LoggedStation) -> None:
    late: list[Body] = []

    def write(body: Body) -> tuple[int, Entry]:
        if isinstance(body, CalibrationConditions):
            late.append(body)
            raise Overloaded("not within 15 s")
        return station.journal.write(body)

    book = RunBook((), write)
    run = begin(book)
    with pytest.raises(Overloaded):
        book.add(run, conditions(run))
    assert book.of("s1") == run
    record = record_of(late[0], station.stamp())
    book.committed([Committed(run.last + 1, record), Committed(run.last + 1, record)])
    now = book.of("s1")
    assert now is not None
    assert now.conditions == late[0]
    assert now.step.kind == "apply"


def test_of_a_sensor_the_run_under_way_is_shown_else_the_last(station: LoggedStation) -> None:
    book = RunBook((), station.journal.write)
    first = begin(book)
    book.add(first, abort(first))
    second = begin(book)
    assert book.of("s1") == second
    ended = book.add(second, abort(second))
    assert book.of("s1") == ended


def test_an_entry_of_an_unknown_form_hides_no_run(station: LoggedStation) -> None:
    book = RunBook((), station.journal.write)
    run = begin(book)
    odd = record_of(conditions(run), station.stamp())
    station.writer.append(odd._replace(data=odd.data.replace(b'"values"', b'"walues"')), 30.0)
    assert RunBook(past_runs(station.reader), station.journal.write).of("s1") == run
