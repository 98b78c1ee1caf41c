# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is typed into a form: every value survives being shown and read again; what is not allowed is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.form_values import BadValue, number_of, plain_text, range_text, same_value, typed_value, value_text
from edge_daemon.api.messages_devices import SettingDeclaration
from edge_daemon.domain.instrument import OptionValue

WHOLE = SettingDeclaration(name="n", label="N", kind="whole", default=2, kept="host", unit="s", minimum=2, maximum=1800)
NUMBER = SettingDeclaration(name="x", label="X", kind="number", default=0.5, kept="host", unit="mV")
TEXT = SettingDeclaration(name="t", label="T", kind="text", default="", kept="host")


@given(st.integers(min_value=2, max_value=1800))
def test_a_whole_number_comes_back(value: int) -> None:
    read = typed_value(WHOLE, plain_text(value))
    assert (read, type(read)) == (value, int)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_number_comes_back_as_the_same(value: float) -> None:
    assert same_value(typed_value(NUMBER, plain_text(value)), value)


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S"))))
def test_a_text_comes_back(value: str) -> None:
    assert typed_value(TEXT, f" {value} ") == value


@given(st.text() | st.from_regex(r"[+-]?[0-9]{0,400}[.,]?[0-9]*(e[0-9]{1,4})?", fullmatch=True))
def test_whatever_is_typed_is_a_number_or_refused(text: str) -> None:
    try:
        number = number_of(text)
    except BadValue:
        return
    assert same_value(number, number_of(plain_text(number)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1", "Allowed: 2 to 1800 s."),
        ("1801", "Allowed: 2 to 1800 s."),
        ("2.5", "A whole number is needed."),
        ("", "A number is needed."),
        ("two", "“two” is not a number."),
        ("nan", "“nan” is not a number."),
        ("inf", "“inf” is not a number."),
    ],
)
def test_what_is_not_allowed_says_what_is(text: str, words: str) -> None:
    with pytest.raises(BadValue) as refusal:
        typed_value(WHOLE, text)
    assert str(refusal.value) == words


@pytest.mark.parametrize(("text", "value"), [("−1,5", -1.5), (" 7 ", 7), ("+3", 3), ("1e3", 1000)])
def test_numbers_as_people_type_them(text: str, value: float) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (True, "on"), (False, "off"), (2.0, "2 s"), (0.25, "0.25 s"), ("", "(empty)")]
)
def test_values_as_they_are_shown(value: OptionValue | None, text: str) -> None:
    assert value_text(value, "s") == text


def test_a_switch_is_never_a_number() -> None:
    assert not same_value(True, 1)
    assert not same_value(None, 0)
    assert same_value(1, 1.0)


def test_a_bound_may_be_open() -> None:
    assert range_text(NUMBER) == ""
    assert range_text(NUMBER.model_copy(update={"minimum": 0.5})) == "at least 0.5 mV"
    assert range_text(NUMBER.model_copy(update={"maximum": 3.0})) == "at most 3 mV"
    assert range_text(WHOLE.model_copy(update={"minimum": None, "maximum": None})) == "a whole number"
