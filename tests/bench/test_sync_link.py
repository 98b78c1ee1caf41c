# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How true the estimate is over a slow link, and how soon delivery resumes when the network returns."""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.test_sync_promises import (
    broker,
    database,
    ends_well,
    home_of,
    influx,
    syncing,
    waits_again,
)
from tests.support.link import Link, link
from tests.support.processes import Child
from tests.support.servers import free_port, mosquitto, program
from tests.support.subscriber import receiver
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
BYTES_PER_SECOND = 256_000 / 8


def test_the_estimate_over_a_slow_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program("mosquitto")
    port = free_port()
    with mosquitto(tmp_path, port), receiver(port), link(port, BYTES_PER_SECOND) as road:
        home = home_of(tmp_path, {"broker": broker(road.port)}, readings=3_000)
        with syncing(home) as child:
            # What a third of the way says of the rest.
            told, taken = told_and_taken(child, 1_000)
    with capsys.disabled():
        print(f"\n256 kbit/s: estimated {told:.1f} s for the rest, it took {taken:.1f} s ({told / taken:.2f})")
    assert 0.8 <= told / taken <= 1.2


def test_the_estimate_over_a_link_that_is_there_for_20_s_in_every_90(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What half of the way, and a pause, say of the rest, of which the last third ends amid the link's 20 s: one pause
    more or less would be most of the time left."""
    program("mosquitto")
    port = free_port()
    with mosquitto(tmp_path, port), receiver(port), link(port, BYTES_PER_SECOND) as road:
        home = home_of(tmp_path, {"broker": broker(road.port)}, readings=4_500)
        with syncing(home) as child, coming_and_going(road, child):
            told, taken = told_and_taken(child, 2_250)
    with capsys.disabled():
        print(f"\n20 s in every 90 s: estimated {told:.1f} s for the rest, it took {taken:.1f} s ({told / taken:.2f})")
    assert 0.8 <= told / taken <= 1.2


@contextmanager
def coming_and_going(road: Link, child: Child) -> Iterator[None]:
    """The link is there for 20 s in every 90 s, and when the first reading goes out."""
    wait_until(lambda: '"state":"sending"' in child.said(), seconds=120, what="the first reading to go out")
    over = threading.Event()

    def turns() -> None:
        for there_s in itertools.cycle((20.0, -70.0)):
            road.open.set() if there_s > 0 else road.open.clear()
            if over.wait(abs(there_s)):
                return

    thread = threading.Thread(target=turns, name="link's turns")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        road.open.set()


def told_and_taken(child: Child, done: int) -> tuple[float, float]:
    """The time left that was told once so many readings were delivered, and the time that it took from there (s)."""
    wait_until(lambda: estimate(child.said(), done) is not None, seconds=300, what="some to be delivered")
    told, begun = estimate(child.said(), done), time.monotonic()
    assert child.wait(seconds=400) == 0, child.said()[-1500:]
    assert told is not None
    return told, time.monotonic() - begun


def estimate(said: str, done: int) -> float | None:
    for line in said.splitlines():
        told = json.loads(line) if line.endswith("}") else {}
        if told.get("event") == "progress" and told["done"] >= done and told["left_s"] is not None:
            return float(told["left_s"])
    return None


def test_how_soon_it_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with influx(tmp_path) as (_, front):
        front.allow(1)
        home = home_of(tmp_path, {"cloud": database(front.url)}, readings=6_000)
        with syncing(home) as child:
            wait_until(lambda: front.waiting > 0, seconds=120, what="a write at the gate")
            front.network(up=False)
            waits_again(child, 0)
            front.allow(1_000_000)
            before = front.writes
            front.network(up=True)
            begun = time.monotonic()
            wait_until(lambda: front.writes > before, seconds=120, what="the next write")
            resumed = time.monotonic() - begun
            ends_well(child)
    with capsys.disabled():
        print(f"\nresumed {resumed:.2f} s after the network's return")
    assert resumed < 3.0
