# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""TFmini-S and TFmini Plus: frames, codes, settings, and the first generation that is left alone."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, ChecksumMismatch, DeviceRefused, Fault, MalformedFrame, NoReply
from edge_daemon.instruments import tfmini
from edge_daemon.instruments.driver import BadFrame, Dialogue, Options, Sample
from edge_daemon.instruments.drivers.benewake_tfmini import DRIVER, decode, recognise
from edge_daemon.instruments.simulators.models.benewake_tfmini import TfminiS
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0
GOOD = bytes.fromhex("59597900DC0568097D")
FAR = bytes.fromhex("5959AF046600CC089F")
FIRST_GENERATION = tfmini.sealed(bytes.fromhex("59597900DC050200"))
START_INSIDE = tfmini.sealed(bytes.fromhex("5959790059596809"))


def sampled(frame: bytes, **options: str) -> Sample:
    sample = decode(frame, options)
    assert sample is not None
    return sample


def begin(options: Options) -> Dialogue[None]:
    assert DRIVER.start is not None
    return DRIVER.start(options)


def frames_of(data: bytes) -> list[bytes]:
    framer = tfmini.new_framer()
    return [item for item in [*framer.feed(data), *framer.idle()] if isinstance(item, bytes)]


def test_commands_are_those_of_the_manual() -> None:
    assert tfmini.command(tfmini.RATE, b"\xe8\x03").hex() == "5a0603e8034e"
    assert tfmini.command(tfmini.RATE, b"\x0a\x00").hex() == "5a06030a006d"
    assert tfmini.command(tfmini.VERSION).hex() == "5a04015f"
    assert tfmini.command(tfmini.RESET).hex() == "5a040260"
    assert tfmini.command(tfmini.FORMAT, b"\x06").hex() == "5a0505066a"
    assert tfmini.command(tfmini.FORMAT, b"\x01").hex() == "5a05050165"
    assert tfmini.command(tfmini.OUTPUT, b"\x00").hex() == "5a05070066"
    assert tfmini.command(tfmini.OUTPUT, b"\x01").hex() == "5a05070167"
    assert tfmini.command(tfmini.SAVE).hex() == "5a04116f"
    assert tfmini.command(0x06, bytes.fromhex("80250000")).hex() == "5a0806802500000d"


@pytest.mark.parametrize(
    ("frame", "distance", "strength", "temperature", "status"),
    [
        ("59597900DC0568097D", 1.21, 1500, 45.0, "ok"),
        ("5959AF046600CC089F", 11.99, 102, 25.5, "ok"),
        ("5959FFFF5700880998", None, 87, 49.0, "signal too weak"),
        ("5959FEFFFFFF88093E", None, 65535, 49.0, "signal saturated"),
        ("5959FCFFB80B880901", None, 3000, 49.0, "blinded by ambient light"),
        ("595900004100880984", None, 65, 49.0, "signal not reliable"),
    ],
)
def test_frames_of_both_models(
    frame: str, distance: float | None, strength: float, temperature: float, status: str
) -> None:
    sample = sampled(bytes.fromhex(frame))
    assert sample.channels == {"distance": distance, "strength": strength, "temperature": temperature}
    assert sample.status == status


def test_a_distance_with_a_strength_that_cannot_be_trusted_is_none() -> None:
    for strength, status in ((99, "signal too weak"), (0xFFFF, "signal saturated")):
        sample = sampled(tfmini.sealed(b"\x59\x59\x79\x00" + strength.to_bytes(2, "little") + b"\x68\x09"))
        assert sample.channels["distance"] is None
        assert sample.status == status
    assert sampled(tfmini.sealed(bytes.fromhex("5959F0FFDC056809"))).status == "no distance, code -16"


def test_the_unit_of_the_frames_is_an_option() -> None:
    assert sampled(GOOD, distance_unit="mm").channels["distance"] == pytest.approx(0.121)
    with pytest.raises(BadInput, match="distance_unit"):
        decode(GOOD, {"distance_unit": "inch"})


def test_a_reply_is_no_measurement_and_its_misprinted_sums_are_taken() -> None:
    for reply in (
        "5A0701010203 68",
        "5A05020061",
        "5A05020060",
        "5A05110070",
        "5A0511006F",
        "5A0510006F",
        "5A0510006E",
    ):
        assert decode(bytes.fromhex(reply), {}) is None
    with pytest.raises(ChecksumMismatch):
        decode(bytes.fromhex("5A05070165"), {})
    with pytest.raises(MalformedFrame):
        decode(b"", {})


def test_the_first_generation_is_neither_read_nor_recognised_nor_spoken_to() -> None:
    with pytest.raises(MalformedFrame, match="first"):
        decode(FIRST_GENERATION, {})
    assert recognise(FIRST_GENERATION * 3) is None
    talk = Talk(lambda _request: FIRST_GENERATION)
    with pytest.raises(DeviceRefused, match="first generation"):
        talk.hold(begin({}))
    assert talk.sent == [b""]


def test_start_bytes_inside_a_frame_do_not_mislead() -> None:
    assert frames_of(START_INSIDE * 3) == [START_INSIDE] * 3
    assert START_INSIDE in frames_of(START_INSIDE[3:] + START_INSIDE + GOOD)
    assert frames_of(START_INSIDE[4:] + GOOD)[-1] == GOOD


def test_recognised_by_two_frames() -> None:
    assert recognise(GOOD) is None
    match = recognise(GOOD[5:] + GOOD + FAR)
    assert match is not None
    assert (match.model, match.certain) == ("benewake_tfmini_s", False)
    cold = tfmini.sealed(bytes.fromhex("59597900DC050001"))
    assert recognise(cold * 3) is None


def test_connecting_sets_unit_and_rate_and_the_device_streams_again() -> None:
    bench = Bench(TfminiS(3, T0), T0 + 0.001)
    bench.hold(begin({"frame_rate_hz": 2, "distance_unit": "mm"}))
    assert bench.talk.sent[1:] == [
        tfmini.command(tfmini.OUTPUT, b"\0"),
        tfmini.command(tfmini.FORMAT, b"\6"),
        tfmini.command(tfmini.RATE, b"\2\0"),
        tfmini.command(tfmini.OUTPUT, b"\1"),
    ]
    assert bench.instrument.next_due() == pytest.approx(bench.now + 0.5, abs=0.01)
    sample = sampled(bench.instrument.due(bench.now + 0.6), distance_unit="mm")
    assert sample.channels["distance"] == pytest.approx(6.2, abs=0.3)
    bench.instrument.power_up(bench.now + 1)
    assert bench.instrument.next_due() == pytest.approx(bench.now + 1.01, abs=0.005)


def test_wrong_options_are_refused_before_anything_is_sent() -> None:
    for options in ({"frame_rate_hz": 3}, {"frame_rate_hz": 0}, {"frame_rate_hz": True}, {"distance_unit": "m"}):
        talk = Talk(lambda _request: b"")
        with pytest.raises(BadInput):
            talk.hold(begin(options))
        assert talk.sent == []


def test_a_setting_that_fails_leaves_the_device_sending() -> None:
    bench = Bench(TfminiS(3, T0), T0)
    deaf_to_rate = Talk(lambda request: b"" if request[2:3] == b"\x03" else bench.instrument.receive(request, T0))
    rate = DRIVER.settings[0]
    assert rate.write is not None
    with pytest.raises(NoReply):
        deaf_to_rate.hold(rate.write({}, 10))
    assert bench.instrument.next_due() < math.inf


def test_answers_are_found_among_data_frames() -> None:
    device = TfminiS(3, T0)
    noisy = Talk(lambda request: GOOD + GOOD[:4] + device.receive(request, T0) + FAR)
    unit = DRIVER.settings[1]
    assert unit.write is not None
    noisy.hold(unit.write({}, "mm"))
    assert DRIVER.identify is not None
    assert noisy.hold(DRIVER.identify({})).firmware == "3.2.1"


def test_saved_settings_survive_a_restart() -> None:
    bench = Bench(TfminiS(3, T0), T0)
    restart, save = DRIVER.actions
    bench.hold(begin({"frame_rate_hz": 1}))
    assert "keep" in bench.hold(save.run({}, None))
    assert "started" in bench.hold(restart.run({}, None))
    assert bench.instrument.next_due() == pytest.approx(T0 + 1.0)
    with pytest.raises(DeviceRefused):
        Talk(lambda _request: bytes.fromhex("5A05020162")).hold(restart.run({}, None))


def test_an_answer_of_another_value_is_refused() -> None:
    unit = DRIVER.settings[1]
    assert unit.write is not None
    with pytest.raises(DeviceRefused):
        Talk(lambda _request: bytes.fromhex("5A05070066 5A05050165 5A05070167")).hold(unit.write({}, "mm"))


@given(st.integers(0, 8), st.integers(1, 255))
def test_one_changed_byte_is_always_refused(place: int, change: int) -> None:
    spoilt = bytearray(GOOD)
    spoilt[place] ^= change
    with pytest.raises((ChecksumMismatch, MalformedFrame)):
        decode(bytes(spoilt), {})


@given(st.binary(max_size=80), st.lists(st.integers(1, 40), max_size=12))
def test_whatever_arrives_no_byte_is_lost_and_later_frames_are_found(noise: bytes, cuts: list[int]) -> None:
    data, framer = noise + GOOD + FAR + GOOD, tfmini.new_framer()
    found: list[bytes | BadFrame] = []
    at = 0
    for cut in cuts:
        found += framer.feed(data[at : at + cut])
        at += cut
    found += framer.feed(data[at:]) + framer.idle()
    assert b"".join(item if isinstance(item, bytes) else item.data for item in found) == data
    assert found[-2:] == [FAR, GOOD]
    for item in found:
        with contextlib.suppress(Fault):
            decode(item if isinstance(item, bytes) else item.data, {})


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_the_simulator_bears_anything(chunks: list[bytes]) -> None:
    device = TfminiS(1, T0)
    for place, chunk in enumerate(chunks):
        device.receive(chunk, T0 + place)
        device.due(T0 + place)
    device.power_up(T0 + 100)
    assert len(device.receive(tfmini.command(tfmini.VERSION), T0 + 100)) == 7
