# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated SCD30 against the vendor's frames. Pure."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.models.sensirion_scd30 import BOOT_S, Scd30, crc16
from edge_daemon.instruments.simulators.physics import Air

T0 = 1_800_000_000.0
READY = bytes.fromhex("6103002700013DA1")
MEASURE = bytes.fromhex("6103002800064C60")
START = bytes.fromhex("6106003600006064")


def sensor(co2_ppm: float = 400.0) -> Scd30:
    return Scd30(lambda _now: Air(co2_ppm, 18.8, 50.0), T0, settling_s=0.0)


def ask(scd30: Scd30, frame: str, now: float = T0) -> str:
    return scd30.receive(bytes.fromhex(frame), now).hex(" ").upper()


def sealed(content: str) -> str:
    return content + crc16(bytes.fromhex(content)).hex()


def test_the_checksum_is_that_of_the_standard() -> None:
    assert crc16(b"123456789") == bytes.fromhex("374B")


@pytest.mark.parametrize(
    ("request_frame", "reply"),
    [
        ("61 03 00 25 00 01 9C 61", "61 03 02 00 02 B9 8D"),
        ("61 03 00 27 00 01 3D A1", "61 03 02 00 00 38 4C"),
        ("61 03 00 3A 00 01 AD A7", "61 03 02 00 00 38 4C"),
        ("61 03 00 39 00 01 5D A7", "61 03 02 01 90 39 B0"),
        (sealed("610300340001"), "61 83 02 C0 EF"),
        (sealed("610600390100"), "61 86 03 02 7F"),
    ],
)
def test_a_request_is_answered_as_the_vendor_prints_it(request_frame: str, reply: str) -> None:
    assert ask(sensor(), request_frame) == reply


@pytest.mark.parametrize(
    "frame",
    [
        "61 06 00 36 00 00 60 64",
        "61 06 00 37 00 01 F0 64",
        "61 06 00 25 00 3C 91 B0",
        "61 06 00 3A 00 01 61 A7",
        "61 06 00 39 01 C2 D0 66",
        "61 06 00 3B 01 F4 F1 B0",
        "61 06 00 38 03 E8 01 19",
        "61 06 00 34 00 01 00 64",
    ],
)
def test_a_write_is_echoed(frame: str) -> None:
    assert ask(sensor(), frame) == frame


def test_a_setting_reads_back() -> None:
    scd30 = sensor()
    ask(scd30, "61 06 00 38 03 E8 01 19")
    ask(scd30, "61 06 00 39 01 C2 D0 66")

    assert ask(scd30, "61 03 00 38 00 01 0C 67") == "61 03 02 03 E8 38 F2"
    assert ask(scd30, "61 03 00 39 00 01 5D A7") == "61 03 02 01 C2 B8 4D"


def test_the_measurement_is_three_floats_and_reading_it_clears_the_flag() -> None:
    scd30 = sensor()
    scd30.receive(START, T0)
    assert scd30.receive(READY, T0 + 1.9) == bytes.fromhex("6103020000384C")

    assert scd30.receive(READY, T0 + 2.1) == bytes.fromhex("6103020001F98C")
    assert scd30.receive(MEASURE, T0 + 2.2) == bytes.fromhex("61030C43C8000041A0000042480000D198")
    assert scd30.receive(READY, T0 + 2.3) == bytes.fromhex("6103020000384C")
    assert scd30.receive(READY, T0 + 4.1) == bytes.fromhex("6103020001F98C")


def test_forced_recalibration_moves_the_reading_to_the_reference() -> None:
    scd30 = sensor(co2_ppm=437.0)
    scd30.receive(START, T0)
    ask(scd30, "61 06 00 39 01 C2 D0 66")
    scd30.power_up(T0 + 10.0)

    reply = scd30.receive(MEASURE, T0 + 14.0)
    assert struct.unpack(">f", reply[3:7])[0] == pytest.approx(450.0)


def test_it_is_silent_while_it_boots() -> None:
    scd30 = sensor()
    scd30.receive(bytes.fromhex("6106003400010064"), T0)

    assert scd30.receive(READY, T0 + BOOT_S / 2) == b""
    assert scd30.receive(READY, T0 + BOOT_S) != b""


def test_requests_to_others_and_broken_ones_are_ignored_and_the_next_one_is_answered() -> None:
    scd30 = sensor()

    assert scd30.receive(bytes.fromhex(sealed("620300270001")), T0) == b""
    assert scd30.receive(READY[:-1] + b"\x00", T0 + 1) == b""
    assert scd30.receive(READY, T0 + 1.01) == bytes.fromhex("6103020000384C")
    assert scd30.receive(READY[:5], T0 + 2) == b""
    assert scd30.receive(READY[5:], T0 + 2.01) == bytes.fromhex("6103020000384C")


def test_an_unknown_function_is_refused() -> None:
    assert ask(sensor(), sealed("6110002500010200 02".replace(" ", ""))).startswith("61 90 01")


@given(st.lists(st.tuples(st.binary(max_size=40), st.floats(0, 5)), max_size=8))
def test_whatever_arrives_every_answer_is_intact_and_nothing_is_raised(chunks: list[tuple[bytes, float]]) -> None:
    scd30, now = sensor(), T0
    for data, pause in chunks:
        now += pause
        scd30.receive(data, now)
    answer = scd30.receive(READY, now + 10.0)

    assert crc16(answer[:-2]) == answer[-2:]
    assert answer[:3] == bytes.fromhex("610302")
