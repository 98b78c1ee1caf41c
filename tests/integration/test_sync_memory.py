# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sync takes no more memory when more waits. The real process against a server that takes everything at once.

The benches go to a million readings and more, and to every kind of destination.
"""

import sys
from pathlib import Path

import pytest

from tests.support.drained import drained
from tests.support.fast_influx import fast_influx
from tests.support.long_log import write_long_log

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform == "win32", reason="the system tells no peak of a process that has ended"),
]

FEW, MANY = 40_000, 160_000
MOST_BYTES_A_READING = 60
"""An entry's bytes alone are 170, a reading made of them several hundred: nothing of the kind is kept."""


def test_memory_does_not_grow_with_what_waits(tmp_path: Path) -> None:
    peaks = {}
    with fast_influx(tmp_path) as url:
        for readings in (FEW, MANY):
            home = tmp_path / str(readings)
            home.mkdir(mode=0o700)
            write_long_log(home / "buffer.sqlite3", readings)
            told = drained(home, {"cloud": {"kind": "influxdb", "url": url, "organisation": "o", "bucket": "b"}})
            assert told.status == 0, told.said.read_text(encoding="utf-8")[-1500:]
            assert f'"delivered":{readings}' in told.said.read_text(encoding="utf-8")
            peaks[readings] = told.peak_bytes
    assert (peaks[MANY] - peaks[FEW]) / (MANY - FEW) < MOST_BYTES_A_READING
