# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated SenseAir S8 and K30 against the maker's frames. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.models.senseair import K30, S8, S8_LP, SIMULATED, SenseAir, Variant, sealed
from edge_daemon.instruments.simulators.physics import Air

T0 = 1_800_000_000.0
METER = "FE 04 00 00 00 04 E5 C6"


def sensor(co2_ppm: float = 400.0, variant: Variant = S8, settling_s: float = 0.0) -> SenseAir:
    return SenseAir(lambda _now: Air(co2_ppm, 20.0, 50.0), T0, variant, settling_s=settling_s)


def ask(device: SenseAir, frame: str, now: float = T0 + 30.0) -> str:
    return device.receive(bytes.fromhex(frame), now).hex(" ").upper()


@pytest.mark.parametrize(
    ("request_frame", "reply"),
    [
        (METER, "FE 04 08 00 00 00 00 00 00 01 90 16 E6"),
        ("FE 04 00 03 00 01 D5 C5", "FE 04 02 01 90 AC D8"),
        ("FE 44 00 08 02 9F 25", "FE 44 02 01 90 B9 18"),
        ("FE 03 00 1F 00 01 A1 C3", "FE 03 02 00 B4 AC 27"),
        ("FE 03 00 00 00 01 90 05", "FE 03 02 00 00 AC 50"),
        ("FE 04 00 1D 00 02 F5 C2", "FE 04 04 01 23 45 67 77 C7"),
        ("FE 04 00 1C 00 01 E4 03", "FE 04 02 01 54 AD 4B"),
        ("FE 06 00 1F 00 00 AC 03", "FE 06 00 1F 00 00 AC 03"),
    ],
)
def test_a_request_is_answered_as_the_maker_prints_it(request_frame: str, reply: str) -> None:
    assert ask(sensor(), request_frame) == reply


def test_background_calibration_is_acknowledged_after_the_lamp_cycle() -> None:
    device = sensor(460.0)
    assert ask(device, "FE 06 00 01 7C 06 6C C7", T0) == "FE 06 00 01 7C 06 6C C7"
    assert ask(device, "FE 03 00 00 00 01 90 05", T0 + 1.0) == "FE 03 02 00 00 AC 50"
    assert ask(device, "FE 03 00 00 00 01 90 05", T0 + 3.0) == "FE 03 02 00 20 AD 88"
    assert ask(device, METER, T0 + 4.0) == "FE 04 08 00 00 00 00 00 00 01 90 16 E6"
    assert ask(device, "FE 06 00 00 00 00 9D C5", T0 + 5.0) == "FE 06 00 00 00 00 9D C5"
    assert ask(device, "FE 03 00 00 00 01 90 05", T0 + 5.0) == "FE 03 02 00 00 AC 50"


def test_after_power_up_it_is_out_of_range_for_a_while_and_then_settles() -> None:
    device = sensor(1000.0, settling_s=60.0)
    first = bytes.fromhex(ask(device, METER, T0 + 1.0))
    assert first[4] == 0x20
    later = bytes.fromhex(ask(device, METER, T0 + 20.0))
    assert later[4] == 0
    assert first[9:11] < later[9:11] < bytes.fromhex("03E8")
    assert bytes.fromhex(ask(device, METER, T0 + 600.0))[9:11] == bytes.fromhex("03E8")


def test_refusals_are_those_of_the_standard() -> None:
    assert ask(sensor(), sealed(bytes.fromhex("FE0400000009")).hex()) == "FE 84 03 33 31"
    assert ask(sensor(), sealed(bytes.fromhex("FE0300050001")).hex()) == "FE 83 02 F0 C1"
    assert ask(sensor(variant=K30), "FE 04 00 1D 00 02 F5 C2").startswith("FE 84 02")


def test_a_wrong_crc_and_another_address_get_no_answer_and_the_next_request_is_answered() -> None:
    device = sensor()
    assert ask(device, "FE 04 00 00 00 04 E5 C7") == ""
    assert ask(device, sealed(bytes.fromhex("680400030001")).hex()) == ""
    assert ask(device, METER).startswith("FE 04 08")


def test_every_reply_can_be_spoiled() -> None:
    sent = sensor().receive(bytes.fromhex(METER), T0)
    spoiled = sensor().spoil(sent)
    assert [at for at, byte in enumerate(spoiled) if byte != sent[at]] == [len(sent) - 1]


@given(st.lists(st.binary(max_size=30), max_size=6))
def test_whatever_arrives_it_still_answers(chunks: list[bytes]) -> None:
    device = sensor()
    for data in chunks:
        device.receive(data, T0)
    device.receive(bytes(8), T0)
    assert device.receive(bytes.fromhex(METER), T0)[:3] == bytes.fromhex("FE0408")


def test_the_models_stand_on_the_shelf() -> None:
    assert {make(1, T0, None).model for make in SIMULATED.values()} == {v.model for v in (S8, S8_LP, K30)}
