# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Answers to a step of a calibration: taken as typed, or refused with the name of the field."""

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, Conflict, Fault
from edge_daemon.station.calibration_answers import Answer, Choice, Field, Page, chosen, given

PRESSURE = Field("pressure", "Air pressure", "number", "hPa", minimum=500, maximum=1100)
ANY = Field("any", "Any number", "number")
NOTE = Field("note", "Note", "text", required=False)
GAS = Field("gas", "Which gas", "standard", choices=(("12", "span gas"), ("13", "zero gas")))
PIN = Field("pin", "PIN", "pin")
WET = Field("wet", "Is it wet?", "switch", required=False)


def page(*choices: Choice) -> Page:
    return Page("3-decide", "decide", "What now?", "", choices=choices)


def answer(choice: str, **more: Any) -> Answer:
    told: dict[str, Any] = {"values": {}, "reason": "", "person": "Ana", "confirmed": False, **more}
    return Answer("3-decide", choice, **told)


def test_values_are_kept_as_their_fields_want_them() -> None:
    values: dict[str, float | bool | str] = {
        "pressure": " 1013,25 ",
        "note": "  dusty ",
        "gas": 12.0,
        "pin": " 12 ",
        "wet": True,
    }
    assert given((PRESSURE, NOTE, GAS, PIN, WET), values) == {
        "pressure": 1013.25,
        "note": "dusty",
        "gas": "12",
        "pin": " 12 ",
        "wet": True,
    }
    assert given((PRESSURE, NOTE), {"pressure": 900, "note": " "}) == {"pressure": 900.0}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (PRESSURE, ""),
        (PRESSURE, "high"),
        (PRESSURE, True),
        (PRESSURE, float("nan")),
        (PRESSURE, "inf"),
        (ANY, "inf"),
        (ANY, "nan"),
        (PRESSURE, 499.9),
        (PRESSURE, 1100.1),
        (NOTE, 3.0),
        (NOTE, "x" * 2_001),
        (GAS, "14"),
        (GAS, 12.5),
        (WET, "yes"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_fields_name(field: Field, value: Any) -> None:
    with pytest.raises(BadInput) as refused:
        given((field,), {field.name: value})
    assert refused.value.field == f"values.{field.name}"


def test_a_value_nobody_asked_for_is_refused() -> None:
    with pytest.raises(BadInput, match="asks for pressure") as refused:
        given((PRESSURE,), {"pressure": 900, "colour": "red"})
    assert refused.value.field == "values.colour"


@drawn(st.one_of(st.text(), st.floats(), st.booleans()))
def test_a_pin_is_never_shown(value: float | bool | str) -> None:
    if isinstance(value, str) and value.strip() and len(value) <= 2_000:
        assert given((PIN,), {"pin": value}) == {"pin": value}
        return
    with pytest.raises(BadInput) as refused:
        given((PIN,), {"pin": value})
    assert refused.value.value == ""


@drawn(st.one_of(st.text(), st.floats(), st.booleans()))
def test_a_number_is_in_its_limits_or_refused(value: float | bool | str) -> None:
    try:
        kept = given((PRESSURE,), {"pressure": value})
    except BadInput:
        return
    assert 500 <= float(kept["pressure"]) <= 1100


@pytest.mark.parametrize(
    ("choice", "told", "fault", "words"),
    [
        (Choice("keep", "Keep"), answer("adjust"), BadInput, "choices are keep"),
        (Choice("keep", "Keep"), answer("keep", person="  "), BadInput, "person"),
        (Choice("keep", "Keep", enabled=False, why_not="It drifts."), answer("keep"), Conflict, "It drifts"),
        (Choice("keep", "Keep", reason=True), answer("keep", reason=" "), BadInput, "reason"),
        (Choice("send", "Send", confirm="It cannot be undone."), answer("send"), BadInput, "cannot be undone"),
    ],
)
def test_a_choice_that_is_not_open_is_refused(choice: Choice, told: Answer, fault: type[Fault], words: str) -> None:
    with pytest.raises(fault, match=words):
        chosen(page(choice), told)


def test_a_choice_with_all_that_it_needs_is_taken() -> None:
    choice = Choice("send", "Send", reason=True, confirm="Sure?")
    assert chosen(page(Choice("keep", "Keep"), choice), answer("send", reason="drift", confirmed=True)) is choice
