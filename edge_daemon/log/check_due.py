# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When a mere check is to be made again. Pure.

A check renews no calibration and is never a substitute for one, so its date stands apart from theirs. It counts from
the last time that the check passed, by its procedure's interval or the plan's, whichever is shorter. Where it failed
last the instrument is in doubt, which is said elsewhere. Days are those of UTC.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.calibration_body import CalibrationStart
from edge_daemon.log.calibration_due import MOST_DAYS, REMINDER_DAYS
from edge_daemon.log.calibration_story import Told

Standing = Literal["ok", "due", "overdue"]


@dataclass(frozen=True, slots=True)
class CheckDue:
    """How a check of a channel stands. `title` is the check's name, `last` the day on which it passed, `due` the last
    day on which that is recent enough."""

    sensor: str
    channel: str
    title: str
    standing: Standing
    last: date
    due: date

    def words(self, on: date) -> str:
        """What a person should know of it, on this day."""
        left = (self.due - on).days
        when = (
            f"was due on {self.due}, {_days(-left)} ago"
            if left < 0
            else f"is due {'today' if left == 0 else f'in {_days(left)}, on {self.due}'}"
        )
        return f"{self.sensor}, {self.channel}: the check “{self.title}” {when}. It renews no calibration."


def checks_due(
    many: Iterable[Told], channel: str, on: date, *, sensor: str = "", plan_days: int | None = None
) -> Iterator[CheckDue]:
    """Of each check of an instrument's channel that passed when it was made last. `many` are the instrument's
    calibrations in order of time, `plan_days` is the plan's interval of the channel."""
    newest: dict[str, Told] = {}
    for one in many:
        body = one.body
        if isinstance(body, CalibrationStart) and body.procedure.check_only and one.verdict and body.channel == channel:
            newest[body.procedure.key] = one
    for one in newest.values():
        if one.passed_check and isinstance(one.body, CalibrationStart):
            procedure = one.body.procedure
            days = min(procedure.interval_days, MOST_DAYS if plan_days is None else plan_days, MOST_DAYS)
            last = datetime.fromtimestamp(one.t_ns // NS_PER_S, UTC).date()
            due = last + timedelta(days=days)
            yield CheckDue(sensor, channel, procedure.title, _standing((due - on).days, days), last, due)


def _standing(left: int, days: int) -> Standing:
    """A check that is made every few weeks is not due at all times."""
    return "overdue" if left < 0 else "due" if left <= min(REMINDER_DAYS, days // 2) else "ok"


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
