# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a run that is broken off has found until then. Pure."""

from collections.abc import Iterator

from edge_daemon.calibration.agreement import hysteresis, judged_together, percentiles
from edge_daemon.calibration.electrode_check import electrode_result
from edge_daemon.calibration.judge import as_found_results
from edge_daemon.calibration.point_results import worst
from edge_daemon.calibration.run import Run
from edge_daemon.log.calibration_body import Outcome


def found_so_far(run: Run) -> Outcome | None:
    """The worst of the as-found points taken and of what they say together; None where none was taken.

    A comparison over all points is judged once all were taken, since a few of them say little of a slope. Points that
    contradict each other are judged like any others: a run that can go no further must not hide what it found.
    """
    found = as_found_results(run)
    if not found:
        return None
    return worst([*(one.outcome for one in found), "pass" if all(_together(run)) else "fail"])


def _together(run: Run) -> Iterator[bool]:
    electrode = electrode_result(run)
    yield electrode is None or electrode.accepted
    if _all_taken(run):
        yield from (met for _, met in judged_together(run, "as_found"))
        return
    apart = hysteresis(run, "as_found")
    yield apart is None or apart[1]
    yield from (met for _, met in percentiles(run, "as_found"))


def _all_taken(run: Run) -> bool:
    taken = run.taken("as_found")
    return all(one.name in taken or run.skipped("as_found", one.name) for one in run.procedure.points)
