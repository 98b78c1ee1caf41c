# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The ZPHS01B driver and its simulator: composed frames, options in doubt, damage."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, ChecksumMismatch, Fault, MalformedFrame, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import mhz19
from edge_daemon.instruments.drivers import winsen_zphs01b as zphs
from edge_daemon.instruments.simulators.models.winsen_mhz19 import B, Mhz19
from edge_daemon.instruments.simulators.models.winsen_zphs01b import QUESTION, Zphs01b
from edge_daemon.instruments.simulators.physics import Air
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0
R1 = bytes.fromhex("FF 86 00 08 00 0C 00 0F 02 8F 01 02 9D 00 2F 00 19 00 0C 00 03 00 02 00 00 CD")
R2 = bytes.fromhex("FF 86 00 05 00 09 00 0B 04 D8 02 01 7F 00 51 00 00 00 00 00 00 00 00 00 00 B2")


def said(frame: bytes, **options: OptionValue) -> dict[str, float | None]:
    sample = Talk(lambda _request: frame).hold(zphs.measure(options))
    assert sample is not None
    return dict(sample.channels)


def test_composed_readings() -> None:
    expected = (8, 12, 15, 655, 1, 23.4, 47, 0.025, 1.2, 30 * 1.9953, 20 * 1.9125)
    assert list(said(R1)) == list(zphs.CHANNELS)
    assert list(said(R1).values()) == pytest.approx(expected, rel=1e-4)
    assert list(said(R2).values()) == pytest.approx((5, 9, 11, 1240, 2, -5.2, 81, 0, 0, 0, 0))


def test_what_sources_disagree_on_is_an_option_and_said_to_be_in_doubt() -> None:
    changed = said(R1, temperature_zero=500, humidity_offset=-10, ch2o_unit="ppm", reference_temperature="25 °C")
    assert changed["temperature"] == pytest.approx(16.9)
    assert changed["humidity"] == 37
    assert changed["ch2o"] == pytest.approx(0.025 * 30.026 * 101.325 / (8.314462618 * 298.15))
    assert changed["no2"] == pytest.approx(20 * 1.8804, rel=1e-4)
    doubtful = [setting for setting in zphs.DRIVER.settings if not setting.documented]
    assert [setting.name for setting in doubtful] == ["temperature_zero", "humidity_offset", "ch2o_unit"]


@pytest.mark.parametrize(
    "options",
    [{"temperature_zero": 0}, {"humidity_offset": 50}, {"ch2o_unit": "ppb"}, {"reference_temperature": "0 °C"}],
)
def test_options_there_are_not(options: dict[str, OptionValue]) -> None:
    with pytest.raises(BadInput, match=next(iter(options))):
        Talk(lambda _request: R1).hold(zphs.start(options))


def test_damage_is_refused_by_name() -> None:
    with pytest.raises(ChecksumMismatch):
        said(R1[:-1] + b"\0")
    with pytest.raises(MalformedFrame):
        said(b"\xfe" + R1[1:])
    with pytest.raises(NoReply):
        said(R1[:9])
    with pytest.raises(MalformedFrame):
        zphs.decode(R1[2:-2], {})


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_a_fault_and_the_next_reading_is_read(noise: bytes) -> None:
    with contextlib.suppress(Fault):
        said(noise)
    assert said(R2)["co2"] == 1240


@given(st.integers(0, 25), st.integers(1, 255))
def test_one_changed_byte_is_always_refused(place: int, change: int) -> None:
    spoilt = bytearray(R1)
    spoilt[place] ^= change
    with pytest.raises((ChecksumMismatch, MalformedFrame)):
        said(bytes(spoilt))


def test_it_and_an_mhz19_are_told_apart_by_length() -> None:
    station = Bench(Zphs01b(1, T0, warm_up_s=0.0), T0)
    match = station.hold(zphs.ask())
    assert match is not None
    assert match.model == "winsen_zphs01b"
    with pytest.raises((ChecksumMismatch, MalformedFrame)):
        station.hold(mhz19.ask())
    module = Bench(Mhz19(lambda _now: Air(640.0, 21.0, 50.0), T0, B, preheat_s=0.0), T0)
    with pytest.raises(NoReply):
        module.hold(zphs.ask())


def test_the_simulated_module_is_read_in_pieces_and_can_be_spoiled() -> None:
    module = Zphs01b(1, T0, warm_up_s=0.0)
    assert module.receive(b"\xff\x01" + QUESTION[:5], T0) == b""
    reply = module.receive(QUESTION[5:], T0)
    assert 350 < (said(reply)["co2"] or 0) < 550
    assert module.receive(QUESTION * 2, T0) == reply * 2
    with pytest.raises(ChecksumMismatch):
        said(module.spoil(reply))
