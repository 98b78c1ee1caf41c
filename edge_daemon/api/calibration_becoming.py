# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What became of a calibration that counts for nothing, and which amendment stands for it now, in words. Pure."""

from edge_daemon.log.calibration_body import CalibrationStart, CalibrationVerdict, CarriedCalibration
from edge_daemon.log.calibration_story import Told
from edge_daemon.log.effective import Amendments
from edge_daemon.log.in_force import PASSED

NO_EFFECT = "took no effect: its function cannot be applied"


def became(one: Told) -> str:
    """Why a calibration that took no effect did not, as a part of a sentence; empty where nothing is to be said."""
    if one.reviewed is not None:
        return "took no effect" if one.reviewed.accepted else f"rejected by {one.reviewed.person}"
    if isinstance(one.body, CalibrationStart) and one.verdict is not None:
        return _failed(one.body, one.verdict) if one.verdict.outcome not in PASSED else NO_EFFECT
    if isinstance(one.body, CarriedCalibration):
        return "failed in the log before" if one.body.is_mere_doubt else NO_EFFECT
    return ""


def _failed(start: CalibrationStart, told: CalibrationVerdict) -> str:
    """Where it failed, in the stage that decided."""
    stage, results = ("as left", told.as_left) if told.as_left else ("as found", told.as_found)
    titles = {point.name: point.title for point in start.procedure.points}
    bad = [titles.get(one.point, one.point) for one in results if one.outcome not in PASSED]
    if bad:
        return f"failed {stage} at {', '.join(bad)}"
    if told.electrode is not None and not told.electrode.accepted:
        return "failed: the electrode is not accepted"
    return f"failed {stage}: its points taken together" if results else "failed"


def amendment_now(index: int | None, amendments: Amendments) -> int | None:
    """The amendment that stands in the place of the one at `index`, which others may have replaced since; None where
    it was withdrawn."""
    for one in amendments.told:
        if index is not None and one.body.replaces == index:
            index = None if one.body.kind == "withdrawal" else one.index
    return index
