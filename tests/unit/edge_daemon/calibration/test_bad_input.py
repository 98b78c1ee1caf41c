# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is refused of a run's points, each with its own words that say what to do."""

import math
from dataclasses import replace

import pytest

from edge_daemon.calibration.judge import may_adjust, verdict, why_not_adjust
from edge_daemon.calibration.point_checks import check_point, check_stage
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import Tolerance
from edge_daemon.log.calibration_body import CalibrationConditions
from tests.unit.edge_daemon.calibration.runs import PH, Level, decided, found, mine, point, start, then

ZERO, SPAN = Level(0.0, 18.0, 1.0, standard=4), Level(1000.0, 1052.0, 1.0, standard=5)


def at_span(**changes: object) -> None:
    run = then(run := start("sensirion_scd30", "co2_zero_span"), mine(run, CalibrationConditions, {}, "Ada"))
    run = then(run, point(run, "as_found", "zero", ZERO))
    check_point(run, point(run, "as_found", "span", SPAN, **changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"raw": math.nan}, "no usable readings"),
        ({"indication": math.inf}, "no usable readings"),
        ({"reference": math.nan}, "no usable readings"),
        ({"count": 0}, "no reading came in"),
        ({"expanded_uncertainty": -1.0}, "uncertainty of at least 0"),
        ({"factor": 0.0}, "factor above 0"),
        ({"reference": 5.0}, "choose the standard that belongs to this point"),
        ({"reference": 9000.0}, "choose the standard that belongs to this point"),
        ({"standard": 4}, "presented at Zero gas already"),
        ({"raw": 40001.0}, "off scale"),
        ({"raw": -0.1}, "off scale"),
        ({"unmet": ("slope",)}, "not stable yet"),
        ({"unmet": ("slope",), "override": "  "}, "not stable yet"),
    ],
)
def test_a_point_that_cannot_be_true_is_refused_with_what_to_do(changes: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        at_span(**changes)


def test_an_unstable_point_with_a_reason_is_taken() -> None:
    at_span(unmet=("slope",), override="the wind does not rest")
    at_span()


def test_standards_go_from_clean_to_dirty() -> None:
    run = start("ysi_exo2_sdi12", "turbidity", points=start("ysi_exo2_sdi12", "turbidity").procedure.points)
    low = replace(run.procedure.point("low"), lowest=0.0, highest=4000.0)
    run = start("ysi_exo2_sdi12", "turbidity", points=(run.procedure.points[0], low, run.procedure.points[2]))
    run = then(run, mine(run, CalibrationConditions, {}, "Ada"))
    run = then(run, point(run, "as_found", "zero", Level(0.5, 0.5, standard=1)))
    with pytest.raises(BadInput, match="from clean to dirty"):
        check_point(run, point(run, "as_found", "low", Level(0.2, 0.2, standard=2)))
    check_point(run, point(run, "as_found", "low", Level(124.0, 121.0, standard=2)))


def test_two_swapped_buffers_are_noticed() -> None:
    swapped = {"buffer_7": Level(7.0, 10.03, standard=5), "buffer_10": Level(10.01, 7.02, standard=6)}
    run = found(start("ysi_exo2_sdi12", "ph_buffers"), swapped)
    with pytest.raises(BadInput, match="look swapped"):
        check_stage(run, "as_found")
    assert "look swapped" in str(why_not_adjust(run))
    with pytest.raises(BadInput, match="look swapped"):
        verdict(decided(run, adjust=False), person="Ada", due="2026-12-21")


def test_readings_within_twice_the_tolerance_are_not_taken_for_swapped() -> None:
    swapped = {"buffer_7": Level(7.0, 10.03, standard=5), "buffer_10": Level(10.01, 7.02, standard=6)}
    check_stage(found(start("ysi_exo2_sdi12", "ph_buffers", tolerance=Tolerance(2.0)), swapped), "as_found")


def test_a_flat_electrode_is_not_taken_for_swapped_buffers() -> None:
    flat = {"buffer_7": Level(7.0, 7.0, standard=5), "buffer_10": Level(10.01, 7.01, standard=6)}
    check_stage(found(start("ysi_exo2_sdi12", "ph_buffers"), flat), "as_found")


def test_too_few_points_are_named() -> None:
    run = found(start("ysi_exo2_sdi12", "ph_buffers"), {"buffer_7": PH["buffer_7"]})
    with pytest.raises(BadInput, match="2 at least are needed"):
        check_stage(run, "as_found")
    assert not may_adjust(run)
