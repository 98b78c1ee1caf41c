# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a time without a valid calibration means for a claim, in words. Pure.

Source: CDM validation and verification standard, paragraphs 366 to 368, as kept in the calibration reference, section
6.2 (F35).
"""

from collections.abc import Sequence

from edge_daemon.calibration.allowed import Allowed
from edge_daemon.calibration.figures import figures
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_coverage import Uncovered
from edge_daemon.log.calibration_story import Error
from edge_daemon.metrology.deduction import permitted_share

AGAINST = "to the project's disadvantage: less for what it delivers, more for what it uses"


def worst_of(found: Sequence[Error], allowed: Allowed | None) -> Error | None:
    """The error that goes farthest beyond what is allowed: a meter's 0.35 % at a small load counts before its 0.1 % at
    a large one."""
    return max(found, key=lambda one: _share(one, allowed), default=None)


def _share(one: Error, allowed: Allowed | None) -> float:
    limit = allowed.at(one.reference) if allowed is not None else 0.0
    return abs(one.error) / limit if limit else 0.0


def words_of(gap: Uncovered, unit: str, allowed: Allowed | None, found: Error | None) -> str:
    """What a person should know of the gap. `allowed` is the maximum permissible error, `found` the worst error that
    the calibration after the gap found."""
    when = f"From {rfc3339_from_ns(gap.start_ns)[:10]} to {rfc3339_from_ns(gap.end_ns)[:10]}"
    if gap.cause == "no_instrument":
        return f"{when} no instrument was there."
    if gap.cause == "not_calibrated":
        return f"{when} nothing shows that the instrument was calibrated: no claim is to be made from its values."
    if gap.cause == "failed":
        return (
            f"{when} the instrument stood failed: its values are not to be claimed without an amendment that says how."
        )
    late = "the calibration was late" if gap.after else "the calibration was overdue, and none was made since"
    return f"{when} {late}. {_deduction(unit, allowed, found)}"


def _deduction(unit: str, allowed: Allowed | None, found: Error | None) -> str:
    if allowed is None:
        return "Its maximum permissible error is not known, so no deduction can be proposed."
    permitted = allowed.usual
    if permitted.absolute == 0 and permitted.relative > 0:
        seen = found.error / found.reference if found is not None and found.reference else None
        share = permitted_share(allowed.relative, seen)
        return f"Proposed: apply {figures(100 * share)} %, {_which(share > allowed.relative)}, {AGAINST}."
    size = allowed.at(found.reference) if found is not None else permitted.absolute
    larger = found is not None and abs(found.error) > size
    worst = abs(found.error) if found is not None and larger else size
    return f"Proposed: apply {figures(worst)} {unit}, {_which(larger)}, {AGAINST}."


def _which(larger: bool) -> str:
    return "the error that the late calibration found" if larger else "the maximum permissible error"
