# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The quality score against the reference vectors TV-Q1."""

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.metrology.score import Level, level, reading_quality, source_score

TV_Q1 = [
    (100, 80, 50, 100, "high"),
    (100, 80, 10, 90, "high"),
    (100, 40, 50, 80, "medium"),
    (100, 40, 10, 70, "medium"),
    (200, 80, 50, 90, "high"),
    (200, 80, 10, 80, "medium"),
    (200, 40, 50, 70, "medium"),
    (200, 40, 10, 60, "basic"),
    (400, 80, 50, 70, "medium"),
    (400, 80, 10, 60, "basic"),
    (400, 40, 50, 50, "basic"),
    (400, 40, 10, 40, "basic"),
]


@pytest.mark.parametrize(("age", "signal", "battery", "score", "name"), TV_Q1)
def test_reference_vectors(age: int, signal: int, battery: int, score: int, name: str) -> None:
    assert source_score(age, signal, battery) == score
    assert level(score) is Level(name)


@pytest.mark.parametrize(("age", "score"), [(0, 100), (180, 100), (181, 90), (365, 90), (366, 70), (None, 70)])
def test_age_boundaries_and_an_unknown_age(age: int | None, score: int) -> None:
    assert source_score(age, 50, 20) == score
    assert source_score(age) == score


@pytest.mark.parametrize(
    ("score", "flags", "quality"),
    [
        (100, [Flag.GOOD], 100),
        (100, [Flag.GOOD, Flag.NOT_EVALUATED], 89),
        (90, [Flag.SUSPECT, Flag.NOT_EVALUATED, Flag.FAIL], 69),
        (60, [Flag.GOOD, Flag.MISSING], 60),
        (100, [Flag.FAIL, Flag.MISSING], 0),
        (100, [], 0),
    ],
)
def test_quality_is_capped_by_the_worst_usable_flag(score: int, flags: list[Flag], quality: int) -> None:
    assert reading_quality(score, flags) == quality
