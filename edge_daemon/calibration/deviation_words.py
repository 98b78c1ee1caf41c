# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where persons went another way than the procedure in a run, in plain sentences for whoever signs it. Pure."""

from edge_daemon.calibration.run import Run
from edge_daemon.log.calibration_body import CalibrationPoint, CalibrationSkip, Stage

_STAGE: dict[Stage, str] = {"as_found": "As found", "as_left": "As left"}


def named(action: str) -> str:
    """A command's name as it is told."""
    return action.replace("_", " ")


def commands_words(run: Run) -> str:
    """What commands did to the instrument, each as far as it is known."""
    came: dict[str, list[str]] = {}
    for one in run.commands:
        tries = came.setdefault(named(one.action), [])
        if one.phase == "sent":
            tries.append(one.phase)
        elif tries:
            tries[-1] = one.phase
    done = [action for action, tries in came.items() if "done" in tries]
    maybe = [action for action, tries in came.items() if action not in done and {"sent", "unanswered"} & set(tries)]
    failed = [action for action in came if action not in (*done, *maybe)]
    told = []
    if done:
        told.append(f"the instrument adjusted itself ({', '.join(done)}). This cannot be undone.")
    if maybe:
        unknown = "no sure answer came, so it is not known whether the instrument did it; what it does now is as left."
        told.append(f"perhaps. Of {', '.join(maybe)} {unknown}")
    if failed:
        told.append(f"nothing that is known by {', '.join(failed)}, which the instrument did not take.")
    return f"Changed: {' '.join(told)}"


def deviations(run: Run) -> list[str]:
    """Each with its stage and the reason that was given."""
    stages: tuple[Stage, ...] = ("as_found", "as_left")
    taken = [one.body for stage in stages for one in run.taken(stage).values()]
    again = [one.body for one in run.points if one.body.repeat_reason]
    sent = [one for one in run.commands if one.phase == "sent" and one.override]
    left_out = {(one.stage, one.point): one for one in run.skips if run.skipped(one.stage, one.point)}
    return [
        *(f"{_at(run, one)}: taken although not stable ({one.override})." for one in taken if one.override),
        *(f"{_at(run, one)}: {_against_the_register(one)}." for one in taken if one.standard_override),
        *(f"Sent although the signal was not stable: {named(one.action)} ({one.override})." for one in sent),
        *(f"{_at(run, one)}: taken again ({one.repeat_reason})." for one in again),
        *(f"{_at(run, one)}: left out" + (f" ({one.reason})." if one.reason else ".") for one in left_out.values()),
    ]


def _against_the_register(point: CalibrationPoint) -> str:
    return f"the standard was used although it had expired or the register says otherwise ({point.standard_override})"


def _at(run: Run, body: CalibrationPoint | CalibrationSkip) -> str:
    return f"{_STAGE[body.stage]}, {run.procedure.point(body.point).title}"
