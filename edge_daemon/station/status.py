# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How each sensor is doing right now: told by acquisition and by the log's writer, read by the API. In memory only."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from edge_daemon.acquisition.setup import SensorStatus
from edge_daemon.buffer.record import Committed
from edge_daemon.domain.faults import Fault, NotReady
from edge_daemon.log.entry import EntryType

MOST_TOLD = 64
"""For how many of a sensor's newest readings it is remembered what they did not pass."""


class Condition(StrEnum):
    """What a sensor is doing, as far as it is known."""

    CONNECTING = "connecting"
    WARMING_UP = "warming_up"
    GOOD = "good"
    FAULT = "fault"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Present:
    """A sensor's condition, since when (UTC ns), its fault if it has one, and its newest durable reading.

    `failing` names, by channel, the quality tests that the newest reading did not pass. `warm_at_us` is when (µs since
    boot) the instrument has warmed up, where acquisition knows it.
    """

    condition: Condition
    since_ns: int
    fault: Fault | None = None
    latest: Committed | None = None
    failing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    warm_at_us: int | None = None


class StatusBoard:
    """Present state of all sensors. Safe to use from several threads."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._present: dict[str, Present] = {}
        self._told: dict[str, deque[tuple[int, Mapping[str, tuple[str, ...]]]]] = {}

    def of(self, sensor: str) -> Present:
        """Present state of the sensor; one that was never reported is connecting."""
        return self._present.get(sensor) or Present(Condition.CONNECTING, self._now_ns())

    def report(
        self,
        sensor: str,
        condition: Condition,
        fault: Fault | None = None,
        failing: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        at_ns: int | None = None,
        warm_at_us: int | None = None,
    ) -> None:
        """Acquisition says how the sensor is, what the reading made at `at_ns` did not pass, and when the instrument
        has warmed up. `since_ns` moves only when something changes."""
        with self._lock:
            if at_ns is not None:
                self._told.setdefault(sensor, deque(maxlen=MOST_TOLD)).append((at_ns, failing))
            now = self._present.get(sensor)
            same = (
                now and now.condition == condition and getattr(now.fault, "code", None) == getattr(fault, "code", None)
            )
            if now and same:
                self._present[sensor] = replace(now, fault=fault, failing=failing, warm_at_us=warm_at_us)
                return
            latest = now.latest if now else None
            self._present[sensor] = Present(condition, self._now_ns(), fault, latest, failing, warm_at_us)

    def tells(self, sensor: str) -> bool:
        """Whether it is said of each of the sensor's readings what that did not pass."""
        return sensor in self._told

    def failing_at(self, sensor: str, at_ns: int) -> Mapping[str, tuple[str, ...]] | None:
        """What the reading made at this time did not pass; None where that was not said yet, or is long forgotten."""
        with self._lock:
            told = self._told.get(sensor, ())
            return next((failing for t_ns, failing in reversed(told) if t_ns == at_ns), None)

    def committed(self, batch: Sequence[Committed]) -> None:
        """The writer says what is durable."""
        newest = {item.record.sensor: item for item in batch if item.record.type == EntryType.READING}
        with self._lock:
            for sensor, item in newest.items():
                now = self._present.get(sensor) or Present(Condition.CONNECTING, self._now_ns())
                self._present[sensor] = replace(now, latest=item)

    def forget(self, sensor: str) -> None:
        """The sensor was removed."""
        with self._lock:
            self._present.pop(sensor, None)
            self._told.pop(sensor, None)


def condition_of(status: SensorStatus) -> Condition:
    """What acquisition's report means for the sensor."""
    if isinstance(status.fault, NotReady):
        return Condition.WARMING_UP
    if status.fault is not None:
        return Condition.FAULT
    return Condition.GOOD if status.connected and status.last_ns is not None else Condition.CONNECTING
