# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A link that comes and goes: how long something will take, by how long it was there and away lately. Pure."""

from collections import deque
from dataclasses import dataclass

PAUSE_S = 5.0
"""Silence of so long is a pause; requests are sized to be answered sooner."""

_KEPT = 4
_MUCH_LONGER = 1.5


@dataclass(frozen=True, slots=True)
class _Round:
    """The link carried `sent` readings in `there_s` seconds, and then nothing for `away_s`."""

    sent: int
    there_s: float
    away_s: float


class Rounds:
    """The last times that the link was there and then away. Moments are seconds of any one clock."""

    def __init__(self, began_s: float) -> None:
        self._rounds: deque[_Round] = deque(maxlen=_KEPT)
        self._began_s = self._heard_s = began_s
        self._sent = 0
        self._cut_short = True

    def heard(self, at_s: float, readings: int) -> None:
        """So many readings more were acknowledged."""
        if at_s - self._heard_s >= PAUSE_S:
            there_s = self._heard_s - self._began_s
            if there_s > 0:
                self._learn(_Round(self._sent, there_s, at_s - self._heard_s))
            self._began_s, self._sent = at_s, 0
        else:
            self._sent += readings
        self._heard_s = at_s

    def _learn(self, one: _Round) -> None:
        """The first was cut short, since it began amid the link's time; it counts as long as there is no other."""
        if self._cut_short and self._rounds:
            self._rounds.clear()
            self._cut_short = False
        self._rounds.append(one)

    def left_s(self, readings: float, now_s: float) -> float | None:
        """Seconds until so many readings more are there; None where no whole round is known."""
        sent = self._sent + sum(one.sent for one in self._rounds)
        if not self._rounds or not sent:
            return None
        count, used_s = len(self._rounds), self._heard_s - self._began_s
        there_s, away_s = sum(one.there_s for one in self._rounds), sum(one.away_s for one in self._rounds)
        needed_s = readings * (there_s + used_s) / sent
        silent_s = now_s - self._heard_s
        if silent_s >= PAUSE_S:  # away: for as long as the other times; or, past that, as much longer again
            pauses = needed_s * count // there_s
            return abs(away_s / count - silent_s) + needed_s + pauses * away_s / count
        if used_s > _MUCH_LONGER * there_s / count:  # nobody knows when it goes
            return needed_s * (1 + away_s / (there_s + used_s))
        pauses = (min(used_s, there_s / count) + needed_s) * count // there_s
        return needed_s + pauses * away_s / count
