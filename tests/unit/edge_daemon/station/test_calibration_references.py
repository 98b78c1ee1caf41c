# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is asked about a standard at a point, and the reference value that follows from the answer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.procedure import ProcedurePoint, ReferenceSource
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.calibration_body import StandardBody
from edge_daemon.station.calibration_answers import given
from edge_daemon.station.calibration_references import Applied, References
from edge_daemon.station.standards import Standard

TODAY = date(2026, 11, 23)
BUFFER = StandardBody(
    "ph_buffer", "Buffer 7", 7.0, "pH", 0.02, 2.0, "Ana", "L1", by_temperature=((5.0, 7.09), (25.0, 7.0))
)
GAS = StandardBody("co2_gas", "Span", 1000.0, "ppm", 10.0, 2.0, "Ana")
ANALYSER = StandardBody("analyser", "LI-850", 0.0, "ppm", 3.0, 2.0, "Ana")
GAS_POINT = ProcedurePoint("span", "Span", "", ReferenceSource.STANDARD, 800, 5000, standard_kind="co2_gas")
BUFFER_POINT = replace(GAS_POINT, name="buffer", title="Buffer", lowest=6.8, highest=7.2, standard_kind="ph_buffer")
BESIDE = ProcedurePoint(
    "beside", "Beside", "", ReferenceSource.INSTRUMENT, 400, 500, nominal=425.0, expanded_uncertainty=20.0
)
FIXED = replace(BESIDE, source=ReferenceSource.FIXED)
AIR = replace(
    BESIDE, title="Saturated air", source=ReferenceSource.SATURATED_AIR, saturation="air_referenced", nominal=None
)


class Register:
    def __init__(self, *bodies: StandardBody) -> None:
        self.held = {index: Standard(index, index, body) for index, body in enumerate(bodies, start=40)}

    def standards(self, kind: str = "") -> tuple[Standard, ...]:
        return tuple(one for one in self.held.values() if kind in {"", one.body.kind} and one.in_use)

    def by_index(self, index: int) -> Standard:
        if index not in self.held:
            raise Unknown(f"entry {index} of the log is no standard")
        return self.held[index]

    def kinds(self) -> Mapping[str, bool]:
        return {"co2_gas": True, "ph_buffer": True, "analyser": False}


def applied(
    point: ProcedurePoint, *bodies: StandardBody, unit: str = "ppm", reason: str = "", **values: Any
) -> Applied:
    references = References(Register(*bodies), TODAY, unit)
    answered = given(references.fields(point, None, None), values)
    return references.of(point, answered, reason, {"pressure": 1013.25})


def test_a_standard_of_the_register_gives_value_uncertainty_and_index() -> None:
    found = applied(GAS_POINT, GAS, standard="40")
    assert (found.reference.value, found.reference.expanded_uncertainty, found.standard) == (1000.0, 10.0, 40)
    assert "Span" in found.words


def test_only_what_fits_the_point_is_offered_and_the_last_used_is_chosen() -> None:
    other = replace(GAS, name="Other", value=2000.0)
    register = Register(GAS, replace(GAS, value=450.0), replace(GAS, unit="%"), ANALYSER, other)
    references = References(register, TODAY, "ppm")
    (asked,) = references.fields(GAS_POINT, 44, None)
    assert [value for value, _ in asked.choices] == ["40", "44"]
    assert asked.value == "44"
    assert references.fields(GAS_POINT, 43, None)[0].value is None


@pytest.mark.parametrize(("used", "chosen"), [("2026-11-03", "40"), ("2026-09-30", None), (None, None)])
def test_without_a_standard_of_this_point_only_one_used_lately_is_chosen(used: str | None, chosen: str | None) -> None:
    register = Register(GAS, replace(GAS, name="Other"))
    used_ns = None if used is None else ns_from_rfc3339(f"{used}T08:00:00Z")
    register.held[40] = replace(register.held[40], used_ns=used_ns)
    (asked,) = References(register, TODAY, "ppm").fields(GAS_POINT, None, None)
    assert asked.value == chosen, "a bottle that nobody scanned is not applied by one key"
    (asked,) = References(register, None, "ppm").fields(GAS_POINT, None, None)
    assert asked.value is None, "nobody knows the day"


def test_nor_is_one_that_expired_since() -> None:
    register = Register(replace(GAS, expires="2026-11-20"))
    register.held[40] = replace(register.held[40], used_ns=ns_from_rfc3339("2026-11-19T08:00:00Z"))
    (asked,) = References(register, TODAY, "ppm").fields(GAS_POINT, None, None)
    assert asked.value is None


def test_an_uncertainty_of_0_is_neither_allowed_nor_said_to_be() -> None:
    unsure = next(one for one in References(Register(), TODAY, "ppm").fields(BESIDE, None, None) if one.unit == "ppm"
                  and one.name == "expanded_uncertainty")  # fmt: skip
    assert (unsure.minimum, unsure.help) == (None, "More than 0.")
    with pytest.raises(BadInput, match="above 0"):
        applied(BESIDE, reference=425.0, expanded_uncertainty=0.0)


def test_without_one_in_the_register_that_is_said() -> None:
    (asked,) = References(Register(ANALYSER), TODAY, "ppm").fields(GAS_POINT, None, None)
    assert asked.choices == ()
    assert "no CO₂ gas" in asked.help


def test_a_buffer_has_the_value_of_its_temperature() -> None:
    assert applied(BUFFER_POINT, BUFFER, unit="pH", standard="40", temperature=15.0).reference.value == (
        pytest.approx(7.045)
    )
    references = References(Register(BUFFER), TODAY, "pH")
    assert references.fields(BUFFER_POINT, None, 18.5)[1].value == 18.5
    with pytest.raises(BadInput, match=r"5 to 25 °C") as refused:
        applied(BUFFER_POINT, BUFFER, unit="pH", standard="40", temperature=40.0)
    assert refused.value.field == "values.temperature"


def test_an_expired_one_needs_a_reason_which_is_kept() -> None:
    old = replace(GAS, expires="2026-11-22")
    with pytest.raises(BadInput, match="2026-11-22") as refused:
        applied(GAS_POINT, old, standard="40")
    assert refused.value.field == "reason"
    assert applied(GAS_POINT, old, standard="40", reason=" still full ").override == "still full"
    assert applied(GAS_POINT, replace(old, expires="2026-11-23"), standard="40").override == ""


def test_what_a_reference_instrument_shows_is_typed_within_the_points_limits() -> None:
    found = applied(BESIDE, reference=431.5, expanded_uncertainty=6.0)
    assert (found.reference.value, found.reference.expanded_uncertainty, found.standard) == (431.5, 6.0, None)
    named = applied(BESIDE, ANALYSER, GAS, standard="40", reference=431.5, expanded_uncertainty=6.0)
    assert named.standard == 40
    which = References(Register(ANALYSER, GAS), TODAY, "ppm").fields(BESIDE, None, None)[0]
    assert [value for value, _ in which.choices] == ["none", "40"], "a gas is no instrument"
    with pytest.raises(BadInput) as refused:
        applied(BESIDE, reference=399.0, expanded_uncertainty=6.0)
    assert refused.value.field == "values.reference"
    later = found.reading(440.0)
    assert (later.reference.value, later.reference.expanded_uncertainty) == (440.0, 6.0)
    assert found.reading(None) == found


def test_a_reference_without_a_doubt_or_known_better_than_its_own_certificate_is_refused() -> None:
    with pytest.raises(BadInput, match="above 0") as refused:
        applied(BESIDE, reference=431.5, expanded_uncertainty=0.0)
    assert refused.value.field == "values.expanded_uncertainty"
    with pytest.raises(BadInput, match="LI-850 has 3 ppm") as refused:
        applied(BESIDE, ANALYSER, standard="40", reference=431.5, expanded_uncertainty=2.9)
    assert refused.value.field == "reason"
    known: dict[str, Any] = {"standard": "40", "reference": 431.5, "expanded_uncertainty": 2.9}
    assert applied(BESIDE, ANALYSER, reason=" new certificate ", **known).override == "new certificate"
    wide = replace(ANALYSER, factor=3.0)
    assert applied(BESIDE, wide, standard="40", reference=431.5, expanded_uncertainty=2.0).override == "", "k = 2"


def test_only_instruments_of_the_channels_own_unit_are_offered_however_micro_is_spelled() -> None:
    others = (replace(ANALYSER, unit="kW"), replace(ANALYSER, unit="\u00b5g/m³"))
    which = References(Register(*others), TODAY, "\u03bcg/m³").fields(BESIDE, None, None)[0]
    assert [value for value, _ in which.choices] == ["none", "41"]
    gas = replace(GAS, unit="\u00b5g/m³")
    (asked,) = References(Register(gas), TODAY, "\u03bcg/m³").fields(GAS_POINT, None, None)
    assert [value for value, _ in asked.choices] == ["40"]


def test_nothing_is_valid_on_a_day_that_nobody_knows() -> None:
    dated, endless = replace(GAS, expires="2030-01-01"), replace(GAS, name="Endless")
    references = References(Register(dated, endless), None, "ppm")
    (asked,) = references.fields(GAS_POINT, None, None)
    assert [words for _, words in asked.choices] == [
        "Span: 1000 ± 10 ppm (until 2030-01-01: not checked)",
        "Endless: 1000 ± 10 ppm",
    ]
    assert "(2030-01-01) was not checked" in references.of(GAS_POINT, {"standard": "40"}, "", {}).override
    assert references.of(GAS_POINT, {"standard": "40"}, "new bottle", {}).override == "new bottle"
    assert references.of(GAS_POINT, {"standard": "41"}, "", {}).override == ""


def test_what_is_made_so_needs_no_answer() -> None:
    assert applied(FIXED).reference.value == 425.0
    assert applied(AIR, unit="%").reference.value == pytest.approx(100.0)
    with pytest.raises(BadInput, match="record it with the conditions"):
        References(Register(), TODAY, "%").of(AIR, {}, "", {})
