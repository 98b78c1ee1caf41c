# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Exposure in words: a few ranges one by one, thousands in a sentence and the ones that matter."""

import pytest

from sync.evidence.exposure import Exposure, Fixed, exposure, in_brief
from sync.evidence.verdict import Verdict

S = 10**9


def hourly(count: int, witnessed: int) -> tuple[Exposure, ...]:
    """Entries of one second each; every hour was fixed at its end, the tenth only after a day."""
    fixed = [
        Fixed(3600 * (hour + 1), (3600 * (hour + 1) + (86_400 if hour == 9 else 60)) * S, "an anchor", "chain")
        for hour in range(witnessed)
        if hour != 8
    ]
    return exposure(0, 3600 * count, fixed, lambda index: index * S)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_few_ranges_are_all_told(count: int) -> None:
    ranges = hourly(count, count)
    assert in_brief(ranges) == ("", ranges)


def test_many_ranges_are_told_in_a_sentence_with_the_first_the_longest_and_the_last() -> None:
    ranges = hourly(2000, 1999)
    words, told = in_brief(ranges)
    assert words.startswith("1,999 ranges of entries, 0 to 7199999. 3,600 entries are UNWITNESSED.")
    assert [one.first for one in told] == [0, 28_800, 7_196_400]
    assert "longest exposure was 3.0 hours" in words
    assert sum(line.startswith("Exposure") for line in Verdict("", (), (), exposure=ranges).lines()) == 4


def test_everything_is_in_the_verdict_for_another_program() -> None:
    told = Verdict("", (), (), exposure=hourly(100, 100)).to_json()["exposure"]
    assert isinstance(told, tuple | list)
    assert len(told) == 99


def test_where_all_is_fixed_it_says_so() -> None:
    words, told = in_brief(hourly(30, 30))
    assert "All are fixed outside." in words
    assert len(told) == 3
