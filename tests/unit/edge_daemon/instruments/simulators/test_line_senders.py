# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated controllers that print text lines. Pure."""

import json
from functools import reduce
from operator import xor

import pytest

from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.line_sender import BANNER, BOOT_S, LineSender, sealed
from edge_daemon.instruments.simulators.models import air_quality_station, alphasense_no2_b43f, line_stream

T0 = 1_800_000_000.0
each_maker = pytest.mark.parametrize(
    "make",
    [*air_quality_station.SIMULATED.values(), *alphasense_no2_b43f.SIMULATED.values(), *line_stream.SIMULATED.values()],
)


def body(line: bytes) -> str:
    text, star, rest = line.rpartition(b"*")
    assert star
    assert rest == b"%02X\r\n" % reduce(xor, text, 0)
    return text.decode()


def test_boot_text_comes_first_and_again_after_a_power_cut() -> None:
    sender = LineSender("line_stream", lambda _now, elapsed: f"{elapsed:.1f}", 1.0, T0)
    assert sender.due(T0) == b""
    assert sender.due(T0 + BOOT_S) == BANNER
    assert body(sender.due(T0 + BOOT_S + 1.0)) == "1.4"
    assert sender.due(T0 + BOOT_S + 1.5) == b""
    sender.power_up(T0 + 10.0)
    assert sender.next_due() == T0 + 10.0 + BOOT_S
    assert sender.due(T0 + 11.0) == BANNER


def test_lines_that_were_missed_are_not_made_up() -> None:
    sender = LineSender("line_stream", lambda _now, elapsed: f"{elapsed:.1f}", 1.0, T0)
    sender.due(T0 + BOOT_S)
    assert sender.due(T0 + 60.9).count(b"\n") == 1
    assert sender.next_due() == pytest.approx(T0 + 61.4)


@each_maker
def test_lines_are_sealed_repeatable_and_can_be_spoiled(make: Maker) -> None:
    sender, twin = make(5, T0, None), make(5, T0, None)
    assert sender.due(T0 + BOOT_S) == twin.due(T0 + BOOT_S) == BANNER
    line = sender.due(sender.next_due())
    assert line == twin.due(twin.next_due())
    body(line)
    spoiled = sender.spoil(line)
    assert spoiled[:-4] == line[:-4]
    assert spoiled != line
    assert sender.spoil(BANNER) == BANNER
    assert sender.receive(b"hello", T0) == b""


def test_the_checksum_is_that_of_nmea() -> None:
    assert sealed("GPGLL,5057.970,N,00146.110,E,142451,A") == b"GPGLL,5057.970,N,00146.110,E,142451,A*27\r\n"


def test_ozone_is_high_by_day_and_nothing_is_negative() -> None:
    hours = [air_quality_station.air_quality(1, T0 - T0 % 86_400 + 3600.0 * hour) for hour in range(24)]
    assert all(value >= 0 for each in hours for value in each.values())
    assert hours[15]["o3"] > 2 * hours[3]["o3"]
    assert all(each["pm10"] >= each["pm2_5"] for each in hours)


def test_the_station_tells_its_warm_up() -> None:
    station = air_quality_station.SIMULATED["air_station"](1, T0, 60.0)
    station.due(T0 + BOOT_S)
    first = json.loads(body(station.due(station.next_due())))
    assert (first["pm2_5"], first["err"]) == (None, "warmup")


def test_the_cell_falls_from_its_switching_on() -> None:
    warm, cold = (alphasense_no2_b43f.SIMULATED["no2_b43f"](1, T0, warm_up) for warm_up in (0.0, 7200.0))
    working = []
    for cell in (warm, cold):
        cell.due(T0 + BOOT_S)
        working.append(float(body(cell.due(cell.next_due())).split(",")[0].partition(":")[2]))
    assert working[1] - working[0] > 80
