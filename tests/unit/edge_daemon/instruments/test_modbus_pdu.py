# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Modbus functions, RTU and TCP framing: published frames, an independent implementation, and damage of every kind."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from edge_daemon.domain.faults import ChecksumMismatch, DeviceRefused, MalformedFrame
from edge_daemon.instruments import modbus, modbus_pdu, modbus_tcp

REQUESTS = {
    "11 03 00 6B 00 03 76 87": (17, modbus_pdu.read(3, 107, 3)),
    "01 04 00 08 00 01 B0 08": (1, modbus_pdu.read(4, 8, 1)),
    "01 10 00 01 00 02 04 00 0A 01 02 92 30": (1, modbus_pdu.write_registers(1, (10, 258))),
    "40 03 10 00 00 04 4F D8": (64, modbus_pdu.read(3, 0x1000, 4)),
    "01 06 00 00 00 05 49 C9": (1, modbus_pdu.write_register(0, 5)),
    "64 03 00 95 00 10 5D DF": (100, modbus_pdu.read(3, 149, 16)),
}
# The examples of the application protocol's chapters 6.1, 6.5, 6.11 and 6.21.
STANDARD = {
    "01 00 13 00 13": modbus_pdu.read(1, 19, 19),
    "05 00 AC FF 00": modbus_pdu.write_coil(172, on=True),
    "05 00 AC 00 00": modbus_pdu.write_coil(172, on=False),
    "0F 00 13 00 0A 02 CD 01": modbus_pdu.write_coils(19, [bool(0x1CD >> bit & 1) for bit in range(10)]),
    "2B 0E 01 00": modbus_pdu.identify(),
}
DESCRIBED = (
    bytes.fromhex(
        "2B 0E 01 01 00 00 03 00 16" + b"Company identification".hex() + "01 0D" + b"Product code ".hex() + "02 05"
    )
    + b"V2.11"
)


@pytest.mark.parametrize(("frame", "built"), REQUESTS.items())
def test_requests_are_those_published(frame: str, built: tuple[int, bytes]) -> None:
    assert modbus.framed(*built) == bytes.fromhex(frame)


@pytest.mark.parametrize(("published", "built"), STANDARD.items())
def test_requests_are_those_of_the_standard(published: str, built: bytes) -> None:
    assert built == bytes.fromhex(published)


def test_registers_of_the_published_reply() -> None:
    request = bytes.fromhex("11 03 00 6B 00 03 76 87")
    assert modbus.registers(request, bytes.fromhex("11 03 06 02 2B 00 00 00 64 C8 BA")) == (555, 0, 100)


def test_bits_of_the_standards_reply() -> None:
    request = modbus_pdu.read(1, 19, 19)
    states = modbus_pdu.bits(request, bytes.fromhex("01 03 CD 6B 05"))
    assert sum(on << place for place, on in enumerate(states)) == 0x056BCD
    assert len(states) == 19


def test_a_write_is_confirmed_by_its_beginning_alone() -> None:
    request = bytes.fromhex("01 10 00 01 00 02 04 00 0A 01 02 92 30")
    modbus.check_written(request, bytes.fromhex("01 10 00 01 00 02 10 08"))
    other = bytes.fromhex("01 10 00 01 00 03")
    with pytest.raises(MalformedFrame, match="repeat"):
        modbus.check_written(request, other + modbus.crc(other))


def test_a_refusal_of_reading_coils_names_its_meaning() -> None:
    request = modbus.framed(10, modbus_pdu.read(1, 0x04A1, 1))
    with pytest.raises(DeviceRefused, match="no such register"):
        modbus_pdu.bits(request[1:-2], modbus.opened(request, bytes.fromhex("0A 81 02 B0 53")))


def test_the_description_of_a_device_is_read_object_by_object() -> None:
    objects, more = modbus_pdu.identification(modbus_pdu.identify(), DESCRIBED)
    assert objects == {0: "Company identification", 1: "Product code", 2: "V2.11"}
    assert more is None
    assert [modbus_pdu.reply_length(DESCRIBED[:count]) for count in (6, 20, len(DESCRIBED))] == [
        None,
        None,
        len(DESCRIBED),
    ]


def test_a_description_in_parts_says_where_it_goes_on() -> None:
    part = bytes.fromhex("2B 0E 01 01 FF 01 01 00 02") + b"AB"
    assert modbus_pdu.identification(modbus_pdu.identify(), part) == ({0: "AB"}, 1)
    stuck = bytes.fromhex("2B 0E 01 01 FF 00 01 00 02") + b"AB"
    assert modbus_pdu.identification(modbus_pdu.identify(), stuck)[1] is None, "a device that repeats itself ends"


def test_the_published_frames_over_tcp() -> None:
    request = modbus_tcp.framed(1, modbus_pdu.read(3, 3109, 2), transaction=1)
    assert request == bytes.fromhex("00 01 00 00 00 06 01 03 0C 25 00 02")
    reply = bytes.fromhex("00 01 00 00 00 07 01 03 04 42 47 EB 85")
    assert modbus_pdu.register_bytes(request[7:], modbus_tcp.opened(request, reply)) == bytes.fromhex("4247EB85")
    assert [modbus_tcp.reply_length(reply[:count]) for count in (0, 5, 6, 13)] == [None, None, 13, 13]


def test_over_tcp_a_late_reply_to_another_question_is_refused() -> None:
    first, second = (modbus_tcp.framed(1, modbus_pdu.read(3, register, 2)) for register in (0, 2))
    late = first[:2] + bytes.fromhex("00 00 00 07 01 03 04 42 47 EB 85")
    modbus_tcp.opened(first, late)
    with pytest.raises(MalformedFrame, match="transaction"):
        modbus_tcp.opened(second, late)
    with pytest.raises(MalformedFrame, match="unit 9"):
        modbus_tcp.opened(first, late[:6] + b"\x09" + late[7:])


@pytest.mark.parametrize(
    "build",
    [
        lambda: modbus_pdu.read(5, 0, 1),
        lambda: modbus_pdu.read(3, 0, 126),
        lambda: modbus_pdu.read(1, 0, 2001),
        lambda: modbus_pdu.read(3, 0x10000, 1),
        lambda: modbus_pdu.write_register(0, -1),
        lambda: modbus_pdu.write_registers(0, [0] * 124),
        lambda: modbus_pdu.write_registers(0, [0x10000]),
        lambda: modbus_pdu.write_coils(0, []),
        lambda: modbus_pdu.identify(256),
        lambda: modbus.framed(256, b"\x03"),
        lambda: modbus_tcp.framed(1, b"\x03", transaction=0x10000),
    ],
)
def test_numbers_beyond_the_protocol_are_refused(build: object) -> None:
    assert callable(build)
    with pytest.raises(ValueError, match=r"cannot|range|exist"):
        build()


@given(st.binary(max_size=300), st.sampled_from([bytes.fromhex(frame) for frame in REQUESTS]))
def test_any_bytes_are_refused_by_name_or_are_sound(reply: bytes, request_: bytes) -> None:
    for length in (modbus.reply_length(reply), modbus.reply_length_after_echo(request_, reply)):
        assert length is None or 2 <= length <= 320
    try:
        modbus.opened(request_, reply)
    except (MalformedFrame, ChecksumMismatch):
        return
    assert FramerRTU.compute_CRC(reply[:-2]).to_bytes(2, "big") == reply[-2:]


@given(st.binary(max_size=280), st.sampled_from([1, 3, 5, 15, 16, 0x2B]))
def test_any_pdu_is_refused_by_name(reply: bytes, function: int) -> None:
    request = bytes([function, 0, 0, 0, 1])
    for read in (modbus_pdu.bits, modbus_pdu.register_bytes, modbus_pdu.check_written, modbus_pdu.identification):
        with contextlib.suppress(MalformedFrame, DeviceRefused):
            read(request, bytes([function]) + reply)


@given(st.binary(max_size=280))
def test_any_bytes_over_tcp_are_refused_by_name(reply: bytes) -> None:
    request = modbus_tcp.framed(1, modbus_pdu.read(3, 0, 1), transaction=1)
    length = modbus_tcp.reply_length(reply)
    assert length is None or length >= 6
    for data in (reply, request[:4] + reply):
        try:
            modbus_tcp.opened(request, data)
        except MalformedFrame:
            continue
        assert data[:2] == request[:2]


@given(st.lists(st.booleans(), min_size=1, max_size=1968))
def test_written_coils_read_back(states: list[bool]) -> None:
    request = modbus_pdu.write_coils(3, states)
    reply = bytes([1]) + request[5:]
    assert list(modbus_pdu.bits(modbus_pdu.read(1, 3, len(states)), reply)) == states
