# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is refused of a run's points, each with its own words that say what to do."""

import math
from dataclasses import replace

import pytest

from edge_daemon.calibration.judge import may_adjust, verdict, why_not_adjust
from edge_daemon.calibration.point_checks import check_point, check_stage
from edge_daemon.calibration.run import Run
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


LOADS = {"full_pf1": 100.0, "full_pf05": 50.0, "tenth_pf1": 10.0, "twentieth_pf1": 5.0}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"full_pf05": 100.0}, "35 to 65 is allowed here, since the reference was 100 at Rated current"),
        ({"tenth_pf1": 100.0}, "7 to 15 is allowed"),
        ({"twentieth_pf1": 10.0}, "2 to 6.9 is allowed"),
        ({"full_pf1": 1000.0}, "350 to 650 is allowed"),
    ],
)
def test_a_meter_sees_the_load_that_belongs_to_each_point(changed: dict[str, float], words: str) -> None:
    def loaded(loads: dict[str, float]) -> Run:
        return found(start("schneider_ion7550", "meter_comparison"), {n: Level(p, p) for n, p in loads.items()})

    check_stage(loaded(LOADS), "as_found")
    with pytest.raises(BadInput, match=words):
        check_stage(loaded({**LOADS, **changed}), "as_found")


def test_one_reference_is_no_two_levels_of_a_verification_but_may_come_twice_at_two_times() -> None:
    run = start("benewake_tfmini_s", "distance_check")
    run = found(run, {"near": Level(2.0, 2.0), "middle": Level(2.0, 2.0), "far": Level(6.0, 6.0)})
    with pytest.raises(BadInput, match="presented at Middle already"):
        check_stage(run, "as_found")
    windy = start("gill_windsonic", "wind_side_by_side")
    check_stage(found(windy, {one.name: Level(5.0, 5.0) for one in windy.procedure.points}), "as_found")


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


@pytest.mark.parametrize("key", ["wind_zero", "wind_direction", "wind_side_by_side"])
def test_wind_that_its_status_code_disowns_is_no_point_whatever_the_reason(key: str) -> None:
    run = start("gill_windsonic", key)
    assert run.procedure.status_ok
    run = then(run, mine(run, CalibrationConditions, {}, "Ada"))
    spec = run.procedure.points[0]
    level = Level(spec.lowest if spec.nominal is None else spec.nominal, 0.02)
    body = point(run, "as_found", spec.name, level, unmet=("instrument",), override="it is windy")
    with pytest.raises(BadInput, match="no reason lifts that"):
        check_point(run, body)
    check_point(run, replace(body, unmet=("slope",)))
    other = replace(run, start=replace(run.start, procedure=replace(run.procedure, status_ok=False)))
    check_point(other, body)
