# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An hour of a meter of record whose counter and power contradict one another becomes an anomaly of the station."""

import pytest

from edge_daemon.log.entry import Entry
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.meter_watch import MeterWatch
from edge_daemon.station.summaries import Summariser
from tests.unit.edge_daemon.station.summary_world import COUNTER, METER, POWER, SummaryWorld, configuration
from tests.unit.edge_daemon.station.test_anomalies import Station
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, parameter


class Metered(SummaryWorld):
    """A meter at 12 kW; what is said of its hours goes into the log of a `Station`."""

    meter_watch: MeterWatch
    station: Station
    counted: float

    @classmethod
    def begun(cls, role: str = "record") -> "Metered":
        made = cls(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
        made.begin(configuration(METER, "power_meter", POWER, COUNTER))
        made.write(PlanBody((parameter(METER, "power", role=role),), "Ana"))
        made.station, made.counted = Station(), 100.0
        index = HourIndex(made.read_bytes, block=made.block)
        made.meter_watch = MeterWatch(index, made.station.desk.say)
        made.summariser = Summariser(index, made.kept, lambda: made.true_ns)
        return made

    def kept(self, body: SummaryBody) -> tuple[int, Entry]:
        told = self.keep(body)
        self.meter_watch.written(body)
        return told

    def hours(self, *gains: float, power: float = 12_000.0) -> None:
        """Hours of which the counter gains so many kWh, each summarised once it is over."""
        for gain in gains:
            for _ in range(12):
                self.sample(METER, power=power, energy=self.counted)
                self.counted += gain / 12
                self.run(300)
            self.sample(METER, power=power, energy=self.counted)
            self.run(900)
            self.summarise()
            self.run(HOUR_NS // 10**9 - 900)


@pytest.mark.parametrize("gain", [6.0, 13.5, 60.0])
def test_an_hour_that_contradicts_itself_is_told_once_with_both_numbers_and_ends(gain: float) -> None:
    meter = Metered.begun()
    meter.hours(12.0)
    assert meter.station.kept == []
    meter.hours(gain, gain)
    (begun,) = meter.station.told
    assert (begun.rule, begun.event, begun.sensors) == ("counter_and_power", "begin", (METER,))
    assert "12.00 kWh" in begun.text
    assert ("Set the rated power of the plant" in begun.text) is (gain == 60.0)
    if gain < 60.0:
        assert f"{gain:.2f} kWh" in begun.text
    meter.hours(12.0)
    assert [one.event for one in meter.station.told] == ["begin", "end"]
    assert meter.station.desk.now() == ()


@pytest.mark.parametrize(("gain", "power"), [(12.2, 12_000.0), (1.0, 500.0), (0.0, 900.0)])
def test_what_a_counter_s_steps_can_make_of_it_is_no_contradiction(gain: float, power: float) -> None:
    meter = Metered.begun()
    meter.hours(gain, power=power)
    assert meter.station.kept == []


def test_a_small_difference_is_told_once_it_adds_up_to_more_than_a_step_of_the_counter() -> None:
    meter = Metered.begun()
    meter.hours(12.4, 12.4)
    assert meter.station.kept == []
    meter.hours(12.4)
    assert [one.event for one in meter.station.told] == ["begin"]
    meter.hours(12.1)
    assert [one.event for one in meter.station.told] == ["begin", "end"]


def test_a_counter_of_whole_kilowatt_hours_is_right_on_the_whole() -> None:
    meter = Metered.begun()
    meter.hours(*([0.0, 1.0] * 14), power=500.0)
    assert meter.station.kept == []


def test_only_a_meter_of_record_is_judged_and_an_hour_told_anew_is_not() -> None:
    checked = Metered.begun(role="check")
    checked.hours(6.0)
    assert checked.station.kept == []
    meter = Metered.begun()
    meter.hours(12.0)
    first = next(i for i, one in enumerate(meter.entries) if one.type == "reading")
    meter.amend("value_correction", first, first + 11, sensors=(METER,), channels=("power",), gain=2.0)
    assert [one.reasons for one in meter.summarise()][-1] == ("amendment",)
    assert meter.station.kept == []
