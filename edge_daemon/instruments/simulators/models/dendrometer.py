# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated dendrometers: behind a controller that prints JSON lines, and one on Modbus with an invented map. Pure.

A stem grows by some micrometres a day, shrinks by day as it draws water and swells by night, and its band gets longer
in the sun.
"""

import functools
import json
from collections.abc import Callable, Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.line_sender import LineSender
from edge_daemon.instruments.simulators.modbus_line import ILLEGAL_ADDRESS, ModbusLine, Refusal, placed, words

INTERVAL_S = 2.0
FULL_COUNTS = 26_400
SPAN_MM = 11.0
VOLTS_PER_MM = 0.2
GROWTH_MM_PER_DAY = 0.012
SWELLING_MM = 0.06
WARMTH_MM_PER_K = 0.004
REFERENCE_DEGC = 20.0


def shown_mm(seed: int, now: float) -> float:
    """What the transducer is pushed in by: growth, swelling before dawn, and warmth of its mounting."""
    grown = GROWTH_MM_PER_DAY * (now % (200 * physics.DAY_S)) / physics.DAY_S
    swollen = SWELLING_MM * physics.diurnal(now, 6.0)
    warmth = physics.air(seed, now).temperature_degc - REFERENCE_DEGC
    return 3.0 + grown + swollen - WARMTH_MM_PER_K * warmth


def _ratio(moved_mm: float, drift: float) -> dict[str, float]:
    full = FULL_COUNTS * (1.0 + 0.002 * drift)
    return {"raw": round(full * moved_mm / SPAN_MM), "full": round(full)}


def _voltage(moved_mm: float, _drift: float) -> dict[str, float]:
    return {"volts": round(VOLTS_PER_MM * moved_mm, 5)}


def _millimetres(moved_mm: float, _drift: float) -> dict[str, float]:
    return {"mm": round(moved_mm, 4)}


def _line(told: Callable[[float, float], dict[str, float]], seed: int, now: float, _elapsed_s: float) -> str:
    values = told(shown_mm(seed, now), physics.noise(seed, "excitation", now, 600.0))
    return json.dumps({**values, "temp_c": round(physics.air(seed, now).temperature_degc, 2)}, separators=(",", ":"))


def _make(
    model: str, told: Callable[[float, float], dict[str, float]], seed: int, now: float, _warm_up_s: float | None
) -> LineSender:
    return LineSender(model, functools.partial(_line, told, seed), INTERVAL_S, now)


class RegisterDendrometer:
    """Movement in µm and temperature in tenths of a degree in registers 0 and 1: no maker's map."""

    model = "dendrometer_modbus"
    address = 2

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def power_up(self, now: float) -> None:
        """Nothing is forgotten."""

    def most_registers(self) -> int:
        """All it has."""
        return 2

    def write(self, register: int, value: int, now: float) -> None:  # noqa: ARG002 - refuses whatever comes
        """Nothing can be written here."""
        raise Refusal(ILLEGAL_ADDRESS)

    def registers(self, now: float) -> Mapping[int, int]:
        """Both registers at this time."""
        warmth = physics.air(self._seed, now).temperature_degc
        return placed(0, [*words("H", 1000 * shown_mm(self._seed, now)), *words("h", 10 * warmth)])


def _make_modbus(seed: int, _now: float, _warm_up_s: float | None) -> ModbusLine:
    return ModbusLine([RegisterDendrometer(seed)])


SIMULATED: Mapping[str, Maker] = {
    "dendrometer": functools.partial(_make, "dendrometer_potentiometer", _ratio),
    "dendrometer_volts": functools.partial(_make, "dendrometer_voltage", _voltage),
    "dendrometer_mm": functools.partial(_make, "dendrometer_mm", _millimetres),
    "dendrometer_modbus": _make_modbus,
}
