# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Documents over the API of a real daemon."""

from collections.abc import Iterator

import pytest

from tests.integration.test_daemon import PATIENCE_S, Station, daemon
from tests.support.waiting import wait_until
from tests.unit.edge_daemon.documents.test_calibration_report import words_of

pytestmark = pytest.mark.xdist_group("documents_api")


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One for all tests, which only look at it, since its start takes longest."""
    folder = tmp_path_factory.mktemp("station")
    with daemon(folder) as child:
        started = Station(folder / "home-demo", child)
        wait_until(
            lambda: started.sensor("windsonic")["latest"], seconds=PATIENCE_S, what="a reading of the quickest sensor"
        )
        yield started


def test_a_visit_report_tells_of_the_station_as_it_stands(station: Station) -> None:
    arrived = station.ask("POST", "/api/visits", json={"event": "start", "person": "Ana Ruiz"})
    assert arrived.status_code == 201
    reply = station.ask("GET", "/api/visit-report")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/pdf"
    words = words_of(reply.content)
    assert "DEMONSTRATION: simulated instruments, no evidence." in words
    assert "Visited by Ana Ruiz" in words
    assert "Wind, mast" in words
    assert "Nothing is anchored yet" in words
    assert "Newest signed checkpoint" in words or "No checkpoint was signed yet" in words


def test_a_period_that_cannot_be_is_refused_in_words(station: Station) -> None:
    reply = station.ask("GET", "/api/visit-report?since=2026-11-24T00:00:00Z&until=2026-11-23T00:00:00Z")
    assert reply.status_code == 422
    assert reply.json()["field"] == "until"


def test_an_entry_without_a_report_says_so(station: Station) -> None:
    reply = station.ask("GET", "/api/calibrations/0/certificate")
    assert reply.status_code == 404
    assert "no signed calibration" in reply.json()["detail"] or "is no calibration" in reply.json()["detail"]
