# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated Vantage Pro2 console against the reference: sleep, packets, memory. Pure."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.models.davis_vantage_pro2 import (
    PACKET_EVERY_S,
    SLEEPS_AFTER_S,
    VantagePro2,
    crc,
)
from edge_daemon.instruments.simulators.weather import RainBucket, rain_rate

T0 = 1_800_000_000.0 - 1_800_000_000.0 % 86_400 + 43_200


def awake(seed: int = 1) -> VantagePro2:
    station = VantagePro2(seed, T0)
    station.receive(b"\n", T0)
    return station


def test_the_checksum_is_that_of_the_reference() -> None:
    assert crc(b"123456789") == bytes.fromhex("31C3")


def test_it_sleeps_and_the_first_character_only_wakes_it() -> None:
    station = VantagePro2(1, T0)
    assert station.receive(b"\n", T0) == b""
    assert station.receive(b"\n", T0 + 1) == b"\n\r"
    assert station.receive(b"\n", T0 + SLEEPS_AFTER_S) == b"\n\r"
    assert station.receive(b"\n", T0 + 2 * SLEEPS_AFTER_S + 1) == b""


def test_packets_alternate_every_two_seconds_until_a_character_comes() -> None:
    station = awake()
    assert station.receive(b"LPS 3 200\n", T0) == b"\x06"
    kinds = []
    for place in range(3):
        packet = station.due(T0 + place * PACKET_EVERY_S)
        assert len(packet) == 99
        assert crc(packet) == b"\0\0"
        assert packet[95:97] == b"\n\r"
        assert station.due(T0 + place * PACKET_EVERY_S) == b""
        kinds.append(packet[4])
    assert kinds == [0, 1, 0]
    assert station.receive(b"\n", T0 + 5) == b"\n\r"
    assert station.due(T0 + 60) == b""


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"TEST\n", b"\n\rTEST\n\r"),
        (b"WRD\x12M\n", b"\x06\x10"),
        (b"NVER\n", b"\n\rOK\n\r1.90\n\r"),
        (b"EEBRD 2D 01\n", b"\x06\x1e" + crc(b"\x1e")),
        (b"SETPER 7\n", b"\x15"),
        (b"EEBRD FF 02\n", b"\x15"),
        (b"NONSENSE\n", b"\x15"),
        (b"LPS 0 1\n", b"\x15"),
        (b"BAR=1 2\n", b"\x15"),
    ],
)
def test_a_command_is_answered(command: bytes, answer: bytes) -> None:
    assert awake().receive(command, T0) == answer


def test_memory_is_written_only_with_its_checksum() -> None:
    station = awake()
    assert station.receive(b"EEBWR 34 01\n", T0) == b"\x06"
    assert station.receive(bytes.fromhex("FB 5E 75"), T0) == b"\x18"
    assert station.receive(b"EEBWR 34 01\n", T0) == b"\x06"
    assert station.receive(bytes.fromhex("FB 5E 74"), T0) == b"\x06"
    assert station.receive(b"EEBRD 34 01\n", T0) == b"\x06" + bytes.fromhex("FB 5E 74")


def test_the_clock_is_set_as_the_reference_prints_it() -> None:
    station = awake()
    station.receive(b"SETTIME\n", T0)
    assert station.receive(bytes.fromhex("1E 05 0E 1D 03 7E D0 12"), T0) == b"\x06"
    assert station.receive(b"GETTIME\n", T0 + 0.5) == b"\x06" + bytes.fromhex("1E 05 0E 1D 03 7E D0 12")


def test_a_spoilt_packet_fails_its_checksum_and_text_stays() -> None:
    station = awake()
    station.receive(b"LOOP 1\n", T0)
    assert crc(station.spoil(station.due(T0))) != b"\0\0"
    assert station.spoil(b"\n\r") == b"\n\r"
    assert station.spoil(b"\x06") == b"\x06"


def test_rain_is_counted_in_whole_tips_that_only_grow_and_begins_anew_at_midnight() -> None:
    seed = next(seed for seed in range(50) if max(rain_rate(seed, T0 + 600 * step) for step in range(20)) > 3)
    bucket = RainBucket(seed, T0, 0.2)
    years = []
    for step in range(1, 200):
        bucket.advance(T0 + 60 * step)
        years.append(bucket.year_tips)
    assert years == sorted(years)
    assert years[-1] > 1044
    assert bucket.day_tips - 3 == bucket.year_tips - 1044
    before = bucket.year_tips
    bucket.advance(T0 + 43_200 + 60)
    assert bucket.day_tips <= bucket.year_tips - before


def test_without_power_it_keeps_its_memory() -> None:
    station = awake()
    station.receive(b"SETPER 5\n", T0)
    station.power_up(T0 + 10)
    assert station.receive(b"\n\nEEBRD 2D 01\n", T0 + 10)[2:] == b"\x06\x05" + crc(b"\x05")


@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.binary(max_size=30),
                st.sampled_from(
                    [
                        b"\n",
                        b"LOOP 3\n",
                        b"LPS 3 9\n",
                        b"EEBWR 2B 01\n",
                        b"SETTIME\n",
                        b"BAR=29775 99999\n",
                        b"GETTIME\n",
                    ]
                ),
            ),
            st.floats(0, 200),
        ),
        max_size=12,
    )
)
def test_whatever_arrives_nothing_is_raised_and_it_can_be_woken(chunks: list[tuple[bytes, float]]) -> None:
    station, now = VantagePro2(1, T0), T0
    for data, pause in chunks:
        now += pause
        station.receive(data, now)
        station.due(now)
    now += SLEEPS_AFTER_S + 300
    station.receive(b"\n", now)
    assert station.receive(b"\n", now) == b"\n\r"
    assert station.receive(b"LOOP 1\n", now) == b"\x06"
    packet = station.due(now)
    assert crc(packet) == b"\0\0"
    assert struct.unpack_from("<H", packet, 7)[0] > 0
