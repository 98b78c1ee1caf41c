# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A bundle of six instruments as the commands write and check it: size, time against bare hashing, and memory.

`VERIFIELD_BENCH_MONTH=9400000` has the larger log hold a whole month (7 GB of disk, an hour or more).
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import pytest

from tests.support.month_log import write_month
from tests.support.weighed import Weighed, weighed

pytestmark = pytest.mark.timeout(6 * 3600)
FEW, MANY = 100_000, int(os.environ.get("VERIFIELD_BENCH_MONTH", "300000"))
MOST_BYTES_AN_ENTRY = 8
NOT_VOUCHED_FOR = 3


def bare_s(buffer: Path) -> float:
    """Seconds to hash the bytes of all entries, without those to read them."""
    spent = 0.0
    with closing(sqlite3.connect(buffer)) as connection:
        rows = connection.execute("SELECT bytes FROM entry ORDER BY idx")
        while some := rows.fetchmany(10_000):
            start = perf_counter()
            for (data,) in some:
                sha256(b"\x00" + data).digest()
            spent += perf_counter() - start
    return spent


def test_a_month_of_six_instruments(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    sync = [sys.executable, "-m", "sync"]
    made: dict[int, Weighed] = {}
    checked: dict[int, Weighed] = {}
    home = bundle = tmp_path
    entries = 0
    for wanted in (FEW, MANY):
        home, bundle = tmp_path / f"home-{wanted}", tmp_path / f"bundle-{wanted}.zip"
        entries = write_month(home, wanted)
        made[wanted] = weighed([*sync, "bundle", "--home", str(home), "--output", str(bundle)], tmp_path)
        assert made[wanted].status == 0, made[wanted].said[-1500:]
        checked[wanted] = weighed([*sync, "verify", str(bundle)], tmp_path)
        assert checked[wanted].status == NOT_VOUCHED_FOR, checked[wanted].said[-1500:]
    hashing_s = bare_s(home / "buffer.sqlite3")
    slopes = {
        name: (told[MANY].peak_bytes - told[FEW].peak_bytes) / (MANY - FEW)
        for name, told in {"bundle": made, "verify": checked}.items()
    }
    figures = {
        "entries": entries,
        "bundle_mb": round(bundle.stat().st_size / 1e6, 1),
        "bundle_bytes_an_entry": round(bundle.stat().st_size / entries, 1),
        "bundle_s": round(made[MANY].seconds, 1),
        "verify_s": round(checked[MANY].seconds, 1),
        "bundle_to_bare_hashing": round(made[MANY].seconds / hashing_s, 1),
        "verify_to_bare_hashing": round(checked[MANY].seconds / hashing_s, 1),
        "bundle_peak_mb": made[MANY].peak_bytes // 2**20,
        "verify_peak_mb": checked[MANY].peak_bytes // 2**20,
        **{f"{name}_bytes_of_memory_an_entry": round(slope, 2) for name, slope in slopes.items()},
    }
    for name, figure in figures.items():
        record_property(name, figure)
    with capsys.disabled():
        print(f"\nevidence of a month: {figures}")
    assert max(slopes.values()) < MOST_BYTES_AN_ENTRY
