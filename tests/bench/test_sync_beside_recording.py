# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a large sync does to recording: sampling jitter and commit latency beside those without it.

VERIFIELD_BENCH_BACKLOG says how many readings wait; a million take a minute more.

Sixteen simulated sensors, in a process of their own, are recorded into the very log that the real `verifield-sync`
reads. Before, during and after, in one run.
"""

import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import pytest
import tomli_w

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.acquisition.setup import DeviceSetup, Outputs
from edge_daemon.acquisition.worker import PortWorker
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.ports import SimulatedPorts
from edge_daemon.instruments.registry import driver
from edge_daemon.log.entry import decode_entry
from edge_daemon.secrets.private_file import write_private
from tests.bench.test_many_sensors import MODELS, percentile
from tests.support.fast_influx import fast_influx
from tests.support.long_log import write_long_log
from tests.support.processes import Child, running
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(900)
BACKLOG = int(os.environ.get("VERIFIELD_BENCH_BACKLOG", "400000"))
SENSORS = tuple(f"{kind}-{number}" for kind in ("scd30", "pms7003", "windsonic") for number in range(1, 6))
MEASURE_S = 10.0
SECRETS = json.dumps({"influxdb.cloud.token": "t"}).encode()


@dataclass
class Seen:
    """Of every reading: when it was sampled (by sensor, s), and how long it took to be on disk (s)."""

    sampled: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in SENSORS})
    submitted: dict[bytes, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    def commit(self, committed: Sequence[Committed]) -> None:
        now = perf_counter()
        self.latencies += [
            now - begun for one in committed if (begun := self.submitted.pop(one.record.data, None)) is not None
        ]

    def take(self, record: Record, log: LogWriter) -> bool:
        if record.type == "reading":
            self.sampled[record.sensor].append(decode_entry(record.data).mono_us / 1e6)
            self.submitted[record.data] = perf_counter()
        return log.submit(record)


@dataclass(frozen=True)
class Phase:
    """Milliseconds: how far intervals are from the sensor's usual one, and from the sample to the disk."""

    jitter: list[float]
    latency: list[float]

    def words(self) -> str:
        return ", ".join(
            f"{name} p50 {percentile(values, 0.5):.1f} p99 {percentile(values, 0.99):.1f} ms"
            for name, values in (("jitter", self.jitter), ("commit", self.latency))
        )


def test_recording_beside_a_large_sync(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    home, seen = tmp_path / "home", Seen()
    home.mkdir(mode=0o700)
    configured = write_long_log(home / "buffer.sqlite3", BACKLOG, others=SENSORS)
    with recording(home / "buffer.sqlite3", configured, seen), fast_influx(tmp_path) as url:
        wait_until(lambda: all(seen.sampled.values()), seconds=100, what="a reading of every sensor")
        phases = {"before": measured(seen)}
        with syncing(home, url) as child:
            child.wait_for_text('"state":"sending"', seconds=120)
            phases["during"] = measured(seen, lambda: not child.running)
        phases["after"] = measured(seen)
    with capsys.disabled():
        for name, phase in phases.items():
            record_property(f"commit_p50_ms_{name}", round(percentile(phase.latency, 0.5), 1))
            record_property(f"jitter_p99_ms_{name}", round(percentile(phase.jitter, 0.99), 1))
            print(f"\n{name} the sync: {phase.words()}", end="")
    quiet = max(percentile(phases[name].latency, 0.5) for name in ("before", "after"))
    assert percentile(phases["during"].latency, 0.5) < 2 * quiet


def measured(seen: Seen, over: Callable[[], bool] = lambda: False) -> Phase:
    """What was seen from now on for some seconds, or until it is `over`: a quick machine syncs faster than that."""
    first, done = {name: len(times) for name, times in seen.sampled.items()}, len(seen.latencies)
    end_s = perf_counter() + MEASURE_S
    wait_until(lambda: over() or perf_counter() >= end_s, seconds=MEASURE_S + 60, what="enough to be seen")
    latencies = [seconds * 1000 for seconds in seen.latencies[done:]]
    jitter: list[float] = []
    for name, times in seen.sampled.items():
        steps = [now - then for then, now in itertools.pairwise(times[first[name] :])]
        jitter += [abs(step - percentile(steps, 0.5)) * 1000 for step in steps]
    return Phase(jitter, latencies)


@contextmanager
def recording(path: Path, configured: dict[str, int], seen: Seen) -> Iterator[None]:
    models, clock, bugs = load_catalogue(), SystemClock(), list[Exception]()
    with SimulatedPorts(SENSORS, warm_up_s=0.0) as ports, LogWriter.open(path, on_commit=seen.commit) as log:
        outputs = Outputs(lambda record: seen.take(record, log), lambda _: None, lambda _, bug: bugs.append(bug))
        workers = []
        for port in ports.ports():
            name = port.identity.location
            model = models[MODELS[name.partition("-")[0]]]
            device = DeviceSetup(
                name, model, driver(model.driver), model.interval.minimum_ns, configured[name], model.options
            )
            workers.append(PortWorker(port.identity, model.line, [device], lambda _, port=port: port, clock, outputs))  # type: ignore[misc]  # each finds its own port
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            stopped = [worker.stop(10.0) for worker in workers]
    assert all(stopped)
    assert bugs == []


@contextmanager
def syncing(home: Path, url: str) -> Iterator[Child]:
    table = {"kind": "influxdb", "url": url, "organisation": "o", "bucket": "b"}
    write_private(home / "destinations.toml", tomli_w.dumps({"destinations": {"cloud": table}}).encode())
    command: list[str | Path] = [sys.executable, "-m", "sync", "run", "--json", "--secrets-stdin", "--home", home]
    with running(command, output=home / "said", stdin=SECRETS) as child:
        yield child
