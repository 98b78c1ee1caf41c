# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a log says again of the one before: a channel's own calibration, never one that it has of another. Pure."""

from dataclasses import replace

from edge_daemon.domain.channel import Computed
from edge_daemon.log.bodies import Body, ChannelBody, ConfigurationBody, ConnectionBody
from edge_daemon.log.calibration_body import CalibrationStart, CalibrationVerdict, Outcome, ValueFunction
from edge_daemon.log.carrying import carried
from tests.unit.edge_daemon.log.calibration_world import installed, start, told, verdict

STEM, MODEL, SERIAL = "stem", "dendrometer_mm", "D-1"
LOW, HIGH = ValueFunction("polynomial", (0.2, 1.05)), ValueFunction("polynomial", (0.1, 0.97))


def configured() -> ConfigurationBody:
    channels = (
        ChannelBody("compensated", "mm", -1000, 1000),
        ChannelBody("diameter", "mm", -1000, 1000, computed=Computed("compensated", "proportional", 2.0)),
    )
    return ConfigurationBody(
        STEM, "recording", STEM, "tree_growth", MODEL, "dendrometer_line", "1", 900 * 10**9, channels,
        ConnectionBody("usb", "usb", "9600 8N1"), {}, demo=False, primary="compensated",
    )  # fmt: skip


def begun(channel: str) -> CalibrationStart:
    return start(SERIAL, STEM, channel, MODEL)


def ended(run: int, channel: str, function: ValueFunction, outcome: Outcome = "pass") -> CalibrationVerdict:
    return verdict(run, outcome, function, serial=SERIAL, sensor=STEM, model=MODEL, channel=channel)


BEFORE: tuple[tuple[int, Body], ...] = ((1, configured()), (2, installed(SERIAL, STEM, MODEL)))
OWN_FIRST: tuple[tuple[int, Body], ...] = (
    (10, begun("diameter")),
    (12, ended(10, "diameter", LOW)),
    (20, begun("compensated")),
    (22, ended(20, "compensated", HIGH)),
)


def test_a_calibration_of_another_channel_is_not_carried_as_the_channels_own() -> None:
    old = told(*BEFORE, *OWN_FIRST)
    assert old.for_sensor(STEM)["diameter"].of == "compensated"
    again = list(carried(old, "verifield/AAAA"))
    assert [one.channel for one in again] == ["compensated"]
    following = told(*BEFORE, *((3 + place, body) for place, body in enumerate(again)))
    assert following.for_sensor(STEM)["diameter"].of == "compensated"
    values = old.for_sensor(STEM)["diameter"].function
    assert following.for_sensor(STEM)["diameter"].function == values


def test_a_channels_own_calibration_is_carried_beside_the_others() -> None:
    own_last = ((30, begun("diameter")), (32, ended(30, "diameter", LOW)))
    again = list(carried(told(*BEFORE, *OWN_FIRST, *own_last), "verifield/AAAA"))
    assert {one.channel: one.function for one in again} == {"compensated": HIGH, "diameter": LOW}


def test_its_doubt_is_carried_all_the_same() -> None:
    failed = ((30, begun("diameter")), (32, replace(ended(30, "diameter", LOW, "fail"), takes_effect=False)))
    again = {one.channel: one.doubted for one in carried(told(*BEFORE, *OWN_FIRST, *failed), "verifield/AAAA")}
    assert again["diameter"]
