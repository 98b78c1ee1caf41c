# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A recording process killed at random moments: all it acknowledged is there afterwards, and the tree verifies."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from edge_daemon.buffer.check import check_log
from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.log.entry import EntryType, Stamp, encode_entry
from tests.support.processes import running
from tests.support.waiting import wait_until

ORIGIN = "verifield/log/" + "cd" * 16
KILLS = 6

# Samples as a driver gives them, at a rate; each reading is told on standard output once it is committed.
CHILD = """
import os, sys, threading, time
from pathlib import Path
from edge_daemon.acquisition.pipeline import Pipeline
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.registry import driver
from edge_daemon.log.entry import Stamp

def acknowledge(entries):
    os.write(1, "".join(f"{e.index} {e.record.t_ns}\\n" for e in entries).encode())

rate = float(sys.argv[2])
model = load_catalogue()["sensirion_scd30"]
pipeline = Pipeline(DeviceSetup("s1", model, driver(model.driver), 2_000_000_000, 0))
writer = LogWriter.open(Path(sys.argv[1]), on_commit=acknowledge)
start, number, pace = time.monotonic(), 0, threading.Event()
while True:
    due = int((time.monotonic() - start) * rate)
    while number < due:
        t_ns = time.time_ns()
        sample = Sample({"co2": 400.0 + number % 100, "temperature": 20.0, "humidity": 50.0})
        record = pipeline.reading(sample, Stamp(t_ns, number, os.urandom(16)), warming_up=False)
        while not writer.submit(record):
            pace.wait(0.01)
        pipeline.recorded(record)
        number += 1
    pace.wait(1 / min(rate, 200))
"""


@pytest.mark.slow
@pytest.mark.parametrize("rate", [10, 1_000, 10_000])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, rate: int) -> None:
    path, script = tmp_path / "buffer.sqlite3", tmp_path / "child.py"
    script.write_text(CHILD)
    first = record_of(encode_entry(EntryType.LOG, Stamp(1, 1, bytes(16)), {"origin": ORIGIN}))
    LogWriter.create(path, ORIGIN, [first]).close()
    random = Random(rate)
    acknowledged: dict[int, int] = {}
    size = 1
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    for attempt in range(KILLS):
        output = tmp_path / f"said-{attempt}"
        with running([sys.executable, script, path, str(rate)], output=output, environment=environment) as child:
            commits = random.randint(1, 4)
            sizes: set[int] = set()

            def said_enough(sizes: set[int] = sizes, output: Path = output, commits: int = commits) -> bool:
                sizes.add(output.stat().st_size)
                return len(sizes) > commits

            wait_until(said_enough, what="acknowledged readings")
            # A moment that no step of the child's decides: somewhere within a group commit's interval.
            with pytest.raises(subprocess.TimeoutExpired):
                child.process.wait(random.uniform(0, 0.25))
            child.kill()
            lines = child.said().split("\n")[:-1]
        for line in lines:
            index, t_ns = map(int, line.split(" "))
            assert acknowledged.setdefault(index, t_ns) == t_ns
        with LogWriter.open(path) as writer:
            size = writer.head().size
        assert size > max(acknowledged)
    with LogReader(path) as reader:
        rows = reader.entries(1, size)
    stored = {index: record_of(data).t_ns for index, data in rows}
    assert acknowledged.items() <= stored.items()
    report = check_log(path)
    assert report.sound, report
    assert report.size == size
