# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Packets as the marketplace checks them: names, hash, and that nothing is dropped."""

import hashlib
import json
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.destination import HashForm
from edge_daemon.domain.station import Location, Station
from sync.packets.packet import MOST_SENSORS, groups, packet_of
from sync.packets.packet_writer import PacketWriter
from sync.packets.reading import Outgoing, SensorFacts, WireChannel, WireValue
from tests.support.outgoing import CO2, ORIGIN, STATION, TEMPERATURE, facts_of, reading, readings


def receiver_accepts(payload: bytes) -> bool:
    """The check of the receiver that exists: over sorted JSON, without the hash."""
    packet = json.loads(payload)
    claimed = packet.pop("local_hash")
    return bool(hashlib.sha256(json.dumps(packet, sort_keys=True, default=str).encode()).hexdigest() == claimed)


def test_the_names_that_the_marketplace_knows() -> None:
    (group,) = groups(readings(2, 2))
    packet = json.loads(packet_of(group, ORIGIN, "sorted_json").payload)
    assert packet.keys() == {
        "timestamp", "device_id", "project_id", "location", "sensors", "log", "first", "last", "local_hash",
    }  # fmt: skip
    assert packet["timestamp"] == "2026-11-23T08:15:41.000000000Z"
    assert packet["location"] == {
        "latitude": -1.25, "longitude": 36.75, "elevation": 12.5, "address": "Boat house, east bank",
    }  # fmt: skip
    assert packet["sensors"]["sensor_0"] == {
        "value": 410.25 * 1.01,
        "temperature": 23.125,
        "unit": "ppm",
        "timestamp": 1795421740,
        "status": "ok",
        "sensor_type": "co2",
        "sensor_model": "Sensirion SCD30",
        "calibration_date": "2026-08-01",
        "data_quality_score": 0.9,
    }
    assert (packet["log"], packet["first"], packet["last"]) == (ORIGIN, 10, 11)


@pytest.mark.parametrize("station", [STATION, Station("station-7", "Größe ☀", "", None)])
def test_the_hash_of_a_packet_verifies_however_often_it_is_sent(station: Station) -> None:
    """Fault 1: packets sent at once had no hash, and those from the buffer one that failed the receiver's check."""
    told = [replace(one, station=station) for one in readings(30, 3)]
    at_once = [packet_of(group, ORIGIN, "sorted_json").payload for group in groups(told)]
    again = [packet_of(group, ORIGIN, "sorted_json").payload for group in groups(told)]
    assert at_once == again
    assert all(receiver_accepts(payload) for payload in at_once)
    assert not receiver_accepts(at_once[0].replace(b"23.125", b"23.126"))


def test_the_hash_over_rfc_8785() -> None:
    (group,) = groups(readings(1))
    packet = json.loads(packet_of(group, ORIGIN, "rfc8785").payload)
    claimed = packet.pop("local_hash")
    assert hashlib.sha256(rfc8785.dumps(packet)).hexdigest() == claimed


@given(
    st.lists(st.tuples(st.integers(0, 90), st.floats(-1e6, 1e6), st.sampled_from([1, 2, 3, 4, 9])), min_size=1),
    st.sampled_from(["sorted_json", "rfc8785"]),
)
def test_every_reading_is_in_exactly_one_packet(told: list[tuple[int, float, int]], form: HashForm) -> None:
    """Faults 2 and 3: a full buffer threw away all but 500 packets, and a failed sending cleared it."""
    facts = [facts_of(f"s{number}") for number in range(91)]
    sent = [
        replace(reading(index, facts[sensor]), values=(WireValue(CO2, value, value, flag),))
        for index, (sensor, value, flag) in enumerate(told)
    ]
    packets = [packet_of(group, ORIGIN, form) for group in groups(sent)]
    assert sum(packet.count for packet in packets) == len(sent)
    assert [packet.first for packet in packets[1:]] == [packet.last + 1 for packet in packets[:-1]]
    arrived = [
        (name, sensor["value"]) for packet in packets for name, sensor in json.loads(packet.payload)["sensors"].items()
    ]
    assert arrived == [(one.facts.sensor, one.values[0].value) for one in sent]
    assert form == "rfc8785" or all(receiver_accepts(packet.payload) for packet in packets)


texts = st.text(max_size=6) | st.sampled_from(["%", "%s", "unit", "status", '"', "ü☀"])
values = st.none() | st.floats() | st.sampled_from([-0.0, 1e16, 1e-7, 400.0])


@given(
    st.lists(
        st.tuples(texts, texts, texts, st.lists(st.tuples(texts, values, st.sampled_from([1, 2, 3, 4, 9])))),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 2**62),
    st.tuples(texts, texts, texts),
    st.none() | st.builds(Location, st.floats(-90, 90), st.floats(-180, 180), st.none() | st.floats(0, 9000), texts),
)
def test_the_quick_way_writes_the_same_bytes(
    told: list[tuple[str, str, str, list[tuple[str, float | None, int]]]],
    t_ns: int,
    names: tuple[str, str, str],
    location: Location | None,
) -> None:
    device, project, origin = names
    station = Station(device, project, "", location)
    sent = []
    for index, (sensor, kind, unit, measured) in enumerate(told):
        channels = tuple(WireValue(WireChannel(f, unit, 1.0, primary=False), x, x, flag) for f, x, flag in measured)
        facts = SensorFacts(sensor, kind, "model", unit, {}, None)
        sent.append(Outgoing(index, t_ns + index, index, facts, station, channels))
    writer = PacketWriter(origin, "sorted_json")
    for group in [*groups(sent), *groups(sent)]:  # the second time from what the first has left
        assert writer.packet(group) == packet_of(group, origin, "sorted_json")


def test_ten_thousand_packets_are_ten_thousand_packets() -> None:
    assert sum(1 for _ in groups(readings(10_000))) == 10_000


def test_a_packet_holds_a_sensor_once_and_a_bounded_number_of_them() -> None:
    sizes = [len(group) for group in groups(readings(200, 100))]
    assert sizes == [MOST_SENSORS, 36, MOST_SENSORS, 36] or max(sizes) == MOST_SENSORS
    assert sum(sizes) == 200


def test_another_station_begins_another_packet() -> None:
    moved = replace(STATION, location=None)
    told = [reading(1, facts_of("a")), reading(2, facts_of("b"), moved)]
    assert [len(group) for group in groups(told)] == [1, 1]


@pytest.mark.parametrize(
    ("flags", "status"),
    [((1, 1), "ok"), ((1, 2), "ok"), ((3, 1), "suspect"), ((3, 4), "fail"), ((1, 9), "missing"), ((4, 9), "missing")],
)
def test_the_status_is_that_of_the_worst_channel(flags: tuple[int, int], status: str) -> None:
    values = (WireValue(CO2, 1.0, 1.0, flags[0]), WireValue(TEMPERATURE, 1.0, 1.0, flags[1]))
    one = replace(reading(1, facts_of("a")), values=values)
    packet = json.loads(packet_of([one], ORIGIN, "sorted_json").payload)
    assert packet["sensors"]["a"]["status"] == status


def test_parts_of_a_second_and_what_is_missing() -> None:
    one = replace(reading(1, facts_of("a"), t_ns=1_795_421_730_250_000_000), values=(WireValue(CO2, None, None, 9),))
    sensor = json.loads(packet_of([one], ORIGIN, "sorted_json").payload)["sensors"]["a"]
    assert sensor["timestamp"] == 1795421730.25
    assert sensor["value"] is None
