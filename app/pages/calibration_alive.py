# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a sensor's newest value is of now: a number that stays on the screen looks like one. Reads a clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.pages.problem_words import sentence
from app.pages.words import duration_text
from edge_daemon.api.messages import Latest, SensorMessage

LEAST_SILENCE_S = 5.0
SILENT_INTERVALS = 3


@dataclass(frozen=True, slots=True)
class Lifeless:
    """Why no value is shown: `short` for the light, `words` below it. `passes`: it is over by itself after a while."""

    short: str
    words: str
    passes: bool = False


class Heartbeat:
    """Remembers when the newest reading came, by a clock that nobody can set."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._index: int | None = None
        self._came_s = now_s()

    def lifeless(self, sensor: SensorMessage | None, latest: Latest | None) -> Lifeless | None:
        """Why the newest reading tells nothing of now; None where it does."""
        now_s = self._now_s()
        if latest is not None and latest.index != self._index:
            self._index, self._came_s = latest.index, now_s
        if sensor is None:
            return Lifeless("This sensor is not there", "The recorder knows no such sensor any more.")
        fault = sensor.fault
        told = f"{sentence(f'{fault.title}: {fault.detail}')} {fault.advice}".strip() if fault is not None else ""
        match sensor.condition:
            case "paused":
                return Lifeless("The sensor is paused", "Nothing is read from it. Let it go on first.")
            case "connecting":
                return Lifeless("Connecting", told or "The instrument has not answered yet.")
            case "warming_up":
                return Lifeless("Warming up", told, passes=True)
            case "fault":
                return Lifeless("Nothing comes from the sensor", told)
            case "good":
                silent_s = now_s - self._came_s
                if silent_s <= max(LEAST_SILENCE_S, SILENT_INTERVALS * sensor.interval_s):
                    return None
                return Lifeless("Nothing comes from the sensor", f"No reading has come for {duration_text(silent_s)}.")
