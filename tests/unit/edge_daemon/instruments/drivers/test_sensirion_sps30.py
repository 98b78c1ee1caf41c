# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The SPS30 driver and SHDLC: printed and recorded frames, the simulated sensor, and damage."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, DeviceRefused, Fault, MalformedFrame, NoReply
from edge_daemon.instruments import shdlc
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.drivers import sensirion_sps30 as sps30
from edge_daemon.instruments.simulators.models.sensirion_sps30 import Sps30
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0
R3 = (
    "7E 00 03 00 28 40 A7 83 20 41 17 77 BB 41 4A 5F 83 41 54 8D DD 41 D2 83 3E 42 7D 33 FC 85 42 26 17 22 42 29 A4 D9 "
    "42 2A 29 BC 3F 55 B7 E7 9E 7E"
)
R5 = (
    "7E 00 03 00 28 40 A8 00 00 41 08 00 00 41 2C 00 00 41 30 00 00 42 10 00 00 42 26 00 00 42 2D 00 00 42 2E 00 00 "
    "42 2F 00 00 3F 20 00 00 5C 7E"
)
R6 = "7E 00 03 00 14 00 0C 00 7D 31 00 7D 33 00 14 00 53 00 62 00 65 00 66 00 66 02 1C A0 7E"
MEASURED = {
    R3: (5.2348, 9.4667, 12.6483, 13.2846, 26.3141, 36.9966, 41.5226, 42.4110, 42.5408, 0.8348),
    R5: (5.25, 8.5, 10.75, 11.0, 36.0, 41.5, 43.25, 43.5, 43.75, 0.625),
    R6: (12, 17, 19, 20, 83, 98, 101, 102, 102, 0.54),
}


def sensor(settling_s: float = 0.0) -> Bench:
    return Bench(Sps30(lambda _now: 20.0, T0, settling_s=settling_s), T0)


def said(frame: bytes) -> Sample | None:
    return Talk(lambda _request: frame).hold(sps30.measure({}))


def content(command: int, frame: str) -> bytes:
    return shdlc.accepted(command, bytes.fromhex(frame)).data


def test_requests_are_those_in_print() -> None:
    printed = {
        "7E 00 00 02 01 03 F9 7E": shdlc.request(0x00, b"\x01\x03"),
        "7E 00 00 02 01 05 F7 7E": shdlc.request(0x00, b"\x01\x05"),
        "7E 00 01 00 FE 7E": shdlc.request(0x01),
        "7E 00 03 00 FC 7E": shdlc.request(0x03),
        "7E 00 10 00 EF 7E": shdlc.request(0x10),
        "7E 00 7D 31 00 EE 7E": shdlc.request(0x11),
        "7E 00 56 00 A9 7E": shdlc.request(0x56),
        "7E 00 80 01 00 7D 5E 7E": shdlc.request(0x80, b"\0"),
        "7E 00 80 05 00 00 00 00 00 7A 7E": shdlc.request(0x80, bytes(5)),
        "7E 00 80 05 00 00 09 3A 80 B7 7E": shdlc.request(0x80, bytes.fromhex("0000093A80")),
        "7E 00 D0 01 03 2B 7E": shdlc.request(0xD0, b"\x03"),
        "7E 00 D1 00 2E 7E": shdlc.request(0xD1),
        "7E 00 D2 01 00 2C 7E": shdlc.request(0xD2, b"\0"),
        "7E 00 D3 00 2C 7E": shdlc.request(0xD3),
    }
    assert [made.hex(" ").upper() for made in printed.values()] == list(printed)


@pytest.mark.parametrize(
    ("command", "frame", "data"),
    [
        (0x00, "7E 00 00 00 00 FF 7E", ""),
        (0x03, "7E 00 03 00 00 FC 7E", ""),
        (0xD1, "7E 00 D1 00 07 02 01 00 06 00 02 00 1C 7E", "02 01 00 06 00 02 00"),
        (0xD0, "7E 00 D0 00 09 30 30 30 38 30 30 30 30 00 9E 7E", "30 30 30 38 30 30 30 30 00"),
        (0xD2, "7E 00 D2 00 05 00 00 00 00 00 28 7E", "00 00 00 00 00"),
        (0x80, "7E 00 80 00 04 00 09 3A 80 B8 7E", "00 09 3A 80"),
        (0x80, "7E 00 80 00 04 00 00 7D 5D 31 CD 7E", "00 00 7D 31"),
    ],
)
def test_printed_replies(command: int, frame: str, data: str) -> None:
    assert content(command, frame) == bytes.fromhex(data)


def test_a_printed_reply_that_says_of_errors() -> None:
    frame = bytes.fromhex("7E 00 D2 80 05 00 20 00 30 00 58 7E")
    answer = shdlc.accepted(0xD2, frame)
    assert (answer.device_error, int.from_bytes(answer.data[:4], "big")) == (True, 1 << 21 | 1 << 5 | 1 << 4)


@pytest.mark.parametrize(("frame", "values"), MEASURED.items())
def test_printed_and_recorded_measurements(frame: str, values: tuple[float, ...]) -> None:
    sample = said(bytes.fromhex(frame))
    assert sample is not None
    assert list(sample.channels) == list(sps30.CHANNELS)
    assert list(sample.channels.values()) == pytest.approx(values, abs=5e-5)
    assert (sample.flags, sample.status) == ({}, "ok")


def test_nothing_new_is_no_sample() -> None:
    assert said(bytes.fromhex("7E 00 03 00 00 FC 7E")) is None


@pytest.mark.parametrize(
    ("frame", "meaning"), [("7E 00 00 43 00 BC 7E", "state"), ("7E 00 00 04 00 FB 7E", "not allowed")]
)
def test_a_refusal_is_told_in_words(frame: str, meaning: str) -> None:
    with pytest.raises(DeviceRefused, match=meaning):
        content(0x00, frame)


@pytest.mark.parametrize(
    ("command", "frame", "fault"),
    [
        (0xD0, "7E 00 D0 00 09 30 30 30 38 30 30 30 30 00 9B 7E", ChecksumMismatch),
        (0x03, "7E 00 03 00 28 00 00 00 D4 7E", MalformedFrame),
        (0x03, "7E 00 D1 00 07 02 01 00 06 00 02 00 1C 7E", MalformedFrame),
        (0x03, "7E 00 03 7D 7E", MalformedFrame),
        (0x03, "00 03 00 00 FC", MalformedFrame),
        (0x03, "7E", MalformedFrame),
    ],
)
def test_damage_is_refused_by_name(command: int, frame: str, fault: type[Fault]) -> None:
    with pytest.raises(fault):
        content(command, frame)


@pytest.mark.parametrize(
    ("flags", "flag", "words"),
    [
        (1 << 21, Flag.SUSPECT, "fan speed"),
        (1 << 5, Flag.FAIL, "laser"),
        (1 << 21 | 1 << 5 | 1 << 4, Flag.FAIL, "blocked"),
        (1 << 9, Flag.SUSPECT, "without a cause"),
    ],
)
def test_an_error_of_the_device_flags_every_channel(flags: int, flag: Flag, words: str) -> None:
    bench = sensor()
    bench.hold(sps30.start({}))
    assert isinstance(bench.instrument, Sps30)
    bench.instrument.device_flags = flags
    bench.now += 1.5
    sample = bench.hold(sps30.measure({}))
    assert sample is not None
    assert sample.flags == dict.fromkeys(sps30.CHANNELS, flag)
    assert words in sample.status


def test_the_simulated_sensor_is_started_read_and_started_again_after_a_power_cut() -> None:
    bench = sensor()
    bench.hold(sps30.start({}))
    bench.hold(sps30.start({}))
    assert bench.hold(sps30.measure({})) is None
    bench.now += 1.1
    sample = bench.hold(sps30.measure({}))
    assert sample is not None
    assert sample.channels["pm2_5"] == 20
    bench.instrument.power_up(bench.now)
    assert bench.hold(sps30.measure({})) is None
    bench.now += 1.1
    assert bench.hold(sps30.measure({})) is not None


def test_identity_probe_setting_and_actions() -> None:
    bench = sensor()
    (probe,) = sps30.DRIVER.probes
    match = bench.hold(probe.ask())
    assert match is not None
    assert (match.model, match.certain) == ("sensirion_sps30", True)
    assert (match.identity.serial, match.identity.firmware) == ("A3F5D1C7E2B84069", "2.2")
    (cleaning,) = sps30.DRIVER.settings
    assert cleaning.write is not None
    assert cleaning.read is not None
    bench.hold(cleaning.write({}, 32049))
    assert bench.hold(cleaning.read({})) == 32049
    with pytest.raises(BadInput):
        bench.hold(cleaning.write({}, -1))
    clean, restart = sps30.DRIVER.actions
    with pytest.raises(DeviceRefused, match="while it measures"):
        bench.hold(clean.run({}, None))
    assert "again" in bench.hold(restart.run({}, None))
    assert "10 seconds" in bench.hold(clean.run({}, None))


def test_another_product_is_no_match() -> None:
    body = bytes([0, 0xD0, 0, 9]) + b"00070000\0"
    frame = b"\x7e" + body + bytes([~sum(body) & 0xFF]) + b"\x7e"
    assert Talk(lambda _request: frame).hold(sps30.ask()) is None


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_a_fault_and_the_next_reading_is_read(noise: bytes) -> None:
    with contextlib.suppress(Fault):
        said(noise)
    with contextlib.suppress(Fault):
        shdlc.reply(0x03, noise)
    assert said(bytes.fromhex(R5)) is not None


@given(st.binary(max_size=60))
def test_whatever_is_sent_comes_back(data: bytes) -> None:
    body = bytes([0, 0x80, 0, len(data)]) + data
    stuffed = shdlc._stuffed(body + bytes([~sum(body) & 0xFF]))
    frame = b"\x7e" + stuffed + b"\x7e"
    assert shdlc.reply_length(frame) == len(frame)
    assert shdlc.reply_length(frame[:-1]) is None
    assert shdlc.reply(0x80, frame).data == data


@given(st.integers(0, 46), st.integers(1, 255))
def test_one_changed_byte_is_never_taken_for_another_value(place: int, change: int) -> None:
    spoilt = bytearray(bytes.fromhex(R5))
    spoilt[place] ^= change
    try:
        sample = said(bytes(spoilt))
    except (ChecksumMismatch, MalformedFrame, DeviceRefused, NoReply):
        return
    assert sample is not None
    assert list(sample.channels.values()) == list(MEASURED[R5])
