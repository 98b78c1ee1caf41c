# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where a destination stands in a log, and what a step forward changes in the books. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

Times = Mapping[str, int]
"""Each sensor's last reported time (UTC ns): what is needed to go on telling times from some index on."""

NO_TIMES: Times = MappingProxyType({})


class HourAt(NamedTuple):
    """The summary at the index `entry` is about this sensor and hour (its number since 1970)."""

    sensor: str
    hour: int
    entry: int


@dataclass(frozen=True, slots=True)
class Range:
    """`count` readings from index `first` to `last`, both included; entries of other kinds may lie between them.

    No readings: it is the one summary there.
    """

    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class Held:
    """Readings that the cursor passed over, in the books under `id`.

    `why`: their time is not known (`time`), or they are to be tried again (`retry`; `tries` is how often they were).
    `times` stand before `first`, None where they have to be found by reading on from a waypoint. `checked` is the
    newest entry about clocks when it was last asked whether their time is known.
    """

    id: int
    range: Range
    times: Times | None
    why: Literal["time", "retry"]
    checked: int
    tries: int


@dataclass(frozen=True, slots=True)
class Aside:
    """A reading that the destination refused, or that is damaged here: with whose words, when, after how many tries.

    Not `counted`: a correction of a reading that the destination has all the same, or a `summary`, which is in no
    account of readings.
    """

    index: int
    words: str
    damaged: bool = False
    counted: bool = True
    tries: int = 1
    at_ns: int = 0
    summary: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """A destination has, or the books hold, everything below `next`. `delivered` counts what went out in log order."""

    next: int = 0
    times: Times = field(default_factory=lambda: NO_TIMES)
    delivered: int = 0


@dataclass(frozen=True, slots=True)
class Advance:
    """One step forward, written whole or not at all: everything below `upto` is settled as told here.

    `clock_news` is the newest entry about clocks that was known when `held` was found to have no time. The readings
    `corrected` went out again with all that corrects them: what was refused of that before is of no more use.
    """

    upto: int
    times: Times
    delivered: int = 0
    held: tuple[tuple[Range, Times], ...] = ()
    aside: tuple[Aside, ...] = ()
    landmarks: tuple[int, ...] = ()
    hours: tuple[HourAt, ...] = ()
    waypoint: bool = False
    sent_bytes: int = 0
    clock_news: int = -1
    corrected: tuple[int, ...] = ()
