# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the end of a run means for readings already taken, in plain sentences. Pure."""

from collections.abc import Sequence

from edge_daemon.calibration.judge import GOOD
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import CalibrationAbort, CalibrationVerdict, SensorAway


def earlier_words(
    verdict: CalibrationVerdict, impact: AmendmentBody | None, found_before: Sequence[str]
) -> tuple[str, ...]:
    """Of a run that is signed. `found_before` is what was found since the last good calibration and stands, whatever
    this run comes to."""
    before = tuple(f"Found before, and it stands: {one}" for one in found_before)
    if impact is not None:
        return (f"Earlier readings: {impact.evidence}", *before)
    if before or any(one.outcome not in GOOD for one in verdict.as_found):
        return before
    return ("Earlier readings stay as they are.",)


_CARRIED = {
    "signed": "It was signed: what came of it is in the history and holds on as it did.",
    "aborted": "It was given up there: what it found and what it changed stays.",
}
_CUT_OFF = "It was under way then, so nothing of it takes effect."
_AS_TOLD = "What came of it stays as it is told there."


def carried_words(gone: SensorAway) -> tuple[str, ...]:
    """Of a run of the log before whose sensor was not back yet."""
    came = _CARRIED.get(gone.ended_as, _AS_TOLD if gone.ended else _CUT_OFF)
    return (
        "This calibration was made in the log before, which was closed.",
        came,
        "Only its return is still to be said.",
    )


def given_up_words(ended: CalibrationAbort, impact: AmendmentBody | None) -> tuple[str, ...]:
    """Of a run that was given up, and why it was."""
    words = [f"Given up: {ended.reason}"]
    if impact is not None:
        words.append(
            f"Earlier readings: {impact.evidence} Giving the run up does not undo this, nor does a calibration that "
            "passes later. If the standard was not what it should have been, say so with an amendment that replaces it."
        )
    elif ended.outcome in GOOD:
        words.append("What was found until then is inside its limits: earlier readings stay as they are.")
    return tuple(words)
