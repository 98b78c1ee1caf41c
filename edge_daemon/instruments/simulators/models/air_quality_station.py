# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated air-quality station that prints JSON lines. Pure.

Source: JSON Lines; the station's fields are those of the system's air-quality packet, all in µg/m³.
"""

import functools
import json
from collections.abc import Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.line_sender import LineSender

MODEL = "air_quality_station"
INTERVAL_S = 1.0
WARM_UP_S = 60.0


def air_quality(seed: int, now: float) -> dict[str, float]:
    """PM2.5, PM10, NO2, SO2 and O3 in µg/m³: ozone is high in the afternoon sun and low where NO2 is high."""
    fine = physics.fine_dust(seed, now)
    rush = max(physics.diurnal(now, 7.5), 0.0) ** 4 + max(physics.diurnal(now, 18.5), 0.0) ** 4
    no2 = max(15.0 + 22.0 * rush + 3.0 * physics.noise(seed, "no2", now, 240.0), 0.5)
    sun = 0.5 + 0.5 * physics.diurnal(now, 15.0)
    return {
        "pm2_5": fine,
        "pm10": 1.6 * fine + max(2.0 + physics.noise(seed, "coarse", now, 60.0), 0.0),
        "no2": no2,
        "so2": max(4.0 + physics.noise(seed, "so2", now, 600.0), 0.2),
        "o3": max(85.0 * sun + 20.0 - 0.6 * no2 + 3.0 * physics.noise(seed, "o3", now, 400.0), 1.0),
    }


def _line(seed: int, warm_up_s: float, now: float, elapsed_s: float) -> str:
    values: dict[str, object] = {"seq": round(elapsed_s / INTERVAL_S)}
    if elapsed_s < warm_up_s / 2.0:
        return _json({**values, **dict.fromkeys(air_quality(seed, now)), "err": "warmup"})
    return _json({**values, **{name: round(value, 2) for name, value in air_quality(seed, now).items()}})


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values, separators=(",", ":"))


def _make(seed: int, now: float, warm_up_s: float | None) -> LineSender:
    warm_up = WARM_UP_S if warm_up_s is None else warm_up_s
    return LineSender(MODEL, functools.partial(_line, seed, warm_up), INTERVAL_S, now)


SIMULATED: Mapping[str, Maker] = {"air_station": _make}
