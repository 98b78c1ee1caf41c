# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sync over a link of 256 kbit/s that comes and goes: it moves on whenever there is one, and ends with everything."""

import json
from itertools import pairwise
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
READINGS = 1_500
PATIENCE_S = 120.0


def progress(child: Child) -> list[dict[str, Any]]:
    lines = [line for line in child.said().splitlines() if line.endswith("}")]
    return [told for told in map(json.loads, lines) if told["event"] == "progress"]


def test_a_link_that_comes_and_goes_makes_steady_progress(tmp_path: Path) -> None:
    """Twice it is gone for a moment, and once for so long that the connection is given up."""
    program("mosquitto")
    port = free_port()
    with mosquitto(tmp_path, port), receiver(port) as far, link(port, BYTES_PER_SECOND) as road:
        home = home_of(tmp_path, {"broker": broker(road.port)}, readings=READINGS)
        with syncing(home) as child:
            for state in ("checking", "sending", "waiting"):
                held = len(far.times())
                wait_until(
                    lambda held=held: len(far.times()) > held or not child.running,  # type: ignore[misc]  # mypy cannot tell a lambda's default
                    seconds=PATIENCE_S,
                    what="more readings to arrive",
                )
                road.open.clear()
                settled = road.carried
                wait_until(lambda state=state: told_of(child, state), seconds=PATIENCE_S, what=state)  # type: ignore[misc]  # the same
                assert road.carried - settled <= 4096
                road.open.set()
            ends_well(child)
        assert len(far.times()) == READINGS
        told = progress(child)
        done = [one["done"] for one in told]
        assert done == sorted(done)
        assert (done[-1], told[-1]["total"], told[-1]["state"]) == (READINGS, READINGS, "done")
        # While nothing moved, the time left was told anew, and grew.
        assert grew([one["left_s"] for one in told])
        # The link is not filled with repetitions because it was slow or paused.
        assert far.copies <= len(far.packets) * 2


def told_of(child: Child, state: str) -> bool:
    return any(one["state"] == state for one in progress(child)) or not child.running


def grew(left: list[float | None]) -> bool:
    known = [seconds for seconds in left if seconds is not None]
    return any(after > before for before, after in pairwise(known))
