# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The Plantower family in both modes: commands, sleep and wake, and recognition by listening."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, ChecksumMismatch, Fault, MalformedFrame, NoReply, NotReady
from edge_daemon.instruments import plantower
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.drivers import plantower_passive, plantower_pms7003
from edge_daemon.instruments.simulators.models.plantower_pms7003 import Pms7003
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0
FRAME = bytes.fromhex("424D001C00000008000800000008000800D20046002D001E00000000970002C5")
START_BYTES_INSIDE = bytes.fromhex("424D001C000100020003000100020003424D01900032000500010000970002A6")
ZEROS = bytes.fromhex("424D001C" + "00" * 26 + "00AB")
ANSWER = bytes.fromhex("424D0004E1000174")


def sensor(warm_up_s: float = 0.0) -> Bench:
    return Bench(Pms7003(lambda _now: 20.0, T0, warm_up_s=warm_up_s), T0 + 1.0)


def asked(reply: bytes) -> Sample | None:
    return Talk(lambda _request: reply).hold(plantower_passive.measure({}))


def test_commands_and_answers_are_those_of_the_manual() -> None:
    assert [
        plantower.command(plantower.SET_MODE, plantower.PASSIVE).hex(),
        plantower.command(plantower.SET_MODE, plantower.ACTIVE).hex(),
        plantower.command(plantower.READ_ONCE).hex(),
        plantower.command(plantower.SET_SLEEP, plantower.ASLEEP).hex(),
        plantower.command(plantower.SET_SLEEP, plantower.AWAKE).hex(),
    ] == ["424de100000170", "424de100010171", "424de200000171", "424de400000173", "424de400010174"]
    assert [plantower.acknowledgement(code, value).hex() for code, value in ((0xE1, 0), (0xE1, 1), (0xE4, 0))] == [
        "424d0004e1000174",
        "424d0004e1010175",
        "424d0004e4000177",
    ]


def test_asked_for_one_frame_at_a_time() -> None:
    bench = sensor()
    assert bench.hold(plantower_passive.start({})) is None
    assert bench.instrument.next_due() == float("inf")
    sample = bench.hold(plantower_passive.measure({}))
    assert sample is not None
    assert sample.channels["pm2_5"] == 20
    assert list(sample.channels) == list(plantower.CHANNELS)


def test_asleep_between_readings_it_is_woken_given_time_and_put_to_sleep_again() -> None:
    bench = sensor(warm_up_s=30.0)
    bench.hold(plantower_passive.start({}))
    for _ in range(2):
        before = bench.talk.paused_s
        sample = bench.hold(plantower_passive.measure({"sleep_between": True}))
        assert sample is not None
        assert sample.channels["pm2_5"] == 20
        assert bench.talk.paused_s - before >= 30
        assert bench.talk.sent[-1] == plantower.command(plantower.SET_SLEEP, plantower.ASLEEP)
        with pytest.raises(NoReply):
            bench.hold(plantower_passive.measure({}))


def test_a_fan_that_has_just_started_is_not_ready() -> None:
    bench = sensor(warm_up_s=30.0)
    bench.hold(plantower_passive.start({}))
    with pytest.raises(NotReady):
        bench.hold(plantower_passive.measure({}))


def test_a_frame_behind_an_answer_or_noise_is_the_reply() -> None:
    for before in (ANSWER, b"\x42", b"\x42\x4d\x00", ANSWER + b"\xff" * 9, ZEROS[:3]):
        assert plantower.data_length(before + FRAME) == len(before) + 32
        sample = asked(before + FRAME)
        assert sample is not None
        assert sample.channels["count_0_3"] == 210
    assert asked(START_BYTES_INSIDE) is not None


def test_damage_is_refused_by_name() -> None:
    with pytest.raises(ChecksumMismatch):
        asked(FRAME[:-1] + b"\0")
    with pytest.raises(NoReply):
        asked(FRAME[:20])
    with pytest.raises(NotReady):
        asked(ZEROS)


@given(st.binary(max_size=100))
def test_no_bytes_raise_anything_but_a_fault_and_the_next_frame_is_read(noise: bytes) -> None:
    with contextlib.suppress(Fault):
        asked(noise)
    assert asked(FRAME) is not None


@given(st.integers(0, 31), st.integers(1, 255))
def test_one_changed_byte_is_always_refused(place: int, change: int) -> None:
    spoilt = bytearray(FRAME)
    spoilt[place] ^= change
    with pytest.raises((ChecksumMismatch, MalformedFrame, NoReply)):
        asked(bytes(spoilt))


def test_connecting_wakes_the_stream_and_makes_it_active() -> None:
    bench = sensor()
    bench.hold(plantower_passive.start({}))
    bench.hold(plantower_passive.DRIVER.actions[0].run({}, None))
    assert plantower_pms7003.DRIVER.start is not None
    bench.hold(plantower_pms7003.DRIVER.start({}))
    assert bench.instrument.due(bench.now + 3.0)[:2] == b"\x42\x4d"


def test_the_mode_can_be_set() -> None:
    bench = sensor()
    (mode,) = plantower_pms7003.DRIVER.settings
    assert mode.write is not None
    bench.hold(mode.write({}, "passive"))
    assert bench.instrument.due(bench.now + 60.0) == b""
    with pytest.raises(BadInput, match="mode"):
        bench.hold(mode.write({}, "both"))


def test_sleep_and_wake_are_actions_of_both_drivers() -> None:
    for driver in (plantower_pms7003.DRIVER, plantower_passive.DRIVER):
        bench = sensor()
        sleep, wake = driver.actions
        assert "sleeps" in bench.hold(sleep.run({}, None))
        assert bench.instrument.next_due() == float("inf")
        assert "30 seconds" in bench.hold(wake.run({}, None))
        assert bench.instrument.next_due() < bench.now + 3.0


def test_a_frame_in_passing_is_no_acknowledgement() -> None:
    sleep, _ = plantower_pms7003.DRIVER.actions
    with pytest.raises(NoReply):
        Talk(lambda _request: FRAME).hold(sleep.run({}, None))
    acknowledged = FRAME + plantower.acknowledgement(plantower.SET_SLEEP, plantower.ASLEEP)
    assert "sleeps" in Talk(lambda _request: acknowledged).hold(sleep.run({}, None))


@pytest.mark.parametrize("heard", [FRAME, ZEROS, b"\x00\xff" + FRAME, FRAME[7:] + START_BYTES_INSIDE])
def test_the_family_is_recognised_by_a_whole_frame(heard: bytes) -> None:
    match = plantower_pms7003.recognise(heard)
    assert match is not None
    assert (match.model, match.certain) == ("plantower_pms7003", False)
    assert "label" in match.note


@pytest.mark.parametrize("heard", [b"", FRAME[:31], FRAME[:-1] + b"\0", ANSWER, b"\x42\x4d\x00\x1c" * 9])
def test_less_than_a_sound_frame_is_not_recognised(heard: bytes) -> None:
    assert plantower_pms7003.recognise(heard) is None
