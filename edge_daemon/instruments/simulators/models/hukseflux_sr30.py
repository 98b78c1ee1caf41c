# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Hukseflux SR30 under the sky, alone or with others on a bus. Pure.

Source: Hukseflux, SR05-D1A3-PV user manual v1801 (map); makers of loggers (diagnostic registers).
"""

from collections.abc import Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.modbus_line import ILLEGAL_ADDRESS, ModbusLine, Refusal, placed, words
from edge_daemon.instruments.simulators.sun import irradiance

NAME = "SR30-D1"
SENSITIVITY_UV = 14.86
CALIBRATED = 20240517
FIRMWARE, HARDWARE = 105, 3
SCALE = 100
VENTILATOR_RPM = 5230
HEATER_MA = 138
TILT_DEG = 12.34
PRESSURE_HPA = 1013.25
MOST_REGISTERS = 5
FIRST_SERIAL = 2507


class Sr30:
    """The register map of one pyranometer. A changed address holds from the next power-up on."""

    model = "hukseflux_sr30"

    def __init__(self, seed: int, *, address: int = 1, serial: int = FIRST_SERIAL) -> None:
        self._seed = seed
        self.address = address
        self._next_address = address
        self._serial = serial

    def power_up(self, now: float) -> None:  # noqa: ARG002 - nothing depends on when
        """The address that was written holds now."""
        self.address = self._next_address

    def most_registers(self) -> int:
        """A longer read is refused."""
        return MOST_REGISTERS

    def write(self, register: int, value: int, now: float) -> None:  # noqa: ARG002 - takes effect at power-up
        """The address is all that can be written here."""
        if register != 0 or not 1 <= value <= 247:
            raise Refusal(ILLEGAL_ADDRESS)
        self._next_address = value

    def registers(self, now: float) -> Mapping[int, int]:
        """The whole map at this time."""
        sunlight = irradiance(self._seed, now)
        air = physics.air(self._seed, now)
        body = air.temperature_degc + sunlight / 400.0
        uncompensated = sunlight * (1.0 + 0.0002 * (body - 20.0))
        return {
            **dict.fromkeys(range(100), 0),
            **placed(0, (self._next_address, 5)),
            **placed(2, words("i", sunlight * SCALE)),
            **placed(4, words("i", uncompensated * SCALE)),
            **placed(6, (*words("h", body * SCALE), 10_850, SCALE, SCALE)),
            **placed(10, words("i", uncompensated * SENSITIVITY_UV * 1e3)),
            **placed(32, _swapped(NAME)),
            **placed(40, (self._serial, *words("f", SENSITIVITY_UV))),
            **placed(46, words("I", CALIBRATED)),
            **placed(61, (FIRMWARE, HARDWARE)),
            **placed(63, (*words("f", 14.91), *words("I", 20220510))),
            **placed(98, (*words("H", 1875 + 50 * physics.noise(self._seed, "damp", now, 3600.0)),)),
            **placed(99, words("h", (body - 0.4) * SCALE)),
            **placed(137, words("H", PRESSURE_HPA * 32)),
            **placed(194, (*words("H", TILT_DEG * 100), *words("H", TILT_DEG * 100 - 5))),
            **placed(196, (*words("H", VENTILATOR_RPM + 8 * physics.noise(self._seed, "fan", now, 5.0)), 0)),
            **placed(198, (HEATER_MA, 61)),
        }


def _swapped(text: str) -> tuple[int, ...]:
    """Sixteen characters, two in a register, the first in its low byte."""
    data = text.encode("ascii").ljust(16, b"\0")
    return tuple(data[at] | data[at + 1] << 8 for at in range(0, 16, 2))


def _make(seed: int, _now: float, _warm_up_s: float | None) -> ModbusLine:
    return ModbusLine([Sr30(seed, serial=FIRST_SERIAL - 1 + seed)])


SIMULATED: Mapping[str, Maker] = {"sr30": _make}
