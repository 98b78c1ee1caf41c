# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed of making and checking evidence against hashing the same bytes with bare hashlib, and its size per reading.

Ratios within one run. A larger log is asked for by `VERIFIELD_BENCH_ENTRIES`.
"""

import os
import resource
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.entry import ReadingEncoder, Stamp, leaf_hash
from edge_daemon.log.tree import inclusion_proof, verify_inclusion
from sync.bundle import Period, Source, write_bundle
from sync.evidence.verify import verify_bundle
from sync.parts import open_parts
from tests.support.waiting import wait_until
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SignedLog

ENTRIES = int(os.environ.get("VERIFIELD_BENCH_ENTRIES", "100000"))
PROOFS = 10_000
CHANNELS = (
    ChannelBody("co2", "ppm", 0, 10_000),
    ChannelBody("temperature", "°C", -40, 85),
    ChannelBody("humidity", "%", 0, 100),
)


def a_long_log(folder: Path) -> Source:
    """Readings of one instrument at 1 Hz, with values and salts that are as hard to compress as real ones."""
    log = SignedLog()
    log.recorded.begin()
    log.name_key("made", log.key)
    configuration = log.recorded.sensor("co2_monitor", CHANNELS)
    random = Random(7)
    encoder = ReadingEncoder("co2_monitor", tuple(channel.name for channel in CHANNELS), configuration, {})
    first = len(log.recorded.entries)
    for number in range(ENTRIES - first):
        levels = (random.gauss(600, 40), round(random.gauss(21, 3), 2), round(random.uniform(30, 70), 2))
        channels = {
            channel.name: ChannelValue(level, level, Flag.GOOD)
            for channel, level in zip(CHANNELS, (round(levels[0], 2), *levels[1:]), strict=True)
        }
        jitter_ns = random.randrange(20_000_000)
        stamp = Stamp(
            T0 + (number + 1) * S + jitter_ns, 1_000_000 * (number + 2) + jitter_ns // 1000, random.randbytes(16)
        )
        log.recorded.entries.append(encoder.encode(stamp, channels, 90))
    log.sign()
    records = [record_of(data) for data in log.recorded.entries]
    folder.mkdir()
    with LogWriter.create(folder / "buffer.sqlite3", log.recorded.origin, records[:1]) as writer:
        for record in records[1:]:
            wait_until(partial(writer.submit, record), seconds=600, what="room in the queue")
    return log.write_checkpoints(folder)


@pytest.mark.timeout(3600)
def test_evidence_against_bare_hashing(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    source = a_long_log(tmp_path / "home")
    size = source.signed.checkpoint.size
    with LogReader(source.buffer) as reader:
        entries = [data for first in range(0, size, 2_000) for _, data in reader.entries(first, 2_000)]
    bare_s = timed(lambda: [sha256(b"\x00" + data).digest() for data in entries])

    start = perf_counter()
    written = write_bundle(source, Period(), (), tmp_path / "bundle")
    write_s = perf_counter() - start

    start = perf_counter()
    with open_parts(written.path) as parts:
        verdict = verify_bundle(parts)
    verify_s = perf_counter() - start
    assert verdict.standing == "incomplete", [str(check) for check in verdict.checks if check.outcome == "failed"]

    step = max(1, size // PROOFS)
    indices = range(0, size, step)[:PROOFS]
    leaves = [leaf_hash(entries[index]) for index in indices]
    root = source.signed.checkpoint.root
    with LogReader(source.buffer) as reader:
        start = perf_counter()
        proofs = [inclusion_proof(index, size, reader.hashes) for index in indices]
        make_s = perf_counter() - start
    start = perf_counter()
    for index, leaf, proof in zip(indices, leaves, proofs, strict=True):
        verify_inclusion(index, size, leaf, proof, root)
    check_s = perf_counter() - start
    proof_bare_s = timed(lambda: [sha256(b"\x01" + node + node).digest() for proof in proofs for node in proof])

    readings = written.index.counts["reading"]
    figures = {
        "entries": size,
        "verify_bundle_to_bare_hashing": round(verify_s / bare_s, 1),
        "verify_entries_per_s": round(size / verify_s),
        "write_bundle_to_bare_hashing": round(write_s / bare_s, 1),
        "bundle_bytes_per_reading": round(written.size / readings, 1),
        "entry_bytes_per_reading": round(sum(map(len, entries)) / size, 1),
        "proofs": len(proofs),
        "make_proof_to_bare_hashing_of_it": round(make_s / proof_bare_s, 1),
        "check_proof_to_bare_hashing_of_it": round(check_s / proof_bare_s, 1),
        "largest_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    for name, figure in figures.items():
        record_property(name, figure)
    with capsys.disabled():
        print(f"\nevidence: {figures}")


def timed(work: Callable[[], object]) -> float:
    """Seconds of the fastest of three rounds, which is the one least disturbed by others."""
    times = []
    for _ in range(3):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)
