# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Looks at each new hour of a plant's meter and its pyranometer, and says where they do not fit together. No I/O."""

from collections.abc import Callable
from typing import Protocol

from edge_daemon.log.plan import Plan
from edge_daemon.log.summary import SummaryBody
from edge_daemon.log.summary_fold import Summaries, key_of
from edge_daemon.log.summary_ratio import TITLE, HourRatio, pairs_of, ratio_of

RULE = "performance_ratio"
_LATEST = 2**63


class Known(Protocol):
    """What the log says of plans and hours."""

    summaries: Summaries

    def plan_at(self, index: int) -> Plan: ...


Say = Callable[[str, str, tuple[str, ...], str, bool], None]
"""A rule's name and title, the sensors, the explanation, and whether it holds."""


class RatioWatch:
    """Judges an hour once, when the second of both summaries is written; hours told anew or late are not judged.

    Belongs to the thread that writes summaries. `say` is called for every hour that is judged, and for what was told
    and can be judged no longer, since the plan or the plant's rated power has changed.
    """

    def __init__(self, known: Known, say: Say) -> None:
        self._known = known
        self._say = say
        self._judged: dict[tuple[str, str], int] = {}
        self._told_of: set[tuple[str, str]] = set()

    def written(self, body: SummaryBody) -> None:
        """This summary is in the log, and perhaps not yet among those that are known."""
        if body.replaces is not None:
            return
        _, hour = key_of(body)
        plan = self._known.plan_at(_LATEST)
        self._end_what_nobody_judges(plan, body)
        for sun, meter in pairs_of(plan, body.sensor):
            one, other = (self._current(sensor, hour, body) for sensor in (sun.sensor, meter.sensor))
            pair = (sun.sensor, meter.sensor)
            if one is None or other is None or self._judged.get(pair, -1) >= hour:
                continue
            self._judged[pair] = hour
            ratio = ratio_of(one, sun.channel, other)
            if ratio is not None:
                self._tell(ratio)

    def _end_what_nobody_judges(self, plan: Plan, body: SummaryBody) -> None:
        planned = {(sun.sensor, meter.sensor) for sun, meter in pairs_of(plan)} if self._told_of else set()
        for pair in sorted(self._told_of):
            if pair not in planned:
                self._end(pair, "The monitoring plan does not compare them any more.")
            elif pair[1] == body.sensor and body.energy is not None and body.energy.rated_kilowatts is None:
                self._end(pair, f"The rated power of the plant at {body.sensor} is not set any more.")

    def _end(self, pair: tuple[str, str], why: str) -> None:
        self._told_of.discard(pair)
        self._say(RULE, TITLE, pair, why, False)

    def _current(self, sensor: str, hour: int, body: SummaryBody) -> SummaryBody | None:
        if sensor == body.sensor:
            return body
        told = self._known.summaries.current((sensor, hour))
        return told.body if told else None

    def _tell(self, ratio: HourRatio) -> None:
        pair = ratio.sun, ratio.meter
        if ratio.plausible:
            self._told_of.discard(pair)
        else:
            self._told_of.add(pair)
        self._say(RULE, TITLE, pair, ratio.words, not ratio.plausible)
