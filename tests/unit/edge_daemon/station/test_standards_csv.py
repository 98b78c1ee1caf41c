# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Standards out of a CSV file: each line told, no number guessed, and the same file twice changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.calibration.references import of_standard
from edge_daemon.domain.faults import BadInput
from edge_daemon.station.standards import StandardBook
from edge_daemon.station.standards_csv import NEEDED, bring_in, read_standards
from tests.support.logged_station import LoggedStation

EXAMPLE = Path(__file__).parents[4] / "resources" / "examples" / "standards.csv"
HEADER = ";".join(NEEDED)
TODAY = date(2026, 11, 23)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path) as open_station:
        yield open_station


def book(station: LoggedStation) -> StandardBook:
    return StandardBook(station.reader, station.journal.write, lambda: frozenset({"co2_gas", "ph_buffer"}))


def value(number: str, *others: str, separator: str = ";") -> float | None:
    """How the number is read as the value of the file's first line."""
    lines = [separator.join(NEEDED)]
    lines += [
        separator.join(("co2_gas", f"gas {place}", one, "ppm", "1")) for place, one in enumerate((number, *others))
    ]
    body = read_standards("\n".join(lines), "Ana")[0].body
    return None if body is None else body.value


def test_the_example_is_taken_once_and_never_again(station: LoggedStation) -> None:
    text, now = EXAMPLE.read_text(encoding="utf-8"), book(station)
    told = bring_in(now, text, "Ana", TODAY)
    assert [(one.line, one.taken, one.words) for one in told] == [(line, True, "Taken.") for line in range(2, 7)]
    assert [one.body.name for one in now.standards("co2_gas")] == ["Zero gas", "Span gas 1000 ppm"]
    assert of_standard(now.by_code("BUF7-2302").body, "pH", 7.5).value == pytest.approx(7.075)
    size = station.writer.head().size
    again = bring_in(book(station), text, "Ben", TODAY)
    assert [(one.taken, one.index) for one in again] == [(False, one.index) for one in told]
    assert all("already" in one.words for one in again)
    assert station.writer.head().size == size


def test_a_file_brings_nothing_back_that_was_corrected_or_withdrawn_since(station: LoggedStation) -> None:
    text = f"{HEADER}\nco2_gas;A;1;ppm;0.1\nco2_gas;B;2;ppm;0.1"
    now = book(station)
    first, second = (one.index for one in bring_in(now, text, "Ana", TODAY))
    assert first is not None
    assert second is not None
    corrected = now.add(replace(now.by_index(first).body, value=1.5, replaces=first))
    now.add(replace(now.by_index(second).body, replaces=second, withdrawn=True))
    told = bring_in(now, text, "Ana", TODAY)
    assert [one.taken for one in told] == [False, False]
    assert f"entry {corrected.index} took its place" in told[0].words
    assert [one.index for one in now.standards()] == [corrected.index]


def test_a_line_without_a_unit_or_with_an_absurd_factor_is_told(station: LoggedStation) -> None:
    text = (
        "name,kind,value,unit,expanded_uncertainty,factor\n"
        "No unit,co2_gas,400.5,,2,2\n"
        "Too wide,co2_gas,400.5,ppm,2,1000000000\n"
        "Ratio,reference_cell,1.5,1,0.01,2\n"
    )
    told = bring_in(book(station), text, "Ana", TODAY)
    assert [one.taken for one in told] == [False, False, True]
    assert "the unit of the value is needed, such as ppm; 1 where it has none" in told[0].words
    assert "a coverage factor from 1 to 10 is needed" in told[1].words


def test_each_line_is_taken_or_told_why_not(station: LoggedStation) -> None:
    text = (
        "\ufeffName;Kind;value;unit;expanded_uncertainty;expires;code\r\n"
        "Gas;CO2 gas;400,5;ppm;2;2026-12-01;1\r\n"
        "\r\n"
        '"Gas; with ""quotes""";co2_gas;1000;ppm;10;2026-11-01;2\r\n'
        "Other;co2_gas;1;ppm;1;;2\r\n"
        "Bad number;co2_gas;4 00;ppm;1;;\r\n"
        "Bad date;co2_gas;4;ppm;1;1.12.2026;\r\n"
        "Short;co2_gas;4\r\n"
        ";co2_gas;4;ppm;1;;\r\n"
        "Odd;co3_gas;4;ppm;1;;\r\n"
    )
    told = bring_in(book(station), text, "Ana", TODAY)
    assert [(one.line, one.taken) for one in told] == [
        (2, True),
        (4, True),
        (5, False),
        (6, False),
        (7, False),
        (8, False),
        (9, False),
        (10, True),
    ]
    words = [one.words for one in told]
    for place, said in enumerate(
        (
            "expires in 8 days",
            "expired on 2026-11-01",
            "code '2' is that of Gas; with",
            "value '4 00'",
            "expires '1.12.2026'",
            "3 columns",
            "name ''",
            "No procedure asks for the kind co3_gas",
        )
    ):
        assert said in words[place]


@pytest.mark.parametrize(
    ("number", "others", "separator", "read"),
    [
        ("400,5", (), ";", 400.5),
        ("400.5", (), ";", 400.5),
        ("0,125", (), ";", 0.125),
        ("1234,567", (), ";", 1234.567),
        ("1,2345", (), ";", 1.2345),
        ("-2,5e3", (), ";", -2500.0),
        ("1,234", (), ";", None),
        ("1.234", (), ";", None),
        ("1,234", ("5,5",), ";", 1.234),
        ("1.234", ("5.5",), ";", 1.234),
        ("1,234", ("5.5",), ";", None),
        ("1.234", ("5,5",), ";", None),
        ("1.234", ("5,5", "5.5"), ";", None),
        ("1.234", (), ",", 1.234),
        ('"1,234"', (), ",", None),
        ('"1,234"', ('"5,5"',), ",", 1.234),
        ("1.234", ('"5,5"',), ",", None),
        ("1.234,5", (), ";", None),
        ("1,234.5", (), ";", None),
        ("1'234", (), ";", None),
        ("1e999", (), ";", None),
        ("nan", (), ";", None),
        ("", (), ";", None),
    ],
)
def test_no_number_is_guessed(number: str, others: tuple[str, ...], separator: str, read: float | None) -> None:
    assert value(number, *others, separator=separator) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "name the columns"),
        ("kind", "name the columns"),
        ("kind;name,value;unit", "name the columns"),
        ("kind;name;value;unit", "expanded_uncertainty"),
        (f"{HEADER};colour", "colour"),
        (f"{HEADER};kind", "once"),
        (f"{HEADER}\nph;\ufffd;7;pH;1", "UTF-8"),
        (f'{HEADER}\nph;"a;7;pH;1', "quotation"),
        (HEADER + "\nph;a;7;pH;1" * 1001, "at most 1000"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_standards(text, "Ana")


@given(st.floats(-1e6, 1e6), st.sampled_from(",."), st.sampled_from([(";", False), (",", True)]))
def test_a_number_is_read_as_it_was_meant_or_not_at_all(number: float, mark: str, way: tuple[str, bool]) -> None:
    separator, quoted = way
    text = f"{number:.6f}".replace(".", mark)
    assert value(f'"{text}"' if quoted else text, separator=separator) == pytest.approx(number, abs=1e-6)


@given(st.text(max_size=200))
def test_whatever_stands_in_a_file_it_is_read_or_refused(text: str) -> None:
    try:
        read = read_standards(f"{HEADER}\n{text}", "Ana")
    except BadInput:
        return
    assert all(bool(one.trouble) == (one.body is None) for one in read)
