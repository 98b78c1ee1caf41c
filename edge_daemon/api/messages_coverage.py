# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes over the API about how well a period is covered by calibrations, and how sure a value is. Values only.

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
