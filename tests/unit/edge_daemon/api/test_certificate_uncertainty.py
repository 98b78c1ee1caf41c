# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A certificate without an uncertainty is no calibration, and an uncertainty of 0 is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.edge_daemon.api.test_calibration_history_routes import CERTIFICATE, channel
from tests.unit.edge_daemon.station.record_world import INSTRUMENT, RecordWorld

PATH = f"{INSTRUMENT}/certificates"
POINT = {"stage": "as_left", "reference": 1000.0, "indication": 1001.0, "expanded_uncertainty": 0.0, "factor": 2.0}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"expanded_uncertainty": 0.0, "points": []}, "expanded_uncertainty"),
        ({"expanded_uncertainty": None, "expanded_uncertainty_relative": 0.0}, "expanded_uncertainty_relative"),
        ({"expanded_uncertainty": 0.0, "expanded_uncertainty_relative": 0.0}, "expanded_uncertainty_relative"),
        ({"points": [POINT]}, "points.0.expanded_uncertainty"),
        ({"points": [{**POINT, "expanded_uncertainty": 8.0}, POINT]}, "points.1.expanded_uncertainty"),
    ],
)
def test_an_uncertainty_of_nothing_is_refused_in_plain_words(
    world: RecordWorld, change: dict[str, Any], field: str
) -> None:
    reply = world.ask("POST", PATH, json={**CERTIFICATE, **change})
    assert reply.status_code == 422, reply.text[:300]
    told = reply.json()
    assert told["field"] == field
    assert "0 is no uncertainty: leave the field empty, or type what the document says" in reply.text
    assert channel(world)["calibrations"] == []


def test_a_share_alone_or_beside_a_zero_is_an_uncertainty(world: RecordWorld) -> None:
    change = {"expanded_uncertainty": 0.0, "expanded_uncertainty_relative": 0.012}
    assert world.post(PATH, **{**CERTIFICATE, **change})["expanded_uncertainty_relative"] == pytest.approx(0.012)
