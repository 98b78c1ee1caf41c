# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes over the API about soil CO2 flux by a closed chamber. Values only. Times are ISO 8601 with `Z`.

Fluxes are in µmol CO2 m⁻² s⁻¹, positive out of the soil; uncertainties are standard uncertainties.
"""

from typing import Literal

from pydantic import Field

from edge_daemon.api.messages import Message, Request


class AirSource(Request):
    """A quantity of the chamber's air: a number, or a channel of a sensor of this station."""

    value: float | None = None
    sensor: str = ""
    channel: str = ""


class ChamberClosing(Request):
    """The chamber was closed just now. With `every_s` it is an automatic one that closes again and again, beginning at
    `first_closing` (now, where none is given).

    `volume_cm3` is all air that shares the CO2, `area_cm2` the soil inside the collar. Temperature in °C, pressure in
    kPa, relative humidity in %; without `humidity` the analyser is taken to tell the dry mole fraction.
    `precision_ppm` is one standard deviation of the analyser.
    """

    volume_cm3: float = Field(gt=0)
    area_cm2: float = Field(gt=0)
    u_volume_cm3: float = Field(default=0.0, ge=0)
    u_area_cm2: float = Field(default=0.0, ge=0)
    temperature: AirSource
    pressure: AirSource
    humidity: AirSource | None = None
    dead_band_s: float = Field(default=60.0, ge=0)
    observation_s: float = Field(default=300.0, gt=0)
    precision_ppm: float = Field(default=10.0, gt=0)
    most_ratio: float = Field(default=2.0, ge=1)
    every_s: float = Field(default=0.0, ge=0)
    first_closing: str = ""
    name: str = Field(default="", max_length=200)
    person: str = ""


class FitMessage(Message):
    """A fitted course. `slope` in ppm/s at the closing, `co2_at_closing` and `co2_limit` in ppm, `rate` in 1/s."""

    flux: float
    slope: float
    slope_uncertainty: float
    co2_at_closing: float
    determination: float
    rmse: float
    mae: float
    rate: float
    co2_limit: float | None


class CheckMessage(Message):
    name: str
    outcome: Literal["accept", "review", "reject"]
    detail: str


class FluxMessage(Message):
    """A flux, both fits, why the one counts, and what the checks say. `ratio` is exponential over linear flux."""

    flux: float
    uncertainty: float
    model: Literal["linear", "exponential"]
    reason: str
    outcome: Literal["accept", "review", "reject"]
    linear: FitMessage
    exponential: FitMessage | None
    ratio: float | None
    detection_limit: float
    below_detection: bool
    checks: tuple[CheckMessage, ...]


class ChamberMessage(Message):
    """How a chamber stands. `seconds` count from `closed_at`; `points` are (seconds, dry CO2 in ppm).

    `flux` is by what has been seen so far until the phase is `evaluated`; None while that is too little.
    """

    sensor_id: str
    flux_sensor: str
    phase: Literal["idle", "closed", "dead_band", "measuring", "opened", "evaluated", "aborted"]
    closed_at: str | None = None
    next_closing: str | None = None
    seconds: float = 0.0
    dead_band_s: float = 0.0
    end_s: float = 0.0
    left_out: int = 0
    reason: str = ""
    points: tuple[tuple[float, float], ...] = ()
    flux: FluxMessage | None = None
