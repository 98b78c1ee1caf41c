# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated MH-Z19 against published frames. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.models.winsen_mhz19 import SIMULATED, B, C, Mhz19, Variant, sealed
from edge_daemon.instruments.simulators.physics import Air

T0 = 1_800_000_000.0
READ = bytes.fromhex("FF0186000000000079")
SENSEAIR_RAM_READ = bytes.fromhex("FE44000802 9F25".replace(" ", ""))


def module(co2_ppm: float = 544.0, variant: Variant = B, preheat_s: float | None = 0.0) -> Mhz19:
    return Mhz19(lambda _now: Air(co2_ppm, 22.0, 50.0), T0, variant, preheat_s=preheat_s)


def co2(reply: bytes) -> int:
    assert sealed(reply[1:-1]) == reply
    return int.from_bytes(reply[2:4], "big")


def test_the_checksum_is_that_of_published_frames() -> None:
    for frame in ("FF8602200000000058", "FF86027C42000000BA", "FF01880 7D0000000A0".replace(" ", "")):
        data = bytes.fromhex(frame)
        assert sealed(data[1:-1]) == data


@pytest.mark.parametrize(("variant", "preheat_s"), [(B, 180.0), (C, 60.0)])
def test_the_preheat_shows_placeholders_then_the_truth(variant: Variant, preheat_s: float) -> None:
    mhz19 = module(1200.0, variant, None)
    booting = mhz19.receive(READ, T0 + 1.0)
    assert (co2(booting), booting[6:8].hex()) == (410, "3a98")
    assert co2(mhz19.receive(READ, T0 + preheat_s - 1.0)) == 410
    assert 1000 < co2(mhz19.receive(READ, T0 + preheat_s + 1.0)) < 1200
    assert co2(mhz19.receive(READ, T0 + preheat_s + 600.0)) == 1200


def test_readings_are_cut_off_at_the_range_and_at_the_least() -> None:
    assert co2(module(9000.0).receive(READ, T0)) == 5000
    assert co2(module(320.0).receive(READ, T0)) == 320
    assert co2(module(320.0, C).receive(READ, T0)) == 400


def test_range_and_calibration_outlive_a_power_cut_and_self_calibration_comes_back_on() -> None:
    mhz19 = module(450.0)
    for command in ("FF0199000000271 02F", "FF0179000000000086", "FF0187000000000078"):
        assert mhz19.receive(bytes.fromhex(command.replace(" ", "")), T0) == b""
    assert (mhz19.range_ppm, mhz19.self_calibrating) == (10_000, False)
    mhz19.power_up(T0 + 5.0)
    assert (mhz19.range_ppm, mhz19.self_calibrating) == (10_000, True)
    assert co2(mhz19.receive(READ, T0 + 6.0)) == 400


def test_it_ignores_what_is_not_meant_for_it() -> None:
    assert module().receive(SENSEAIR_RAM_READ, T0) == b""
    assert module().receive(READ[:-1] + b"\x78", T0) == b""


def test_every_reply_can_be_spoiled() -> None:
    mhz19 = module()
    sent = mhz19.receive(READ + READ, T0)
    assert [at for at, byte in enumerate(mhz19.spoil(sent)) if byte != sent[at]] == [8, 17]


@given(st.lists(st.binary(max_size=30), max_size=6))
def test_whatever_arrives_it_still_answers(chunks: list[bytes]) -> None:
    mhz19 = module()
    for data in chunks:
        mhz19.receive(data, T0)
    mhz19.receive(bytes(9), T0)
    assert mhz19.receive(READ, T0)[:2] == b"\xff\x86"


def test_both_models_stand_on_the_shelf() -> None:
    assert {name: make(1, T0, None).model for name, make in SIMULATED.items()} == {
        "mhz19b": "winsen_mhz19b",
        "mhz19c": "winsen_mhz19c",
    }
