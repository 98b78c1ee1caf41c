# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the end of a run means beyond the run. Pure."""

from edge_daemon.log.calibration_body import CalibrationAbort, CutOffRun
from edge_daemon.log.in_force import PASSED, failed


def found_outside(body: CalibrationAbort | CutOffRun) -> bool:
    """Whether what was found until the run was broken off lies outside the tolerance, at a point or over all points
    together."""
    return failed(body.as_found) or body.outcome not in {None, *PASSED}
