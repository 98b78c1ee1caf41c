# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a reference value that was typed came about, in words. Pure."""

from edge_daemon.documents.numbers import plain
from edge_daemon.documents.sheet import NOT_SUPPLIED
from edge_daemon.domain.procedure import ProcedurePoint, ReferenceSource
from edge_daemon.log.calibration_body import CalibrationCommand, CalibrationPoint

_SOURCES = {
    ReferenceSource.STANDARD: "reference standard",
    ReferenceSource.FIXED: "known by how it is made",
    ReferenceSource.SATURATED_AIR: "water-saturated air, computed from station pressure and salinity",
}


_CELSIUS = 0.1
"""Digits beyond its hundredths say nothing of the temperature of a liquid."""


def source_words(point: CalibrationPoint, spec: ProcedurePoint) -> str:
    """Where the reference value of a point comes from that names no standard of the register."""
    if spec.source is not ReferenceSource.INSTRUMENT:
        return _SOURCES[spec.source] + _at_words(point)
    offered = (point.reference, point.expanded_uncertainty) == (spec.nominal, spec.expanded_uncertainty)
    if point.reference_by != "read" and offered:
        return "general value taken over from the procedure, nothing was read"
    return typed_words(point) or f"typed; how it came about: {NOT_SUPPLIED}"


def _at_words(point: CalibrationPoint) -> str:
    words = celsius_words(point)
    return f", {words}" if words else ""


def celsius_words(point: CalibrationPoint) -> str:
    """The temperature at which the reference value holds, and how it became known; empty where it depends on none."""
    celsius = point.standard_celsius
    if celsius is None:
        return ""
    by = "as the probe measured" if celsius in point.auxiliary.values() else "typed"
    return f"at {plain(celsius, _CELSIUS)} °C ({by})"


def typed_words(told: CalibrationPoint | CalibrationCommand) -> str:
    """How a typed value came about; empty where that was not told."""
    match told.reference_by:
        case "read":
            which = told.reference_instrument or NOT_SUPPLIED
            return f"read off a reference instrument and typed; which instrument: {which}"
        case "general":
            return "general value, typed; nothing was read"
        case "":
            return ""
