# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The table of an hour: from its text alone, plain arithmetic repeats what the recorder's summary says."""

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.rating import RATED_POWER
from edge_daemon.log.bodies import ConfigurationBody, InstallationBody, from_json
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.summary import HOUR_NS
from sync.__main__ import app
from sync.hour_readings import whole_hour, write_tables
from tests.unit.sync.metered import (
    HOUR,
    METER,
    POWER,
    STEP_S,
    Metered,
    added,
    differences,
    energy_in,
    rows,
    same,
    trapezoids,
)
from tests.unit.sync.signed_logs import checked


def test_both_columns_repeat_the_summary(tmp_path: Path) -> None:
    meter = Metered().begin().run()
    energy = energy_in(meter.summarise())
    table = meter.table(tmp_path)
    assert energy.basis == "counter"
    assert same(added(table, "kwh_from_power"), energy.from_power)
    assert same(added(table, "kwh_from_register"), energy.from_counter)
    assert same(added(table, "kwh_of_hour"), energy.kilowatt_hours)
    assert trapezoids(table) == energy.from_power
    assert energy.from_counter == pytest.approx(float(differences(table)), rel=1e-12)
    assert "rollover" in {row["note"] for row in table}
    assert table[-1]["note"].endswith("of the log says the same")


def test_the_ends_of_the_hour_lie_on_the_line_between_its_neighbours(tmp_path: Path) -> None:
    meter = Metered((POWER,)).begin().run()
    energy = energy_in(meter.summarise())
    table = meter.table(tmp_path)
    power = rows(table, "power")
    assert (energy.basis, rows(table, "register")) == ("power", [])
    assert [row["reported_time"] for row in (power[0], power[-1])] == [
        "2026-11-23T09:00:00.000000000Z",
        "2026-11-23T10:00:00.000000000Z",
    ]
    assert power[0]["index"] == power[-1]["index"] == ""
    assert all(row["index"] and row["raw"] and row["flag"] == "1" for row in power[1:-1])
    assert sum(Decimal(row["dt_s"]) for row in power if row["dt_s"]) == 3600
    assert trapezoids(table) == energy.kilowatt_hours


def test_gaps_and_failed_readings_add_nothing_and_say_so(tmp_path: Path) -> None:
    meter = Metered().begin().run(60, fail=55).rest(900).run(100)
    energy = energy_in(meter.summarise())
    table = meter.table(tmp_path)
    notes = [row["note"] for row in table]
    assert any("failed or missing" in note for note in notes)
    assert sum("adds nothing" in note for note in notes) >= 2
    assert same(added(table, "kwh_from_power"), energy.from_power)
    assert same(added(table, "kwh_from_register"), energy.from_counter)
    assert trapezoids(table) == energy.from_power


def test_an_amended_clock_and_value_are_followed(tmp_path: Path) -> None:
    meter = Metered().begin().run()
    last = len(meter.log.recorded.entries) - 1
    meter.log.recorded.amendment("clock_offset", 0, last, offset_us=600_000_000, uncertainty_us=1000)
    meter.log.recorded.amendment("value_correction", 0, last, channels=["power"], gain=1.1, offset=0.0)
    energy = energy_in(meter.summarise())
    table = meter.table(tmp_path)
    assert same(added(table, "kwh_from_power"), energy.from_power)
    assert same(added(table, "kwh_of_hour"), energy.kilowatt_hours)
    named = [row for row in rows(table, "power") if row["index"]]
    assert all(float(row["value"]) == pytest.approx(1.1 * float(row["raw"])) for row in named)


def test_an_hour_is_found_where_an_amendment_put_it(tmp_path: Path) -> None:
    meter = Metered().begin().run()
    last = len(meter.log.recorded.entries) - 1
    meter.log.recorded.amendment("clock_offset", 0, last, offset_us=-9 * 3_600_000_000, uncertainty_us=1000)
    earlier = HOUR - 9 * HOUR_NS
    energy = energy_in(meter.summarise(), earlier)
    assert same(added(meter.table(tmp_path, earlier), "kwh_of_hour"), energy.kilowatt_hours)


def test_no_difference_is_taken_between_two_meters(tmp_path: Path) -> None:
    meter = Metered().begin().run(80)
    meter.log.recorded.add(InstallationBody(METER, "m", "2", SerialSource.DEVICE))
    meter.register += 300
    energy = energy_in(meter.run(90).summarise())
    table = meter.table(tmp_path)
    assert [row["kwh_from_register"] for row in table if "another meter" in row["note"]] == ["0.0"]
    assert same(added(table, "kwh_from_register"), energy.from_counter)


@pytest.mark.parametrize(("rated_kw", "kind"), [(0, "jump"), (100.0, "")])
def test_what_the_register_may_gain_follows_the_rated_power(tmp_path: Path, rated_kw: float, kind: str) -> None:
    meter = Metered().begin()
    body = from_json(ConfigurationBody, decode_entry(meter.log.recorded.entries[meter.configured]).body)
    meter.configured = meter.log.recorded.add(replace(body, settings={RATED_POWER: rated_kw}))
    meter.register = 100.0
    first = len(meter.run(80).log.recorded.entries)
    meter.register += 1.5
    energy = energy_in(meter.run(90).summarise())
    table = meter.table(tmp_path)
    assert [row["note"] for row in rows(table, "register") if row["index"] == str(first)] == [kind]
    assert same(added(table, "kwh_from_register"), energy.from_counter)
    assert same(added(table, "kwh_of_hour"), energy.kilowatt_hours)


def test_a_flag_that_a_later_reading_settles_counts(tmp_path: Path) -> None:
    meter = Metered((POWER,)).begin().run(80)
    doubted = len(meter.log.recorded.entries) - 1
    settles = [(doubted, "power", Flag.FAIL)]
    told: dict[str, float | None] = {"power": 3_000.0}
    meter.log.recorded.reading(METER, meter.configured, told, after_s=STEP_S, settles=settles)
    energy = energy_in(meter.run(90).summarise())
    table = meter.table(tmp_path)
    assert [row["index"] for row in table if "failed or missing" in row["note"]] == [str(doubted)]
    assert trapezoids(table) == energy.kilowatt_hours


def test_a_summary_that_says_something_else_is_told(tmp_path: Path) -> None:
    meter = Metered().begin().run()
    meter.summarise()
    meter.log.recorded.amendment("value_correction", 0, 100, channels=["energy"], gain=1.5, offset=0.0)
    meter.log.recorded.amendment("value_correction", 0, 100, channels=["power"], gain=1.5, offset=0.0)
    assert "another value" in meter.table(tmp_path)[-1]["note"]


def test_an_hour_without_a_meter_and_a_file_that_exists_are_refused(tmp_path: Path) -> None:
    meter = Metered().begin().run()
    meter.table(tmp_path)
    source = meter.log.write(tmp_path / "home")
    with pytest.raises(BadInput, match="exists"):
        write_tables(source, HOUR, (), tmp_path / "b.zip")
    with pytest.raises(BadInput, match="no sensor"):
        write_tables(source, HOUR + 24 * HOUR_NS, (), tmp_path / "b.zip")
    with pytest.raises(BadInput, match="no sensor"):
        write_tables(source, HOUR, ("other",), tmp_path / "b.zip")
    with pytest.raises(BadInput, match="begin of an hour"):
        whole_hour(HOUR + 1)
    assert (whole_hour(HOUR), whole_hour(None)) == (HOUR, None)


def test_the_command_writes_bundle_page_and_table(tmp_path: Path) -> None:
    meter = Metered().begin().run()
    meter.summarise()
    meter.log.sign()
    meter.log.write(tmp_path / "home")
    asked = ["bundle", "--home", str(tmp_path / "home"), "--csv-hour", "2026-11-23T09:00:00Z"]
    told = CliRunner().invoke(app, [*asked, "--output", str(tmp_path / "e.zip")], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert {path.name for path in tmp_path.iterdir()} == {"home", "e.zip", "verify.html", "e-meter-1-20261123T09Z.csv"}
    assert sha256((tmp_path / "verify.html").read_bytes()).hexdigest() in told.output
    told = CliRunner().invoke(app, [*asked, "--output", str(tmp_path / "f")], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert (tmp_path / "f" / "verify.html").is_file()
    assert checked(tmp_path / "f").standing == "incomplete", "no recorder was there to sign the index"
