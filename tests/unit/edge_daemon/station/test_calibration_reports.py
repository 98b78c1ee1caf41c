# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration report gathered from a real log: what was said up to the verdict, and nothing said later."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from edge_daemon.domain.faults import DamagedLog, Unknown
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, StationBody
from edge_daemon.log.calibration_body import CalibrationAbort, CalibrationCommand, CalibrationVerdict
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.station.calibration_reports import CalibrationReports
from tests.support.logged_station import LoggedStation
from tests.unit.edge_daemon.documents.test_calibration_report import NAMES, RECORD, words_of

SENSOR = "co2-1"


def reports(station: LoggedStation, folder: Path) -> CalibrationReports:
    return CalibrationReports(lambda: type(station.reader)(folder / "buffer.sqlite3"), "0.1.0", folder / "closed")


def signed_run(station: LoggedStation, *, serial: str = "A-1002") -> tuple[int, int]:
    """A short run; the index of the standard it used, and that of its verdict."""
    station.write(StationBody("d", "p", "Hut above the peat bog"))
    station.write(InstallationBody(SENSOR, NAMES[1], "A-1002", SerialSource.LABEL, "Ana Ruiz", firmware="3.66"))
    standard = station.write(RECORD.standards[3])
    start = station.write(replace(RECORD.start, sensor=SENSOR, serial=serial))
    for _, _, point in RECORD.points[:2]:
        station.second += 300
        station.write(replace(point, run=start, standard=standard, sensor=SENSOR, serial=serial))
    verdict = replace(RECORD.verdict, run=start, as_found=RECORD.verdict.as_found[:1], as_left=())
    return standard, station.write(replace(verdict, sensor=SENSOR, serial=serial))


def test_the_report_tells_the_run_that_the_log_holds(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        standard, verdict = signed_run(station)
        words = words_of(reports(station, tmp_path).pdf(verdict))
        leaf = leaf_hash(station.reader.entries(verdict, 1)[0][1]).hex()
    assert leaf in words
    assert "A-1002 (typed from its label)" in words
    assert "Firmware 3.66" in words
    assert "Hut above the peat bog · station d" in words
    assert f"Nitrogen 5.0 0 ppm 1 ppm (2) L77 Gases SA N2-2026-19 2028-01-31 {standard}" in words


def test_what_is_said_later_does_not_change_it(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        standard, verdict = signed_run(station)
        desk = reports(station, tmp_path)
        before = desk.pdf(verdict)
        station.write(StationBody("d", "p", "Another name"))
        station.write(InstallationBody(SENSOR, NAMES[1], "B-7", SerialSource.LABEL, "Ana Ruiz"))
        station.write(replace(RECORD.standards[3], value=5.0, replaces=standard))
        assert desk.pdf(verdict) == before


def test_another_run_of_the_same_sensor_does_not_mix_in(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        signed_run(station)
        _, second = signed_run(station)
        with station.reader as reader:
            record = reports(station, tmp_path).record(reader, second)
    assert len(record.points) == 2
    assert {point.run for _, _, point in record.points} == {record.verdict.run}


def test_an_entry_that_is_no_verdict_has_no_report(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        _, verdict = signed_run(station)
        abort = station.write(CalibrationAbort(verdict - 3, *NAMES, "rain", "Ana Ruiz"))
        desk = reports(station, tmp_path)
        for index in (0, verdict - 1, abort, 10_000, -1):
            with pytest.raises(Unknown):
                desk.pdf(index)


def test_a_verdict_without_its_beginning_is_damage_and_said_so(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        alone: CalibrationVerdict = replace(RECORD.verdict, run=1)
        index = station.write(alone)
        with pytest.raises(DamagedLog, match="no beginning"):
            reports(station, tmp_path).pdf(index)


def test_an_instrument_that_nobody_named_is_not_given_a_serial_number(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        _, verdict = signed_run(station, serial="~17")
        data = reports(station, tmp_path).pdf(verdict)
    assert len(PdfReader(BytesIO(data)).pages) >= 1
    assert "Serial number not supplied" in words_of(data)


def test_a_standard_is_kept_as_it_was_when_it_was_used(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        standard, verdict = signed_run(station)
        station.write(replace(RECORD.standards[3], withdrawn=True, replaces=standard))
        with station.reader as reader:
            record = reports(station, tmp_path).record(reader, verdict)
    assert record.standards == {standard: RECORD.standards[3]}


def test_the_instruments_own_word_is_compared_with_what_was_known_when_the_run_began(tmp_path: Path) -> None:
    said = {"recalibrated to": "450"}
    with LoggedStation(tmp_path) as station:
        signed_run(station)
        start = replace(RECORD.start, sensor=SENSOR, device=said)
        first = station.write(start)
        names = (SENSOR, NAMES[1], "A-1002")
        before = station.write(replace(RECORD.verdict, run=first, sensor=SENSOR))
        alone = words_of(reports(station, tmp_path).pdf(before))
        done = CalibrationCommand(first, *names, "done", "forced_recalibration", 450.0, "Ana Ruiz")
        station.write(done)
        again = station.write(start)
        station.write(replace(done, run=again, argument=600.0))
        verdict = station.write(replace(RECORD.verdict, run=again, sensor=SENSOR, before=before))
        desk = reports(station, tmp_path)
        words = words_of(desk.pdf(verdict))
        assert desk.pdf(verdict) == desk.pdf(verdict)
    assert "recalibrated to 450 ppm; this history knows of none. Somebody did that without a record" in alone
    assert f"recalibrated to 450 ppm, as the run at entry {first} did on" in words
    assert f"Until now: the calibration at log entry {before}. Value = -17.40812379 + 0.9671179884 · raw" in words


def test_maker_and_title_are_those_that_the_log_tells(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        _, nameless = signed_run(station)
        start = replace(RECORD.start, sensor=SENSOR, maker="Own workshop", title="Peat lance, second series")
        first = station.write(start)
        verdict = station.write(replace(RECORD.verdict, run=first, sensor=SENSOR))
        desk = reports(station, tmp_path)
        assert "Maker and model Own workshop Peat lance, second series" in words_of(desk.pdf(verdict))
        assert f"Maker and model {NAMES[1]}" in words_of(desk.pdf(nameless))


def test_the_plan_of_then_names_the_interval(tmp_path: Path) -> None:
    def planned(days: int) -> PlanBody:
        one = Parameter("co2", "ppm", SENSOR, "co2", "record", 60, "30 ppm", days, 180, "Ana Ruiz")
        return PlanBody((one,), "Ana Ruiz", "VM0042")

    with LoggedStation(tmp_path) as station:
        plan = station.write(planned(180))
        _, verdict = signed_run(station)
        station.write(planned(90))
        words = words_of(reports(station, tmp_path).pdf(verdict))
    assert f"asks for a calibration every 180 days (log entry {plan}, by VM0042)" in words


def test_the_sensitivity_in_use_is_what_the_instrument_said(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        signed_run(station)
        first = station.write(replace(RECORD.start, sensor=SENSOR, device={"sensitivity in µV/(W/m²)": "10.35"}))
        verdict = station.write(replace(RECORD.verdict, run=first, sensor=SENSOR))
        with station.reader as reader:
            assert reports(station, tmp_path).record(reader, verdict).sensitivity == 10.35
