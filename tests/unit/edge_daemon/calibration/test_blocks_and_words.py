# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A level presented again needs its own standard; what one point leaves open; energy that could not be counted."""

import pytest

from edge_daemon.calibration.impact import Energy, as_found_amendment
from edge_daemon.calibration.judge import verdict
from edge_daemon.calibration.point_checks import check_choice
from edge_daemon.calibration.words import summary_words
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.calibration_body import CalibrationConditions
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, mine, start, taken, then
from tests.unit.edge_daemon.calibration.runs import point as point_of

MODEL = "dendrometer_voltage"
UP = {"up_0": 0.0, "up_1": 2.5, "up_2": 5.0, "up_3": 7.5, "up_4": 10.0}


def blocks(**more: float) -> dict[str, Level]:
    return {
        name: Level(value, value + 0.001, 0.0001, expanded=0.002, standard=round(10 * value) + 20)
        for name, value in {**UP, **more}.items()
    }


def test_going_down_the_block_of_going_up_is_needed() -> None:
    run = start(MODEL, "dendrometer_gauge_blocks")
    run = then(run, mine(run, CalibrationConditions, {"temperature": 20.0}, "Ada"))
    for name, level in blocks().items():
        run = then(run, point_of(run, "as_found", name, level))
    assert run.step.point == "down_3"
    point = run.procedure.point("down_3")
    with pytest.raises(BadInput, match=r"the same standard as at Upwards, position 3 .* take the one of 7\.5 again"):
        check_choice(run, "as_found", point, 8.0, 100)
    check_choice(run, "as_found", point, 7.5, 95)


def test_a_level_that_was_presented_again_keeps_its_block_when_it_is_taken_anew() -> None:
    down = {"down_3": 7.5, "down_2": 5.0, "down_1": 2.5, "down_0": 0.0}
    run = found(start(MODEL, "dendrometer_gauge_blocks"), blocks(**down), temperature=20.0)
    with pytest.raises(BadInput, match="Downwards, position 3"):
        check_choice(run, "as_found", run.procedure.point("up_3"), 8.0, 100)
    check_choice(run, "as_found", run.procedure.point("up_3"), 7.5, 95)


@pytest.mark.parametrize(
    ("model", "procedure", "level", "left_open"),
    [
        ("ysi_exo2_rs232", "conductivity", Level(1413.0, 1350.0, 0.5, expanded=10.0, standard=5), "zero"),
        ("sensirion_scd30", "co2_fresh_air_offset", Level(425.0, 470.0, 1.0, expanded=20.0), "slope"),
    ],
)
def test_one_point_leaves_open_what_it_did_not_change(model: str, procedure: str, level: Level, left_open: str) -> None:
    run = start(model, procedure)
    levels = {run.procedure.points[0].name: level}
    run = decided(found(run, levels, temperature=20.0, pressure=1000.0), adjust=True)
    run = taken(run, "as_left", levels)
    words = summary_words(run, verdict(run, person="Ada", due="2027-01-01"))
    (said,) = [line for line in words if line.startswith("One point tells nothing")]
    assert said == f"One point tells nothing of the {left_open}: it is taken as it was."


def test_a_deduction_that_cannot_be_told_in_kilowatt_hours_is_told_as_a_share() -> None:
    levels = {
        "full_pf1": Level(100.0, 100.35, 0.01, expanded=0.05),
        "full_pf05": Level(50.0, 50.02, 0.01, expanded=0.025),
        "tenth_pf1": Level(10.0, 10.004, 0.001, expanded=0.005),
        "twentieth_pf1": Level(5.0, 5.002, 0.001, expanded=0.0025),
    }
    run = found(start("schneider_ion7550", "meter_comparison"), levels, temperature=20.0)
    told = as_found_amendment(run, since=3, person="Ada", good_before=True)
    assert told is not None
    assert (
        "The energy since then could not be told from the counter: apply a deduction of 0.35 % to it." in told.evidence
    )
    counted = as_found_amendment(run, since=3, person="Ada", good_before=True, energy=Energy(10_000.0))
    assert counted is not None
    assert "Proposed: deduct 35 kWh (0.35 %)" in counted.evidence
    assert "could not be told" not in counted.evidence
