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
from edge_daemon.metrology.score import Level, capping_flag, level, reading_quality

RULES = "4.3/3"
"""Version of all rules that a summary's numbers follow: these, and those of its expected readings, energy, index and
uncertainty. Whatever makes another number of the same log makes another version. Summaries by older rules stay readable
and are not computed again: 4.3/1 told no score before its caps; 4.3/2 hid some gaps, gave every channel the score of
the primary one's calibration and believed any counter within its span.
"""

LEAST_COVERAGE = 50
CAPPED_COVERAGE = 75
CAP = 69
EXCLUDED = frozenset({Flag.FAIL, Flag.MISSING})


@dataclass(frozen=True, slots=True)
class PeriodQuality:
    """Of one sensor over one period.

    `score` is the mean reading quality in hundredths, rounded down and capped by coverage; None with no level.
    `coverage` is accepted by expected readings in hundredths, rounded down, at most 100.

    `source` is the mean score of section 4.1 before any cap, rounded down; None without an accepted reading, or where
    it is not known of all. `capped` counts the accepted readings whose score a flag lowered, by that flag;
    `by_coverage` tells that coverage lowered their mean, or leaves no level at all.
    """

    accepted: int
    expected: int
    histogram: Mapping[Flag, int]
    coverage: int
    score: int | None
    level: Level | None
    source: int | None = None
    capped: Mapping[Flag, int] = field(default_factory=dict)
    by_coverage: bool = False


@dataclass(slots=True)
class PeriodTally:
    """Adds readings up, in constant memory. `source_total` is None once a reading's score before caps is not known."""

    accepted: int = 0
    total: int = 0
    source_total: int | None = 0
    histogram: dict[Flag, int] = field(default_factory=dict)
    capped: dict[Flag, int] = field(default_factory=dict)

    def add(self, score: int, flag: Flag, source: int | None = None) -> None:
        """A reading with its score in hundredths and its worst flag. Failed and missing are not accepted.

        `source` is its score before any cap, where `score` may have been capped by other flags already.
        """
        self.histogram[flag] = self.histogram.get(flag, 0) + 1
        if flag in EXCLUDED:
            return
        before, quality = score if source is None else source, reading_quality(score, [flag])
        self.accepted += 1
        self.total += quality
        if self.source_total is not None:
            self.source_total += before
        by = capping_flag(before, quality)
        if by is not None:
            self.capped[by] = self.capped.get(by, 0) + 1

    def quality(self, expected: int) -> PeriodQuality:
        """The period's quality when `expected` readings were due; more than expected cover no more than all."""
        due = max(expected, self.accepted)
        coverage = 100 * self.accepted // due if due else 0
        score = mean = self.total // self.accepted if self.accepted else None
        if mean is not None and 100 * self.accepted < CAPPED_COVERAGE * due:
            score = min(mean, CAP) if 100 * self.accepted >= LEAST_COVERAGE * due else None
        known = self.accepted and self.source_total is not None
        return PeriodQuality(
            accepted=self.accepted,
            expected=expected,
            histogram=dict(self.histogram),
            coverage=coverage,
            score=score,
            level=None if score is None else level(score),
            source=self.source_total // self.accepted if known and self.source_total is not None else None,
            capped=dict(self.capped),
            by_coverage=score != mean,
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
