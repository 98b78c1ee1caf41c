# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated Modbus devices and the sun they stand under: standard frames, a shared bus, energy that only grows."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.modbus_line import ModbusLine, crc16, words
from edge_daemon.instruments.simulators.models.hukseflux_sr30 import Sr30
from edge_daemon.instruments.simulators.models.modbus_bus import EAST, METER, WEST, bus
from edge_daemon.instruments.simulators.models.schneider_ion7550 import Ion7550
from edge_daemon.instruments.simulators.models.schneider_pm5000 import Pm5000
from edge_daemon.instruments.simulators.shelf import makers
from edge_daemon.instruments.simulators.sun import Plant, irradiance, sun_height

T0 = 1_800_000_000.0
NOON = T0 - T0 % 86_400 + 43_200


def sealed(text: str) -> bytes:
    return bytes.fromhex(text) + crc16(bytes.fromhex(text))


def test_the_checksum_is_that_of_the_standard() -> None:
    assert crc16(b"123456789") == bytes.fromhex("374B")


def test_the_pyranometer_answers_as_its_makers_frames_ask() -> None:
    line = ModbusLine([Sr30(1)])
    reply = line.receive(bytes.fromhex("01 03 00 02 00 05 24 09"), NOON)
    assert reply[:3] == bytes.fromhex("01 03 0A")
    assert crc16(reply[:-2]) == reply[-2:]
    compensated, uncompensated, body = struct.unpack(">iih", reply[3:13])
    assert 15_000 < compensated < 130_000
    assert uncompensated == pytest.approx(compensated, rel=0.02)
    assert 0 < body < 6000
    name = line.receive(sealed("01 03 00 20 00 05"), NOON)
    assert name[3:-2] == bytes.fromhex("52 53 30 33 44 2D 00 31 00 00")


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("01 03 00 02 00 06", "01 83 03"),
        ("01 03 00 C8 00 01", "01 83 02"),
        ("01 05 00 02 FF 00", "01 85 01"),
        ("01 06 00 02 00 01", "01 86 02"),
        ("01 06 00 00 00 05", "01 06 00 00 00 05"),
        ("01 10 00 00 00 01 02 00 05", "01 10 00 00 00 01"),
        ("01 10 00 00 00 02 02 00 05", "01 90 03"),
    ],
)
def test_refusals_and_confirmations(request_: str, reply: str) -> None:
    assert ModbusLine([Sr30(1)]).receive(sealed(request_), NOON) == sealed(reply)


def test_each_device_on_a_bus_answers_to_its_own_address() -> None:
    line = bus(1, NOON)
    serials = [line.receive(sealed(f"{address:02X} 03 00 28 00 01"), NOON)[3:5] for address in (EAST, WEST)]
    assert [int.from_bytes(serial, "big") for serial in serials] == [2507, 2508]
    assert line.receive(sealed(f"{METER:02X} 03 00 59 00 01"), NOON)[3:5] == bytes.fromhex("3BA9")
    assert line.receive(sealed("03 03 00 28 00 01"), NOON) == b""


def test_a_silent_device_leaves_the_others_alone() -> None:
    line = bus(1, NOON)
    line.silent.add(WEST)
    assert line.receive(sealed(f"{WEST:02X} 03 00 28 00 01"), NOON) == b""
    assert line.receive(sealed(f"{EAST:02X} 03 00 28 00 01"), NOON) != b""


def test_a_broken_request_is_skipped_and_the_next_one_answered() -> None:
    line = ModbusLine([Sr30(1)])
    good = sealed("01 03 00 28 00 01")
    assert line.receive(good[:-1] + b"\0", NOON) == b""
    assert line.receive(good, NOON + 0.01)[3:5] == bytes.fromhex("09CB")
    assert line.receive(good[:5], NOON + 1) == b""
    assert line.receive(good[5:], NOON + 1.01)[3:5] == bytes.fromhex("09CB")
    assert line.receive(good[:5], NOON + 2) == b""
    assert line.receive(good, NOON + 3)[3:5] == bytes.fromhex("09CB"), "the silence ended the broken frame"


def test_over_tcp_the_transaction_comes_back() -> None:
    line = ModbusLine([Pm5000(1, NOON)], tcp=True)
    reply = line.receive(bytes.fromhex("AB CD 00 00 00 06 01 03 0C 25 00 02"), NOON)
    assert reply[:9] == bytes.fromhex("AB CD 00 00 00 07 01 03 04")
    assert struct.unpack(">f", reply[9:])[0] == pytest.approx(50, abs=0.1)
    assert line.spoil(reply) == reply


def test_the_meters_maps_hold_the_same_plant() -> None:
    pm5000, ion, legacy = Pm5000(1, NOON), Ion7550(1, NOON), Ion7550(1, NOON, legacy=True)
    power = struct.unpack(">f", struct.pack(">2H", *(pm5000.registers(NOON)[address] for address in (3059, 3060))))[0]
    for meter, address in ((ion, 203), (legacy, 32)):
        registers = meter.registers(NOON)
        assert (registers[address] << 16 | registers[address + 1]) / 10 == pytest.approx(power, abs=0.06)
    registers = legacy.registers(NOON)
    assert registers[90] * 10_000 + registers[91] == 12_345_678


@given(st.lists(st.floats(0, 40_000), min_size=1, max_size=6))
def test_energy_only_grows_and_by_no_more_than_the_peak_allows(pauses: list[float]) -> None:
    plant = Plant(3, T0, peak_kw=100.0)
    now, before = T0, plant.at(T0)
    for pause in pauses:
        now += pause
        after = plant.at(now)
        assert 0 <= after.delivered_kwh - before.delivered_kwh <= 130.0 * pause / 3600 + 1e-6
        assert after.received_kwh >= before.received_kwh
        before = after


def test_the_energy_of_a_day_is_the_power_of_its_minutes() -> None:
    plant = Plant(1, NOON - 43_200)
    minutes = [plant.at(NOON - 43_200 + 60 * minute).active_kw for minute in range(1441)]
    counted = plant.at(NOON + 43_200).delivered_kwh - 12_345.678
    summed = sum(max(power, 0.0) for power in minutes) / 60
    assert counted == pytest.approx(summed, rel=0.02)
    assert counted > 300


def test_the_sun_rises_and_sets() -> None:
    day = [irradiance(1, NOON - 43_200 + 600 * step) for step in range(144)]
    assert max(day) > 400
    assert max(day) < 1250
    assert -4 < min(day) < 0
    lit = [step / 6 for step, value in enumerate(day) if value > 5]
    assert 5 < lit[0] < 8
    assert 16 < lit[-1] < 19
    assert sun_height(NOON) == max(sun_height(NOON + 60 * minute) for minute in range(-300, 300))


@pytest.mark.parametrize("name", ["sr30", "pm5000", "pm5000_tcp", "ion7550", "modbus", "modbus_bus"])
@given(data=st.binary(max_size=200))
def test_noise_is_survived(name: str, data: bytes) -> None:
    line = makers()[name](1, T0, None)
    line.receive(data, T0)
    line.receive(data, T0 + 1)
    assert line.due(T0) == b""
    assert line.next_due() == math.inf


@given(st.sampled_from("hHiIqQ"), st.floats(-1e20, 1e20))
def test_numbers_beyond_a_register_stay_at_its_end(kind: str, value: float) -> None:
    numbers = words(kind, value)
    assert all(0 <= number <= 0xFFFF for number in numbers)
