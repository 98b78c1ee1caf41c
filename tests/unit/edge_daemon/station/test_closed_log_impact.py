# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whose readings of the log before are told to be in doubt: only those of an instrument that was there already."""

import pytest

from edge_daemon.log.bodies import BootBody, LogBody, Predecessor
from edge_daemon.log.entry import Entry
from edge_daemon.station.run_impact import also_in
from tests.unit.edge_daemon.log.calibration_world import entry, installed


def log(*, predecessor: bool) -> list[Entry]:
    """Begins with what holds, and goes on with a boot and another instrument at entry 4."""
    before = Predecessor("old.example/1", 900, "00" * 32, "the key was lost") if predecessor else None
    opening = LogBody("new.example/2", "d", "p", "1", "m", demo=False, predecessor=before)
    bodies = (opening, installed(), installed("S-9", "roof"), BootBody("start", "b", "1", "trusted"), installed("S-2"))
    return [entry(body) for body in bodies]


@pytest.mark.parametrize(("begin", "concerns"), [(1, True), (2, True), (4, False)])
def test_an_instrument_that_came_later_was_not_in_the_log_before(begin: int, concerns: bool) -> None:
    told = log(predecessor=True)
    found = also_in(told.__getitem__, None, begin)
    assert (found.origin if found else "") == ("old.example/1" if concerns else "")
    assert also_in(log(predecessor=False).__getitem__, None, begin) is None
