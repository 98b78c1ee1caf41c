# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Computed channels in evidence: made again from raw, by the configuration and the calibration that a reading names."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.domain.channel import ChannelValue, Computed, Flag
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibrations import value_of
from edge_daemon.log.entry import encode_reading
from sync.evidence.verdict import Check
from tests.unit.sync.evidence.test_calibrations import Calibrated, told
from tests.unit.sync.recorded import TEMPERATURE, WIND
from tests.unit.sync.signed_logs import SENSOR

LINE = ValueFunction("polynomial", (0.1, 1.07))
FACTOR = 1 / math.pi


class Computing(Calibrated):
    """A log whose sensor's second channel is computed from the first."""

    def configure(self, how: str = "proportional", factor: float = FACTOR) -> None:
        wind = replace(WIND, minimum=-1e3, maximum=1e3, computed=Computed("temperature", how, factor))  # type: ignore[arg-type]  # a test names it
        self.configuration = self.recorded.sensor(SENSOR, (TEMPERATURE, wind))

    def both(self, raw: float, index: int, *, value: float | None = None, named: bool = True) -> int:
        self.recorded.pass_(1.0)
        own = ValueFunction("polynomial", (0.1 * FACTOR, 1.07))
        made = value_of(own, raw * FACTOR) if value is None else value
        channels = {
            "temperature": ChannelValue(raw, value_of(LINE, raw), Flag.GOOD),
            "wind": ChannelValue(raw * FACTOR, made, Flag.GOOD),
        }
        cal = {"temperature": index} | ({"wind": index} if named else {})
        return self.recorded.put(encode_reading(self.recorded.stamp(), SENSOR, channels, 90, self.configuration, cal))


@pytest.fixture
def log() -> Computing:
    found = Computing()
    found.open()
    return found


def verified(log: Computing, folder: Path) -> Check:
    return told(log.verdict(folder))


def test_a_computed_value_is_made_again_to_the_last_bit(log: Computing, tmp_path: Path) -> None:
    log.configure()
    index = log.calibrate(LINE)
    for number in range(20):
        log.both(20.0 + number / 7, index)
    found = verified(log, tmp_path)
    assert found.outcome == "passed"
    assert "40 values are, to the last bit" in found.words


def test_the_last_bit_of_a_computed_value_counts(log: Computing, tmp_path: Path) -> None:
    log.configure()
    index = log.calibrate(LINE)
    good = value_of(ValueFunction("polynomial", (0.1 * FACTOR, 1.07)), 20.0 * FACTOR)
    bad = log.both(20.0, index, value=math.nextafter(good, 99))
    found = verified(log, tmp_path)
    assert (found.outcome, found.entry) == ("failed", bad)


def test_a_computed_channel_left_as_raw_is_told(log: Computing, tmp_path: Path) -> None:
    log.configure()
    index = log.calibrate(LINE)
    log.both(20.0, index)
    bad = log.both(20.0, index, value=20.0 * FACTOR, named=False)
    found = verified(log, tmp_path)
    assert (found.outcome, found.entry) == ("failed", bad)


def test_the_configuration_decides_whether_it_is_computed(log: Computing, tmp_path: Path) -> None:
    log.configure("instrument", 1.0)
    index = log.calibrate(LINE)
    bad = log.both(20.0, index)
    found = verified(log, tmp_path)
    assert (found.outcome, found.entry) == ("failed", bad)
