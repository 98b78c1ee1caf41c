# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated controller that prints bare values with commas: CO2, temperature and humidity. Pure.

Source: Arduino Serial Plotter, unlabelled values.
"""

import functools
from collections.abc import Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.line_sender import LineSender

INTERVAL_S = 1.0
WARM_UP_S = 20.0


def _line(seed: int, warm_up_s: float, now: float, elapsed_s: float) -> str:
    air = physics.air(seed, now)
    reached = 0.9 + 0.1 * physics.settled(elapsed_s, warm_up_s / 3.0)
    return f"{air.co2_ppm * reached:.1f},{air.temperature_degc:.2f},{air.humidity_percent:.1f}"


def _make(seed: int, now: float, warm_up_s: float | None) -> LineSender:
    warm_up = WARM_UP_S if warm_up_s is None else warm_up_s
    return LineSender("line_stream", functools.partial(_line, seed, warm_up), INTERVAL_S, now)


SIMULATED: Mapping[str, Maker] = {"line_stream": _make}
