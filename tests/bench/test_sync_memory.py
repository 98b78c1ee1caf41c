# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The most memory that a sync takes, by how much waits: for every kind of destination, each a real process's peak.

`VERIFIELD_BENCH_WAITING=10000000` has the larger log hold ten million readings (3 GB of disk, about half an hour).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.bench.test_sync import receiving
from tests.support.drained import Drained, drained
from tests.support.fast_influx import fast_influx
from tests.support.long_log import write_long_log
from tests.support.servers import free_port, mosquitto

pytestmark = pytest.mark.timeout(7200)
FEW, MANY = 50_000, int(os.environ.get("VERIFIELD_BENCH_WAITING", "250000"))
MOST_BYTES_A_READING = 8

Table = dict[str, object]


@contextmanager
def destination(kind: str, folder: Path) -> Iterator[Table]:
    port = free_port()
    with ExitStack() as stack:
        match kind:
            case "influxdb":
                url = stack.enter_context(fast_influx(folder))
                yield {"kind": kind, "url": url, "organisation": "o", "bucket": "b"}
            case "mqtt":
                stack.enter_context(mosquitto(folder, port))
                stack.enter_context(receiving(port, folder))
                yield {"kind": kind, "host": "127.0.0.1", "port": port, "tls": False}
            case _:
                yield {"kind": "file", "folder": str(folder)}


def test_memory_is_flat_whatever_waits(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    homes = {readings: tmp_path / f"home-{readings}" for readings in (FEW, MANY)}
    for readings, home in homes.items():
        home.mkdir(mode=0o700)
        write_long_log(home / "buffer.sqlite3", readings)
    slopes = {}
    for kind in ("influxdb", "mqtt", "file"):
        told: dict[int, Drained] = {}
        for readings, home in homes.items():
            (folder := tmp_path / f"{kind}-{readings}").mkdir()
            with destination(kind, folder) as table:
                told[readings] = drained(home, {kind: table})
            said = told[readings].said.read_text(encoding="utf-8")
            assert told[readings].status == 0, said[-1500:]
            assert f'"delivered":{readings}' in said
        slopes[kind] = (told[MANY].peak_bytes - told[FEW].peak_bytes) / (MANY - FEW)
        record_property(f"bytes_a_waiting_reading_{kind}", round(slopes[kind], 2))
        with capsys.disabled():
            peaks = ", ".join(f"{one.peak_bytes / 2**20:.1f} MiB at {number:,}" for number, one in told.items())
            print(
                f"\n{kind}: at most {peaks}: {slopes[kind]:.2f} bytes a waiting reading; "
                f"{MANY / told[MANY].seconds:,.0f} readings/s"
            )
    assert all(slope < MOST_BYTES_A_READING for slope in slopes.values())
