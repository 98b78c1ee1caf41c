# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What dendrometers send, as movement in mm; and what movement means for a stem. Pure.

Sources: ams AS5311 data sheet (frame, pole pairs of 2 mm in 4096 steps); plain geometry of a round stem; linear thermal
expansion. A warm band is longer, so the stem seems to have shrunk: that is more than a night's growth.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

TRAVEL_MARGIN = 0.01
STEPS = 4096
UM_PER_STEP = 2000.0 / STEPS

PER_KELVIN = {
    "invar": 1.2e-6,
    "band wire": 1.4e-6,
    "steel": 11.7e-6,
    "steel 316": 16.0e-6,
    "steel 304": 17.3e-6,
    "aluminium": 23e-6,
    "PET": 60e-6,
}
"""Linear expansion of the materials that bands are made of."""

_OCF, _COF, _LIN, _MAGINC, _MAGDEC = 1 << 5, 1 << 4, 1 << 3, 1 << 2, 1 << 1
_FRAME_BITS = 18


def from_ratio(raw: float, full: float, span_mm: float) -> float | None:
    """Position of a potentiometer over its whole travel, with the excitation read by the same converter.

    None within one percent of either end, or with an excitation that is not above 0: it is out of its travel, or a wire
    is off.
    """
    if full <= 0 or not TRAVEL_MARGIN <= raw / full <= 1 - TRAVEL_MARGIN:
        return None
    return span_mm * raw / full


def from_voltage(volts: float, zero_v: float, sensitivity_v_per_mm: float) -> float:
    """Position of a transducer with a voltage output. Raises ZeroDivisionError without a sensitivity."""
    return (volts - zero_v) / sensitivity_v_per_mm


def unwrapped_um(new: int, old: int) -> float:
    """Movement between two positions of a magnetic encoder, true while it is under 1 mm."""
    return ((new - old + STEPS // 2) % STEPS - STEPS // 2) * UM_PER_STEP


def mean_position(positions: Sequence[int]) -> float | None:
    """Mean of encoder positions on their circle, 0 to below 4096; None where they point everywhere."""
    angles = [2 * math.pi * position / STEPS for position in positions]
    east, north = math.fsum(map(math.cos, angles)), math.fsum(map(math.sin, angles))
    if math.hypot(east, north) < 1e-9 * max(len(positions), 1):
        return None
    return math.atan2(north, east) / (2 * math.pi) * STEPS % STEPS


@dataclass(frozen=True, slots=True)
class EncoderFrame:
    """A sound frame: its position, and whether the magnet is near the end of its range (`marginal`) or beyond."""

    position: int
    marginal: bool
    out_of_range: bool


def encoder_frame(frame: int) -> EncoderFrame | None:
    """An AS5311's 18 bits; None where they must be refused: odd parity, offset not compensated, overflow.

    Bit 0 parity, 1 magnet nearer, 2 farther, 3 linearity, 4 overflow, 5 offset compensated, 6 to 17 position.
    """
    if frame >> _FRAME_BITS or frame.bit_count() % 2 or not frame & _OCF or frame & _COF:
        return None
    both = bool(frame & _MAGINC and frame & _MAGDEC)
    poor = bool(frame & _LIN)
    return EncoderFrame(frame >> 6, marginal=both and not poor, out_of_range=both and poor)


def band_compensated(
    moved_mm: float, band_mm: float, per_kelvin: float, temperature_degc: float, reference_degc: float, sign: int = 1
) -> float:
    """Change of circumference without the band's own expansion since the reference temperature.

    `sign` is 1 where the gap closes as the tree grows, -1 where it opens.
    """
    return moved_mm + sign * per_kelvin * band_mm * (temperature_degc - reference_degc)


def rod_compensated(moved_mm: float, um_per_kelvin: float, temperature_degc: float, reference_degc: float) -> float:
    """Change of radius without what a unit on a rod shows on a dead bar when it gets warmer."""
    return moved_mm - um_per_kelvin / 1000.0 * (temperature_degc - reference_degc)


def diameter_from_circumference(length: float) -> float:
    """In the unit of the length."""
    return length / math.pi


def radius_from_circumference(length: float) -> float:
    """In the unit of the length."""
    return length / (2 * math.pi)


def diameter_from_radius(length: float) -> float:
    """An estimate: one side is measured and the other taken to do the same."""
    return 2 * length


def basal_area_increment(before: float, after: float) -> float:
    """Gain of a stem's cross-section from two diameters, in the square of their unit."""
    return math.pi / 4 * (after**2 - before**2)


def two_point(first_raw: float, first_mm: float, second_raw: float, second_mm: float) -> tuple[float, float]:
    """Gain in mm per raw unit, and offset in mm, from two gauge blocks. Raises ValueError for one and the same raw
    value."""
    if first_raw == second_raw:
        raise ValueError("two gauge blocks must give two raw values")
    gain = (second_mm - first_mm) / (second_raw - first_raw)
    return gain, first_mm - gain * first_raw
