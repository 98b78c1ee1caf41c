# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The quality score of a reading in whole hundredths, and the level it stands for. Pure.

Source: docs of the receiving system as kept in the calibration reference, sections 4.1 (score) and 4.3 (cap by flag).
Whole numbers, because the same sums in floats give 49 and 39 where 50 and 40 are meant.
"""

from collections.abc import Iterable
from enum import StrEnum

from edge_daemon.domain.channel import Flag, worse

_CAP = {Flag.GOOD: 100, Flag.NOT_EVALUATED: 89, Flag.SUSPECT: 69}
_CAPPED = {cap: flag for flag, cap in _CAP.items() if flag is not Flag.GOOD}


class Level(StrEnum):
    """Verification level. Source: calibration reference 4.1."""

    HIGH = "high"
    MEDIUM = "medium"
    BASIC = "basic"


def source_score(
    calibration_age_days: int | None, signal_strength: float | None = None, battery_level: float | None = None
) -> int:
    """The score in hundredths, 0 to 100 (section 4.1).

    `calibration_age_days` is in whole days; an unknown age (None) counts as more than a year (4.3). `signal_strength`
    and `battery_level` are in percent; None where an instrument has neither, which costs nothing.

    No shipped instrument has either: a Davis transmitter's battery is low or not, which its readings tell in words; a
    console's and a sonde's are in volts, and the signal of a distance sensor has a unit of its own. None of them is
    turned into percent that nobody measured. One that tells percent has to put them into its readings as a channel, so
    that their quality still follows from the entry alone.
    """
    score = 100
    if calibration_age_days is None or calibration_age_days > 365:
        score -= 30
    elif calibration_age_days > 180:
        score -= 10
    if signal_strength is not None and signal_strength < 50:
        score -= 20
    if battery_level is not None and battery_level < 20:
        score -= 10
    return max(score, 0)


def level(score: int) -> Level:
    """The level of a score in hundredths: from 90 high, from 70 medium, else basic (section 4.1)."""
    if score >= 90:
        return Level.HIGH
    return Level.MEDIUM if score >= 70 else Level.BASIC


def reading_quality(score: int, flags: Iterable[Flag]) -> int:
    """A reading's quality in hundredths: its score, capped by the worst flag among its usable channels (section 4.3).

    Failed and missing channels count nowhere, so they do not decide; 0 when no channel is usable.
    """
    worst: Flag | None = None
    for flag in flags:
        if flag in _CAP:
            worst = flag if worst is None else worse(worst, flag)
    return 0 if worst is None else min(score, _CAP[worst])


def capping_flag(score: int, quality: int) -> Flag | None:
    """The flag that made this quality of a reading with this score; None where the score was not capped."""
    return _CAPPED.get(quality) if quality < score else None
