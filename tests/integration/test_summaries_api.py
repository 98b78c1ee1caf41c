# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Summaries and metrics over the API of a real daemon that has just begun to record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_daemon import PATIENCE_S, Station, daemon
from tests.support.waiting import wait_until


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with daemon(tmp_path) as child:
        started = Station(tmp_path / "home-demo", child)
        started.wait_for_readings("windsonic")
        yield started


def test_a_new_station_has_read_its_log_and_claims_nothing_yet(station: Station) -> None:
    wait_until(lambda: station.get("/api/summaries")["complete"], seconds=PATIENCE_S, what="the end of the log")
    assert station.get("/api/summaries", params={"until": "2020-01-01T00:00:00Z"})["summaries"] == []
    told = station.get("/api/metrics")
    assert told["metrics"] == {"total_energy_generated_kwh": None, "total_co2_reduced_tons": None}
    assert (told["claim"]["claim"], told["claim"]["refused"], told["plan"]) == (False, "no_sensor", None)
