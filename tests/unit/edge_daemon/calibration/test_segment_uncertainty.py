# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How sure a value is that straight lines between points made: as its knots inside, ever less beyond them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.calibration.judge import verdict
from edge_daemon.domain.channel import Computed
from edge_daemon.log.calibration_body import CalibrationVerdict, ValueUncertainty
from edge_daemon.log.calibration_values import (
    difference_uncertainty,
    extrapolated,
    standard_uncertainty,
    systematic_uncertainty,
    value_of,
)
from edge_daemon.log.computed_channels import said_of
from edge_daemon.log.in_force import InForce
from edge_daemon.log.instruments import Key
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, start, taken

TV_A4 = {
    "zero": Level(0.0, 0.12, 0.001, expanded=0.1, standard=5),
    "standard": Level(124.0, 121.3, 0.01, expanded=2.0, standard=6),
}
"""Source: calibration reference, TV-A4."""
LEVELS = ((0.0, 0.05), (100.0, 1.0), (1000.0, 8.0))


def turbidity() -> CalibrationVerdict:
    run = start("ysi_exo2_rs232", "turbidity")
    names = [point.name for point in run.procedure.points]
    levels = dict(zip(names, TV_A4.values(), strict=False))
    run = decided(found(run, levels, temperature=20.0), adjust=True)
    return verdict(taken(run, "as_left", levels), person="Ada", due="2027-01-01")


def expanded(body: CalibrationVerdict, raw: float) -> float:
    assert body.uncertainty is not None
    assert body.function is not None
    return body.uncertainty.factor * standard_uncertainty(body.uncertainty, raw, value_of(body.function, raw))


def test_turbidity_far_beyond_its_last_standard_is_not_as_sure_as_there() -> None:
    body = turbidity()
    assert expanded(body, 121.3) == pytest.approx(2.0, rel=0.02)
    assert expanded(body, 0.12) == pytest.approx(0.1, abs=0.05)
    assert 0.8 < expanded(body, 50.0) < 1.0
    assert expanded(body, 1000.0 / 1.0233) >= 16.0
    assert expanded(body, 4000.0 / 1.0233) >= 64.0
    assert body.function is not None
    assert [extrapolated(body.function, body.uncertainty, raw) for raw in (-1, 0.12, 60, 121.3, 122)] == [
        True, False, False, False, True,
    ]  # fmt: skip


@given(st.floats(-2000, 5000))
def test_the_level_follows_the_knots(raw: float) -> None:
    level = systematic_uncertainty(ValueUncertainty(0.0, levels=LEVELS), raw, 0.0)
    (x0, u0), (x1, u1) = (LEVELS[0], LEVELS[1]) if raw < 100 else (LEVELS[1], LEVELS[2])
    along = (raw - x0) / (x1 - x0)
    parts = ((1 - along) * u0, along * u1)
    assert level == pytest.approx(sum(parts) if 0 <= raw <= 1000 else math.hypot(*parts))


def test_a_knot_is_as_sure_as_its_standard_and_a_difference_of_a_value_with_itself_is_sure() -> None:
    told = ValueUncertainty(0.0, levels=LEVELS)
    assert [systematic_uncertainty(told, raw, 0.0) for raw, _ in LEVELS] == pytest.approx([u for _, u in LEVELS])
    assert difference_uncertainty(told, 500.0, 500.0, 0.0) == 0.0
    assert difference_uncertainty(told, 0.0, 100.0, 1.0) == pytest.approx(math.hypot(0.05, 1.0))
    assert systematic_uncertainty(ValueUncertainty(0.0, levels=((5.0, 0.3),)), 9.0, 0.0) == pytest.approx(0.3)


def test_the_knots_go_along_to_a_computed_channel() -> None:
    made = InForce(9, Key("m", "1"), "a", None, ValueUncertainty(0.0, levels=LEVELS), 0, "", "pass")
    told = said_of(made, "b", Computed("a", "proportional", 2.0))
    assert told is not None
    assert told.uncertainty is not None
    assert told.uncertainty.levels == tuple((2 * raw, 2 * level) for raw, level in LEVELS)
