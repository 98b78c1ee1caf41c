# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A channel: one measured quantity of a sensor, with its unit, range and flag. Pure."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from edge_daemon.domain.limits import NO_LIMITS, Limits


class Flag(IntEnum):
    """Verdict on one value. Source: IOOS QARTOD flag scheme; a larger severity is not a larger number (see `worse`)."""

    GOOD = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9

    __hash__ = int.__hash__  # the one of enums is written in Python, and flags are looked up for every reading


_SEVERITY = {Flag.GOOD: 0, Flag.NOT_EVALUATED: 1, Flag.SUSPECT: 2, Flag.FAIL: 3, Flag.MISSING: 4}


def worse(first: Flag, second: Flag) -> Flag:
    """The more severe of two flags: good < not evaluated < suspect < fail < missing."""
    return first if _SEVERITY[first] >= _SEVERITY[second] else second


@dataclass(frozen=True, slots=True)
class ChannelValue:
    """One channel of a reading. `raw` is before calibration, `value` after, both in the catalogue's unit.

    Both are None exactly when `flag` is MISSING.
    """

    raw: float | None
    value: float | None
    flag: Flag


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Maker's accuracy: ±(absolute + relative × |reading|), absolute in the channel's unit, as the source states it."""

    absolute: float
    relative: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Computed:
    """That a channel comes of the same sensing element as the channel `of`, so that a calibration of that one says
    something of this one.

    `how`: `proportional`: before calibration it is `factor` times the other, or that with a part of its own added, such
    as a temperature compensation. `counter`: it counts up what the other measures, and is right or wrong by the same
    share. `instrument`: the instrument works it out in its own way, which cannot be followed from outside.
    """

    of: str
    how: Literal["proportional", "counter", "instrument"]
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """What a model's channel measures: the catalogue's definition, frozen into each configuration entry.

    `minimum` and `maximum` are the instrument's output span in `unit`, limits included. `wire_field` and `wire_unit`
    are the names other systems read, with wire value = value × wire_factor. `secondary` channels are recorded but not
    plotted at first. `limits` are those of the quality tests to start with. `computed` names the channel that it is
    computed from, where there is one; its factor depends on the settings, and the driver tells it.
    """

    name: str
    label: str
    unit: str
    minimum: float
    maximum: float
    decimals: int
    accuracy: Accuracy | None = None
    wire_field: str = ""
    wire_unit: str = ""
    wire_factor: float = 1.0
    secondary: bool = False
    limits: Limits = NO_LIMITS
    computed: Computed | None = None
