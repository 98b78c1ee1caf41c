# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on soil CO2 flux: close a chamber over a CO2 sensor, watch it with a live fit, abort."""

from fastapi import APIRouter

from edge_daemon.api import messages_flux as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.metrology.soil_flux_fits import SlopeFit
from edge_daemon.metrology.soil_flux_verdict import Flux
from edge_daemon.station.flux_desk import Standing

router = APIRouter(prefix="/api/sensors/{sensor_id}/flux", tags=["soil flux"])

_PLAIN = (
    "volume_cm3",
    "area_cm2",
    "u_volume_cm3",
    "u_area_cm2",
    "dead_band_s",
    "observation_s",
    "precision_ppm",
    "most_ratio",
    "every_s",
    "first_closing",
)


@router.post("", status_code=201)
def close(sensor_id: str, closing: m.ChamberClosing, wired: Wired) -> m.ChamberMessage:
    """The chamber over this CO2 sensor is closed now, or by a schedule. Its flux is a reading of its own sensor."""
    settings: dict[str, OptionValue] = {name: getattr(closing, name) for name in _PLAIN}
    settings["temperature"] = _source("temperature", closing.temperature)
    settings["pressure"] = _source("pressure", closing.pressure)
    settings["humidity"] = "" if closing.humidity is None else _source("humidity", closing.humidity)
    return _message(sensor_id, wired.flux.close_chamber(sensor_id, settings, closing.name, closing.person))


@router.get("")
def standing(sensor_id: str, wired: Wired) -> m.ChamberMessage:
    """The last or present closing, fitted as far as it has come."""
    return _message(sensor_id, wired.flux.standing(sensor_id))


@router.delete("")
def abort(sensor_id: str, wired: Wired, person: str = "") -> m.ChamberMessage:
    """Give up the closing under way, and end the schedule if there is one."""
    return _message(sensor_id, wired.flux.abort(sensor_id, person))


def _source(name: str, source: m.AirSource) -> str:
    told = source.value is not None
    if told == bool(source.sensor and source.channel):
        raise BadInput(name, source.model_dump(), "either a value, or a sensor and its channel, is needed")
    return repr(source.value) if told else f"{source.sensor}/{source.channel}"


def _message(sensor_id: str, standing: Standing) -> m.ChamberMessage:
    following = None if standing.next_ns is None else rfc3339_from_ns(standing.next_ns)
    closing = standing.closing
    if closing is None or standing.closed_ns is None:
        return m.ChamberMessage(sensor_id=sensor_id, flux_sensor=standing.sensor, phase="idle", next_closing=following)
    flux = closing.so_far()
    return m.ChamberMessage(
        sensor_id=sensor_id,
        flux_sensor=standing.sensor,
        phase=closing.phase.value,
        closed_at=rfc3339_from_ns(standing.closed_ns),
        next_closing=following,
        seconds=closing.seconds,
        dead_band_s=closing.plan.dead_band_s,
        end_s=closing.plan.end_s,
        left_out=closing.left_out,
        reason=closing.reason,
        points=tuple((point.seconds, point.ppm) for point in closing.points),
        flux=None if flux is None else _flux(flux),
    )


def _flux(flux: Flux) -> m.FluxMessage:
    return m.FluxMessage(
        flux=flux.flux,
        uncertainty=flux.uncertainty,
        model=flux.chosen.model,
        reason=flux.reason,
        outcome=flux.outcome.value,
        linear=_fit(flux.linear, flux.term),
        exponential=None if flux.exponential is None else _fit(flux.exponential, flux.term),
        ratio=flux.ratio,
        detection_limit=flux.detection_limit,
        below_detection=flux.below_detection,
        checks=tuple(
            m.CheckMessage(name=one.name, outcome=one.outcome.value, detail=one.detail) for one in flux.checks
        ),
    )


def _fit(fit: SlopeFit, term: float) -> m.FitMessage:
    return m.FitMessage(
        flux=fit.slope * term,
        slope=fit.slope,
        slope_uncertainty=fit.u_slope,
        co2_at_closing=fit.co2_at_closing,
        determination=fit.determination,
        rmse=fit.rmse,
        mae=fit.mae,
        rate=fit.rate,
        co2_limit=fit.co2_limit,
    )
