# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sync over a link of 256 kbit/s that comes and goes: it moves on whenever there is one, and ends with everything."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_sync_promises import broker, ends_well, home_of, syncing
from tests.support.link import link
from tests.support.processes import Child
from tests.support.servers import free_port, mosquitto, program
from tests.support.subscriber import receiver
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(400)
BYTES_PER_SECOND = 256_000 / 8
READINGS = 900
PATIENCE_S = 120.0


def progress(child: Child) -> list[dict[str, Any]]:
    lines = [line for line in child.said().splitlines() if line.endswith("}")]
    return [told for told in map(json.loads, lines) if told["event"] == "progress"]


def test_a_link_that_comes_and_goes_makes_steady_progress(tmp_path: Path) -> None:
    program("mosquitto")
    port = free_port()
    with mosquitto(tmp_path, port), receiver(port) as far, link(port, BYTES_PER_SECOND) as road:
        home = home_of(tmp_path, {"broker": broker(road.port)}, readings=READINGS)
        with syncing(home) as child:
            for _ in range(3):
                held = len(far.times())
                wait_until(
                    lambda held=held: len(far.times()) > held or not child.running,  # type: ignore[misc]  # mypy cannot tell a lambda's default
                    seconds=PATIENCE_S,
                    what="more readings to arrive",
                )
                road.open.clear()
                settled = road.carried
                wait_until(lambda: len(progress(child)) > 0, seconds=PATIENCE_S, what="progress to be told")
                assert road.carried - settled <= 4096
                road.open.set()
            ends_well(child)
        assert len(far.times()) == READINGS
        told = progress(child)
        done = [one["done"] for one in told]
        assert done == sorted(done)
        assert (done[-1], told[-1]["state"]) == (READINGS, "done")
        # The link is not filled with repetitions because it was slow or paused.
        assert far.copies <= len(far.packets) * 2
