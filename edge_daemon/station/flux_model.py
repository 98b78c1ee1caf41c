# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The model of a soil flux sensor, whose readings are computed from another sensor's. Pure.

It stands beside the catalogue's models and not among them: no port has one, and it is set up by its procedure alone.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from edge_daemon.domain.channel import ChannelSpec
from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.instrument import InstrumentModel, Interval
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.log.setup import Setup

FLUX = "soil_flux"
VERSION = "1"
DEFAULT_EVERY_S = 1800

_FLUX_UNIT = "µmol m⁻² s⁻¹"


def _channel(
    name: str, label: str, unit: str, span: tuple[float, float], decimals: int, *, secondary: bool = True
) -> ChannelSpec:
    return ChannelSpec(name, label, unit, *span, decimals, None, name, unit, 1.0, secondary)


MODEL = InstrumentModel(
    model="soil_flux_chamber",
    maker="Verifield",
    title="Soil CO2 flux by a closed chamber",
    kind=FLUX,
    driver=FLUX,
    channels=(
        _channel("soil_flux", "Soil CO₂ flux", _FLUX_UNIT, (-50, 100), 3, secondary=False),
        _channel("flux_uncertainty", "Standard uncertainty of the flux", _FLUX_UNIT, (0, 100), 3, secondary=False),
        _channel("flux_linear", "Flux by the straight line", _FLUX_UNIT, (-50, 100), 3),
        _channel("flux_exponential", "Flux by the curve", _FLUX_UNIT, (-1000, 1000), 3),
        _channel("fit", "Fit that counts (0 line, 1 curve)", "1", (0, 1), 0),
        _channel("slope", "Slope of CO₂ at the closing", "ppm/s", (-100, 100), 5),
        _channel("slope_uncertainty", "Standard uncertainty of the slope", "ppm/s", (0, 100), 5),
        _channel("determination", "R² of the fit that counts", "1", (-1, 1), 4),
        _channel("scatter", "Scatter about the fit (RMSE)", "ppm", (0, 10_000), 2),
        _channel("samples", "CO₂ values used", "1", (0, 100_000), 0),
        _channel("co2_at_closing", "CO₂ at the closing, fitted", "ppm", (-10_000, 100_000), 1),
        _channel("detection_limit", "Smallest flux that can be told from none", _FLUX_UNIT, (0, 100), 4),
        _channel("temperature", "Air temperature at the closing", "°C", (-60, 80), 2),
        _channel("pressure", "Air pressure at the closing", "kPa", (30, 120), 2),
        _channel("water_vapour", "Water vapour at the closing", "mmol/mol", (0, 1000), 2),
    ),
    primary="soil_flux",
    interval=Interval(DEFAULT_EVERY_S * NS_PER_S, NS_PER_S),
    line=LineSettings(9600),
    warm_up_s=0,
    procedures=("soil_flux_leak_test",),
    source="LI-COR, LI-8100A manual, section 4; Hutchinson and Mosier (1981); goFlux R package",
    options=MappingProxyType(
        {
            "co2_sensor": "",
            "volume_cm3": 0.0,
            "area_cm2": 0.0,
            "u_volume_cm3": 0.0,
            "u_area_cm2": 0.0,
            "temperature": "",
            "pressure": "",
            "humidity": "",
            "dead_band_s": 60.0,
            "observation_s": 300.0,
            "precision_ppm": 10.0,
            "most_ratio": 2.0,
            "every_s": 0.0,
            "first_closing": "",
        }
    ),
)


def is_computed(configuration: ConfigurationBody) -> bool:
    """Whether a sensor's readings are computed here, so that no port is to be opened for it."""
    return configuration.driver == FLUX


def on_ports(setup: Setup) -> Setup:
    """The setup without the sensors that are computed."""
    kept = {name: one for name, one in setup.sensors.items() if not is_computed(one.configuration)}
    return Setup(setup.station, MappingProxyType(kept))


def with_computed(catalogue: Mapping[str, InstrumentModel]) -> dict[str, InstrumentModel]:
    """The catalogue and this model."""
    return {**catalogue, MODEL.model: MODEL}


def version_of(driver_version: Callable[[str], str]) -> Callable[[str], str]:
    """The version of a driver by its name, and of what computes these readings."""
    return lambda name: VERSION if name == FLUX else driver_version(name)
