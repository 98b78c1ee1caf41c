# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where a run ended: at which step it was given up, and which entry is its end."""

from edge_daemon.log.calibration_body import CalibrationAbort, CalibrationConditions, CalibrationReturned
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, fresh_air, mine, signed, start, then


def test_a_run_that_was_given_up_stays_at_the_step_where_it_was() -> None:
    run = start("sensirion_scd30", "co2_fresh_air")
    given_up = then(run, mine(run, CalibrationAbort, "rain", "Ada"))
    assert given_up.page == run.page == (1, run.page[1])
    run = then(run, mine(run, CalibrationConditions, {"temperature": 20.0, "pressure": 1000.0}, "Ada"))
    given_up = then(run, mine(run, CalibrationAbort, "rain", "Ada"))
    assert given_up.page == run.page == (2, run.page[1])


def test_a_run_that_was_given_up_at_the_signature_stands_there() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 428.0)})
    run = decided(run, adjust=False)
    assert then(run, mine(run, CalibrationAbort, "rain", "Ada")).page == run.page


def test_its_end_stays_its_end_when_more_is_said() -> None:
    run = signed(fresh_air())
    back = then(run, mine(run, CalibrationReturned, "Ada"))
    assert (run.ended_at, back.ended_at) == (run.last, run.last)
    assert back.last > run.last
