# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Two windows on one sensor at the very same moment: one goes on, the other is told, and nothing is recorded twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from tests.support.calibrating import PATIENCE_S, ready, station_of
from tests.support.waiting import wait_until

WINDOWS = 4


def at_once(ask: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """The replies to the same question of several windows."""
    together = Barrier(WINDOWS)

    def asked(_: int) -> httpx.Response:
        together.wait(PATIENCE_S)
        return ask()

    with ThreadPoolExecutor(WINDOWS) as pool:
        return list(pool.map(asked, range(WINDOWS)))


def test_of_windows_that_answer_at_once_one_goes_on_and_the_others_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        asked = {"procedure": "co2_offset", "person": "Ana", "place": "hut"}
        begun = at_once(lambda: station.ask("POST", "/sensors/co2/calibration", json=asked))
        assert sorted(one.status_code for one in begun) == [201, 409, 409, 409]
        assert all("under way" in one.json()["detail"] for one in begun if one.status_code == 409)
        run.look()
        gone_on = at_once(lambda: run.try_to("go_on", values={"pressure": 1000.0}))
        assert sorted(one.status_code for one in gone_on) == [200, 409, 409, 409]
        assert all("Another window" in one.json()["detail"] for one in gone_on if one.status_code == 409)
        run.look()
        run.do("apply", values={"reference": 600.0, "expanded_uncertainty": 5.0})

        def taken() -> bool:
            run.wait_some()  # a busy computer may make the instrument look silent just after that
            codes = [one.status_code for one in at_once(lambda: run.try_to("take_anyway", reason="a test cannot wait"))]
            assert set(codes) <= {200, 409}
            assert codes.count(200) <= 1
            return 200 in codes

        wait_until(taken, seconds=PATIENCE_S, what="the point to be taken")
        given_up = at_once(
            lambda: station.ask("DELETE", "/sensors/co2/calibration", params={"reason": "rain", "person": "Ana"})
        )
        assert sorted(one.status_code for one in given_up) == [200, 409, 409, 409]
        events = [body["event"] for _, body in station.entries("calibration")]
        assert events == ["start", "conditions", "point", "abort"]
