# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes over the API about how well a period is covered by calibrations, what is due, and how sure a value is.
Values only.

Times are ISO 8601 with `Z`; numbers are in the channel's unit.
"""

from typing import Literal

from edge_daemon.api.messages import Message


class CoveredPart(Message):
    """Measured with a valid calibration, the one that took effect at the entry `calibration`."""

    start: str
    end: str
    calibration: int
    instrument: str


class CoverageGap(Message):
    """Without a valid calibration. `words` say what that means, and what deduction is proposed."""

    start: str
    end: str
    cause: Literal["not_calibrated", "overdue", "failed", "no_instrument"]
    instrument: str
    words: str


class CoverageMessage(Message):
    """A channel over a period. `share` of its time is covered, from 0 to 1."""

    sensor_id: str
    channel: str
    start: str
    end: str
    share: float
    covered: tuple[CoveredPart, ...]
    gaps: tuple[CoverageGap, ...]


class ValueUncertaintyMessage(Message):
    """How sure a value is. `expanded_uncertainty` is `factor` times the standard one, for 95.45 %.

    None where no calibration states one, as `words` say. `extrapolated`: raw lies outside the calibration's points.
    """

    unit: str
    raw: float | None
    value: float | None
    calibration: int | None
    expanded_uncertainty: float | None
    factor: float | None
    extrapolated: bool
    words: str


class ReadingUncertainty(Message):
    """Every channel of a reading, as recorded, and the time that stands in it."""

    sensor_id: str
    index: int
    time: str
    channels: dict[str, ValueUncertaintyMessage]


class StretchUncertainty(Message):
    """How sure each value of a channel is in a stretch: lists of one length, one place a reading.

    `times` are the laptop's. `expanded_uncertainties` are `factors` times the standard ones, in the channel's unit,
    None where that is not known; `why` says so then. With `more` there are older readings in the stretch than these.
    """

    sensor_id: str
    channel: str
    times: tuple[str, ...]
    values: tuple[float | None, ...]
    expanded_uncertainties: tuple[float | None, ...]
    factors: tuple[float | None, ...]
    why: tuple[str, ...]
    more: bool


class CheckMessage(Message):
    """A mere check that was made before: the day on which it passed, and the last on which it is to be made again."""

    title: str
    standing: Literal["ok", "due", "overdue"]
    last: str
    due: str


class DueMessage(Message):
    """A calibration that is due soon or overdue, for the overview. `words` say it to a person.

    `check` is the title of a mere check that is due instead, which renews no calibration; empty for a calibration.
    """

    sensor_id: str
    channel: str
    standing: Literal["due", "overdue", "none", "stated"]
    due: str | None
    words: str
    check: str = ""
