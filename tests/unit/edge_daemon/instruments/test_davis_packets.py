# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The packets of a Davis console: reference frames, dashes, gusts, damage. Pure."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import ChecksumMismatch
from edge_daemon.instruments import davis_packets as packets
from tests.support.davis import CLOCK, LOOP, LOOP2, OFFSETS, changed


def test_the_checksum_is_that_of_the_reference() -> None:
    assert packets.crc(b"123456789") == bytes.fromhex("31C3")
    assert packets.sealed(bytes.fromhex("C6 CE A2 03")) == bytes.fromhex("C6 CE A2 03 E2 B4")


@pytest.mark.parametrize(
    "frame", [LOOP, LOOP2, CLOCK, OFFSETS, *map(bytes.fromhex, ("FB5E74", "05FAB1A0", "FD3EB2", "F4FFC1F5"))]
)
def test_every_reference_frame_is_whole_and_no_single_bit_can_change_unseen(frame: bytes) -> None:
    assert packets.opened(frame) == frame[:-2]
    for bit in range(8 * len(frame)):
        damaged = bytearray(frame)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ChecksumMismatch):
            packets.opened(bytes(damaged))


def test_the_reference_loop_packet() -> None:
    kind, content = packets.opened_packet(LOOP)
    assert kind == packets.LOOP
    assert packets.loop_channels(content, 0.2) == pytest.approx(
        {
            "temperature": 12.0,
            "humidity": 81.0,
            "pressure": 1013.2418,
            "wind_speed": 3.12928,
            "wind_direction": 225.0,
            "solar_irradiance": 412.0,
            "uv_index": 2.3,
            "wind_speed_10min": 2.2352,
            "inside_temperature": 21.7778,
            "inside_humidity": 45.0,
            "console_battery": 4.6172,
            "precipitation": 1.6,
            "precipitation_year": 208.8,
            "precipitation_rate": 2.4,
        },
        abs=1e-4,
    )
    assert packets.weak_transmitters(content) == ()


def test_the_reference_loop2_packet_with_a_gust_in_whole_miles_per_hour() -> None:
    kind, content = packets.opened_packet(LOOP2)
    assert kind == packets.LOOP2
    assert packets.loop2_channels(content) == pytest.approx(
        {"pressure_station": 1011.8872, "wind_gust": 7.59968, "wind_gust_direction": 350.0}, abs=1e-4
    )
    shared = packets.loop_channels(content, 0.254)
    assert shared["temperature"] == pytest.approx(-21.0)
    assert shared["solar_irradiance"] is shared["uv_index"] is None
    assert shared["precipitation"] == pytest.approx(0.762)


@pytest.mark.parametrize(
    ("channel", "dash"),
    [
        ("pressure", {"at7": 0}),
        ("inside_temperature", {"at9": 0x7FFF}),
        ("inside_humidity", {"b_11": 255}),
        ("temperature", {"at12": 0x7FFF}),
        ("wind_speed", {"b_14": 255}),
        ("wind_speed_10min", {"b_15": 255}),
        ("wind_direction", {"at16": 0}),
        ("wind_direction", {"at16": 0x7FFF}),
        ("humidity", {"b_33": 255}),
        ("uv_index", {"b_43": 255}),
        ("solar_irradiance", {"at44": 0x7FFF}),
        ("precipitation", {"at50": 0xFFFF}),
        ("precipitation_year", {"at54": 0xFFFF}),
        ("precipitation_rate", {"at41": 0xFFFF}),
    ],
)
def test_dashes_are_no_value(channel: str, dash: dict[str, int]) -> None:
    _, whole = packets.opened_packet(LOOP)
    _, dashed = packets.opened_packet(changed(LOOP, **dash))
    before, after = packets.loop_channels(whole, 0.2), packets.loop_channels(dashed, 0.2)
    assert after[channel] is None
    assert {name: number for name, number in before.items() if after[name] != number} == {channel: before[channel]}


def test_north_is_zero_degrees() -> None:
    _, content = packets.opened_packet(changed(LOOP, at16=360))
    assert packets.loop_channels(content, 0.2)["wind_direction"] == 0.0


@pytest.mark.parametrize(
    ("gust", "mean_tenths", "now", "mph"),
    [(17, 86, 11, 17.0), (170, 86, 11, 17.0), (3, 0, 0, 3.0), (120, 86, 11, 12.0), (5, 4, 0, 5.0), (40, 86, 50, 40.0)],
)
def test_the_gusts_resolution_is_told_from_the_mean(gust: int, mean_tenths: int, now: int, mph: float) -> None:
    _, content = packets.opened_packet(changed(LOOP2, at18=mean_tenths, at22=gust, b_14=now))
    assert packets.loop2_channels(content)["wind_gust"] == pytest.approx(mph * 0.44704)


@pytest.mark.parametrize(("gust", "mean_tenths", "now"), [(11, 10, 1), (12, 4, 0), (14, 12, 1), (25, 20, 2)])
def test_a_fraction_of_a_mile_per_hour_is_no_gust_in_tenths(gust: int, mean_tenths: int, now: int) -> None:
    _, content = packets.opened_packet(changed(LOOP2, at18=mean_tenths, at22=gust, b_14=now))
    assert packets.loop2_channels(content)["wind_gust"] == pytest.approx(gust * 0.44704)


@pytest.mark.parametrize("dash", [{"at22": 0xFF}, {"at22": 0xFFFF}, {"at18": 0xFFFF}, {"b_14": 255}])
def test_a_gust_that_cannot_be_told_is_no_value(dash: dict[str, int]) -> None:
    _, content = packets.opened_packet(changed(LOOP2, **dash))
    assert packets.loop2_channels(content)["wind_gust"] is None


@given(st.binary(min_size=95, max_size=95))
def test_any_sealed_packet_decodes_to_finite_numbers_or_dashes(content: bytes) -> None:
    packet = packets.sealed(b"LOO" + content[3:4] + bytes([content[4] & 1]) + content[5:] + b"\n\r")
    kind, opened = packets.opened_packet(packet)
    channels = packets.loop2_channels(opened) if kind else packets.loop_channels(opened, 0.254)
    assert all(number is None or math.isfinite(number) for number in channels.values())
