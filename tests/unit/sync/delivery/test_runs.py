# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long a sync will take is told from the time spent on sending, not from checks, waits and the laptop's clock."""

import math
from pathlib import Path

import pytest

from sync.delivery import runs
from sync.delivery.books import Books


def test_the_rate_is_that_of_long_runs_and_of_sending_alone(tmp_path: Path) -> None:
    now = [0]

    def clock() -> int:
        now[0] += 3_600 * 10**9
        return now[0]

    with Books(tmp_path / "delivery.sqlite3", now_ns=clock) as books:
        assert runs.rate(books, "cloud") is None
        for delivered, sending_s in ((0, 0.0), (60, 2.0), (600, 4.0)):
            runs.note(books, runs.begin(books, "cloud"), delivered, delivered * 10, "", sending_s)
        told = runs.rate(books, "cloud")
        assert told is not None
        assert told.readings_a_second == pytest.approx(150.0)
        assert told.most == 3_000
        runs.note(books, runs.begin(books, "cloud"), 40_000, 800_000, "", 20.0)
        told = runs.rate(books, "cloud")
        assert told is not None
        assert told.readings_a_second == pytest.approx(2_000.0)
        assert told.bytes_a_reading == pytest.approx(20.0)
        assert told.most == math.inf
