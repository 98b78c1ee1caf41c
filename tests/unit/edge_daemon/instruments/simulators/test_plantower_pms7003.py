# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated PMS7003 against captured frames. Pure."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.models.plantower_pms7003 import Pms7003, sealed

T0 = 1_800_000_000.0
ZEROS = bytes.fromhex("424D001C" + "00" * 26 + "00AB")
PASSIVE, ACTIVE = bytes.fromhex("424DE100000170"), bytes.fromhex("424DE100010171")
READ = bytes.fromhex("424DE200000171")
SLEEP, WAKE = bytes.fromhex("424DE400000173"), bytes.fromhex("424DE400010174")


def sensor(pm2_5: float = 20.0, warm_up_s: float = 0.0) -> Pms7003:
    return Pms7003(lambda _now: pm2_5, T0, warm_up_s=warm_up_s)


def words(frame: bytes) -> tuple[int, ...]:
    assert len(frame) == 32
    assert sealed(frame[:-2]) == frame
    return struct.unpack(">12H", frame[4:28])


def test_the_sum_is_that_of_a_captured_frame() -> None:
    captured = bytes.fromhex("424D001C00000008000800000008000800D20046002D001E00000000970002C5")

    assert sealed(captured[:-2]) == captured


@given(st.floats(1.0, 5000.0))
def test_counts_never_rise_with_size_and_masses_never_fall(pm2_5: float) -> None:
    values = words(sensor(pm2_5).due(T0 + 5.0))

    assert list(values[0:3]) == sorted(values[0:3])
    assert list(values[3:6]) == sorted(values[3:6])
    assert list(values[6:]) == sorted(values[6:], reverse=True)


def test_frames_come_unasked_at_the_steady_rate() -> None:
    pms = sensor()
    words(pms.due(pms.next_due()))
    pms.due(pms.next_due())
    at = pms.next_due()

    assert pms.due(at - 0.1) == b""
    assert words(pms.due(at))[4] == 20
    assert pms.next_due() == pytest.approx(at + 2.3)


def test_warm_up_shows_zeros_then_rising_values_then_the_truth() -> None:
    pms = sensor(pm2_5=90.0, warm_up_s=30.0)

    assert pms.due(T0 + 5.0) == ZEROS
    assert 0 < words(pms.due(T0 + 20.0))[1] < 90
    assert words(pms.due(T0 + 30.0))[1] == 90


def test_modes_sleep_and_wake_are_acknowledged_as_captured() -> None:
    pms = sensor()

    assert pms.receive(READ, T0) == b""
    assert pms.receive(PASSIVE, T0) == bytes.fromhex("424D0004E1000174")
    assert pms.due(T0 + 60.0) == b""
    assert words(pms.receive(READ, T0 + 60.0))[4] == 20
    assert pms.receive(SLEEP, T0 + 61.0) == bytes.fromhex("424D0004E4000177")
    assert pms.receive(READ + ACTIVE, T0 + 62.0) == b""
    assert pms.receive(WAKE, T0 + 63.0) == b""
    assert pms.due(T0 + 90.0) == b""
    assert pms.receive(ACTIVE, T0 + 91.0) == bytes.fromhex("424D0004E1010175")
    assert words(pms.due(T0 + 92.0))[4] == 20


def test_after_power_loss_it_is_active_again() -> None:
    pms = sensor()
    pms.receive(PASSIVE, T0)
    pms.power_up(T0 + 10.0)

    assert words(pms.due(T0 + 20.0))[4] == 20


def test_a_command_with_a_wrong_sum_is_ignored() -> None:
    assert sensor().receive(PASSIVE[:-1] + b"\x71", T0) == b""


def test_every_frame_can_be_spoiled() -> None:
    pms = sensor()
    sent = pms.receive(PASSIVE, T0) + pms.receive(READ, T0)
    spoiled = pms.spoil(sent)

    assert [index for index, byte in enumerate(spoiled) if byte != sent[index]] == [7, 39]


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_whatever_arrives_it_still_obeys(chunks: list[bytes]) -> None:
    pms = sensor()
    for data in chunks:
        pms.receive(data, T0)
    pms.receive(bytes(7) + WAKE + ACTIVE, T0)
    pms.receive(WAKE, T0)

    assert pms.receive(PASSIVE, T0).endswith(bytes.fromhex("424D0004E1000174"))
