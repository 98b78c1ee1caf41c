# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The coefficients of a laboratory's certificate that this program understands, and the gain they come to. Pure.

An instrument that divides by its own sensitivity (E = U / S) is put right by the gain own / certified: above 1 where it
reads too little. A laboratory that gives the ratio instead divides what it found by what the instrument computes with,
certified / own: 1.0008 for a sensitivity of 10.3584 where 10.35 is held, so that the gain is 1 / ratio. Source:
calibration reference, section 1.4.4 (TV-I3: 10.35836374 against 10.35 is a change of +0.0808091 %).
"""

from collections.abc import Mapping

from edge_daemon.domain.faults import BadInput
from edge_daemon.station.device_word import DEVICE_SENSITIVITY, SENSITIVITY, SENSITIVITY_RATIO, same

UNDERSTOOD = (SENSITIVITY, DEVICE_SENSITIVITY, SENSITIVITY_RATIO)
RATIOS = (0.5, 2.0)
"""No laboratory leaves an instrument in use that is further off: beyond, percent or something else was typed."""


def check_names(given: Mapping[str, float], *, with_polynomial: bool, device_adjusted: bool) -> None:
    """Raises BadInput for a coefficient that would be kept and do nothing, and for one that contradicts the rest.

    Beside a polynomial any name may stand: that says already what the value is.
    """
    for name, number in given.items():
        if name not in UNDERSTOOD and not with_polynomial:
            allowed = (
                f"{', '.join(UNDERSTOOD)} are understood; for any other give the function from raw to value, and what "
                "the document says besides as a remark"
            )
            raise BadInput(f"coefficients.{name}", number, allowed)
        if name in (SENSITIVITY, DEVICE_SENSITIVITY) and number <= 0:
            raise BadInput(f"coefficients.{name}", number, "a sensitivity above 0 is needed")
    ratio = given.get(SENSITIVITY_RATIO)
    if ratio is None:
        return
    if not RATIOS[0] <= ratio <= RATIOS[1]:
        allowed = f"what was found divided by what the instrument computes with, {RATIOS[0]:g} to {RATIOS[1]:g}"
        raise BadInput(f"coefficients.{SENSITIVITY_RATIO}", ratio, allowed)
    if SENSITIVITY in given:
        raise BadInput(f"coefficients.{SENSITIVITY_RATIO}", ratio, "give either the sensitivity or the ratio")
    if device_adjusted and not same(ratio, 1.0):
        allowed = "1, or none, is allowed where the laboratory wrote the new sensitivity into the instrument"
        raise BadInput(f"coefficients.{SENSITIVITY_RATIO}", ratio, allowed)


def gain_by(coefficients: Mapping[str, float]) -> float | None:
    """The gain that puts values right; None where raw is right as it is. `coefficients` are checked, and a sensitivity
    comes with the one that the instrument computes with."""
    if SENSITIVITY_RATIO in coefficients:
        ratio = coefficients[SENSITIVITY_RATIO]
        return None if ratio == 1.0 else 1.0 / ratio
    if SENSITIVITY not in coefficients or same(coefficients[DEVICE_SENSITIVITY], coefficients[SENSITIVITY]):
        return None
    return coefficients[DEVICE_SENSITIVITY] / coefficients[SENSITIVITY]
