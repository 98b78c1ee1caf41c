# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the durable log says of calibrations, and what each sensor's readings are to be made with. In memory only.

How long a calibration holds is a matter of the monitoring plan too, so the plan is followed with them.

The log's writer tells it of each commit, and the ports' workers ask it before each reading. A reading can therefore
name a calibration only once that is durable, so that its index is greater.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType

from edge_daemon.buffer.record import Committed
from edge_daemon.domain.faults import Overloaded
from edge_daemon.log.calibrations import TYPES, UNCALIBRATED, Applied, Calibrations
from edge_daemon.log.entry import EntryType, decode_entry
from edge_daemon.log.plan import Plan

FOLLOW_SECONDS = 10.0
NO_PLAN = Plan()


class CalibrationBook:
    """`committed` is called in the writer's thread; the rest from any. `seen` and `plan` are what the log said at the
    start."""

    def __init__(self, seen: Calibrations, plan: Plan = NO_PLAN) -> None:
        self._told = seen
        self._plan = plan
        self._applied = _applied(seen, plan, {})
        self._following = threading.Condition()
        self._last = -1

    @property
    def told(self) -> Calibrations:
        """What the durable log says."""
        return self._told

    def applied(self, sensor: str) -> Applied:
        """What the sensor's readings are to be made with now: the same object as long as nothing changes."""
        return self._applied.get(sensor, UNCALIBRATED)

    def source(self, sensor: str) -> Callable[[], Applied]:
        """`applied` of this sensor, for whoever asks before each reading."""
        return lambda: self._applied.get(sensor, UNCALIBRATED)

    def committed(self, batch: Sequence[Committed]) -> None:
        """These records are durable. Raises ValueError for an entry of a wrong form."""
        told, plan = self._told, self._plan
        for item in batch:
            if item.record.type in TYPES:
                told = told.after(item.index, decode_entry(item.record.data))
            elif item.record.type == EntryType.PLAN.value:
                plan = plan.after(item.index, decode_entry(item.record.data))
        if told is not self._told or plan is not self._plan:
            self._told, self._plan, self._applied = told, plan, _applied(told, plan, self._applied)
        if batch:
            with self._following:
                self._last = batch[-1].index
                self._following.notify_all()

    def follow(self, index: int) -> None:
        """Wait until what is known includes the entry at `index`. Raises Overloaded after ten seconds."""
        with self._following:
            if not self._following.wait_for(lambda: self._last >= index, FOLLOW_SECONDS):
                raise Overloaded(f"entry {index} is recorded, but its effect cannot be told yet")


def _applied(told: Calibrations, plan: Plan, before: dict[str, Applied]) -> dict[str, Applied]:
    found = {sensor: planned(told, plan, sensor) for sensor in {*told.instruments.stretches, *told.runs}}
    return {
        sensor: before[sensor] if before.get(sensor) == now else now
        for sensor, now in found.items()
        if now is not UNCALIBRATED
    }


def planned(told: Calibrations, plan: Plan, sensor: str) -> Applied:
    """What the sensor's readings are to be made with from now on, under this plan."""
    applied = told.present(sensor)
    days = {name: one.calibration_interval_days for name in applied.in_force if (one := plan.of(sensor, name))}
    return replace(applied, plan_days=MappingProxyType(days)) if days else applied
