# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated Modbus lines: a transmitter with four numbers, and an RS-485 bus that three devices share. Pure."""

from collections.abc import Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.modbus_line import ILLEGAL_ADDRESS, ModbusLine, Refusal, placed, words
from edge_daemon.instruments.simulators.models.hukseflux_sr30 import Sr30
from edge_daemon.instruments.simulators.models.schneider_pm5000 import Pm5000

EAST, WEST, METER = 1, 2, 10
"""Addresses on the bus: two pyranometers and the plant's meter."""


class Transmitter:
    """Four 32-bit floats in registers 0 to 7: air temperature, humidity, CO2 and wind speed."""

    model = "modbus_profile"
    address = 1

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def power_up(self, now: float) -> None:
        """Nothing is forgotten."""

    def most_registers(self) -> int:
        """As the standard."""
        return 125

    def write(self, register: int, value: int, now: float) -> None:  # noqa: ARG002 - refuses whatever comes
        """Nothing can be written here."""
        raise Refusal(ILLEGAL_ADDRESS)

    def registers(self, now: float) -> Mapping[int, int]:
        """The eight registers at this time."""
        air = physics.air(self._seed, now)
        values = (air.temperature_degc, air.humidity_percent, air.co2_ppm, physics.wind(self._seed, now).speed_m_s)
        return placed(0, [word for value in values for word in words("f", value)])


def bus(seed: int, now: float) -> ModbusLine:
    """Two pyranometers and a meter on one line."""
    east, west = Sr30(seed, address=EAST), Sr30(seed + 1, address=WEST, serial=2508)
    return ModbusLine([east, west, Pm5000(seed, now, address=METER)])


def _make(seed: int, _now: float, _warm_up_s: float | None) -> ModbusLine:
    return ModbusLine([Transmitter(seed)])


def _make_bus(seed: int, now: float, _warm_up_s: float | None) -> ModbusLine:
    return bus(seed, now)


SIMULATED: Mapping[str, Maker] = {"modbus": _make, "modbus_bus": _make_bus}
