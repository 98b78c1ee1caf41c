# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Energy that may be claimed for a time in which the meter was not known to be right. Pure.

Source: CDM validation and verification standard, paragraphs 366 to 368, as kept in the calibration reference, section
6.2 (F35).
"""

import math
from typing import Literal

Flow = Literal["export", "import"]


def permitted_share(maximum_permissible: float, found: float | None) -> float:
    """The share by which energy is corrected: the meter's maximum permissible error, or the found one if larger.

    Both are fractions; `found` may have either sign and is None where nothing was found. Raises ValueError for numbers
    that are not finite, or a maximum permissible error below 0.
    """
    if not math.isfinite(maximum_permissible) or maximum_permissible < 0:
        raise ValueError(f"a maximum permissible error of {maximum_permissible!r}: a fraction of at least 0 is needed")
    if found is None:
        return maximum_permissible
    if not math.isfinite(found):
        raise ValueError(f"an error of {found!r} is no number")
    return max(maximum_permissible, abs(found))


def claimable_energy(energy_kwh: float, share: float, flow: Flow = "export") -> float:
    """Energy in kWh corrected by `share` against the project: export less, import more."""
    return energy_kwh * (1 - share) if flow == "export" else energy_kwh * (1 + share)
