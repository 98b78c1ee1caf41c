# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The table of an hour: from its text alone, plain arithmetic repeats what the recorder's summary says."""

import csv
import math
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import ChannelBody, InstallationBody
from edge_daemon.log.entry import Entry, decode_entry
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.log.summary import HOUR_NS, EnergySummary, SummaryBody
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.summaries import Summariser
from sync.__main__ import app
from sync.hour_readings import whole_hour, write_tables
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SignedLog, checked

METER = "meter-1"
POWER = ChannelBody("power", "W", 0, 20_000, "active_power", "kW", 0.001)
COUNTER = ChannelBody("energy", "kWh", 0, 1_000, "energy_total", "kWh", 1.0)
HOUR = (T0 // HOUR_NS + 1) * HOUR_NS
LONGEST_GAP_S = 180
STEP_S = 61.7  # no reading falls onto the end of an hour


def planned(channel: str) -> Parameter:
    """Gaps of up to three minutes are bridged."""
    return Parameter("energy", "kWh", METER, channel, "record", 60, "class 1", 365, LONGEST_GAP_S, "Ana")


@dataclass
class Metered:
    """A log of a power meter over three hours, and the summaries that the recorder writes of it."""

    channels: tuple[ChannelBody, ...] = (POWER, COUNTER)
    log: SignedLog = field(default_factory=SignedLog)
    configured: int = 0
    register: float = 996.5

    def begin(self) -> "Metered":
        self.log.recorded.begin()
        self.log.name_key("made", self.log.key)
        self.configured = self.log.recorded.sensor(METER, self.channels)
        self.log.recorded.add(PlanBody(tuple(planned(one.name) for one in self.channels), "Ana"))
        return self

    def run(self, count: int = 170, fail: int = -1) -> "Metered":
        """Readings one after the other; the one with this number fails."""
        for number in range(count):
            self.register = round(self.register + 0.05 + 0.01 * math.sin(number), 3) % 1_000
            power = 3_000 + 700 * math.sin(number / 5)
            values = {"power": power, "energy": round(self.register, 3)}
            told: dict[str, float | None] = {one.name: values[one.name] for one in self.channels}
            flags = {"power": Flag.FAIL} if number == fail else {}
            self.log.recorded.reading(METER, self.configured, told, after_s=STEP_S, flags=flags)
        return self

    def rest(self, seconds: float) -> "Metered":
        self.log.recorded.pass_(seconds)
        return self

    def summarise(self) -> dict[int, SummaryBody]:
        """What the recorder writes by now, by hour."""
        found: dict[int, SummaryBody] = {}
        entries = self.log.recorded.entries

        def read(first: int, limit: int) -> list[tuple[int, bytes]]:
            return list(enumerate(entries))[first : first + limit]

        def write(body: SummaryBody) -> tuple[int, Entry]:
            index = self.log.recorded.add(body)
            found[ns_from_rfc3339(body.hour)] = body
            return index, decode_entry(entries[index])

        later_ns = self.log.recorded.t_ns + 3 * HOUR_NS
        for _ in Summariser(HourIndex(read), write, lambda: later_ns).steps():
            pass
        return found

    def table(self, folder: Path, start_ns: int = HOUR) -> list[dict[str, str]]:
        """The rows of the hour's file."""
        self.log.sign()
        (path,) = write_tables(self.log.write(folder / "home"), start_ns, (), folder / "b.zip")
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def rows(table: list[dict[str, str]], quantity: str) -> list[dict[str, str]]:
    return [row for row in table if row["quantity"] == quantity]


def added(table: list[dict[str, str]], column: str) -> Decimal:
    """What a spreadsheet's sum of the column gives."""
    return sum((Decimal(row[column]) for row in table if row[column]), Decimal(0))


def same(one: Decimal, other: float | None) -> bool:
    """Equal to the fifteen digits that a spreadsheet keeps."""
    assert other is not None
    return abs(one - Decimal(other)) <= abs(Decimal(other)) * Decimal("1e-14")


def trapezoids(table: list[dict[str, str]]) -> float:
    """The integral of the power column over the times between its rows."""
    used = [row for row in rows(table, "power") if row["power_kw"]]
    total = 0.0
    for before, after in pairwise(used):
        if "adds nothing" not in after["note"]:
            step_ns = int(Decimal(after["dt_s"]) * S)
            assert step_ns == ns_from_rfc3339(after["reported_time"]) - ns_from_rfc3339(before["reported_time"])
            total += (float(before["power_kw"]) + float(after["power_kw"])) / 2 * step_ns
    return total / HOUR_NS


def differences(table: list[dict[str, str]], modulus: int = 1_000) -> Fraction:
    """What the register gained, by the part of each step that lies within the hour."""
    total = Fraction(0)
    for before, after in pairwise(rows(table, "register")):
        if "nothing" not in after["note"]:
            gained = Fraction(after["register_kwh"]) - Fraction(before["register_kwh"])
            gained += modulus if after["note"] == "rollover" else 0
            total += gained * Fraction(after["inside_s"]) / Fraction(after["dt_s"])
    return total


def energy_in(summaries: dict[int, SummaryBody], start_ns: int = HOUR) -> EnergySummary:
    energy = summaries[start_ns].energy
    assert energy is not None
    return energy


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
    assert checked(tmp_path / "f").standing == "not_vouched_for"
