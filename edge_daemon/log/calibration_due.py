# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Until when each sensor's calibrations hold, as the log tells it. Pure.

What counts is evidence: a run that passed, or a laboratory's certificate that a second person reviewed. It holds until
its own due date, or until the interval that the monitoring plan names has passed, whichever is earlier; a calibration
that failed since ends it at once. A date that somebody typed is stated, and counts for nothing. Days are those of UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.in_force import DAY_NS, InForce, date_ns
from edge_daemon.log.instruments import Key
from edge_daemon.log.plan import Plan
from edge_daemon.log.setup import ConfiguredSensor, Setup

REMINDER_DAYS = 30
REMINDER_SHARE = 4
"""One that holds for less than four months is due soon in the last quarter of its days: else it would be at once."""
MOST_DAYS = 36_525

Standing = Literal["none", "ok", "due", "overdue", "stated"]


@dataclass(frozen=True, slots=True)
class Due:
    """How a channel's calibration stands. `calibration` is the one that counts; `due` its last good day, where there is
    one; `failed`: a later one failed or was broken off too late, or, where it is `altered`, a setting was changed since
    that makes other values. `made_with` says what became of a standard that it was made with, so that it is due at
    once."""

    sensor: str
    channel: str
    standing: Standing
    calibration: InForce | None = None
    due: date | None = None
    failed: bool = False
    stated: str = ""
    made_with: str = ""
    altered: bool = False

    def days_left(self, on: date) -> int | None:
        """Whole days until the last good one, negative once it is past."""
        return None if self.due is None else (self.due - on).days

    def words(self, on: date) -> str:
        """What a person should know of it; empty where all is well."""
        of = f"{self.sensor}, {self.channel}"
        if self.altered:
            return (
                f"{of}: a setting was changed after the last calibration that makes other values of the same thing. "
                "Its readings count as doubtful until a calibration passes."
            )
        if self.failed:
            return f"{of}: the last calibration failed. Its readings count as doubtful until one passes."
        if self.made_with:
            return f"{of}: {self.made_with}."
        left = self.days_left(on)
        if self.standing == "overdue" and left is not None and self.due is not None:
            return f"{of}: the calibration was due on {self.due}, {_days(-left)} ago."
        if self.standing == "due" and left is not None and self.due is not None:
            return f"{of}: the calibration is due {'today' if left == 0 else f'in {_days(left)}, on {self.due}'}."
        if self.standing == "stated":
            return (
                f"{of}: a calibration on {self.stated} is stated, and no certificate shows it. It counts for nothing."
            )
        return f"{of}: it was never calibrated here, and no certificate was entered." if self.standing == "none" else ""


def due_of(
    told: Calibrations, key: Key, channel: str, on: date, *, sensor: str = "", plan_days: int | None = None
) -> Due:
    """How the instrument's calibration of a channel stands on this day. `plan_days` is the plan's interval."""
    key = told.name_of(key)
    last = next((one for one in reversed(told.history(key)) if one.channel == channel and one.evidenced), None)
    if doubt := told.in_doubt(key, channel, last):
        return Due(sensor, channel, "overdue", last, failed=True, altered=doubt.altered)
    if last is None:
        return Due(sensor, channel, "none")
    due = until(last, plan_days)
    return Due(sensor, channel, "ok" if due is None else _standing(last, due, on), last, due)


def _standing(made: InForce, due: date, on: date) -> Standing:
    left, held = (due - on).days, (due - _day_of(made)).days
    return "overdue" if left < 0 else "due" if left <= min(REMINDER_DAYS, held // REMINDER_SHARE) else "ok"


def _day_of(calibration: InForce) -> date:
    return datetime.fromtimestamp(calibration.calibrated_ns // NS_PER_S, UTC).date()


def until(calibration: InForce, plan_days: int | None) -> date | None:
    """The last day on which it holds, as far as one is named."""
    ends = [] if plan_days is None else [_day_of(calibration) + timedelta(days=min(plan_days, MOST_DAYS))]
    if date_ns(calibration.due) is not None:
        ends.append(date.fromisoformat(calibration.due))
    return min(ends, default=None)


def overdue_ns(calibration: InForce, plan_days: int | None) -> int | None:
    """When the last day on which it holds is over, UTC; None where none is named."""
    due = until(calibration, plan_days)
    day_ns = None if due is None else date_ns(due.isoformat())
    return None if day_ns is None else day_ns + DAY_NS


def dues(told: Calibrations, setup: Setup, plan: Plan, on: date) -> tuple[Due, ...]:
    """Every sensor's channels that matter: the primary one, planned ones, and those that were ever calibrated."""
    return tuple(one for sensor in setup.sensors.values() for one in _of_sensor(told, sensor, plan, on))


def _of_sensor(told: Calibrations, sensor: ConfiguredSensor, plan: Plan, on: date) -> Iterator[Due]:
    configuration = sensor.configuration
    name = configuration.sensor
    stretch = told.instruments.present(name)
    calibrated = {one.channel for one in told.history(stretch.key) if not one.of} if stretch else set()
    for channel in (one.name for one in configuration.channels):
        planned = plan.of(name, channel)
        if channel != configuration.primary and planned is None and channel not in calibrated:
            continue
        days = planned.calibration_interval_days if planned else None
        found = (
            Due(name, channel, "none")
            if stretch is None
            else due_of(told, stretch.key, channel, on, sensor=name, plan_days=days)
        )
        stated = configuration.stated_calibration_date
        if found.standing == "none" and stated and channel == configuration.primary:
            yield Due(name, channel, "stated", stated=stated)
        else:
            yield found


def sensors_due(told: Calibrations, setup: Setup, plan: Plan, on: date) -> tuple[str, ...]:
    """Sensors of which a calibration is due soon or overdue, or that the plan wants calibrated and which
    never were, in the order of the setup."""
    return tuple(
        dict.fromkeys(
            one.sensor
            for one in dues(told, setup, plan, on)
            if one.standing in {"due", "overdue"}
            or (one.standing in {"none", "stated"} and plan.of(one.sensor, one.channel) is not None)
        )
    )


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
