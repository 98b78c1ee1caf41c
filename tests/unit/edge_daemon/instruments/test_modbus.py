# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Modbus RTU bytes against the SCD30's published frames and pymodbus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer.rtu import FramerRTU

from edge_daemon.domain.faults import ChecksumMismatch, DeviceRefused, MalformedFrame
from edge_daemon.instruments import modbus

FRAMES = {
    "firmware": (modbus.read_request(0x61, 0x20, 1), "61 03 00 20 00 01 8C 60"),
    "interval": (modbus.read_request(0x61, 0x25, 1), "61 03 00 25 00 01 9C 61"),
    "ready": (modbus.read_request(0x61, 0x27, 1), "61 03 00 27 00 01 3D A1"),
    "measurement": (modbus.read_request(0x61, 0x28, 6), "61 03 00 28 00 06 4C 60"),
    "self-calibration": (modbus.read_request(0x61, 0x3A, 1), "61 03 00 3A 00 01 AD A7"),
    "reference": (modbus.read_request(0x61, 0x39, 1), "61 03 00 39 00 01 5D A7"),
    "offset": (modbus.read_request(0x61, 0x3B, 1), "61 03 00 3B 00 01 FC 67"),
    "altitude": (modbus.read_request(0x61, 0x38, 1), "61 03 00 38 00 01 0C 67"),
    "senseair": (modbus.read_request(0xFE, 0, 4, modbus.READ_INPUT), "FE 04 00 00 00 04 E5 C6"),
    "start": (modbus.write_request(0x61, 0x36, 0), "61 06 00 36 00 00 60 64"),
    "stop": (modbus.write_request(0x61, 0x37, 1), "61 06 00 37 00 01 F0 64"),
    "interval 2 s": (modbus.write_request(0x61, 0x25, 2), "61 06 00 25 00 02 10 60"),
    "asc off": (modbus.write_request(0x61, 0x3A, 0), "61 06 00 3A 00 00 A0 67"),
    "asc on": (modbus.write_request(0x61, 0x3A, 1), "61 06 00 3A 00 01 61 A7"),
    "frc 450": (modbus.write_request(0x61, 0x39, 450), "61 06 00 39 01 C2 D0 66"),
    "offset 5 K": (modbus.write_request(0x61, 0x3B, 500), "61 06 00 3B 01 F4 F1 B0"),
    "altitude 1000": (modbus.write_request(0x61, 0x38, 1000), "61 06 00 38 03 E8 01 19"),
    "reset": (modbus.write_request(0x61, 0x34, 1), "61 06 00 34 00 01 00 64"),
    "start 1013": (modbus.write_request(0x61, 0x36, 1013), "61 06 00 36 03 F5 A0 D3"),
    "start 985": (modbus.write_request(0x61, 0x36, 985), "61 06 00 36 03 D9 A1 0E"),
    "interval 60 s": (modbus.write_request(0x61, 0x25, 60), "61 06 00 25 00 3C 91 B0"),
    "altitude 350": (modbus.write_request(0x61, 0x38, 350), "61 06 00 38 01 5E 81 CF"),
    "frc 415": (modbus.write_request(0x61, 0x39, 415), "61 06 00 39 01 9F 11 9F"),
    "offset 1.5 K": (modbus.write_request(0x61, 0x3B, 150), "61 06 00 3B 00 96 71 C9"),
}
READ_ONE = modbus.read_request(0x61, 0x20, 1)
REPLIES = {
    "61 03 02 00 01 F9 8C": 1,
    "61 03 02 00 00 38 4C": 0,
    "61 03 02 00 02 B9 8D": 2,
    "61 03 02 03 3C 38 AD": 0x033C,
    "61 03 02 01 C2 B8 4D": 450,
    "61 03 02 01 90 39 B0": 400,
    "61 03 02 00 96 B8 22": 150,
    "61 03 02 01 5E B8 24": 350,
    "61 03 02 03 E8 38 F2": 1000,
}


@pytest.mark.parametrize("name", FRAMES)
def test_published_requests(name: str) -> None:
    built, published = FRAMES[name]
    assert built == bytes.fromhex(published)


@pytest.mark.parametrize("name", [name for name, (frame, _) in FRAMES.items() if frame[1] == 6])
def test_a_write_is_accepted_by_its_exact_echo_alone(name: str) -> None:
    request, published = FRAMES[name]
    modbus.check_written(request, bytes.fromhex(published))
    other = modbus.write_request(request[0], 0x37, 7)
    with pytest.raises(MalformedFrame, match="repeat"):
        modbus.check_written(request, other)


@pytest.mark.parametrize(("reply", "value"), REPLIES.items())
def test_published_replies(reply: str, value: int) -> None:
    data = bytes.fromhex(reply)
    assert modbus.registers(READ_ONE, data) == (value,)
    assert [modbus.reply_length(data[:count]) for count in range(4)] == [None, None, None, 7]


@given(st.binary(max_size=300))
def test_the_crc_is_that_of_pymodbus(data: bytes) -> None:
    assert modbus.crc(data) == FramerRTU.compute_CRC(data).to_bytes(2, "big")


def test_the_crc_check_value() -> None:
    assert modbus.crc(b"123456789").hex() == "374b"


def test_a_refusal_names_its_meaning() -> None:
    refused = bytes.fromhex("61 83 02 C0 EF")
    assert modbus.reply_length(refused[:2]) == 5
    with pytest.raises(DeviceRefused, match="no such register"):
        modbus.registers(READ_ONE, refused)
    with pytest.raises(DeviceRefused, match="does not accept this value"):
        modbus.check_written(modbus.write_request(0x61, 0x25, 1), bytes.fromhex("61 86 03 02 7F"))


@pytest.mark.parametrize(
    "reply",
    ["61 03 02 00 01 8C F9", "61 03 0C 43 DB 8C 2E 41 D9 E7 FF 42 43 3A 1B 50 06", "61 03 02 00 03 F9 8C"],
)
def test_a_wrong_crc_is_refused(reply: str) -> None:
    with pytest.raises(ChecksumMismatch):
        modbus.registers(READ_ONE, bytes.fromhex(reply))


def framed(text: str) -> bytes:
    return bytes.fromhex(text) + modbus.crc(bytes.fromhex(text))


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\x61\x03",
        bytes.fromhex("61 03 02 00 01 F9"),
        bytes.fromhex("00 61 03 02 00 01 F9 8C"),
        bytes.fromhex("61 03 02 00 01 F9 8C 61"),
        framed("62 03 02 00 01"),
        framed("61 04 02 00 01"),
        framed("61 03 04 00 01 00 02"),
        framed("61 2B 0E"),
    ],
)
def test_what_is_no_reply_to_the_request_is_refused(reply: bytes) -> None:
    with pytest.raises(MalformedFrame):
        modbus.registers(READ_ONE, reply)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_by_name_or_are_sound(reply: bytes) -> None:
    length = modbus.reply_length(reply)
    assert length is None or 2 <= length <= 300
    try:
        modbus.registers(READ_ONE, reply)
    except (MalformedFrame, ChecksumMismatch, DeviceRefused):
        return
    assert FramerRTU.compute_CRC(reply[:-2]).to_bytes(2, "big") == reply[-2:]


@pytest.mark.parametrize("numbers", [(256, 0, 1), (1, 65_536, 1), (1, 0, 0), (1, 0, 126), (-1, 0, 1)])
def test_numbers_beyond_the_protocol_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"cannot read|out of range"):
        modbus.read_request(*numbers)
