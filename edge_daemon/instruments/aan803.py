# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The temperature corrections of a four-electrode NO2-B43F cell. Pure.

Source: Alphasense application note AAN 803-05, algorithms 1 to 4 and the factor rows of the NO2-B43F.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ALGORITHMS = (1, 2, 3, 4)
TEMPERATURES_DEGC = (-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0)
STEP_K = 10.0
FACTORS: Mapping[int, tuple[float, ...]] = {
    1: (1.3, 1.3, 1.3, 1.3, 1.0, 0.6, 0.4, 0.2, -1.5),
    2: (2.2, 2.2, 2.2, 2.2, 1.7, 1.0, 0.7, 0.3, -2.5),
    3: (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.4, -0.1, -4.0),
    4: (7.0, 7.0, 7.0, 7.0, 4.0, 0.0, 0.5, 5.0, 67.0),
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the paper delivered with a cell and its board states, in mV and mV/ppb.

    `we_electronic`, `ae_electronic`: the board's zero without the cell. `we_sensor`, `ae_sensor`: the cell's share in
    clean air, not the total of both. `sensitivity`: mV/ppb, its magnitude.
    """

    we_electronic: float
    ae_electronic: float
    we_sensor: float
    ae_sensor: float
    sensitivity: float


def factor(algorithm: int, temperature_degc: float) -> float:
    """The algorithm's factor, linear between the printed temperatures, constant beyond. KeyError for another."""
    row = FACTORS[algorithm]
    place = (temperature_degc - TEMPERATURES_DEGC[0]) / STEP_K
    if place <= 0:
        return row[0]
    if place >= len(row) - 1:
        return row[-1]
    column = int(place)
    return row[column] + (row[column + 1] - row[column]) * (place - column)


def corrected_mv(
    algorithm: int, certificate: Certificate, we_mv: float, ae_mv: float, temperature_degc: float
) -> float:
    """The working electrode's signal without its zero and background, in mV.

    Raises ZeroDivisionError for algorithm 2 with an auxiliary sensor zero of 0, KeyError for no such algorithm.
    """
    we = we_mv - certificate.we_electronic
    ae = ae_mv - certificate.ae_electronic
    f = factor(algorithm, temperature_degc)
    if algorithm == 1:
        return we - f * ae
    if algorithm == 2:
        return we - f * (certificate.we_sensor / certificate.ae_sensor) * ae
    if algorithm == 3:
        return we - (certificate.we_sensor - certificate.ae_sensor) - f * ae
    return we - certificate.we_sensor - f


def ppb(algorithm: int, certificate: Certificate, we_mv: float, ae_mv: float, temperature_degc: float) -> float:
    """NO2 in ppb; negative values are noise around zero and stay. Raises as `corrected_mv`."""
    return corrected_mv(algorithm, certificate, we_mv, ae_mv, temperature_degc) / certificate.sensitivity
