# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Talking to one Modbus device: echoing adapters, both framings, self-description, and options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus, modbus_pdu, modbus_tcp
from edge_daemon.instruments.driver import Exchange
from edge_daemon.instruments.modbus_unit import TCP, Unit, unit_of, unit_settings
from tests.support.conversing import Talk

DESCRIPTION = bytes.fromhex("2B 0E 01 01 00 00 03 00 02 41 42 01 02 43 44 02 03 31 2E 30")


def answering(reply: bytes, address: int = 1) -> bytes:
    return modbus.framed(address, reply)


def test_an_adapter_that_echoes_does_not_disturb_reading() -> None:
    unit = Unit(1)
    reply = answering(bytes.fromhex("03 04 00 01 00 02"))
    assert Talk(lambda request: request + reply).hold(unit.registers(2, 2)) == (1, 2)


@given(st.integers(0, 0xFFFF), st.integers(1, 60), st.data())
def test_an_echo_is_told_from_every_reply_and_at_every_moment(first: int, count: int, data: st.DataObject) -> None:
    request = modbus.framed(1, modbus_pdu.read(3, first, count))
    values = data.draw(st.binary(min_size=2 * count, max_size=2 * count))
    reply = answering(bytes([3, 2 * count]) + values)
    for whole in (reply, request + reply):
        lengths = [modbus.reply_length_after_echo(request, whole[:end]) for end in range(1, len(whole) + 1)]
        assert all(length is None or length == len(whole) for length in lengths)
        assert lengths[-1] == len(whole)
        assert modbus.without_echo(request, whole) == reply


def test_over_a_network_the_header_takes_the_place_of_the_crc() -> None:
    def answer(request: bytes) -> bytes:
        return modbus_tcp.framed(7, bytes.fromhex("04 02 12 34"), int.from_bytes(request[:2], "big"))

    assert Talk(answer).hold(Unit(7, TCP).registers(0, 1, modbus_pdu.READ_INPUT)) == (0x1234,)


def test_a_device_describes_itself() -> None:
    identity = Talk(lambda _: answering(DESCRIPTION)).hold(Unit(1).identification())
    assert (identity.firmware, dict(identity.details)) == ("1.0", {"maker": "AB", "product": "CD"})


@pytest.mark.parametrize("reply", [b"", answering(bytes.fromhex("AB 01"))])
def test_a_device_that_cannot_describe_itself_is_asked_once(reply: bytes) -> None:
    talk = Talk(lambda _: reply)
    identity = talk.hold(Unit(1).identification())
    assert (identity.firmware, dict(identity.details)) == ("", {})
    assert len(talk.sent) == 1


def test_silence_and_refusal_have_their_names() -> None:
    with pytest.raises(NoReply):
        Talk(lambda _: b"").hold(Unit(1).registers(0, 1))
    with pytest.raises(DeviceRefused, match="no such register"):
        Talk(lambda _: answering(bytes.fromhex("83 02"))).hold(Unit(1).registers(0, 1))
    with pytest.raises(MalformedFrame, match="address 2"):
        Talk(lambda _: answering(bytes.fromhex("03 02 00 01"), 2)).hold(Unit(1).registers(0, 1))


def test_a_silent_device_holds_a_shared_line_for_half_a_second_at_most() -> None:
    step = next(Unit(1).registers(0, 1))
    assert isinstance(step, Exchange)
    assert step.timeout_s + step.silence_s < 0.6


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"address": 0}, "address"),
        ({"address": 248}, "address"),
        ({"address": 1.5}, "address"),
        ({"address": "1"}, "address"),
        ({"address": True}, "address"),
        ({"address": float("nan")}, "address"),
        ({"address": 256, "framing": "tcp"}, "address"),
        ({"framing": "ascii"}, "framing"),
    ],
)
def test_options_outside_their_range_are_refused(options: dict[str, OptionValue], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        unit_of(options, 1)
    assert caught.value.field == field


def test_options_name_the_unit() -> None:
    assert unit_of({}, 100) == Unit(100)
    assert unit_of({"address": 255, "framing": "tcp"}, 100) == Unit(255, TCP)
    assert {setting.name for setting in unit_settings(1)} == {"address", "framing"}
