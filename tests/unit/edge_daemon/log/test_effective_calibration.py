# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings in calibration, stragglers, and readings that a wrong plug moves to another instrument's calibration."""

import pytest

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibrations import value_of
from edge_daemon.log.clock_history import Reported, Standing
from edge_daemon.log.effective import Amendments, Effective, amendments_of, effective
from edge_daemon.log.entry import Stamp, decode_reading, encode_reading
from tests.unit.edge_daemon.log.calibration_world import SENSOR, T_NS, TV_A3, entry, installed, start, told, verdict

OTHER = "roof"
SHIFT = ValueFunction("polynomial", (10.0, 1.0))
STEEP = ValueFunction("polynomial", (0.0, 0.0, 1e308))
KNOWN = told(
    (1, installed()),
    (2, installed("S-2", OTHER)),
    (10, start()),
    (20, verdict(10, function=SHIFT)),
    (21, start("S-2", OTHER)),
    (22, verdict(21, serial="S-2", sensor=OTHER)),
)


def read(
    index: int,
    raw: float,
    value: float,
    cal: dict[str, int],
    amendments: Amendments = Amendments(),  # noqa: B008  # frozen
) -> Effective:
    channels = {"co2": ChannelValue(raw, value, Flag.GOOD), "rh": ChannelValue(None, None, Flag.MISSING)}
    data = encode_reading(Stamp(T_NS, 5, bytes(16)), SENSOR, channels, 100, 1, cal)
    reported = Reported(T_NS, 1000, Standing.TRUSTED)
    return effective(index, decode_reading(data), reported, amendments, (), KNOWN)


@pytest.mark.parametrize(
    ("index", "raw", "value", "cal", "flag", "because"),
    [
        (5, 400.0, 400.0, {}, Flag.GOOD, None),
        (15, 400.0, 400.0, {}, Flag.FAIL, 10),
        (25, 400.0, 410.0, {"co2": 20}, Flag.GOOD, None),
        (25, 400.0, 400.0, {}, Flag.FAIL, 20),
    ],
    ids=["before", "in the run", "after", "straggler"],
)
def test_what_is_in_calibration_fails_and_keeps_its_numbers(
    index: int, raw: float, value: float, cal: dict[str, int], flag: Flag, because: int | None
) -> None:
    now = read(index, raw, value, cal)
    assert now.channels["co2"] == ChannelValue(raw, value, flag)
    assert now.channels["rh"].flag is Flag.MISSING
    assert (now.in_calibration, now.original.channels["co2"].flag) == (because, Flag.GOOD)
    assert now.quality == (100 if because is None else 0)
    assert {name: one.index for name, one in now.made_with.items()} == cal


def moved_to(sensor: str) -> Amendments:
    plug = AmendmentBody("wrong_plug", 0, 99, "plugs were exchanged", "Ana", reads_as=sensor)
    return amendments_of([(100, entry(plug))])


def test_a_reading_of_another_instrument_gets_its_value_by_that_ones_calibration() -> None:
    now = read(25, 735.0, 745.0, {"co2": 20}, moved_to(OTHER))
    assert now.sensor == OTHER
    assert now.channels["co2"] == ChannelValue(735.0, value_of(TV_A3, 735.0), Flag.GOOD)
    assert {name: one.index for name, one in now.made_with.items()} == {"co2": 22}
    assert read(25, 735.0, 745.0, {"co2": 20}, moved_to("shed")).channels["co2"].value == 735.0


def test_without_a_finite_value_by_the_other_calibration_it_keeps_its_own_and_fails() -> None:
    known = told((1, installed()), (2, installed("S-2", OTHER)), (3, start("S-2", OTHER)))
    known = known.after(4, entry(verdict(3, function=STEEP, serial="S-2", sensor=OTHER)))
    channels = {"co2": ChannelValue(735.0, 735.0, Flag.GOOD)}
    data = encode_reading(Stamp(T_NS, 5, bytes(16)), SENSOR, channels, 100, 1, {})
    reported = Reported(T_NS, 1000, Standing.TRUSTED)
    now = effective(25, decode_reading(data), reported, moved_to(OTHER), (), known)
    assert now.channels["co2"] == ChannelValue(735.0, 735.0, Flag.FAIL)
