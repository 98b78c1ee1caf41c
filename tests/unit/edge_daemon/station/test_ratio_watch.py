# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An hour whose energy does not fit its sun becomes an anomaly of the station, and a later one that fits ends it."""

from dataclasses import replace

import pytest

from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.entry import Entry
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.ratio_watch import RatioWatch
from edge_daemon.station.summaries import Summariser
from tests.unit.edge_daemon.station.summary_world import METER, POWER, SummaryWorld, configuration
from tests.unit.edge_daemon.station.test_anomalies import Station
from tests.unit.edge_daemon.station.test_summaries import FACTOR, MIDNIGHT, parameter

SUN = ChannelBody("irradiance", "W/m²", -10, 2000, "irradiance", "W/m²")


class Plant(SummaryWorld):
    """A plant rated at 10 kW with a pyranometer; what is said of its hours goes into the log of a `Station`."""

    ratios: RatioWatch
    station: Station

    @classmethod
    def begun(cls) -> "Plant":
        made = cls(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
        metered = configuration(METER, "power_meter", POWER)
        made.begin(replace(metered, settings={"rated_power_kw": 10.0}), configuration("sun", "irradiance", SUN))
        made.write(PlanBody((parameter(METER, "power", factor=FACTOR),
                             parameter("sun", "irradiance", parameter="sun", unit="W/m²")), "Ana"))  # fmt: skip
        made.station = Station()
        index = HourIndex(made.read_bytes, block=made.block)
        made.ratios = RatioWatch(index, made.station.desk.say)
        made.summariser = Summariser(index, made.kept, lambda: made.true_ns)
        return made

    def kept(self, body: SummaryBody) -> tuple[int, Entry]:
        told = self.keep(body)
        self.ratios.written(body)
        return told

    def hours(self, *hours: tuple[float, float]) -> None:
        """Hours of watts and W/m², each summarised once it is over."""
        for watts, irradiance in hours:
            for _ in range(12):
                self.sample(METER, power=watts)
                self.sample("sun", irradiance=irradiance)
                self.run(300)
        self.sample(METER, power=hours[-1][0])
        self.run(900)
        self.summarise()
        self.run(HOUR_NS // 10**9 - 900)


@pytest.mark.parametrize("watts", [12_000.0, 3_000.0])
def test_an_hour_that_does_not_fit_is_told_once_with_its_numbers_and_ends(watts: float) -> None:
    plant = Plant.begun()
    plant.hours((8_000.0, 900.0))
    assert plant.station.kept == []
    plant.hours((watts, 900.0))
    (begun,) = plant.station.told
    assert (begun.rule, begun.event, begun.sensors) == ("performance_ratio", "begin", ("sun", METER))
    assert f"{watts / 9000:.2f}" in begun.text
    assert "900 W/m²" in begun.text
    (shown,) = plant.station.desk.now()
    assert shown.title == "Energy does not fit the sun"
    plant.hours((watts, 900.0))
    assert len(plant.station.told) == 1
    plant.hours((8_000.0, 3.0))
    assert len(plant.station.told) == 1, "an hour without strong sun says nothing"
    plant.hours((8_000.0, 900.0))
    assert [one.event for one in plant.station.told] == ["begin", "end"]
    assert plant.station.told[1].text.startswith("Energy does not fit the sun: no longer so.")
    assert plant.station.desk.now() == ()


def test_what_the_plan_compares_no_more_ends() -> None:
    plant = Plant.begun()
    plant.hours((12_000.0, 900.0))
    assert len(plant.station.desk.now()) == 1
    plant.write(PlanBody((parameter(METER, "power", factor=FACTOR),), "Ana"))
    plant.hours((12_000.0, 900.0))
    assert plant.station.desk.now() == ()
    assert "does not compare them any more" in plant.station.told[-1].text


def test_a_plant_whose_rated_power_is_taken_away_is_judged_no_more() -> None:
    plant = Plant.begun()
    plant.hours((12_000.0, 900.0))
    plant.configurations[METER] = plant.write(configuration(METER, "power_meter", POWER))
    plant.hours((12_000.0, 900.0), (12_000.0, 900.0))
    assert plant.station.desk.now() == ()
    assert [one.event for one in plant.station.told] == ["begin", "end"]
    assert "is not set any more" in plant.station.told[-1].text


def test_an_hour_that_is_told_anew_is_not_judged_again() -> None:
    plant = Plant.begun()
    plant.hours((8_000.0, 900.0))
    assert plant.summariser is not None
    plant.ratios = RatioWatch(plant.summariser.index, plant.station.desk.say)  # a restart forgets what was judged
    plant.amend("value_correction", 0, len(plant.data) - 1, sensors=(METER,), channels=("power",), gain=2.0, offset=0.0)
    assert any(one.replaces is not None for one in plant.summarise())
    assert plant.station.kept == []
