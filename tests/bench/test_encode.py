# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed of the reading encoder against the RFC 8785 library in the same run, and of the tree."""

import json
from collections.abc import Callable
from random import Random
from time import perf_counter

import pytest
import rfc8785

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.entry import ReadingEncoder, Stamp, leaf_hash
from edge_daemon.log.tree import Frontier

READINGS = 4_000
ROUNDS = 5


def best_rate(work: Callable[[], object]) -> float:
    """Readings a second in the fastest of a few rounds, which is the one least disturbed by others."""
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return READINGS / min(times)


def test_own_encoder_against_the_library(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(2)
    encoder = ReadingEncoder("co2_monitor", ("co2", "temperature", "humidity"), 3, {"co2": 7})
    inputs = [
        (
            Stamp(1_795_421_730_000_000_000 + number * 250_000_000, number * 250_000, random.randbytes(16)),
            {
                name: ChannelValue(raw, raw * 1.0125 + 0.5, Flag.GOOD)
                for name, raw in (
                    ("co2", random.uniform(380, 2000)),
                    ("temperature", round(random.uniform(-10, 40), 3)),
                    ("humidity", round(random.uniform(0, 100), 2)),
                )
            },
        )
        for number in range(READINGS)
    ]
    entries = [encoder.encode(stamp, channels, 90) for stamp, channels in inputs]
    documents = [json.loads(entry) for entry in entries]
    assert [rfc8785.dumps(document) for document in documents] == entries

    own = best_rate(lambda: [encoder.encode(stamp, channels, 90) for stamp, channels in inputs])
    library = best_rate(lambda: [rfc8785.dumps(document) for document in documents])
    hashes = [leaf_hash(entry) for entry in entries]
    tree = best_rate(lambda: Frontier().extend(hashes))
    figures = {"own_per_s": round(own), "rfc8785_per_s": round(library), "tree_per_s": round(tree)}
    for name, figure in {**figures, "ratio": round(own / library, 2)}.items():
        record_property(name, figure)
    with capsys.disabled():
        report = (
            f"\nreading encoder {own:,.0f}/s, rfc8785 {library:,.0f}/s, ratio {own / library:.1f}; tree {tree:,.0f}/s"
        )
        print(report)
    assert own / library > 2
