# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON: RFC 8785's own examples, and our number form against the library's."""

import math
import re
import struct
from hashlib import sha256
from types import MappingProxyType

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from edge_daemon.log.canonical import JsonValue, NotCanonical, canonical, format_number, key_order, quote
from edge_daemon.log.strict_json import parse_json

# RFC 8785 appendix B.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


def double(bits: str) -> float:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert isinstance(number, float)
    return number


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_numbers_of_the_rfc(bits: str, text: str) -> None:
    assert format_number(double(bits)) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(-0.0)
@example(1e21)
@example(math.nextafter(1e21, 0))
@example(1e16)
@example(math.nextafter(1e16, 0))
@example(1e-4)
@example(math.nextafter(1e-4, 0))
@example(1e-6)
@example(math.nextafter(1e-6, 0))
@example(1e-7)
@example(-1.5e-7)
@example(5e-324)
@example(2.2250738585072014e-308)
def test_number_form_equals_the_library(number: float) -> None:
    assert format_number(number).encode() == rfc8785.dumps(number)


@given(st.integers(0, 2**64 - 1))
def test_number_form_equals_the_library_for_any_bits(bits: int) -> None:
    number = double(f"{bits:016x}")
    if math.isfinite(number):
        assert format_number(number).encode() == rfc8785.dumps(number)
        assert float(format_number(number)) == number
    else:
        with pytest.raises(NotCanonical):
            format_number(number)


@pytest.mark.parametrize("exponent", range(-330, 309))
def test_number_form_at_every_power_of_ten(exponent: int) -> None:
    number = float(f"1e{exponent}")
    for near in (number, math.nextafter(number, 0), math.nextafter(number, math.inf), 2.5 * number, -number):
        if math.isfinite(near):
            assert format_number(near).encode() == rfc8785.dumps(near)


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_whole_numbers_are_taken_where_a_float_is_asked_for(number: int) -> None:
    assert format_number(number) == str(number)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(NotCanonical, match="not a number that can be recorded"):
        format_number(number)


def test_example_of_the_rfc() -> None:
    value = parse_json(
        rb'{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
        rb'"string":"\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}'
    )
    data = canonical(value)
    assert (
        data
        == (
            r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            r'"string":"€$\u000f\nA'
            "'"
            r'B\"\\\\\"/"}'
        ).encode()
    )
    assert sha256(data).hexdigest() == "2d5e01a318d0f0879ab568c4be289c8b1f64ef8921a53c6277d5e069978baacb"


def test_keys_sort_by_utf_16_as_in_the_rfc() -> None:
    order = ["\r", "1", "\x80", "ö", "€", "\U0001f600", "\ufb33"]
    assert sorted(set(order), key=key_order) == order
    assert list(parse_object(canonical(dict.fromkeys(reversed(order))))) == order


def parse_object(data: bytes) -> dict[str, JsonValue]:
    value = parse_json(data)
    assert isinstance(value, dict)
    return value


@given(st.text())
def test_quoting_equals_the_library(text: str) -> None:
    assert quote(text).encode() == rfc8785.dumps(text)


def test_read_only_mappings_and_tuples_are_taken() -> None:
    assert canonical(MappingProxyType({"b": (1, 2.0), "a": MappingProxyType({})})) == b'{"a":{},"b":[1,2]}'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"points": [{"raw": 1.0}, {"raw": math.nan}]}, "$.points[1].raw is nan"),
        ({"a": math.inf}, "$.a is inf"),
        ({"serial": 2**53}, "$.serial is an integer beyond"),
        ([-(2**53)], "$[0] is an integer beyond"),
        ({"who": "\ud800"}, "$.who holds"),
        ({"x": {"\udfff": 1}}, "$.x holds"),
        ({"x": {1: 2}}, "$.x has the key 1"),
        ({"x": b"raw"}, "$.x is a bytes"),
        ({"x": {3}}, "$.x is a set"),
    ],
)
def test_what_cannot_be_written_is_named(value: JsonValue, message: str) -> None:
    with pytest.raises(NotCanonical, match=re.escape(message)):
        canonical(value)


def test_endless_nesting_is_refused() -> None:
    loop: list[JsonValue] = []
    loop.append(loop)
    with pytest.raises(NotCanonical, match="nested deeper"):
        canonical(loop)
