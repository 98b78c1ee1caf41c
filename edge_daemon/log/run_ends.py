# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the end of a run means beyond the run: what takes effect with it, and whether it casts doubt. Pure."""

from edge_daemon.log.calibration_body import CalibrationAbort, CalibrationVerdict, CutOffRun
from edge_daemon.log.in_force import PASSED, InForce, RunRange, failed


def found_outside(body: CalibrationAbort | CutOffRun) -> bool:
    """Whether what was found until the run was broken off lies outside the tolerance, at a point or over all points
    together."""
    return failed(body.as_found) or body.outcome not in {None, *PASSED}


def casts_doubt(body: CalibrationVerdict, run: RunRange) -> bool:
    """Whether the verdict on this run casts doubt on its channel: it failed, or changed the instrument to no effect."""
    return body.outcome not in PASSED or (_changed(body, run) and not body.takes_effect)


def in_effect(index: int, t_ns: int, body: CalibrationVerdict, run: RunRange, before: InForce | None) -> InForce | None:
    """What the verdict at `index`, made at `t_ns` (UTC), takes into effect; None for a mere check, and for what failed
    or does not say so. `before` is what held until then: its function stays where the verdict has none, and its
    uncertainty where a verification states none."""
    if run.check or not body.takes_effect or (body.outcome == "fail" and not body.device_adjusted):
        return None
    changed = _changed(body, run)
    kept = None if body.function or changed or before is None else before.uncertainty
    function, uncertainty = body.function or (before.function if before else None), body.uncertainty or kept
    return InForce(index, run.key, run.channel, function, uncertainty, t_ns, body.due, body.outcome, changed)


def _changed(body: CalibrationVerdict, run: RunRange) -> bool:
    """Whether the run changed the instrument itself."""
    return body.device_adjusted or run.commanded
