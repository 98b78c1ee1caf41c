# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Any Modbus device by its register map: reading in groups, bits, both framings, identity, and named faults."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, DeviceRefused, Fault
from edge_daemon.instruments import modbus, modbus_pdu
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.drivers import modbus_profile
from edge_daemon.instruments.simulators.shelf import makers
from tests.support.conversing import Bench, Talk

NOW = 1_800_000_000.0
MAP = """
most_gap = 2
[[points]]
channel = "a"
address = 0
type = "u16"
unit = "1"
not_available = ["FFFF"]
[[points]]
channel = "b"
address = 3
type = "i32"
order = "CDAB"
scale = 0.01
unit = "V"
[[points]]
channel = "c"
address = 50
type = "u16"
unit = "1"
[[points]]
channel = "on"
function = 2
address = 9
type = "bit"
unit = "1"
[serial]
address = 60
type = "string"
words = 3
"""
REGISTERS = {0: 7, 1: 0, 2: 0, 3: 0x1DC0, 4: 0xFFFE, 50: 0xFFFF, 60: 0x534E, 61: 0x3700, 62: 0}


def device(request: bytes) -> bytes:
    """Answers functions 2 and 3 from REGISTERS and refuses what is not there."""
    function, first, count = struct.unpack(">BHH", request[1:6]) if len(request) == 8 else (request[1], 0, 0)
    if function == 2:
        return modbus.framed(1, bytes([2, 1, 1]))
    if function != 3 or any(first + place not in REGISTERS for place in range(count)):
        return modbus.framed(1, bytes([function | 0x80, 2]))
    words = [REGISTERS[first + place] for place in range(count)]
    return modbus.framed(1, struct.pack(f">BB{count}H", 3, 2 * count, *words))


def test_every_point_is_read_in_as_few_requests_as_the_map_allows() -> None:
    talk = Talk(device)
    sample = talk.hold(modbus_profile.measure({"profile": MAP}))
    assert sample is not None
    assert sample.channels == {"a": 7, "b": pytest.approx(-1234.56), "c": 65535, "on": 1}
    assert [modbus_pdu.read(3, 0, 5), modbus_pdu.read(3, 50, 1)] == [sent[1:-2] for sent in talk.sent[1:]]
    assert len(talk.sent) == 3


def test_the_reference_frame_with_its_low_word_first() -> None:
    text = '[[points]]\nchannel = "x"\naddress = 0\ntype = "f32"\norder = "CDAB"\nunit = "1"\n'
    reply = bytes.fromhex("01 03 04 E9 79 42 F6 AF 50")
    sample = Talk(lambda _: reply).hold(modbus_profile.measure({"profile": text}))
    assert sample is not None
    assert sample.channels["x"] == pytest.approx(123.456, rel=1e-7)


def test_a_marker_of_no_value_is_missing() -> None:
    sample = Talk(device).hold(modbus_profile.measure({"profile": MAP.replace('"FFFF"', '"0007"')}))
    assert sample is not None
    assert sample.channels["a"] is None


def test_a_register_that_is_not_there_is_known_at_the_start() -> None:
    with pytest.raises(DeviceRefused, match="no such register"):
        Talk(device).hold(modbus_profile.start({"profile": MAP.replace("address = 50", "address = 51")}))


def test_the_serial_number_comes_from_where_the_map_says() -> None:
    assert Talk(device).hold(modbus_profile.identify({"profile": MAP})).serial == "SN7"
    without = MAP[: MAP.index("[serial]")]
    assert Talk(device).hold(modbus_profile.identify({"profile": without})).serial == ""


def test_the_shipped_map_reads_the_simulated_transmitter() -> None:
    bench = Bench(makers()["modbus"](1, NOW, None), NOW)
    options = load_catalogue()["modbus_profile"].options
    bench.hold(modbus_profile.start(options))
    sample = bench.hold(modbus_profile.measure(options))
    assert sample is not None
    assert 400 < (sample.channels["value_3"] or 0) < 490


@pytest.mark.parametrize("profile", ["", "points = 3", 5, True])
def test_a_map_that_is_none_is_refused_before_anything_is_sent(profile: str | int) -> None:
    talk = Talk(device)
    with pytest.raises(BadInput, match="profile"):
        talk.hold(modbus_profile.start({"profile": profile}))
    assert talk.sent == []


@given(st.binary(max_size=300), st.sampled_from(["rtu", "tcp"]))
def test_noise_is_refused_by_name(noise: bytes, framing: str) -> None:
    with pytest.raises(Fault):
        Talk(lambda _: noise).hold(modbus_profile.measure({"profile": MAP, "framing": framing}))
