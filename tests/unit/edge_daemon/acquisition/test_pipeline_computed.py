# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A dendrometer's readings after its calibration: what is computed from the calibrated channel follows it."""

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from edge_daemon.acquisition.pipeline import Pipeline
from edge_daemon.buffer.record import Committed
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import StreamDriver
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import Body, ChannelBody, ConfigurationBody, ConnectionBody
from edge_daemon.log.calibration_body import Outcome, ValueFunction
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import LoggedReading, Stamp, decode_reading
from edge_daemon.log.setup import ConfiguredSensor
from edge_daemon.station.calibrations import CalibrationBook
from edge_daemon.station.computed_channels import with_computed_channels
from edge_daemon.station.device_setup import device_setup
from edge_daemon.station.journal import record_of
from tests.unit.edge_daemon.log.calibration_world import T_NS, installed, start, verdict

STEM, SERIAL = "stem", "D-1"
MODELS = load_catalogue()
LOW = ValueFunction("polynomial", (0.01, 1.05))


def configured(model: str, settings: Mapping[str, OptionValue]) -> ConfigurationBody:
    known = MODELS[model]
    body = ConfigurationBody(
        STEM,
        "recording",
        STEM,
        known.kind,
        model,
        known.driver,
        "1",
        900 * 10**9,
        tuple(ChannelBody(one.name, one.unit, one.minimum, one.maximum) for one in known.channels),
        ConnectionBody("usb", "usb", "9600 8N1"),
        {**known.options, **settings},
        demo=False,
        primary=known.primary,
    )
    return with_computed_channels(body, known)


class Tree:
    """A dendrometer that prints millimetres, its pipeline, and the log that both write."""

    def __init__(self, model: str = "dendrometer_mm", **settings: OptionValue) -> None:
        self.model, self.settings = model, settings
        self.book = CalibrationBook(Calibrations())
        self.size, self.t_ns = 0, T_NS
        self.configure()
        self.write(installed(SERIAL, STEM, model))

    def configure(self, **settings: OptionValue) -> None:
        self.settings |= settings
        self.body = configured(self.model, self.settings)
        index = self.write(self.body)
        sensor = ConfiguredSensor(index, self.body)
        self.setup = device_setup(
            sensor, MODELS[self.model], accounted=None, off_cause="", calibration=self.book.source(STEM)
        )
        self.pipeline = Pipeline(self.setup)

    def calibrated(self, channel: str, outcome: Outcome = "pass") -> int:
        run = self.write(start(SERIAL, STEM, channel, self.model))
        function = LOW if outcome == "pass" else None
        body = verdict(run, outcome, function, serial=SERIAL, sensor=STEM, model=self.model, channel=channel)
        return self.write(replace(body, takes_effect=outcome == "pass"))

    def line(self, text: str) -> LoggedReading:
        known = driver(self.body.driver)
        assert isinstance(known, StreamDriver)
        sample = known.decode(text.encode(), self.body.settings)
        assert sample is not None
        record = self.pipeline.reading(sample, self._stamp(), warming_up=False)
        self.pipeline.recorded(record)
        self.size += 1
        return decode_reading(record.data)

    def write(self, body: Body) -> int:
        index, self.size = self.size, self.size + 1
        self.book.committed([Committed(index, record_of(body, self._stamp()))])
        return index

    def _stamp(self) -> Stamp:
        self.t_ns += 10**9
        return Stamp(self.t_ns, self.t_ns // 1000 - T_NS // 1000, bytes(16))


@pytest.mark.parametrize(("dimension", "factor"), [("radius", 2.0), ("diameter", 1.0), ("circumference", 1 / math.pi)])
def test_the_diameter_that_growth_is_told_from_is_calibrated_with_the_sensor(dimension: str, factor: float) -> None:
    tree = Tree(dimension=dimension)
    calibration = tree.calibrated("compensated")
    reading = tree.line('{"mm": 4.0, "temp_c": 20.0}')
    assert reading.calibrations == {"compensated": calibration, "diameter": calibration, "movement": calibration}
    diameter = reading.channels["diameter"]
    assert diameter.raw == pytest.approx(4.0 * factor)
    assert diameter.value == pytest.approx(factor * (0.01 + 1.05 * 4.0))
    assert reading.channels["compensated"].value == pytest.approx(0.01 + 1.05 * 4.0)
    assert reading.channels["movement"].value == pytest.approx(0.01 + 1.05 * 4.0)
    assert reading.channels["temperature"].value == 20.0


def test_a_failure_makes_the_diameter_suspect() -> None:
    tree = Tree()
    tree.calibrated("compensated", "fail")
    reading = tree.line('{"mm": 4.0, "temp_c": 20.0}')
    assert {name for name, one in reading.channels.items() if one.flag is Flag.SUSPECT} == {
        "compensated",
        "diameter",
        "movement",
    }


def test_another_dimension_makes_another_diameter_at_once() -> None:
    tree = Tree(dimension="radius")
    calibration = tree.calibrated("compensated")
    old = tree.pipeline
    tree.configure(dimension="circumference")
    new, tree.pipeline = tree.pipeline, old
    # The recorder of before may still make a reading: it names the configuration of before, and follows that.
    tree.body = replace(tree.body, settings={**tree.body.settings, "dimension": "radius"})
    assert tree.line('{"mm": 4.0, "temp_c": 20.0}').channels["diameter"].value == pytest.approx(2 * (0.01 + 4.2))
    tree.pipeline = new
    tree.body = replace(tree.body, settings={**tree.body.settings, "dimension": "circumference"})
    reading = tree.line('{"mm": 4.0, "temp_c": 20.0}')
    assert reading.calibrations["diameter"] == calibration
    assert reading.channels["diameter"].value == pytest.approx((0.01 + 4.2) / math.pi)


def test_nitrogen_dioxide_in_ppb_follows_the_one_in_micrograms() -> None:
    zeros = {"we_electronic_zero_mv": 225.0, "ae_electronic_zero_mv": 229.0, "sensitivity_mv_per_ppb": 0.3}
    tree = Tree("alphasense_no2_b43f", **zeros)
    calibration = tree.calibrated("no2")
    reading = tree.line('{"we_mv": 262.0, "ae_mv": 246.0, "temp_c": 20.0}')
    mass, share = reading.channels["no2"], reading.channels["no2_ppb"]
    assert reading.calibrations == {"no2": calibration, "no2_ppb": calibration}
    assert mass.raw
    assert mass.value
    assert share.raw
    assert share.value is not None
    assert share.value / mass.value == pytest.approx(share.raw / mass.raw)
    # As the air is, a microgram is another number of ppb from reading to reading.
    tree.configure(reference_temperature="measured")
    assert set(tree.line('{"we_mv": 262.0, "ae_mv": 246.0, "temp_c": 20.0}').calibrations) == {"no2"}


def test_settings_that_cannot_be_make_no_relation() -> None:
    body = configured("dendrometer_mm", {"dimension": "height"})
    told = {one.name: one.computed for one in body.channels if one.computed}
    assert {name: one.how for name, one in told.items()} == {"diameter": "instrument", "movement": "instrument"}
