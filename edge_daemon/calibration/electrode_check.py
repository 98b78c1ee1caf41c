# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a pH electrode is still fit, from its voltages in the buffers. Pure.

Source: calibration reference, section 1.4.9: judged on the slope brought to 25 °C.
"""

import math

from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.calibration_body import CalibrationPoint, ElectrodeResult
from edge_daemon.metrology.electrode import electrode_of

VOLTAGE, TEMPERATURE = "ph_voltage", "temperature"
"""The auxiliary channels, and the condition that stands in for a temperature the instrument does not tell."""
MOST_APART_K = 5.0
"""How far the buffers of one slope may be apart, a default proposed for this program: Nernst's own slope changes by
1.7 % within it."""


def electrode_result(run: Run) -> ElectrodeResult | None:
    """The electrode by its as-found points; None where the procedure asks for none or its voltage was not received."""
    slope_limits, zero_limits = run.procedure.electrode_slope25_mv, run.procedure.electrode_zero_mv
    points = [one.body for one in run.taken("as_found").values()]
    if run.procedure.check != "nernst" or slope_limits is None or zero_limits is None:
        return None
    temperatures = [known for point in points if (known := _temperature(run, point)) is not None]
    buffers = [(point.reference, point.auxiliary[VOLTAGE]) for point in points if VOLTAGE in point.auxiliary]
    if len(buffers) < len(points) or len(temperatures) < len(points) or len({ph for ph, _ in buffers}) < 2:
        return None
    if max(temperatures) - min(temperatures) > MOST_APART_K:
        return None
    found = electrode_of(buffers, math.fsum(temperatures) / len(temperatures))
    fit = slope_limits[0] <= found.slope25_mv <= slope_limits[1] and zero_limits[0] <= found.zero_mv <= zero_limits[1]
    return ElectrodeResult(found.slope_mv, found.slope25_mv, found.efficiency_percent, found.zero_mv, fit)


def check_electrode(run: Run) -> None:
    """Refuses to adjust an electrode that is worn or contaminated, or whose buffers were not of one temperature, so
    that their voltages tell no slope. Raises BadInput."""
    points = [one.body for one in run.taken("as_found").values()] if run.procedure.check == "nernst" else []
    temperatures = [known for point in points if (known := _temperature(run, point)) is not None]
    if temperatures and max(temperatures) - min(temperatures) > MOST_APART_K:
        raise BadInput(
            "temperature of the buffers",
            f"{min(temperatures):.1f} to {max(temperatures):.1f} °C",
            f"at most {MOST_APART_K:g} °C apart is allowed, or their voltages tell no slope: bring them to one "
            "temperature and take the points again",
        )
    result = electrode_result(run)
    if result is None or result.accepted:
        return
    slope, zero = run.procedure.electrode_slope25_mv, run.procedure.electrode_zero_mv
    if slope is not None and not slope[0] <= result.slope25_mv <= slope[1]:
        raise BadInput(
            "electrode slope at 25 °C",
            f"{result.slope25_mv:.1f} mV per pH ({result.efficiency_percent:.0f} % of Nernst's)",
            f"{slope[0]:g} to {slope[1]:g} is allowed: take the points again in fresh buffers; then clean the sensor, "
            "or replace it",
        )
    if zero is not None:
        raise BadInput(
            "electrode voltage at pH 7",
            f"{result.zero_mv:.1f} mV",
            f"{zero[0]:g} to {zero[1]:g} is allowed: clean the sensor and let it rest in buffer 4, or replace it",
        )


def _temperature(run: Run, point: CalibrationPoint) -> float | None:
    if TEMPERATURE in point.auxiliary:
        return point.auxiliary[TEMPERATURE]
    return run.conditions.values.get(TEMPERATURE) if run.conditions else None
