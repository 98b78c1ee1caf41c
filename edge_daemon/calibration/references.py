# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The reference value of a point, from a standard of the register, from how it is made, or computed. Pure."""

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import ProcedurePoint
from edge_daemon.log.calibration_body import StandardBody
from edge_daemon.metrology.interpolation import straight_between
from edge_daemon.metrology.oxygen import (
    air_referenced_saturation,
    atmospheres_from_hectopascal,
    oxygen_solubility,
    standard_pressure_hpa,
)

WEATHER_HPA = 20.0
"""How far the pressure lies from that of the standard atmosphere at the same altitude, k = 2: a default proposed for
this program, from the usual span of highs and lows."""

MOST_BESIDE_ALTITUDE_HPA = 50.0
"""How far a barometer may be from the standard atmosphere at one altitude, a default proposed for this program: the
deepest lows and the highest highs lie within it."""

MOST_APART_K = 1.0
"""How far a thermometer beside the probe may be from the probe's own, a default proposed for this program: 1 K is
0.15 to 0.4 mg/L of oxygen, and up to 0.014 in the pH of a buffer."""

_PRESSURE, _ALTITUDE, _TEMPERATURE, _SALINITY = "pressure", "altitude", "temperature", "salinity"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference value in the channel's unit, with its expanded uncertainty and coverage factor."""

    value: float
    expanded_uncertainty: float
    factor: float = 2.0


def of_standard(standard: StandardBody, unit: str, temperature_c: float | None = None) -> Reference:
    """The value of a standard in the channel's `unit`, at its temperature where its value depends on it.

    Raises BadInput for another unit, a temperature that is not known, and one outside the standard's table.
    """
    if not same_unit(standard.unit, unit):
        raise BadInput(
            standard.name, standard.unit, f"the channel is in {unit}: enter the standard in {unit}, or choose another"
        )
    if not standard.by_temperature:
        return Reference(standard.value, standard.expanded_uncertainty, standard.factor)
    if temperature_c is None:
        raise BadInput(
            standard.name, "no temperature", "its value depends on temperature: type the temperature of the standard"
        )
    return Reference(_interpolated(standard, temperature_c), standard.expanded_uncertainty, standard.factor)


def of_fixed(point: ProcedurePoint) -> Reference:
    """What the point is by how it is made, such as still air. Raises ValueError for a point that is not fixed."""
    if point.nominal is None or point.expanded_uncertainty is None:
        raise ValueError(f"the point {point.name} has no fixed reference")
    return Reference(point.nominal, point.expanded_uncertainty)


def of_instrument(point: ProcedurePoint, typed: float, expanded_uncertainty: float | None = None) -> Reference:
    """What was read off a reference instrument; without an uncertainty of its own the procedure's stands for it.

    Raises BadInput where neither is known, and for one that is not above 0: no instrument is without a doubt.
    """
    expanded = point.expanded_uncertainty if expanded_uncertainty is None else expanded_uncertainty
    if expanded is None:
        raise BadInput(
            point.title, None, "the expanded uncertainty of the reference instrument is needed: see its certificate"
        )
    if not expanded > 0:
        raise BadInput(point.title, expanded, "an expanded uncertainty above 0 is needed: see the certificate")
    return Reference(typed, expanded)


def of_saturated_air(point: ProcedurePoint, conditions: Mapping[str, float]) -> Reference:
    """What an oxygen sensor must show in air saturated with water (calibration reference, section 1.4.10).

    `conditions` are those of the run: `pressure` (hPa, at the station) or without a barometer `altitude` (m), and for
    mg/L `temperature` (°C) and `salinity` (PSU; 0 where not given). An altitude does not know the weather, which makes
    the value more uncertain. Raises BadInput where one is missing or out of range, ValueError for another point.
    """
    if point.expanded_uncertainty is None or not point.saturation:
        raise ValueError(f"the point {point.name} has no saturated air")
    if point.saturation == "local":
        return Reference(100.0, point.expanded_uncertainty)
    pressure_hpa = _pressure(conditions)
    value = _saturated(point, conditions, pressure_hpa)
    if _PRESSURE in conditions:
        return Reference(value, point.expanded_uncertainty)
    weather = _saturated(point, conditions, pressure_hpa + WEATHER_HPA) - value
    return Reference(value, math.hypot(point.expanded_uncertainty, weather))


def check_conditions(points: Iterable[ProcedurePoint], conditions: Mapping[str, float]) -> None:
    """Raises BadInput, naming the condition, where these do not tell the reference value of a point that needs them:
    asked at the point itself, nothing could be told any more."""
    for point in points:
        if not point.saturation or point.saturation == "local":
            continue
        if not {_PRESSURE, _ALTITUDE} & conditions.keys():
            allowed = "type the air pressure at the station, or its altitude where there is no barometer"
            raise BadInput(_PRESSURE, None, allowed)
        _check_altitude(conditions)
        of_saturated_air(point, conditions)


def _check_altitude(conditions: Mapping[str, float]) -> None:
    """Raises BadInput where pressure and altitude were both told and cannot both be true."""
    if not {_PRESSURE, _ALTITUDE} <= conditions.keys():
        return
    expected = standard_pressure_hpa(conditions[_ALTITUDE])
    if abs(conditions[_PRESSURE] - expected) > MOST_BESIDE_ALTITUDE_HPA:
        allowed = (
            f"at {conditions[_ALTITUDE]:g} m about {expected:.0f} hPa is expected: type the pressure at the station "
            "itself, not reduced to sea level, or put the altitude right"
        )
        raise BadInput(_PRESSURE, conditions[_PRESSURE], allowed)


def of_saturated_air_at(point: ProcedurePoint, conditions: Mapping[str, float], measured_c: float) -> Reference:
    """As `of_saturated_air`, at the temperature (°C) that the probe itself measured while the point was taken.

    What lies between it and the `temperature` of the conditions adds to the uncertainty, as half of a range in which
    every value is as likely. Raises as `of_saturated_air`, and BadInput where the two are more than 1 K apart.
    """
    typed_c = _needed(conditions, _TEMPERATURE, "Temperature of the saturated air")
    _check_apart(typed_c, measured_c, "the oxygen")
    found = of_saturated_air(point, {**conditions, _TEMPERATURE: measured_c})
    return _less_sure(found, of_saturated_air(point, conditions))


def of_standard_at(standard: StandardBody, unit: str, typed_c: float, measured_c: float) -> Reference:
    """As `of_standard`, where the value depends on temperature: at the one (°C) that the probe itself measured while
    the point was taken, and not at what was `typed_c` when the standard was applied.

    What lies between the two adds to the uncertainty, as half of a range in which every value is as likely. Raises as
    `of_standard`, and BadInput where the two are more than 1 K apart.
    """
    _check_apart(typed_c, measured_c, "the value of the standard")
    return _less_sure(of_standard(standard, unit, measured_c), of_standard(standard, unit, typed_c))


def _less_sure(found: Reference, typed: Reference) -> Reference:
    apart = found.factor * (typed.value - found.value) / math.sqrt(3)
    return replace(found, expanded_uncertainty=math.hypot(found.expanded_uncertainty, apart))


def _check_apart(typed_c: float, measured_c: float, depends: str) -> None:
    if abs(measured_c - typed_c) > MOST_APART_K:
        raise BadInput(
            _TEMPERATURE,
            typed_c,
            f"{typed_c:g} °C was typed, and the probe measures {measured_c:.1f} °C. Wait until both have one "
            "temperature, then type what the thermometer shows. If they stay apart, one of the two is wrong: find out "
            f"which, for {depends} depends on it",
        )


def _saturated(point: ProcedurePoint, conditions: Mapping[str, float], pressure_hpa: float) -> float:
    if point.saturation == "air_referenced":
        return air_referenced_saturation(pressure_hpa)
    temperature_c = _needed(conditions, _TEMPERATURE, "Temperature of the saturated air")
    salinity = conditions.get(_SALINITY, 0.0)
    try:
        return oxygen_solubility(temperature_c, salinity, atmospheres_from_hectopascal(pressure_hpa))
    except ValueError as error:
        raise BadInput(point.title, temperature_c, str(error)) from error


def same_unit(one: str, other: str) -> bool:
    """Whether two spellings are one unit: Unicode has two signs for micro."""
    return _plain(one) == _plain(other)


def _plain(unit: str) -> str:
    return unicodedata.normalize("NFKC", unit).strip()


def _pressure(conditions: Mapping[str, float]) -> float:
    if _PRESSURE not in conditions and _ALTITUDE in conditions:
        return standard_pressure_hpa(conditions[_ALTITUDE])
    return _needed(conditions, _PRESSURE, "Air pressure at the station")


def _needed(conditions: Mapping[str, float], name: str, title: str) -> float:
    if name not in conditions:
        raise BadInput(title, None, "it is needed for the reference value: record it with the conditions")
    return conditions[name]


def _interpolated(standard: StandardBody, temperature_c: float) -> float:
    table = sorted(standard.by_temperature)
    if not table[0][0] <= temperature_c <= table[-1][0]:
        raise BadInput(
            standard.name, temperature_c, f"its value is known from {table[0][0]:g} to {table[-1][0]:g} °C only"
        )
    return straight_between(table, temperature_c)
