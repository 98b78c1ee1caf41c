# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The table of an hour with a calibration in it says of each reading, and of the hour, what the summary says."""

import math
from pathlib import Path

import pytest

from edge_daemon.log.calibration_body import ValueUncertainty
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import EnergySummary
from tests.unit.edge_daemon.log.calibration_world import start
from tests.unit.sync.metered import (
    LINE,
    METER,
    MODEL,
    OTHER,
    Metered,
    added,
    differences,
    energy_in,
    planned,
    rows,
    same,
    trapezoids,
)


def recalibrated(table: list[dict[str, str]], quantity: str) -> list[str]:
    return [row["index"] for row in rows(table, quantity) if "calibrated or adjusted" in row["note"]]


def repeats(table: list[dict[str, str]], energy: EnergySummary) -> None:
    """The columns add up to what the summary says, and so does the arithmetic on the numbers in the rows."""
    assert same(added(table, "kwh_from_power"), energy.from_power)
    assert same(added(table, "kwh_from_register"), energy.from_counter)
    assert same(added(table, "kwh_of_hour"), energy.kilowatt_hours)
    assert trapezoids(table) == pytest.approx(energy.from_power, rel=1e-12)
    assert float(differences(table)) == pytest.approx(energy.from_counter, rel=1e-12)
    assert table[-1]["note"].endswith("of the log says the same")


def test_a_calibration_within_the_hour_breaks_its_channel_only(tmp_path: Path) -> None:
    meter = Metered().begin().installed().run(80).calibrate(LINE)
    first = len(meter.log.recorded.entries)
    energy = energy_in(meter.run(90).summarise())
    table = meter.table(tmp_path)
    repeats(table, energy)
    assert (recalibrated(table, "power"), recalibrated(table, "register")) == ([str(first)], [])
    failed = [row["index"] for row in rows(table, "register") + rows(table, "power") if "not used" in row["note"]]
    assert failed == [str(first - 2)]  # the reading in the run
    later = [row for row in rows(table, "power") if row["index"] and int(row["index"]) >= first]
    assert later
    assert all(float(row["value"]) == 40.0 + 1.05 * float(row["raw"]) for row in later)


def test_an_instrument_that_was_adjusted_breaks_power_and_register(tmp_path: Path) -> None:
    meter = Metered().begin().installed().run(80).calibrate(None, adjusted=True)
    first = len(meter.log.recorded.entries)
    energy = energy_in(meter.run(90).summarise())
    table = meter.table(tmp_path)
    repeats(table, energy)
    assert recalibrated(table, "power") == recalibrated(table, "register") == [str(first)]


def test_readings_of_a_run_that_has_not_ended_are_not_used(tmp_path: Path) -> None:
    meter = Metered().begin().installed().run(80)
    first = meter.tell(start("1", METER, "power", MODEL))
    energy = energy_in(meter.run(90).summarise())
    table = meter.table(tmp_path)
    repeats(table, energy)
    unused = [row for row in rows(table, "power") if row["index"] and int(row["index"]) > first]
    assert unused
    assert all("not used" in row["note"] for row in unused)


def test_a_reading_that_does_not_know_the_new_calibration_is_not_used(tmp_path: Path) -> None:
    meter = Metered().begin().installed().run(80).calibrate(LINE)
    known, meter.calibrations = meter.calibrations, Calibrations()
    late = len(meter.run(1).log.recorded.entries) - 1
    meter.calibrations = known
    energy = energy_in(meter.run(90).summarise())
    table = meter.table(tmp_path)
    repeats(table, energy)
    assert str(late) in {row["index"] for row in rows(table, "power") if "not used" in row["note"]}


def test_readings_that_were_plugged_wrongly_are_made_anew(tmp_path: Path) -> None:
    meter = Metered(sensor=OTHER).begin()
    configured, first = meter.configured, len(meter.log.recorded.entries)
    meter.configured, meter.sensor = meter.log.recorded.sensor(METER, meter.channels), METER
    meter.log.recorded.add(PlanBody(tuple(planned(one.name) for one in meter.channels), "Ana"))
    meter.installed().calibrate(LINE).run(60)
    meter.configured, meter.sensor = configured, OTHER
    last = len(meter.run(40).log.recorded.entries) - 1
    meter.log.recorded.amendment("wrong_plug", first, last, sensors=[OTHER], reads_as=METER)
    energy = energy_in(meter.summarise())
    table = meter.table(tmp_path)
    repeats(table, energy)
    moved = [row for row in rows(table, "power") if row["index"] and int(row["index"]) > last - 40]
    assert moved
    assert all(float(row["value"]) == 40.0 + 1.05 * float(row["raw"]) for row in moved)


def test_every_calibrated_value_carries_its_expanded_uncertainty(tmp_path: Path) -> None:
    sure = ValueUncertainty(3.0, 0.002, ((1.0, 0.0), (0.0, 1e-6)), 12.0, 2.2, repeatability=4.0)
    meter = Metered().begin().installed().run(80).calibrate(LINE, uncertainty=sure)
    first = len(meter.log.recorded.entries)
    energy = energy_in(meter.run(90).summarise())
    table = meter.table(tmp_path)
    repeats(table, energy)
    before = [row for row in rows(table, "power") if row["index"] and int(row["index"]) < first - 2]
    after = [row for row in rows(table, "power") if row["index"] and int(row["index"]) >= first]
    assert before
    assert after
    assert {(row["power_uncertainty_kw"], row["coverage_factor"]) for row in before} == {("", "")}
    for row in after:
        raw, value = float(row["raw"]), float(row["value"])
        variance = 1.0 + 1e-6 * raw**2 + 3.0**2 + (0.002 * value) ** 2 + 4.0**2
        assert float(row["power_uncertainty_kw"]) == pytest.approx(2.2 * math.sqrt(variance) / 1000, rel=1e-12)
        assert row["coverage_factor"] == "2.2"
    registers = rows(table, "register")
    assert {row["register_uncertainty_kwh"] for row in registers} == {""}, "the register was not calibrated"


def test_a_register_that_was_calibrated_tells_its_uncertainty_in_kilowatt_hours(tmp_path: Path) -> None:
    meter = Metered().begin().installed().calibrate(None, channel="energy", uncertainty=ValueUncertainty(0.25)).run()
    energy = energy_in(meter.summarise())
    table = meter.table(tmp_path)
    repeats(table, energy)
    known = {(row["register_uncertainty_kwh"], row["coverage_factor"]) for row in rows(table, "register")}
    assert known == {("0.5", "2.0")}


def test_a_value_that_an_amendment_changed_has_no_uncertainty(tmp_path: Path) -> None:
    meter = Metered().begin().installed().calibrate(LINE, uncertainty=ValueUncertainty(5.0)).run()
    last = len(meter.log.recorded.entries) - 1
    meter.log.recorded.amendment("value_correction", 0, last, channels=["power"], gain=1.1, offset=0.0)
    meter.summarise()
    assert {row["power_uncertainty_kw"] for row in rows(meter.table(tmp_path), "power")} == {""}
