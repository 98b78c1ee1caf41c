# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log of a power meter, the summaries that the recorder writes of it, and the arithmetic of a spreadsheet on its
table."""

import csv
import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import Body, ChannelBody, InstallationBody
from edge_daemon.log.calibration_body import ValueFunction, ValueUncertainty
from edge_daemon.log.calibrations import Calibrations, value_of
from edge_daemon.log.entry import Entry, decode_entry, encode_reading
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.log.summary import HOUR_NS, EnergySummary, SummaryBody
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.summaries import Summariser
from sync.hour_readings import write_tables
from tests.unit.edge_daemon.log.calibration_world import command, start, verdict
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SignedLog

METER, OTHER = "meter-1", "meter-2"
MODEL = "maker_model"
POWER = ChannelBody("power", "W", 0, 20_000, "active_power", "kW", 0.001)
COUNTER = ChannelBody("energy", "kWh", 0, 1_000, "energy_total", "kWh", 1.0)
HOUR = (T0 // HOUR_NS + 1) * HOUR_NS
LONGEST_GAP_S = 180
STEP_S = 61.7  # no reading falls onto the end of an hour
LINE = ValueFunction("polynomial", (40.0, 1.05))


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
    sensor: str = METER
    calibrations: Calibrations = field(default_factory=Calibrations)

    def begin(self) -> "Metered":
        self.log.recorded.begin()
        self.log.name_key("made", self.log.key)
        self.configured = self.log.recorded.sensor(self.sensor, self.channels)
        self.log.recorded.add(PlanBody(tuple(planned(one.name) for one in self.channels), "Ana"))
        return self

    def run(self, count: int = 170, fail: int = -1) -> "Metered":
        """Readings one after the other; the one with this number fails."""
        for number in range(count):
            self.register = round(self.register + 0.05 + 0.01 * math.sin(number), 3) % 1_000
            power = 3_000 + 700 * math.sin(number / 5)
            values = {"power": power, "energy": round(self.register, 3)}
            raw = {one.name: values[one.name] for one in self.channels}
            self.log.recorded.pass_(STEP_S)
            self.sample(raw, {"power": Flag.FAIL} if number == fail else {})
        return self

    def sample(self, raw: dict[str, float], flags: dict[str, Flag]) -> None:
        """A reading now, made with the calibrations in force."""
        now = self.calibrations.present(self.sensor)
        made = {name: one for name, one in now.in_force.items() if name in raw}
        flag = Flag.GOOD if now.run is None else Flag.FAIL
        channels = {
            name: ChannelValue(one, value_of(made[name].function if name in made else None, one), flags.get(name, flag))
            for name, one in raw.items()
        }
        named = {name: one.index for name, one in made.items()}
        stamp = self.log.recorded.stamp()
        self.log.recorded.put(encode_reading(stamp, self.sensor, channels, 90, self.configured, named))

    def tell(self, body: Body) -> int:
        """An entry on an installation or a calibration; readings after it know of it."""
        index = self.log.recorded.add(body)
        self.calibrations = self.calibrations.after(index, decode_entry(self.log.recorded.entries[index]))
        return index

    def installed(self) -> "Metered":
        self.tell(InstallationBody(self.sensor, MODEL, "1", SerialSource.DEVICE))
        return self

    def calibrate(
        self,
        function: ValueFunction | None,
        *,
        channel: str = "power",
        count: int = 1,
        adjusted: bool = False,
        uncertainty: ValueUncertainty | None = None,
    ) -> "Metered":
        """A run with so many readings in it."""
        run = self.tell(start("1", self.sensor, channel, MODEL))
        if adjusted:
            self.tell(replace(command(run, "1", self.sensor), model=MODEL))
        self.run(count)
        told = verdict(run, "pass", function, serial="1", sensor=self.sensor, model=MODEL, channel=channel)
        self.tell(replace(told, device_adjusted=adjusted, uncertainty=uncertainty))
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
