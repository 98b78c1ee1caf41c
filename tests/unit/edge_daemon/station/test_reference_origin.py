# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a typed reference came about, and off which instrument it was read, is asked and goes on record."""

from dataclasses import replace
from typing import Any

import pytest

from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BadInput
from edge_daemon.station import calibration_moves as moves
from edge_daemon.station.calibration_references import Applied, References
from edge_daemon.station.calibration_taking import Numbers
from tests.unit.edge_daemon.calibration.runs import start
from tests.unit.edge_daemon.station.test_calibration_references import (
    ANALYSER,
    BESIDE,
    BUFFER,
    BUFFER_POINT,
    TODAY,
    Register,
    applied,
)

NUMBERS = Numbers(1, 2, 60, 430.0, 430.0, 1.0, 0.0, (), {})
OFFERED: dict[str, Any] = {"reference": 425.0, "expanded_uncertainty": 20.0}


def asked(*, nominal: float | None, before: int | None = None) -> dict[str, object]:
    references = References(Register(ANALYSER), TODAY, "ppm")
    return {one.name: one.value for one in references.fields(replace(BESIDE, nominal=nominal), before, None)}


def test_a_point_with_a_general_value_asks_how_the_value_is_known() -> None:
    assert asked(nominal=425.0)["reference_by"] == "unsaid"
    assert asked(nominal=425.0, before=40)["reference_by"] == "read", "the analyser was used here last"
    assert "reference_by" not in asked(nominal=None), "there is no general value to take"
    assert "reference_instrument" in asked(nominal=None)


def test_the_instrument_that_was_named_last_is_offered_where_no_general_value_is() -> None:
    references = References(Register(), TODAY, "ppm")
    asked = [references.fields(replace(BESIDE, nominal=nominal), None, None, "LI-850 7") for nominal in (None, 425.0)]
    assert [one.value for many in asked for one in many if one.name == "reference_instrument"] == ["LI-850 7", ""]


@pytest.mark.parametrize(
    ("values", "by", "instrument"),
    [
        ({**OFFERED, "reference_by": "general"}, "general", ""),
        (OFFERED, "general", ""),
        ({**OFFERED, "reference_by": "unsaid"}, "general", ""),
        ({**OFFERED, "reference": 422.0}, "", ""),
        ({**OFFERED, "reference_instrument": "LI-850 7"}, "read", "LI-850 7"),
        (
            {"reference": 431.2, "expanded_uncertainty": 4, "reference_by": "read", "reference_instrument": "LI-850 7"},
            "read",
            "LI-850 7",
        ),
        ({**OFFERED, "reference_by": "read", "standard": "40"}, "read", ""),
    ],
)
def test_the_answer_is_kept(values: dict[str, Any], by: str, instrument: str) -> None:
    found = applied(BESIDE, ANALYSER, **values)
    assert (found.by, found.instrument) == (by, instrument)


def test_without_a_general_value_what_is_typed_was_read() -> None:
    assert applied(replace(BESIDE, nominal=None), **OFFERED).by == "read"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({**OFFERED, "reference_instrument": "LI-850 7"}, "values.reference_by"),
        ({**OFFERED, "standard": "40"}, "values.reference_by"),
        ({**OFFERED, "expanded_uncertainty": 2.0}, "values.expanded_uncertainty"),
    ],
)
def test_a_general_value_is_neither_read_nor_known_better_than_it_can_be(values: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as wrong:
        applied(BESIDE, ANALYSER, reference_by="general", **values)
    assert wrong.value.field == field


def test_a_general_value_is_not_asked_for_again_when_the_point_is_taken() -> None:
    references = References(Register(), TODAY, "ppm")
    assert references.later(BESIDE, applied(BESIDE, **OFFERED, reference_by="general")) == ()
    assert references.later(BESIDE, applied(BESIDE, **OFFERED, reference_by="read"))


def recorded(run: Run, found: Applied) -> tuple[object, ...]:
    body = moves.point(run, "as_found", "fresh_air", found, 0, NUMBERS, "Ada", "")
    sent = moves.sent(run, "forced_recalibration", 431.2, "Ada", found, "")
    assert (sent.reference_by, sent.reference_instrument) == (body.reference_by, body.reference_instrument)
    return body.reference_by, body.reference_instrument, body.standard_celsius


def test_points_and_commands_put_it_on_record() -> None:
    run = start("sensirion_scd30", "co2_fresh_air")
    values: dict[str, Any] = {"reference": 431.2, "reference_by": "read", "reference_instrument": "LI-850 7"}
    assert recorded(run, applied(BESIDE, **values, expanded_uncertainty=4.0)) == ("read", "LI-850 7", None)
    buffer = applied(BUFFER_POINT, BUFFER, unit="pH", standard="40", temperature="17,5")
    assert recorded(run, buffer) == ("", "", 17.5)
