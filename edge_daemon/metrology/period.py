# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Quality of a period from the qualities of its readings, and of a claim from its sensors. Pure, in whole hundredths.

Source: calibration reference, section 4.3. A reading that was not evaluated can never be high, a suspect one never
medium, and a gap cannot be hidden.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from edge_daemon.domain.channel import Flag
from edge_daemon.metrology.score import Level, level, reading_quality

RULES = "4.3/1"
"""Version of the rules below; stands in every summary."""

LEAST_COVERAGE = 50
CAPPED_COVERAGE = 75
CAP = 69
EXCLUDED = frozenset({Flag.FAIL, Flag.MISSING})


@dataclass(frozen=True, slots=True)
class PeriodQuality:
    """Of one sensor over one period.

    `score` is the mean reading quality in hundredths, rounded down and capped by coverage; None with no level.
    `coverage` is accepted by expected readings in hundredths, rounded down, at most 100.
    """

    accepted: int
    expected: int
    histogram: Mapping[Flag, int]
    coverage: int
    score: int | None
    level: Level | None


@dataclass(slots=True)
class PeriodTally:
    """Adds readings up, in constant memory."""

    accepted: int = 0
    total: int = 0
    histogram: dict[Flag, int] = field(default_factory=dict)

    def add(self, score: int, flag: Flag) -> None:
        """A reading with its source score in hundredths and its worst flag. Failed and missing are not accepted."""
        self.histogram[flag] = self.histogram.get(flag, 0) + 1
        if flag not in EXCLUDED:
            self.accepted += 1
            self.total += reading_quality(score, [flag])

    def quality(self, expected: int) -> PeriodQuality:
        """The period's quality when `expected` readings were due; more than expected cover no more than all."""
        due = max(expected, self.accepted)
        coverage = 100 * self.accepted // due if due else 0
        score = None
        if self.accepted and 100 * self.accepted >= LEAST_COVERAGE * due:
            score = self.total // self.accepted
            if 100 * self.accepted < CAPPED_COVERAGE * due:
                score = min(score, CAP)
        return PeriodQuality(
            accepted=self.accepted,
            expected=expected,
            histogram=dict(self.histogram),
            coverage=coverage,
            score=score,
            level=None if score is None else level(score),
        )


class NoClaim(StrEnum):
    """Why a period claims nothing."""

    NO_SENSOR = "no_sensor"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a period may claim: the worst sensor's score and level, or why there is none and whose fault it is."""

    score: int | None
    level: Level | None
    sensor: str
    refused: NoClaim | None = None


def claim_of(sensors: Iterable[tuple[str, PeriodQuality]]) -> Claim:
    """The worst over the sensors that enter the claimed quantity, never their average."""
    worst: Claim | None = None
    for sensor, quality in sensors:
        if quality.score is None:
            return Claim(None, None, sensor, NoClaim.COVERAGE)
        if worst is None or worst.score is None or quality.score < worst.score:
            worst = Claim(quality.score, quality.level, sensor)
    return worst or Claim(None, None, "", NoClaim.NO_SENSOR)
