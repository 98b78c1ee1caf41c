# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated controller with an ADC on an Alphasense NO2-B43F and its ISB. Pure.

Source: Alphasense AAN 803-05: the auxiliary electrode's background, times the printed factor of algorithm 1, is part of
the working electrode's signal. The certificate below is that of a published field unit with NO2-B43F.
"""

import functools
from collections.abc import Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.line_sender import LineSender

MODEL = "alphasense_no2_b43f"
INTERVAL_S = 1.0
WARM_UP_S = 7200.0
WE_ZERO_MV, AE_ZERO_MV, MV_PER_PPB = 230.0, 233.0, 0.288
SWITCH_ON_MV = 90.0
ADC_STEP_MV = 0.03125


def no2_ppb(seed: int, now: float) -> float:
    """NO2 of a street: two rush hours over a background, passing vehicles."""
    rush = 9.0 * max(physics.diurnal(now, 7.5), 0.0) ** 4 + 12.0 * max(physics.diurnal(now, 18.5), 0.0) ** 4
    passing = 6.0 * max(physics.noise(seed, "vehicle", now, 25.0) - 0.8, 0.0)
    return max(8.0 + rush + passing + 1.5 * physics.noise(seed, "no2", now, 300.0), 0.0)


def background_share(temperature_degc: float) -> float:
    """How much of the auxiliary signal the working electrode shows, between 10 and 30 °C."""
    if temperature_degc <= 20.0:
        return 1.0 - 0.04 * (max(temperature_degc, 10.0) - 10.0)
    return 0.6 - 0.02 * (min(temperature_degc, 30.0) - 20.0)


def voltages_mv(ppb: float, temperature_degc: float) -> tuple[float, float]:
    """Working and auxiliary electrode in mV, to the step of a 16-bit converter at 1.024 V."""
    background = 3.0 + 0.25 * (temperature_degc - 20.0)
    working = WE_ZERO_MV + background_share(temperature_degc) * background + MV_PER_PPB * ppb
    return _stepped(working), _stepped(AE_ZERO_MV + background)


def _stepped(millivolts: float) -> float:
    return round(millivolts / ADC_STEP_MV) * ADC_STEP_MV


def _line(seed: int, warm_up_s: float, now: float, elapsed_s: float) -> str:
    temperature = physics.air(seed, now).temperature_degc
    left = 1.0 - physics.settled(elapsed_s, warm_up_s / 5.0)
    working, auxiliary = voltages_mv(no2_ppb(seed, now), temperature)
    return f"we_mv:{working + SWITCH_ON_MV * left:.3f},ae_mv:{auxiliary:.3f},temp_c:{temperature:.2f}"


def _make(seed: int, now: float, warm_up_s: float | None) -> LineSender:
    warm_up = WARM_UP_S if warm_up_s is None else warm_up_s
    return LineSender(MODEL, functools.partial(_line, seed, warm_up), INTERVAL_S, now)


SIMULATED: Mapping[str, Maker] = {"no2_b43f": _make}
