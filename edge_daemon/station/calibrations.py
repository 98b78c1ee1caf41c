# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the durable log says of calibrations, and what each sensor's readings are to be made with. In memory only.

The log's writer tells it of each commit, and the ports' workers ask it before each reading. A reading can therefore
name a calibration only once that is durable, so that its index is greater.
"""

import threading
from collections.abc import Callable, Sequence

from edge_daemon.buffer.record import Committed
from edge_daemon.domain.faults import Overloaded
from edge_daemon.log.calibrations import TYPES, UNCALIBRATED, Applied, Calibrations
from edge_daemon.log.entry import decode_entry

FOLLOW_SECONDS = 10.0


class CalibrationBook:
    """`committed` is called in the writer's thread; the rest from any. `seen` is what the log said at the start."""

    def __init__(self, seen: Calibrations) -> None:
        self._told = seen
        self._applied = _applied(seen, {})
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
        told = self._told
        for item in batch:
            if item.record.type in TYPES:
                told = told.after(item.index, decode_entry(item.record.data))
        if told is not self._told:
            self._told, self._applied = told, _applied(told, self._applied)
        if batch:
            with self._following:
                self._last = batch[-1].index
                self._following.notify_all()

    def follow(self, index: int) -> None:
        """Wait until what is known includes the entry at `index`. Raises Overloaded after ten seconds."""
        with self._following:
            if not self._following.wait_for(lambda: self._last >= index, FOLLOW_SECONDS):
                raise Overloaded(f"entry {index} is recorded, but its effect cannot be told yet")


def _applied(told: Calibrations, before: dict[str, Applied]) -> dict[str, Applied]:
    found = {sensor: told.present(sensor) for sensor in {*told.instruments.stretches, *told.runs}}
    return {
        sensor: before[sensor] if before.get(sensor) == now else now
        for sensor, now in found.items()
        if now is not UNCALIBRATED
    }
