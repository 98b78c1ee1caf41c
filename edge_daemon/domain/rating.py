# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the rated power of a plant makes possible and plausible, for the meter that measures it. Pure.

Source: calibration reference, sections 4.2 (start thresholds of power) and 6.1 (F29, most energy between two readings
of a counter). The rating is a setting of the sensor, so that the configuration entry records it; 0 means it is not
told, and then nothing here applies.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from edge_daemon.domain.limits import Limits

RATED_POWER = "rated_power_kw"
"""Name of the setting."""

MARGIN = 1.2
"""So much more than its rating a plant cannot give."""

_BELOW, _PLAUSIBLE, _SPIKE = -0.02, 1.05, (0.5, 0.9)
_S_PER_MIN = 60.0


def rated_power(settings: Mapping[str, object]) -> float | None:
    """The rated power in kW; None where it is not told."""
    value = settings.get(RATED_POWER)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        return None
    return float(value)


def at_rating(limits: Limits, rated: float | None) -> Limits:
    """The limits of a power channel where the rating is `rated`, in the channel's unit; what is set goes before it.

    A plant gives from nothing to its rating and a little more, and changes by its rating in a minute at most. Some
    draw by night is possible, but a meter of both directions needs a possible span of its own.
    """
    if rated is None:
        return limits
    return replace(
        limits,
        possible=limits.possible or (_BELOW * rated, MARGIN * rated),
        plausible=limits.plausible or (0.0, _PLAUSIBLE * rated),
        spike=limits.spike or (_SPIKE[0] * rated, _SPIKE[1] * rated),
        rate_per_s=limits.rate_per_s or (rated / _S_PER_MIN, (MARGIN - _BELOW) * rated / _S_PER_MIN),
        rate_over_s=limits.rate_over_s if limits.rate_per_s else _S_PER_MIN,
    )
