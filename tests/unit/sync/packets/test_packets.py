# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Lines and packets: escaping, units, flags, missing values, and the hash that a receiver checks."""

import hashlib
import json

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.station import Location, Station
from sync.packets.lines import lines_of
from sync.packets.packet import MOST_SENSORS, Packet, groups, packet_of
from sync.packets.reading import Outgoing, SensorFacts, WireChannel, WireValue

ORIGIN = "verifield/log/" + "ab" * 16
T0 = 1_795_421_730_250_000_000
STATION = Station("dev-1", "P1", "Site", Location(46.5, 7.25, None, "Höhenweg 3"))


def outgoing(
    sensor: str = "a",
    *,
    index: int = 5,
    t_ns: int = T0,
    value: float | None = 36.0,
    flag: int = 1,
    field: str = "wind_speed",
    unit: str = "km/h",
    primary: bool = True,
) -> Outgoing:
    channel = WireChannel(field, unit, 3.6, primary)
    facts = SensorFacts(sensor, "weather_station", "model", unit, {"wind": channel}, "2026-03-01")
    return Outgoing(index, t_ns, 90, facts, STATION, (WireValue(channel, value, value, flag),))


def test_a_line_has_the_schemas_tags_and_typed_fields() -> None:
    [line] = lines_of([outgoing()])
    assert line == (
        "sensor_reading,device_id=dev-1,measurement_type=primary,project_id=P1,sensor_id=a,sensor_type=weather_station "
        f'value=36.0,raw=36.0,flag=1i,unit="km/h",quality=0.9 {T0}'
    )


def test_tags_and_texts_are_escaped_and_a_missing_value_has_no_line() -> None:
    [line] = lines_of([outgoing("a b,c=d\\\n", unit='"µ\\', primary=False)])
    assert "sensor_id=a\\ b\\,c\\=d/\\ ," in line
    assert 'unit="\\"µ\\\\"' in line
    assert "measurement_type=wind_speed" in line
    assert "\n" not in line
    assert list(lines_of([outgoing(value=None, flag=9)])) == []


def test_local_hash_is_what_each_receiver_computes_over_the_packet_without_it() -> None:
    sorted_json = json.loads(packet_of([outgoing()], ORIGIN, "sorted_json").payload)
    told = sorted_json.pop("local_hash")
    assert told == hashlib.sha256(json.dumps(sorted_json, sort_keys=True, default=str).encode()).hexdigest()
    canonical = json.loads(packet_of([outgoing()], ORIGIN, "rfc8785").payload)
    told = canonical.pop("local_hash")
    assert told == hashlib.sha256(rfc8785.dumps(canonical)).hexdigest()


def test_a_packet_has_the_interfaces_fields() -> None:
    told = json.loads(
        packet_of([outgoing(flag=3), outgoing("bü", index=7, value=None, flag=9)], ORIGIN, "sorted_json").payload
    )
    assert told["timestamp"] == "2026-11-23T08:15:30.250000000Z"
    assert (told["device_id"], told["project_id"], told["log"], told["first"], told["last"]) == (
        "dev-1",
        "P1",
        ORIGIN,
        5,
        7,
    )
    assert told["location"] == {"latitude": 46.5, "longitude": 7.25, "elevation": None, "address": "Höhenweg 3"}
    sensor = told["sensors"]["a"]
    assert (sensor["wind_speed"], sensor["unit"], sensor["timestamp"], sensor["status"]) == (
        36.0,
        "km/h",
        1795421730.25,
        "suspect",
    )
    assert (sensor["sensor_type"], sensor["calibration_date"], sensor["data_quality_score"]) == (
        "weather_station",
        "2026-03-01",
        0.9,
    )
    assert (told["sensors"]["bü"]["wind_speed"], told["sensors"]["bü"]["status"]) == (None, "missing")


@given(sensors=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=60), cut=st.integers(0, 59))
def test_a_packet_sent_again_from_any_packets_begin_is_the_same_bytes(sensors: list[str], cut: int) -> None:
    readings = [outgoing(sensor, index=10 + number, t_ns=T0 + number) for number, sensor in enumerate(sensors)]

    def packets(some: list[Outgoing]) -> list[Packet]:
        return [packet_of(group, ORIGIN, "sorted_json") for group in groups(some)]

    whole = packets(readings)
    begin = whole[min(cut, len(whole) - 1)].first
    again = packets([reading for reading in readings if reading.index >= begin])
    assert again == whole[-len(again) :]
    assert sum(packet.count for packet in whole) == len(readings)


def test_a_packet_never_holds_a_sensor_twice_or_too_many() -> None:
    many = [outgoing(f"s{number}", index=number) for number in range(MOST_SENSORS + 1)]
    assert [len(group) for group in groups(many)] == [MOST_SENSORS, 1]
    assert [len(group) for group in groups([outgoing(), outgoing(index=6)])] == [1, 1]
