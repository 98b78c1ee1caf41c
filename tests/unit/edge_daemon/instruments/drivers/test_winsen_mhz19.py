# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The MH-Z19B and MH-Z19C drivers: published frames, their conversation with the simulated modules, and damage."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, Fault, MalformedFrame, NoReply, NotReady
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import mhz19, winsen
from edge_daemon.instruments.driver import Action, PolledDriver, Sample, Setting
from edge_daemon.instruments.drivers import winsen_mhz19b, winsen_mhz19c
from edge_daemon.instruments.simulators.models.winsen_mhz19 import B, C, Mhz19
from edge_daemon.instruments.simulators.physics import Air
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0
READ = bytes.fromhex("FF 01 86 00 00 00 00 00 79")
R1 = bytes.fromhex("FF 86 02 20 00 00 00 00 58")
REPLIES = {
    "FF 86 02 20 00 00 00 00 58": (544.0, None),
    "FF 86 02 7C 42 00 00 00 BA": (636.0, 26.0),
    "FF 86 03 20 12 34 56 78 43": (800.0, -22.0),
    "FF 86 01 A4 1E 00 00 00 B7": (420.0, -10.0),
}
FULL_SCALE = bytes.fromhex("FF 86 13 88 3E 00 00 00 A1")
both = pytest.mark.parametrize("driver", [winsen_mhz19b.DRIVER, winsen_mhz19c.DRIVER], ids=["B", "C"])


def module(co2_ppm: float = 640.0, *, preheat_s: float = 0.0, variant: object = B) -> Bench:
    chosen = C if variant is C else B
    return Bench(Mhz19(lambda _now: Air(co2_ppm, 21.0, 50.0), T0, chosen, preheat_s=preheat_s), T0 + 1.0)


def measured(driver: PolledDriver, reply: bytes, **options: OptionValue) -> Sample:
    sample = Talk(lambda _request: reply).hold(driver.measure(options))
    assert sample is not None
    return sample


def setting(driver: PolledDriver, name: str) -> Setting:
    return next(each for each in driver.settings if each.name == name)


def action(driver: PolledDriver, name: str) -> Action:
    return next(each for each in driver.actions if each.name == name)


def test_commands_are_those_of_the_manual() -> None:
    assert winsen.request(0x86) == READ
    printed = {
        "FF 01 87 00 00 00 00 00 78": winsen.request(0x87),
        "FF 01 88 07 D0 00 00 00 A0": winsen.request(0x88, bytes.fromhex("07D0000000")),
        "FF 01 88 03 E8 00 00 00 8C": winsen.request(0x88, bytes.fromhex("03E8000000")),
        "FF 01 99 00 00 00 07 D0 8F": winsen.request(0x99, bytes.fromhex("00000007D0")),
        "FF 01 99 00 00 00 13 88 CB": winsen.request(0x99, bytes.fromhex("0000001388")),
        "FF 01 99 00 00 00 27 10 2F": winsen.request(0x99, bytes.fromhex("0000002710")),
    }
    assert [made.hex(" ").upper() for made in printed.values()] == list(printed)


@both
@pytest.mark.parametrize(("reply", "values"), REPLIES.items())
def test_published_readings(driver: PolledDriver, reply: str, values: tuple[float, float | None]) -> None:
    sample = measured(driver, bytes.fromhex(reply))
    assert (sample.channels["co2"], sample.channels["temperature"]) == values
    assert (sample.flags, sample.status) == ({}, "ok")


@both
def test_a_reading_at_the_end_of_the_range_says_only_at_least(driver: PolledDriver) -> None:
    sample = measured(driver, FULL_SCALE)
    assert sample.channels == {"co2": 5000.0, "temperature": 22.0}
    assert sample.flags == {"co2": Flag.SUSPECT}
    assert "5000 ppm or more" in sample.status
    assert measured(driver, FULL_SCALE, range_ppm=10_000).flags == {}


def test_only_the_c_specifies_nothing_below_400_ppm() -> None:
    low = b"\xff\x86\x01\x68\x40\x00\x00\x00"
    reply = low + bytes([winsen.checksum(low[1:])])
    assert measured(winsen_mhz19b.DRIVER, reply).flags == {}
    assert measured(winsen_mhz19c.DRIVER, reply).flags == {"co2": Flag.SUSPECT}


@both
@pytest.mark.parametrize("reply", ["FF 86 00 00 00 00 00 00 7A", "FF 86 01 9A 40 00 3A 98 CD"])
def test_warming_up_and_booting_are_not_ready(driver: PolledDriver, reply: str) -> None:
    with pytest.raises(NotReady):
        measured(driver, bytes.fromhex(reply))


@both
def test_damage_is_refused_by_name(driver: PolledDriver) -> None:
    with pytest.raises(ChecksumMismatch, match="85"):
        measured(driver, bytes.fromhex("FF 86 01 F4 00 00 00 00 84"))
    with pytest.raises(NoReply):
        measured(driver, bytes.fromhex("FF 86 01 F4"))
    with pytest.raises(MalformedFrame):
        winsen.payload(bytes.fromhex("FF 86 01 F4"), winsen.READ)
    with pytest.raises(MalformedFrame):
        measured(driver, bytes.fromhex("FE 44 02 01 90 B9 18 00 00"))


@given(st.binary(max_size=40))
def test_no_bytes_raise_anything_but_a_fault_and_the_next_reading_is_read(noise: bytes) -> None:
    with contextlib.suppress(Fault):
        measured(winsen_mhz19b.DRIVER, noise)
    assert measured(winsen_mhz19b.DRIVER, R1).channels["co2"] == 544


@given(st.integers(0, 8), st.integers(1, 255))
def test_one_changed_byte_is_always_refused(place: int, change: int) -> None:
    spoilt = bytearray(R1)
    spoilt[place] ^= change
    with pytest.raises((ChecksumMismatch, MalformedFrame)):
        measured(winsen_mhz19b.DRIVER, bytes(spoilt))


@both
def test_start_sends_the_wanted_state_of_self_calibration_and_nothing_else(driver: PolledDriver) -> None:
    off, on = bytes.fromhex("FF 01 79 00 00 00 00 00 86"), bytes.fromhex("FF 01 79 A0 00 00 00 00 E6")
    for options, sent in (
        ({}, [READ]),
        ({"self_calibration": False}, [off, READ]),
        ({"self_calibration": True}, [on, READ]),
    ):
        talk = Talk(lambda _request: R1)
        assert talk.hold(driver.start(options)) is None
        assert talk.sent == sent


@both
def test_a_module_that_has_just_started_is_told_again(driver: PolledDriver) -> None:
    booting, off = bytes.fromhex("FF 86 01 9A 40 00 3A 98 CD"), bytes.fromhex("FF 01 79 00 00 00 00 00 86")
    talk = Talk(lambda _request: booting)
    with pytest.raises(NotReady):
        talk.hold(driver.measure({"self_calibration": False}))
    assert talk.sent == [READ, off]


@both
@pytest.mark.parametrize("options", [{"range_ppm": 3000}, {"range_ppm": True}, {"range_ppm": "5000"}])
def test_a_range_there_is_not_is_refused_before_anything_is_sent(
    driver: PolledDriver, options: dict[str, OptionValue]
) -> None:
    talk = Talk(lambda _request: R1)
    with pytest.raises(BadInput, match="range_ppm"):
        talk.hold(driver.start(options))
    with pytest.raises(BadInput, match="range_ppm"):
        talk.hold(driver.measure(options))
    assert talk.sent == []


def test_with_the_simulated_module_range_and_self_calibration_are_set() -> None:
    bench = module(8200.0)
    wanted = setting(winsen_mhz19b.DRIVER, "range_ppm")
    assert wanted.write is not None
    assert wanted.read is not None
    bench.hold(wanted.write({}, 10_000))
    assert bench.hold(wanted.read({})) == 10_000
    sample = bench.hold(winsen_mhz19b.DRIVER.measure({"range_ppm": 10_000}))
    assert sample is not None
    assert sample.channels["co2"] == 8200
    bench.hold(winsen_mhz19b.DRIVER.start({"self_calibration": False}))
    assert isinstance(bench.instrument, Mhz19)
    assert not bench.instrument.self_calibrating
    with pytest.raises(BadInput):
        bench.hold(mhz19.write_self_calibration({}, 0))


def test_with_the_simulated_module_zero_and_span_move_the_reading() -> None:
    bench = module(437.0)
    assert "400 ppm" in bench.hold(action(winsen_mhz19b.DRIVER, "zero_calibration").run({}, None))
    sample = bench.hold(winsen_mhz19b.DRIVER.measure({}))
    assert sample is not None
    assert sample.channels["co2"] == 400
    assert "2000 ppm" in bench.hold(action(winsen_mhz19b.DRIVER, "span_calibration").run({}, 2000))
    sample = bench.hold(winsen_mhz19b.DRIVER.measure({}))
    assert sample is not None
    assert sample.channels["co2"] == 2000
    with pytest.raises(BadInput, match="reference"):
        bench.hold(action(winsen_mhz19b.DRIVER, "span_calibration").run({}, 999))


def test_the_c_offers_neither_span_nor_range_on_the_device() -> None:
    assert [each.name for each in winsen_mhz19c.DRIVER.actions] == ["zero_calibration"]
    assert setting(winsen_mhz19c.DRIVER, "range_ppm").kept == "host"
    calibrating = [*winsen_mhz19b.DRIVER.actions, *winsen_mhz19c.DRIVER.actions]
    assert all(each.calibrates for each in calibrating)


@pytest.mark.parametrize(("variant", "model", "firmware"), [(B, "winsen_mhz19b", "0443"), (C, "winsen_mhz19c", "0512")])
def test_the_probe_guesses_the_model_and_says_that_it_guesses(variant: object, model: str, firmware: str) -> None:
    (probe,) = winsen_mhz19b.DRIVER.probes
    match = module(variant=variant).hold(probe.ask())
    assert match is not None
    assert (match.model, match.certain, match.identity.firmware) == (model, False, firmware)
    assert "label" in match.note
    assert winsen_mhz19c.DRIVER.probes == ()


def test_a_module_that_tells_no_firmware_is_found_all_the_same() -> None:
    match = Talk(lambda request: R1 if request == READ else b"").hold(mhz19.ask())
    assert match is not None
    assert match.identity.firmware == ""
    reply = bytes.fromhex("FF A0 30 34 30 30 00 00 9C")
    assert Talk(lambda _request: reply).hold(mhz19.identify({})).firmware == "0400"
    with pytest.raises(MalformedFrame, match="digits"):
        Talk(lambda _request: b"\xff\xa0" + bytes(6) + b"\x60").hold(mhz19.identify({}))
