# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The vectors of the calibration reference, section 4.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.metrology.period import Claim, NoClaim, PeriodQuality, PeriodTally, claim_of

Readings = list[tuple[int, int]]


def quality(readings: Readings, expected: int) -> PeriodQuality:
    tally = PeriodTally()
    for score, flag in readings:
        tally.add(score, Flag(flag))
    return tally.quality(expected)


@pytest.mark.parametrize(
    ("readings", "expected", "score", "level"),
    [
        ([(100, 1), (90, 1), (90, 3), (70, 4)], 4, 86, "medium"),
        ([(90, 1)] * 8 + [(90, 2)] * 2, 10, 89, "medium"),
        ([(70, 1)] * 3, 3, 70, "medium"),
        ([(100, 1)] * 6, 10, 69, "basic"),
        ([(100, 1)] * 4, 10, None, None),
        ([(100, 1)] * 9 + [(100, 3)], 10, 96, "high"),
        ([], 10, None, None),
    ],
)
def test_vectors_q3_to_q8(readings: Readings, expected: int, score: int | None, level: str | None) -> None:
    found = quality(readings, expected)
    assert (found.score, found.level) == (score, level)


def test_what_was_left_out_is_published() -> None:
    found = quality([(100, 1), (90, 1), (90, 3), (70, 4)], 4)
    assert (found.accepted, found.coverage) == (3, 75)
    assert found.histogram == {Flag.GOOD: 2, Flag.SUSPECT: 1, Flag.FAIL: 1}


@pytest.mark.parametrize(
    ("readings", "expected", "source", "capped", "by_coverage"),
    [
        ([(100, 1), (90, 1), (90, 3), (70, 4)], 4, 93, {3: 1}, False),
        ([(90, 1)] * 8 + [(90, 2)] * 2, 10, 90, {2: 2}, False),
        ([(70, 1), (70, 2), (60, 3)], 3, 66, {}, False),
        ([(100, 1)] * 6, 10, 100, {}, True),
        ([(60, 1)] * 6, 10, 60, {}, False),
        ([(100, 1)] * 4, 10, 100, {}, True),
        ([(100, 4)], 10, None, {}, False),
    ],
)
def test_the_score_before_caps_is_told_with_what_capped_it(
    readings: Readings, expected: int, source: int | None, capped: dict[int, int], by_coverage: bool
) -> None:
    found = quality(readings, expected)
    assert (found.source, dict(found.capped), found.by_coverage) == (source, capped, by_coverage)


def test_a_score_that_other_flags_capped_already_is_told_as_it_was() -> None:
    tally = PeriodTally()
    tally.add(69, Flag.GOOD, 100)
    tally.add(89, Flag.SUSPECT, 90)
    found = tally.quality(2)
    assert (found.score, found.source, found.capped) == (69, 95, {Flag.SUSPECT: 2})


def test_the_worst_sensor_decides_the_claim() -> None:
    good, fair, thin = quality([(100, 1)], 1), quality([(70, 1)], 1), quality([(100, 1)], 10)
    assert claim_of([("meter", good), ("sun", fair)]) == Claim(70, fair.level, "sun")
    assert claim_of([("meter", good), ("sun", thin)]) == Claim(None, None, "sun", NoClaim.COVERAGE)
    assert claim_of([]).refused is NoClaim.NO_SENSOR


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from([1, 2, 3, 4, 9])), max_size=50), st.integers(0, 100))
def test_a_level_needs_half_of_what_was_expected_and_high_needs_evaluated_readings(
    readings: Readings, expected: int
) -> None:
    found = quality(readings, expected)
    assert (found.level is None) == (2 * found.accepted < max(expected, found.accepted) or found.accepted == 0)
    if readings and all(flag == 2 for _, flag in readings):
        assert found.level != "high"
