# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The pH electrode: Nernst's slope, what two or more buffers tell of it, and what buffers are worth. Pure.

Source: calibration reference, section 1.4.9 (F4, F5).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge_daemon.metrology.interpolation import straight_between

GAS_CONSTANT = 8.314462618
FARADAY = 96485.33212
ISOPOTENTIAL_PH = 7.0
_KELVIN = 273.15
_REFERENCE_K = 298.15

_TABLE_C = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0)
AMERICAN_BUFFERS: Mapping[float, tuple[tuple[float, float], ...]] = {
    4.00: tuple(zip(_TABLE_C, (4.00, 4.00, 4.00, 4.00, 4.00, 4.00, 4.01, 4.03), strict=True)),
    7.00: tuple(zip(_TABLE_C, (7.12, 7.09, 7.06, 7.04, 7.02, 7.00, 6.99, 6.98), strict=True)),
    10.01: tuple(zip(_TABLE_C, (10.32, 10.25, 10.18, 10.12, 10.06, 10.01, 9.97, 9.89), strict=True)),
}
"""(°C, pH) of each buffer by its value at 25 °C."""


@dataclass(frozen=True, slots=True)
class Electrode:
    """`slope_mv` per pH and `zero_mv` at pH 7, at `temperature_c`; residuals in mV in the order of the buffers."""

    slope_mv: float
    zero_mv: float
    temperature_c: float
    residuals: tuple[float, ...] = ()

    @property
    def efficiency_percent(self) -> float:
        """Share of Nernst's slope at this temperature."""
        return 100 * self.slope_mv / nernst_slope(self.temperature_c)

    @property
    def slope25_mv(self) -> float:
        """The slope brought to 25 °C, by which an electrode is judged: cold alone does not make it look worn."""
        return self.slope_mv * _REFERENCE_K / (self.temperature_c + _KELVIN)

    def slope_at(self, temperature_c: float) -> float:
        """The slope in a sample of another temperature, in mV per pH."""
        return self.slope_mv * (temperature_c + _KELVIN) / (self.temperature_c + _KELVIN)

    def ph(self, voltage_mv: float, temperature_c: float) -> float:
        """pH of a sample (F5); lines of all temperatures meet at pH 7."""
        return ISOPOTENTIAL_PH + (voltage_mv - self.zero_mv) / self.slope_at(temperature_c)


def nernst_slope(temperature_c: float) -> float:
    """mV per pH of an ideal electrode (F4). Raises ValueError at or below absolute zero."""
    if temperature_c <= -_KELVIN:
        raise ValueError(f"{temperature_c:g} °C is below absolute zero")
    return -1000 * math.log(10) * GAS_CONSTANT * (temperature_c + _KELVIN) / FARADAY


def electrode_of(buffers: Sequence[tuple[float, float]], temperature_c: float) -> Electrode:
    """The least-squares line through (pH, mV) of two or more buffers, all at `temperature_c`.

    Raises ValueError for fewer than two different buffers.
    """
    if len({ph for ph, _ in buffers}) < 2:
        raise ValueError("two different buffers at least are needed")
    steps = [ph - ISOPOTENTIAL_PH for ph, _ in buffers]
    middle, mean = math.fsum(steps) / len(steps), math.fsum(mv for _, mv in buffers) / len(buffers)
    spread = math.fsum((step - middle) ** 2 for step in steps)
    together = math.fsum((step - middle) * (mv - mean) for step, (_, mv) in zip(steps, buffers, strict=True))
    slope = together / spread
    zero = mean - slope * middle
    residuals = tuple(mv - zero - slope * step for step, (_, mv) in zip(steps, buffers, strict=True))
    return Electrode(slope, zero, temperature_c, residuals)


def segment_slopes(buffers: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """mV per pH between neighbouring buffers, by rising pH. Raises ValueError for equal buffers."""
    slopes = []
    for (ph0, mv0), (ph1, mv1) in pairwise(sorted(buffers)):
        if ph0 == ph1:
            raise ValueError(f"two buffers of pH {ph0:g}: different ones are needed")
        slopes.append((mv1 - mv0) / (ph1 - ph0))
    return tuple(slopes)


def buffer_ph(nominal: float, temperature_c: float) -> float:
    """pH of an American buffer at a temperature, straight between the table's. Raises ValueError for none such."""
    table = AMERICAN_BUFFERS.get(nominal)
    if table is None:
        raise ValueError(
            f"no buffer of pH {nominal:g}: {', '.join(f'{one:.2f}' for one in AMERICAN_BUFFERS)} are known"
        )
    if not table[0][0] <= temperature_c <= table[-1][0]:
        raise ValueError(f"{temperature_c:g} °C: buffers are known from {table[0][0]:g} to {table[-1][0]:g} °C")
    return straight_between(table, temperature_c)
