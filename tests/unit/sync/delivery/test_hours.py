# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which summaries the books know by sensor and hour, and which have the last word on what others say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.delivery.books import Books
from sync.delivery.hours import MOST_AFFECTED, HourBook, note_hours
from sync.delivery.position import HourAt


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    with Books(tmp_path / "delivery.sqlite3") as books:
        yield books


def noted(books: Books, *told: tuple[str, int, int]) -> HourBook:
    with books.changing() as connection:
        note_hours(connection, "log", [HourAt(*one) for one in told])
        note_hours(connection, "other", [HourAt("a", 0, 999)])
    return HourBook(books, "log")


def test_the_newest_of_each_hour_below_an_index(books: Books) -> None:
    hours = noted(books, ("a", 0, 10), ("a", 0, 30), ("a", 1, 20), ("a", 2, 25), ("b", 0, 28))
    assert hours.known("a", 0, 1, 100) == {0: 30, 1: 20}
    assert hours.known("a", 0, 1, 30) == {0: 10, 1: 20}


def test_what_replaces_a_summary_has_the_last_word_on_it(books: Books) -> None:
    hours = noted(books, ("a", 5, 10), ("a", 6, 20), ("a", 5, 30), ("b", 5, 31), ("a", 5, 40))
    assert hours.later(10, 10, 100) == [30, 40]
    assert hours.later(10, 30, 100) == [40]
    assert hours.later(10, 30, 40) == []
    assert hours.later(20, 20, 100) == [30, 40]  # the hour before is a part of this one's index
    assert hours.later(31, 31, 100) == []


def test_an_hour_that_changed_those_behind_it_brings_their_last_words_with_it(books: Books) -> None:
    far = 1 + MOST_AFFECTED
    hours = noted(books, ("a", 2, 10), ("a", far, 20), ("a", 0, 30), ("a", 1, 40), ("a", far, 50))
    assert hours.later(30, 30, 100) == [40, 50]
    assert hours.later(10, 10, 100) == [30, 40, 50]
    # Of hours that were not known before it, it said nothing.
    assert noted(books, ("c", 0, 60), ("c", 1, 70)).later(60, 60, 100) == []
