# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A user's register map: what it says, how it is grouped into requests, and every mistake named by its field."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments.modbus_values import TYPES, Order
from edge_daemon.instruments.register_map import Point, grouped, register_map

TEXT = """
address_base = 40001
function = 3
order = "ABCD"
most_registers = 20
most_gap = 4

[[points]]
channel = "temperature"
address = 40011
type = "i16"
scale = 0.1
offset = -1.0
unit = "°C"
not_available = ["8000", "0x7FFF"]

[[points]]
channel = "pressure"
address = 40013
type = "f32"
order = "CDAB"
unit = "hPa"

[[points]]
channel = "total"
address = 40101
type = "u64"
unit = "Wh"

[[points]]
channel = "running"
function = 1
address = 40001
type = "bit"
unit = "1"

[serial]
address = 40201
type = "string"
words = 4
order = "BADC"
"""


def field_of(text: str) -> str:
    with pytest.raises(BadInput) as caught:
        register_map(text)
    assert caught.value.field.startswith("profile")
    return caught.value.field.removeprefix("profile: ")


def point(channel: str, address: int, kind: str = "u16", function: int = 3) -> Point:
    return Point(channel, function, address, kind, Order.ABCD, 1.0, 0.0, "1", frozenset())


def test_neighbours_come_by_one_request_and_the_rest_apart() -> None:
    groups = register_map(TEXT).groups
    assert [(group.function, group.first, group.count) for group in groups] == [(1, 0, 1), (3, 10, 4), (3, 100, 4)]
    assert [point.channel for point in groups[1].points] == ["temperature", "pressure"]


@pytest.mark.parametrize(
    ("channel", "data", "value"),
    [
        ("temperature", "00F5", 23.5),
        ("temperature", "FF38", -21.0),
        ("temperature", "8000", None),
        ("temperature", "7FFF", None),
        ("pressure", "50004480", 1026.5),
        ("pressure", "00007FC0", None),
        ("pressure", "00007F80", None),
        ("total", "0000011F71FB04CB", 1234567890123),
    ],
)
def test_values_of_registers(channel: str, data: str, value: float | None) -> None:
    found = next(point for point in register_map(TEXT).points if point.channel == channel)
    assert found.value(bytes.fromhex(data)) == (None if value is None else pytest.approx(value))


def test_the_serial_number_is_a_text_or_a_number() -> None:
    serial = register_map(TEXT).serial
    assert serial is not None
    assert (serial.address, serial.count) == (200, 4)
    assert serial.text(b"NS3-" + bytes(4)) == "SN-3"
    number = register_map(TEXT.replace('type = "string"\nwords = 4\norder = "BADC"', 'type = "u32"')).serial
    assert number is not None
    assert number.text(struct.pack(">I", 2507)) == "2507"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('type = "i16"', 'type = "i24"', "points[0].type"),
        ('type = "i16"\n', "", "points[0].type"),
        ("address = 40011", "address = 40000", "points[0].address"),
        ("address = 40011", "address = 110000", "points[0].address"),
        ("address = 40011", 'address = "40011"', "points[0].address"),
        ("address = 40011", "address = true", "points[0].address"),
        ('unit = "°C"\n', "", "points[0].unit"),
        ('unit = "°C"', 'unit = " "', "points[0].unit"),
        ("scale = 0.1", "scale = 0", "points[0].scale"),
        ("scale = 0.1", "scale = nan", "points[0].scale"),
        ("scale = 0.1", "scale = inf", "points[0].scale"),
        ("scale = 0.1", "skale = 0.1", "points[0].skale"),
        ("offset = -1.0", 'offset = "x"', "points[0].offset"),
        ('"8000"', '"80"', "points[0].not_available"),
        ('"8000"', "32768", "points[0].not_available"),
        ('"8000"', '"80008000"', "points[0].not_available"),
        ('channel = "pressure"', 'channel = "Pressure"', "points[1].channel"),
        ('channel = "pressure"', 'channel = "temperature"', "points"),
        ('order = "CDAB"', 'order = "little"', "points[1].order"),
        ('type = "bit"', 'type = "u16"', "points[3].type"),
        ("function = 1", "function = 6", "points[3].function"),
        ("function = 3", "function = 0", "function"),
        ("most_registers = 20", "most_registers = 126", "most_registers"),
        ("most_registers = 20", "most_registers = 3", "points[2].type"),
        ("most_gap = 4", "most_gap = -1", "most_gap"),
        ("address_base = 40001", "address_base = -1", "address_base"),
        ('order = "ABCD"', 'order = "ABDC"', "order"),
        ("most_gap = 4", "most_gap = 4\ncolour = 1", "colour"),
        ("words = 4", "words = 21", "serial.words"),
        ('type = "string"', 'type = "f32"', "serial.type"),
        ("[serial]", "[serial]\nfunction = 2", "serial.function"),
        ("[serial]", "[[serial]]", "serial"),
    ],
)
def test_every_mistake_is_named_by_its_field(old: str, new: str, field: str) -> None:
    assert old in TEXT
    assert field_of(TEXT.replace(old, new, 1)) == field


@pytest.mark.parametrize("text", ["", "points = []", "points = 3", "points = [1]", "function = 3"])
def test_a_map_needs_points(text: str) -> None:
    assert field_of(text) == "points"


@pytest.mark.parametrize("text", ["= 3", "points", "x" * 70_000, "a = " + "[" * 5000])
def test_what_is_no_toml_is_named(text: str) -> None:
    assert field_of(text) == "profile"


@given(st.text(max_size=300))
def test_any_text_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadInput):
        register_map(text)


@given(st.text(max_size=60), st.integers(0, len(TEXT)))
def test_any_change_of_a_map_is_a_map_or_refused_by_name(text: str, place: int) -> None:
    try:
        changed = register_map(TEXT[:place] + text + TEXT[place:])
    except BadInput:
        return
    assert changed.points


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from(TYPES), st.sampled_from([3, 4])),
        min_size=1,
        max_size=30,
        unique_by=lambda each: (each[0], each[2]),
    ),
    st.integers(4, 125),
    st.integers(0, 30),
)
def test_groups_hold_every_point_whole_within_the_limits(
    wanted: list[tuple[int, str, int]], most_registers: int, most_gap: int
) -> None:
    points = [point(f"p{n}", address, kind, function) for n, (address, kind, function) in enumerate(wanted)]
    groups = grouped(points, most_registers, most_gap)
    assert sorted(each.channel for group in groups for each in group.points) == sorted(p.channel for p in points)
    for group in groups:
        assert 1 <= group.count <= most_registers
        for each in group.points:
            assert each.function == group.function
            assert group.first <= each.address
            assert each.address + each.count <= group.first + group.count
