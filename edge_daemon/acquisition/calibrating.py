# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the calibrations in force mean for a sensor's readings at a time: their names, the score, the doubts. Pure.

Source of the score and of the flags that a calibration forces: calibration reference, sections 4.1 and 4.3.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from edge_daemon.domain.channel import Flag
from edge_daemon.log.calibration_due import overdue_ns
from edge_daemon.log.calibrations import Applied
from edge_daemon.log.in_force import DAY_NS, ByChannel
from edge_daemon.metrology.score import source_score

IN_CALIBRATION = "calibration"
FAILED = "calibration_failed"
OVERDUE = "calibration_overdue"

Doubt = tuple[Flag, str]
"""The flag that a value gets at least, and the name of the reason."""


@dataclass(frozen=True, slots=True)
class InUse:
    """What holds for readings stamped from `since_ns` to before `until_ns` (UTC ns), unless `applied` changes before.

    `named` is the readings' `cal`, `score` their score in hundredths by the age of the primary channel's calibration,
    which decides for the whole sensor. `doubts` are by channel.
    """

    applied: Applied
    named: Mapping[str, int]
    score: int
    doubts: Mapping[str, Doubt]
    since_ns: float
    until_ns: float

    def holds(self, applied: Applied, t_ns: int) -> bool:
        """Whether it still holds."""
        return applied is self.applied and self.since_ns <= t_ns < self.until_ns


def in_use(
    applied: Applied, channels: Collection[str], primary: str, t_ns: int, made_with: ByChannel | None = None
) -> InUse:
    """What holds at `t_ns` (UTC ns) for a sensor with these channels. `made_with` is what makes their values, where
    `applied` does not say just that.

    Only an evidenced calibration of the primary channel has an age; without one it counts as older than a year. In a
    run every channel fails. A channel whose last calibration failed, was broken off too late or is overdue, by its own
    date or by the plan's interval, is suspect.
    """
    known = applied.in_force if made_with is None else made_with
    in_force = {name: one for name, one in known.items() if name in channels}
    doubts: dict[str, Doubt] = {}
    edges: list[int] = []
    for name, one in in_force.items():
        ends_ns = overdue_ns(one, applied.plan_days.get(name))
        if ends_ns is not None:
            edges.append(ends_ns)
            if t_ns >= ends_ns:
                doubts[name] = Flag.SUSPECT, OVERDUE
    doubts |= {name: (Flag.SUSPECT, FAILED) for name in applied.doubted if name in channels}
    if applied.run is not None:
        doubts = dict.fromkeys(channels, (Flag.FAIL, IN_CALIBRATION))
    age_days = None
    if primary in in_force:
        made = in_force[primary]
        age_days = made.age_days(t_ns)
        day_ns = t_ns - (t_ns - made.calibrated_ns) % DAY_NS
        edges += [day_ns, day_ns + DAY_NS]
    return InUse(
        applied,
        {name: one.index for name, one in in_force.items()},
        source_score(age_days),
        doubts,
        max((edge for edge in edges if edge <= t_ns), default=-math.inf),
        min((edge for edge in edges if edge > t_ns), default=math.inf),
    )
