# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The step after a run for which the sensor left its place: until a person says it is back, its readings are marked.

Pure.
"""

from typing import ClassVar

from edge_daemon.calibration.run import Run
from edge_daemon.calibration.steps import Step
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.station.calibration_answers import Choice, Page

RETURNED = "returned"
_HELP = (
    "Put the sensor back into its place, wait until it measures what it should there, and look at the value. Then say "
    "so. Until then its readings stay marked as in calibration and count for nothing, whatever is restarted meanwhile."
)


class SensorStillAway(Fault):
    """A calibration has ended, and nobody has said that the sensor is back in its place. Recording goes on."""

    code: ClassVar[str] = "sensor_away"
    title: ClassVar[str] = "Still marked as in calibration"
    advice: ClassVar[str] = "Put the sensor back into its place, open its calibration and say that it is back."


def return_page(run: Run, step: Step) -> Page:
    """The page that asks for it."""
    ended = "Signed. " if run.state == "signed" else "Given up. "
    title = f"{'' if run.carried else ended}Is the sensor back in its place?"
    back = Choice(RETURNED, "It is back and measures what it should")
    return Page(step.id, step.kind, title, _HELP, choices=(back,))


def still_away(sensor: str, since_ns: int) -> SensorStillAway:
    """What to tell of a sensor that is away since `since_ns`, UTC."""
    since = rfc3339_from_ns(since_ns)[:16].replace("T", " ")
    return SensorStillAway(
        f"{sensor}: the calibration ended at {since} UTC, and nobody has said since that the sensor is back in its "
        "place. Its readings are marked as in calibration and count for nothing."
    )
