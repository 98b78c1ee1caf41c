# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""32 simulated sensors at their fastest into a real log: the recorder's share of a processor and its sampling jitter.

And the time from plugging an instrument in to the verdict what it is. The simulators run in a process of their own,
so that the processor time measured is the recorder's.
"""

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, perf_counter, process_time

import pytest

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.acquisition.setup import DeviceSetup, Outputs
from edge_daemon.acquisition.worker import PortWorker
from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.record import Record
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.connection import Port
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.ports import SimulatedPorts
from edge_daemon.instruments.registry import driver
from edge_daemon.instruments.transport import open_port
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.station.identification import IdentificationDesk, Run, usable_drivers
from edge_daemon.station.port_watch import PortWatch
from tests.support.waiting import wait_until

MODELS = {"scd30": "sensirion_scd30", "pms7003": "plantower_pms7003", "windsonic": "gill_windsonic"}
COUNTS = {"scd30": 8, "pms7003": 8, "windsonic": 16}
SETTLE_S, MEASURE_S = 6.0, 12.0
WIND_HZ = 4
FASTEST_WIND = b"*\rP3\rQ\r"
ORIGIN = "verifield/log/" + "32" * 16


def begin_log(clock: SystemClock) -> Record:
    now = clock.now()
    return record_of(encode_entry(EntryType.LOG, Stamp(now.wall_ns, now.boot_us, bytes(16)), {"origin": ORIGIN}))


def fastest(port: Port, kind: str) -> None:
    """A WindSonic is set to four lines a second, its fastest; the others are at theirs."""
    if kind != "windsonic":
        return
    line = open_port(port.device, load_catalogue()[MODELS[kind]].line)
    line.write(FASTEST_WIND)
    wait_until(line.waiting, what="an answer")
    line.close()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def test_thirty_two_sensors_at_their_fastest(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"{kind}-{number}" for kind, count in COUNTS.items() for number in range(1, count + 1)]
    models, clock = load_catalogue(), SystemClock()
    times: dict[str, list[float]] = {name: [] for name in names}
    bugs: list[Exception] = []
    with (
        SimulatedPorts(names, warm_up_s=0.0) as ports,
        LogWriter.create(tmp_path / "log", ORIGIN, [begin_log(clock)]) as log,
    ):

        def record(record: Record) -> bool:
            if record.type == "reading":
                times[record.sensor].append(decode_entry(record.data).mono_us / 1e6)
            return log.submit(record)

        outputs = Outputs(record, lambda _: None, lambda _, bug: bugs.append(bug))
        workers = []
        for port in ports.ports():
            name = port.identity.location
            kind = name.partition("-")[0]
            fastest(port, kind)
            model = models[MODELS[kind]]
            device = DeviceSetup(name, model, driver(model.driver), model.interval.minimum_ns, 1, model.options)
            workers.append(PortWorker(port.identity, model.line, [device], lambda _, port=port: port, clock, outputs))  # type: ignore[misc]  # each finds its own port
        for worker in workers:
            worker.start()
        wait_until(lambda: all(times.values()), seconds=100, what="a reading of every sensor")
        pause = threading.Event()
        pause.wait(SETTLE_S)
        before = {name: len(seen) for name, seen in times.items()}
        wall, used = perf_counter(), process_time()
        pause.wait(MEASURE_S)
        wall, used = perf_counter() - wall, process_time() - used
        after = {name: len(seen) for name, seen in times.items()}
        stopped = [worker.stop(10.0) for worker in workers]
    assert all(stopped)
    assert bugs == []
    readings = sum(after.values()) - sum(before.values())
    off_ms: dict[str, list[float]] = {"polled": [], "streamed": []}
    for name in names:
        steps = [now - then for then, now in itertools.pairwise(times[name][before[name] : after[name]])]
        usual = percentile(steps, 0.5)
        kind = "polled" if name.startswith("scd30") else "streamed"
        off_ms[kind] += [abs(step - usual) * 1000 for step in steps]
    record_property("readings_per_s", round(readings / wall, 1))
    record_property("cpu_percent", round(100 * used / wall, 1))
    with capsys.disabled():
        print(f"\n32 sensors: {readings / wall:.0f} readings/s, {100 * used / wall:.1f} % of one processor")
        for kind, values in off_ms.items():
            p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
            record_property(f"{kind}_jitter_p50_ms", round(p50, 2))
            record_property(f"{kind}_jitter_p99_ms", round(p99, 2))
            print(f"  {kind}: jitter of the interval p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    # Nearly all is recorded. A busy computer slows the simulated sensors themselves: this only catches a collapse.
    assert readings / wall > 0.25 * (COUNTS["windsonic"] * WIND_HZ + COUNTS["pms7003"] * 0.8)


def identified(desk: IdentificationDesk, kind: str) -> Run:
    """An identification, once it is over."""
    run = desk.start(f"pty:{kind}")
    wait_until(lambda: run.verdict, seconds=run.progress.total_s + 60, what="the verdict")
    return run


@pytest.mark.parametrize("kind", MODELS)
def test_from_plugging_in_to_a_verdict(
    kind: str, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with SimulatedPorts([kind], warm_up_s=0.0) as ports:
        desk = IdentificationDesk(
            ports=ports.ports,
            drivers=usable_drivers,
            in_use=frozenset,
            excluded=frozenset,
            clock=SystemClock(),
        )
        seen = threading.Event()
        watch = PortWatch(ports.ports, lambda present: seen.set() if present else None)
        ports.command(kind, unplug=True)
        watch.look()
        watch.start()
        try:
            begun = monotonic()
            ports.command(kind, replug=True)
            assert seen.wait(100)
            noticed_s = monotonic() - begun
            run = identified(desk, kind)
            if run.verdict is None or not run.verdict.matches:  # a busy computer makes a device look silent
                run = identified(desk, kind)
            verdict_s = monotonic() - begun
        finally:
            watch.stop()
            desk.stop()
    assert run.verdict is not None
    assert MODELS[kind] in [match.model for match in run.verdict.matches], run.verdict.detail
    record_property(f"{kind}_noticed_s", round(noticed_s, 2))
    record_property(f"{kind}_verdict_s", round(verdict_s, 2))
    with capsys.disabled():
        told = f"{kind}: noticed after {noticed_s:.2f} s, verdict ({run.verdict.outcome}) after {verdict_s:.1f} s"
        print(f"\n{told}, at most {run.progress.total_s:.0f} s")
