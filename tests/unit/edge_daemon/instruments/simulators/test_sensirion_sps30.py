# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated SPS30 against printed frames. Pure."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.models.sensirion_sps30 import Sps30, sealed, unsealed

T0 = 1_800_000_000.0
START, READ = bytes.fromhex("7E0000020103F97E"), bytes.fromhex("7E000300FC7E")
EMPTY = bytes.fromhex("7E00030000FC7E")


def sensor(settling_s: float = 0.0) -> Sps30:
    return Sps30(lambda _now: 20.0, T0, settling_s=settling_s)


def floats(reply: bytes) -> tuple[float, ...]:
    content = unsealed(reply[1:-1])
    assert content is not None
    return struct.unpack(">10f", content[4:]) if len(content) == 44 else ()


@pytest.mark.parametrize(
    ("request_frame", "reply"),
    [
        ("7E 00 00 02 01 03 F9 7E", "7E 00 00 00 00 FF 7E"),
        ("7E 00 80 01 00 7D 5E 7E", "7E 00 80 00 04 00 09 3A 80 B8 7E"),
        ("7E 00 D0 01 00 2E 7E", "7E 00 D0 00 09 30 30 30 38 30 30 30 30 00 9E 7E"),
        ("7E 00 D2 01 00 2C 7E", "7E 00 D2 00 05 00 00 00 00 00 28 7E"),
        ("7E 00 01 00 FE 7E", "7E 00 01 43 00 BB 7E"),
        ("7E 00 00 02 01 04 F8 7E", "7E 00 00 04 00 FB 7E"),
        ("7E 00 80 05 00 00 09 3A 80 B7 7E", "7E 00 80 00 00 7F 7E"),
    ],
)
def test_a_request_is_answered_as_printed(request_frame: str, reply: str) -> None:
    assert sensor().receive(bytes.fromhex(request_frame), T0).hex(" ").upper() == reply


def test_a_trap_for_chained_replacing_is_sent_as_printed() -> None:
    assert sealed(bytes.fromhex("00800004 00007D31")) == bytes.fromhex("7E0080000400007D5D31CD7E")


def test_a_measurement_a_second_and_none_between() -> None:
    sps = sensor()
    sps.receive(START, T0)
    assert sps.receive(READ, T0 + 0.5) == EMPTY
    assert floats(sps.receive(READ, T0 + 1.0))[1] == 20.0
    assert sps.receive(READ, T0 + 1.2) == EMPTY


def test_values_rise_after_a_start_and_integers_can_be_chosen() -> None:
    sps = sensor(settling_s=30.0)
    sps.receive(bytes.fromhex("7E0000020105F77E"), T0)
    early, late = (unsealed(sps.receive(READ, T0 + at)[1:-1]) for at in (3.0, 40.0))
    assert early is not None
    assert late is not None
    assert len(early) == 24
    assert early[4:8] < late[4:8]


def test_cleaning_holds_the_values() -> None:
    sps = Sps30(lambda now: now - T0, T0, settling_s=0.0)
    sps.receive(START, T0)
    sps.receive(bytes.fromhex("7E005600A97E"), T0 + 5.0)
    assert floats(sps.receive(READ, T0 + 9.0))[1] == 5.0
    assert floats(sps.receive(READ, T0 + 20.0))[1] == 20.0


def test_every_reply_can_be_spoiled() -> None:
    sps = sensor()
    sent = sps.receive(START, T0)
    assert unsealed(sent[1:-1]) is not None
    assert unsealed(sps.spoil(sent)[1:-1]) is None


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_whatever_arrives_it_still_answers(chunks: list[bytes]) -> None:
    sps = sensor()
    for data in chunks:
        sps.receive(data, T0)
    sps.receive(b"\x7e\x7e", T0)
    assert unsealed(sps.receive(bytes.fromhex("7E00D1002E7E"), T0)[1:-1])
