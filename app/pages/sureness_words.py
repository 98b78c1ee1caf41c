# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How sure a value is, said to a person: the value with its expanded uncertainty, or why that is not known. Pure."""

from collections.abc import Mapping

from app.widgets.chart_readout import Aside
from edge_daemon.api.messages import SensorMessage
from edge_daemon.api.messages_coverage import ValueUncertaintyMessage
from edge_daemon.domain import rounding


def aside_of(one: ValueUncertaintyMessage) -> Aside:
    """What is said with a value in the list, e.g. “431 ± 33” ppm “(k = 2)”; nothing where there is no value."""
    if one.value is None:
        return Aside("")
    if one.expanded_uncertainty is None:
        return Aside("± not known")
    shown, unsure = rounding.told(one.value, one.expanded_uncertainty)
    return Aside(f"(k = {_factor(one):g})", f"{shown} ± {unsure}")


def sureness_text(one: ValueUncertaintyMessage) -> str:
    """The value ± U with k, or “not known, because …”."""
    if one.value is None:
        return "no value"
    beyond = " Raw lies outside the points of that calibration: it is less sure than that." if one.extrapolated else ""
    if one.expanded_uncertainty is not None:
        shown, unsure = rounding.told(one.value, one.expanded_uncertainty)
        pair = f"{shown} ± {unsure} {one.unit}".rstrip()
        return f"{pair} (k = {_factor(one):g}), by the calibration of entry {one.calibration}.{beyond}"
    if one.calibration is None:
        return "± not known, because no calibration made this value."
    return f"± not known, because the calibration of entry {one.calibration} states no uncertainty.{beyond}"


def reading_text(told: Mapping[str, ValueUncertaintyMessage], sensor: SensorMessage) -> str:
    """A line for each of the sensor's channels that is told."""
    return "\n".join(
        f"{channel.label}: {sureness_text(told[channel.name])}" for channel in sensor.channels if channel.name in told
    )


def _factor(one: ValueUncertaintyMessage) -> float:
    return round(2.0 if one.factor is None else one.factor, 2)
