# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a time without a valid calibration means for a claim, said to a person. Source: calibration reference, F35."""

from typing import Any

import pytest

from edge_daemon.calibration.allowed import Allowed
from edge_daemon.domain.procedure import Tolerance
from edge_daemon.log.calibration_coverage import Cause, Uncovered
from edge_daemon.log.calibration_story import Error
from edge_daemon.log.in_force import InForce
from edge_daemon.log.instruments import Key
from edge_daemon.station.late_calibration import words_of, worst_of

DAY_NS = 86_400 * 10**9
KEY = Key("schneider_ion7550", "M-1")
CO2 = Allowed(Tolerance(30.0, 0.03, "sum"))
CLASS_02 = Allowed(Tolerance(0.0, 0.002))
LATE = InForce(9, KEY, "energy", None, None, 20 * DAY_NS, "1971-01-20", "pass")


def gap(cause: Cause = "overdue", **more: Any) -> Uncovered:
    return Uncovered(10 * DAY_NS, 20 * DAY_NS, cause, KEY, **more)


def found(error: float, reference: float = 100.0) -> Error:
    return Error("as_found", "full load", reference, error, 0.01, None)


@pytest.mark.parametrize(
    ("allowed", "error", "said"),
    [
        (CLASS_02, None, "apply 0.2 %, the maximum permissible error,"),  # TV-M4
        (CLASS_02, found(0.15), "apply 0.2 %, the maximum permissible error,"),
        (CLASS_02, found(0.35), "apply 0.35 %, the error that the late calibration found,"),  # TV-M5
        (CLASS_02, found(-0.35), "apply 0.35 %, the error that the late calibration found,"),
        (CO2, found(50.0, 1000.0), "apply 60 kWh, the maximum permissible error,"),
        (CO2, found(61.0, 1000.0), "apply 61 kWh, the error that the late calibration found,"),
        (None, found(0.35), "no deduction can be proposed"),
    ],
)
def test_a_late_calibration_proposes_the_larger_of_the_permissible_and_the_found_error(
    allowed: Allowed | None, error: Error | None, said: str
) -> None:
    words = words_of(gap(after=LATE), "kWh", allowed, error)
    assert words.startswith("From 1970-01-11 to 1970-01-21 the calibration was late.")
    assert said in words


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (gap(), "the calibration was overdue, and none was made since"),
        (gap("not_calibrated"), "no claim is to be made"),
        (gap("failed"), "not to be claimed without an amendment"),
        (gap("no_instrument"), "no instrument was there"),
    ],
)
def test_other_gaps_say_what_they_mean(one: Uncovered, said: str) -> None:
    assert said in words_of(one, "kWh", CLASS_02, None)


def test_the_worst_error_is_the_one_farthest_beyond_its_own_limit() -> None:
    large, small = found(0.1, 100.0), found(0.0175, 5.0)  # 0.1 % and 0.35 %
    assert worst_of([large, small], CLASS_02) is small
    assert worst_of([], CLASS_02) is None
    assert "apply 0.35 %" in words_of(gap(after=LATE), "kW", CLASS_02, worst_of([large, small], CLASS_02))
    assert worst_of([found(50.0, 1000.0), found(40.0, 0.0)], CO2) == found(40.0, 0.0)
