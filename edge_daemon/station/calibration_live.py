# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Feeds the signals at a standard with durable readings, and tells them when a sensor cannot be read. Never waits."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edge_daemon.acquisition.pipeline import INSTRUMENT, WARM_UP
from edge_daemon.buffer.record import Committed
from edge_daemon.log.entry import EntryType, decode_reading
from edge_daemon.station.calibration_signal import LiveWindow, Sampled
from edge_daemon.station.status import StatusBoard

MOST_WAITING = 16
"""So many readings wait at most for what acquisition says of them, which it does right after it made each."""


@dataclass(frozen=True, slots=True)
class _Watched:
    channel: str
    window: LiveWindow
    waiting: deque[Committed] = field(default_factory=deque)


class LiveSignals:
    """The windows of the sensors that stand at a standard. `committed` is called in the writer's thread.

    What a reading did not pass is said apart from it and may come a moment later than the reading itself: until then it
    waits, so that none is judged by what was said of another.
    """

    def __init__(self, board: StatusBoard) -> None:
        self._board = board
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}

    def watch(self, sensor: str, channel: str, window: LiveWindow | None) -> None:
        """Feed this window from the next reading on, and no other of this sensor; None: none."""
        if window is None:
            self._watched.pop(sensor, None)
        else:
            self._watched[sensor] = _Watched(channel, window)

    def committed(self, batch: Sequence[Committed]) -> None:
        """These records are durable."""
        for item in batch:
            watched = self._watched.get(item.record.sensor)
            if watched is not None and item.record.type == EntryType.READING:
                with self._lock:
                    watched.waiting.append(item)
                    self._feed(watched)

    def look(self, sensor: str) -> None:
        """See whether the sensor is read at all."""
        watched = self._watched.get(sensor)
        if watched is not None:
            with self._lock:
                self._feed(watched)
        fault = self._board.of(sensor).fault
        if watched is not None and fault is not None:
            watched.window.interrupt(f"{fault.title}: {fault}. {fault.advice}".rstrip())

    def newest(self, sensor: str, channel: str) -> float | None:
        """The channel's newest value; None where there is none."""
        latest = self._board.of(sensor).latest
        found = decode_reading(latest.record.data).channels.get(channel) if latest else None
        return found.value if found else None

    def _feed(self, watched: _Watched) -> None:
        while watched.waiting:
            item = watched.waiting[0]
            sensor = item.record.sensor
            failing = self._board.failing_at(sensor, item.record.t_ns)
            if failing is None and self._board.tells(sensor) and len(watched.waiting) <= MOST_WAITING:
                return
            watched.waiting.popleft()
            self._take(watched, item, self._board.of(sensor).failing if failing is None else failing)

    def _take(self, watched: _Watched, item: Committed, told: Mapping[str, tuple[str, ...]]) -> None:
        reading = decode_reading(item.record.data)
        number = reading.channels.get(watched.channel)
        if number is None or number.raw is None or number.value is None:
            watched.window.interrupt(f"The instrument gave no {watched.channel}.")
            return
        failing = told.get(watched.channel, ())
        sample = Sampled(item.index, reading.mono_us, reading.t_ns, number.raw, number.value)
        if WARM_UP in failing:
            watched.window.warm_up(sample, self._board.of(item.record.sensor).warm_at_us)
            return
        watched.window.take(sample, doubted=INSTRUMENT in failing)
