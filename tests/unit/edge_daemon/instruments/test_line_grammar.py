# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The grammars of text lines: reference vectors of plotter, JSON lines and CSV."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import MalformedFrame
from edge_daemon.instruments.line_grammar import Grammar, fields, number
from edge_daemon.instruments.line_listening import heard

Values = dict[str, float | None]

PLOTTER: dict[str, Values] = {
    "co2:415.2,temp:21.75,rh:48": {"co2": 415.2, "temp": 21.75, "rh": 48},
    "co2:415.2\ttemp:21.75": {"co2": 415.2, "temp": 21.75},
    "12.5 7 -3": {"value 1": 12.5, "value 2": 7, "value 3": -3},
    "co2: 415": {},
    "1,,3": {"value 1": 1, "value 2": 3},
    ",1": {"value 2": 1},
    "a:1:2,b:x": {"a": 1, "b": None},
    ":5": {"value 1": None},
    "42,7": {"value 1": 42, "value 2": 7},
    "1,2,": {"value 1": 1, "value 2": 2},
}
JSON: dict[str, Values] = {
    '{"seq":17,"co2":415.2,"temp_c":21.75}': {"seq": 17, "co2": 415.2, "temp_c": 21.75},
    '{"co2":null,"err":"warmup"}': {"co2": None, "err": None},
    '{"pms":{"pm2_5":8,"pm10":12.5}}': {"pms.pm2_5": 8, "pms.pm10": 12.5},
    ' {"co2":"415.2","on":true,"list":[1]}': {"co2": 415.2, "on": None, "list": None},
}


def values(line: str, header: str = "", columns: tuple[str, ...] = (), grammar: Grammar = Grammar.AUTO) -> Values:
    return {name: number(name, token) for name, token in fields(header, line, grammar, columns).items()}


@pytest.mark.parametrize(("line", "expected"), [*PLOTTER.items(), *JSON.items()])
def test_lines_of_plotter_and_json(line: str, expected: Values) -> None:
    assert values(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        '{"co2":41',
        '{"co2":NaN}',
        '{"co2":Infinity}',
        '{"a":1}{"b":2}',
        '{"a":1,}',
        "{'a':1}",
        '{"a":1,"a":2}',
        '{"a":' * 200,
        '{"a":' + "[" * 1000,
        '{"a":1e999}',
        '{"a":1' + "0" * 400 + "}",
        "a:1,a:2",
    ],
)
def test_what_cannot_be_read_is_refused_by_name(line: str) -> None:
    with pytest.raises(MalformedFrame):
        values(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.5", 12.5),
        ("12.5abc", 12.5),
        ("1e3", 1000),
        ("-.5", -0.5),
        ("8ug/m3", 8),
        ("21.5°C", 21.5),
        ("abc", None),
        ("4x5.2", None),
        ("1;5", None),
        ("0x1", None),
        ("0xFF", None),
        ("1e", None),
        ("1eu", None),
        ("12,5", None),
        ("nan", None),
        ("Infinity", None),
        ("", None),
    ],
)
def test_a_number_may_have_a_unit_behind_it_and_nothing_else(text: str, expected: float | None) -> None:
    assert number("x", text) == expected


def test_columns_keep_their_place() -> None:
    assert values("23.5, 1013.2", "Temperature,Pressure") == {"Temperature": 23.5, "Pressure": 1013.2}
    assert values("23.5,,45", "a,b,c") == {"a": 23.5, "b": None, "c": 45}
    assert values("1,2", "a,b", columns=("x", "y")) == {"x": 1, "y": 2}
    assert values("1;2", columns=("x", "y")) == {"x": 1, "y": 2}
    assert values(" 1  2\t3", columns=("x", "y", "z")) == {"x": 1, "y": 2, "z": 3}
    assert values('"1","2"', '"a","b"') == {"a": 1, "b": 2}
    with pytest.raises(MalformedFrame, match="quotation"):
        values('1,"2', "a,b")
    assert values("12:30:05,415.2", "time,co2", grammar=Grammar.COLUMNS) == {"time": None, "co2": 415.2}
    for line in ("1", "1,2,3", "12,5,13,1"):
        with pytest.raises(MalformedFrame, match="2 columns"):
            values(line, "a,b")


@pytest.mark.parametrize(
    ("line", "own", "other"),
    [
        ("a:1", Grammar.LABELLED, Grammar.JSON),
        ('{"a":1}', Grammar.JSON, Grammar.LABELLED),
        ('{"a":1}', Grammar.JSON, Grammar.COLUMNS),
        ("1,2", Grammar.COLUMNS, Grammar.JSON),
        ("1,2", Grammar.COLUMNS, Grammar.LABELLED),
    ],
)
def test_a_chosen_grammar_refuses_the_others(line: str, own: Grammar, other: Grammar) -> None:
    assert values(line, grammar=own) == values(line)
    with pytest.raises(MalformedFrame, match=f"not {other.value}"):
        values(line, grammar=other)


@given(st.text(max_size=80), st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3))
def test_no_text_raises_anything_but_a_fault(line: str, header: str, columns: list[str]) -> None:
    try:
        found = values(line, header, tuple(columns))
    except MalformedFrame:
        return
    assert all(value is None or abs(value) < float("inf") for value in found.values())


@pytest.mark.parametrize(
    ("line", "grammar", "names"),
    [
        (b'{"co2":415.2,"err":"x"}', Grammar.JSON, ("co2", "err")),
        (b"co2:415.2,temp:21.75", Grammar.LABELLED, ("co2", "temp")),
        (b"415.2,21.75", Grammar.COLUMNS, ("value 1", "value 2")),
    ],
)
def test_a_stream_is_recognised_by_most_of_its_lines(line: bytes, grammar: Grammar, names: tuple[str, ...]) -> None:
    stream = b"dropped\n" + b"\r\n".join([line] * 5) + b"\r\n"
    found = heard(stream)
    assert found is not None
    assert (found.grammar, found.names) == (grammar, names)
    assert heard(stream[: len(line) * 2]) is None
    few_bad = b"dropped\n" + (line + b"\n") * 4 + b"boot!\n"
    assert heard(few_bad) is not None
    assert heard(few_bad + b"boot!\n") is None


def test_a_header_names_what_is_heard() -> None:
    found = heard(b"\nTemperature,Pressure\n" + b"23.5,1013.2\n" * 3)
    assert found is not None
    assert found.names == ("Temperature", "Pressure")


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        bytes(range(256)) * 3,
        b"\n" + b"\x02Q,229,002.74,M,00,\x0316\r\n" * 5,
        b"\n" + b"$IIMWV,045,R,000.09,M,A*0B\r\n" * 5,
        b"\n" + b"hello world\n" * 5,
        bytes.fromhex("424D001C00000008000800000008000800D20046002D001E00000000970002C5") * 9,
    ],
)
def test_other_streams_are_not_taken_for_text_with_numbers(stream: bytes) -> None:
    assert heard(stream) is None
