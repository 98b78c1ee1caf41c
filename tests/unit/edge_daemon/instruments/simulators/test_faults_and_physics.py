# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Faults of the line, and the plausibility of the simulated weather. Pure."""

import statistics

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.faults import FaultyLine, LineFault
from edge_daemon.instruments.simulators.models.gill_windsonic import WindSonic
from edge_daemon.instruments.simulators.physics import Wind

T0 = 1_800_000_000.0
LINE = b"\x02Q,229,002.74,M,00,\x0316\r\n"
DAY = [T0 + 60.0 * minute for minute in range(1440)]


def line_with(fault: LineFault) -> FaultyLine:
    line = FaultyLine(WindSonic(lambda _now: Wind(2.74, 229), T0), seed=5)
    line.switch(fault)
    return line


def test_a_sound_line_changes_nothing() -> None:
    assert line_with(LineFault.NONE).due(T0 + 1.0) == LINE


def test_silence_carries_nothing_either_way() -> None:
    line = line_with(LineFault.SILENCE)

    assert line.due(T0 + 1.0) == b""
    assert line.receive(b"*", T0) == b""
    line.switch(LineFault.NONE)
    assert line.due(T0 + 2.0) == LINE


def test_garbage_is_as_long_and_something_else() -> None:
    garbage = line_with(LineFault.GARBAGE).due(T0 + 1.0)

    assert len(garbage) == len(LINE)
    assert garbage != LINE


def test_a_wrong_checksum_leaves_the_rest_intact() -> None:
    assert line_with(LineFault.WRONG_CHECKSUM).due(T0 + 1.0) == LINE.replace(b"16\r", b"10\r")


def test_a_slow_drip_delivers_every_byte_alone_and_in_order() -> None:
    line = line_with(LineFault.SLOW_DRIP)
    arrived: list[bytes] = []
    line.due(T0 + 1.0)
    while len(arrived) < len(LINE):
        now = line.next_due()
        arrived.append(line.due(now))
        assert line.next_due() > now

    assert b"".join(arrived) == LINE
    assert {len(drop) for drop in arrived} == {1}


def test_weather_repeats_for_a_seed_and_differs_between_seeds() -> None:
    assert physics.air(1, T0) == physics.air(1, T0)
    assert physics.air(1, T0) != physics.air(2, T0)


def test_air_stays_plausible_all_day() -> None:
    air = [physics.air(3, now) for now in DAY]

    assert all(410 <= each.co2_ppm <= 480 for each in air)
    assert all(5 <= each.temperature_degc <= 40 for each in air)
    assert all(5 <= each.humidity_percent <= 99 for each in air)
    assert max(each.co2_ppm for each in air) - min(each.co2_ppm for each in air) > 20


def test_noise_is_correlated() -> None:
    near = [abs(physics.noise(1, "x", now + 1.0, 100.0) - physics.noise(1, "x", now, 100.0)) for now in DAY]
    far = [abs(physics.noise(1, "x", now + 300.0, 100.0) - physics.noise(1, "x", now, 100.0)) for now in DAY]

    assert statistics.mean(near) < statistics.mean(far) / 10


def test_wind_has_gusts_and_spells_of_calm() -> None:
    speeds = [physics.wind(1, now).speed_m_s for now in DAY]

    assert min(speeds) == 0.0
    assert max(speeds) > 4.0
    assert all(0 <= physics.wind(1, now).direction_deg < 360 for now in DAY)
