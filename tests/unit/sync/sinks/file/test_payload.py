# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings and hourly summaries as JSON lines and back."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.station import Location, Station
from sync.packets.item import Item
from sync.packets.lines import lines_of
from sync.packets.packet import groups, packet_of
from sync.packets.reading import Outgoing, SensorFacts, WireChannel, WireValue
from sync.packets.summary import AirHour, Metric, OutgoingSummary
from sync.packets.summary_packet import summary_payload
from sync.sinks.file.payload import NotReadings, decode, encode
from tests.support.outgoing import ORIGIN, readings
from tests.support.summarised import HOUR, air, body, channel, energy, summary, withdrawn

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
names = st.text(min_size=1, max_size=8)
channels = st.builds(WireChannel, names, names, st.just(1.0), primary=st.booleans())
locations = st.none() | st.builds(Location, st.floats(-90, 90), st.floats(-180, 180), st.none() | st.floats(0, 9000))
stations = st.builds(Station, names, names, names, locations)

KNOWN = {
    "index", "t_ns", "quality", "facts", "station", "values", "resent", "recorded_as", "time_offset_us",
}  # fmt: skip


@st.composite
def many(draw: st.DrawFn) -> list[Outgoing]:
    listed = draw(st.lists(channels, min_size=1, max_size=3))
    own = {f"c{number}": channel for number, channel in enumerate(listed[:-1])}
    facts = SensorFacts("s", "co2", "model", "ppm", own, draw(st.none() | st.just("2026-01-01")))
    station = draw(stations)
    values = st.tuples(
        *(st.builds(WireValue, st.just(channel), numbers, numbers, st.integers(1, 9)) for channel in listed)
    )
    one = st.builds(
        Outgoing,
        index=st.integers(0, 2**40),
        t_ns=st.integers(0, 2**62),
        quality=st.integers(0, 100),
        facts=st.just(facts),
        station=st.just(station),
        values=values,
        resent=st.booleans(),
        recorded_as=names | st.just(""),
        time_offset_us=st.none() | st.integers(-(2**50), 2**50),
    )
    return draw(st.lists(one, max_size=5))


@given(many())
def test_what_was_written_comes_back_bit_for_bit(told: list[Outgoing]) -> None:
    assert list(decode(encode(told))) == told
    assert {field.name for field in fields(Outgoing)} == KNOWN  # another field of a reading has to travel as well
    assert repr(list(decode(encode(told)))) == repr(told)  # also -0.0, which equals 0.0


@given(
    sensor=names,
    mean=numbers,
    kilowatt_hours=st.floats(0, 1e300),
    metrics=st.lists(st.builds(Metric, names, names), max_size=2),
    index=st.none() | st.integers(0, 500),
)
def test_a_summary_comes_back_bit_for_bit_and_between_the_same_readings(
    sensor: str, mean: float | None, kilowatt_hours: float, metrics: list[Metric], index: int | None
) -> None:
    statistics = {"temperature": channel(1.0, maximum=mean, uncertainty=mean)}
    made = body(sensor, channels=statistics, energy=energy(kilowatt_hours), air=air(kilowatt_hours), replaces=3)
    hours = (AirHour(HOUR, index, "pm2_5"),)
    one = summary(11, made, air=hours, gone=tuple(metrics), counts="none", resent=True)
    before, after = readings(1, first=10), readings(1, first=13)
    told: list[Item] = [*before, one, summary(12, withdrawn(replaces=11)), *after]
    back = list(decode(encode(told)))
    assert back == told
    assert repr(back[1:3]) == repr(told[1:3])
    assert list(lines_of(back)) == list(lines_of(told))
    assert summary_payload(one, "rfc8785") == summary_payload(summary_in(back), "rfc8785")


def summary_in(told: list[Item]) -> OutgoingSummary:
    return next(item for item in told if isinstance(item, OutgoingSummary))


def test_lines_and_packets_from_it_are_the_same_bytes() -> None:
    told = readings(50, 3)
    back = [one for one in decode(encode(told)) if isinstance(one, Outgoing)]
    assert list(lines_of(back)) == list(lines_of(told))
    packets, same = ([packet_of(group, ORIGIN, "rfc8785") for group in groups(each)] for each in (told, back))
    assert packets == same


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        b"nonsense\n",
        b'{"stations":[],"sensors":[]}\n[1]\n',
        b"[]\n\xff",
        b'{"stations":[],"sensors":[]}\n{"index":1}\n',
    ],
)
def test_anything_else_is_no_reading(data: bytes) -> None:
    with pytest.raises(NotReadings, match="line"):
        list(decode(data))
