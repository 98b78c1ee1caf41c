# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The pyranometer driver: reference frames, its diagnostics, its identity, and a conversation with a simulated SR30."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, DeviceRefused, Fault, MalformedFrame, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.drivers import hukseflux_sr30 as sr30
from edge_daemon.instruments.simulators.modbus_line import ModbusLine
from edge_daemon.instruments.simulators.models.hukseflux_sr30 import Sr30
from tests.support.conversing import Bench, Talk

NOON = 1_800_000_000.0 - 1_800_000_000.0 % 86_400 + 43_200
MIDNIGHT = NOON + 43_200

REPLIES = {
    "01 03 00 20 00 05 84 03": "01 03 0A 52 53 30 33 44 2D 00 31 00 00 9C 54",
    "01 03 00 25 00 03 14 00": "01 03 06 00 00 00 00 00 00 21 75",
    "01 03 00 08 00 02 45 C9": "01 03 04 00 64 00 64 BA 07",
    "01 03 00 02 00 05 24 09": "01 03 0A 00 01 3D 52 00 01 3D EE 09 85 0F C4",
    "01 03 00 28 00 03 85 C3": "01 03 06 09 CB 41 6D C2 8F 11 19",
    "01 03 00 2E 00 02 A4 02": "01 03 04 01 34 D8 85 21 A2",
    "01 03 00 62 00 02 65 D5": "01 03 04 07 53 09 57 4C F8",
    "01 03 00 89 00 01 55 E0": "01 03 02 7E A8 98 5A",
    "01 03 00 C2 00 05 24 35": "01 03 0A 04 D2 04 CD 14 6E 00 00 00 8A 97 83",
}
NIGHT = "01 03 0A FF FF FF 67 FF FF FF 6B FC D4 0D FF"
MEASUREMENT = "01 03 00 02 00 05 24 09"


def device(**instead: str) -> Talk:
    """Answers with the reference frames; `instead` replaces the one with the measurement."""
    replies = {**REPLIES, MEASUREMENT: instead.get("measurement", REPLIES[MEASUREMENT])}
    return Talk(lambda request: bytes.fromhex(replies.get(request.hex(" ").upper(), "")))


def measured(talk: Talk, **options: OptionValue) -> dict[str, float | None]:
    sample = talk.hold(sr30.measure(options))
    assert sample is not None
    return dict(sample.channels)


def test_the_reference_frames_by_day() -> None:
    values = measured(device())
    assert values == pytest.approx(
        {
            "irradiance": 812.34,
            "irradiance_uncompensated": 813.90,
            "body_temperature": 24.37,
            "internal_humidity": 18.75,
            "internal_pressure": 1013.25,
            "tilt": 12.34,
            "ventilator_speed": 5230,
            "heater_current": 138,
        }
    )


def test_at_night_the_values_are_negative_and_sound() -> None:
    sample = device(measurement=NIGHT).hold(sr30.measure({"diagnostics": "none"}))
    assert sample is not None
    assert dict(sample.channels) == pytest.approx({"irradiance": -1.53, "body_temperature": -8.12})
    assert (dict(sample.flags), sample.status) == ({}, "ok")


def test_no_request_is_longer_than_the_family_answers() -> None:
    talk = device()
    measured(talk)
    assert max(int.from_bytes(request[4:6], "big") for request in talk.sent) == sr30.MOST_WORDS_A_READ


def test_a_simulated_sr30_tells_who_it_is() -> None:
    bench = Bench(ModbusLine([Sr30(1)]), NOON)
    bench.hold(sr30.start({}))
    identity = bench.hold(sr30.identify({}))
    assert (identity.serial, identity.firmware) == ("2507", "105")
    assert dict(identity.details) == {
        "model": "SR30-D1",
        "hardware version": "3",
        "sensitivity in µV/(W/m²)": "14.86",
        "calibration date": "2024-05-17",
        "former sensitivity 1": "14.91 of 2022-05-10",
        "former calibration dates": "2022-05-10",
    }


def test_a_simulated_sr30_is_recognised_and_follows_the_sun() -> None:
    bench = Bench(ModbusLine([Sr30(1)]), NOON)
    match = bench.hold(sr30.ask())
    assert match is not None
    assert (match.model, match.certain, match.identity.serial) == ("hukseflux_sr30", True, "2507")
    by_day = bench.hold(sr30.measure({}))
    bench.now = MIDNIGHT
    by_night = bench.hold(sr30.measure({}))
    assert by_day is not None
    assert by_night is not None
    assert (by_day.channels["irradiance"] or 0) > 150
    assert -5 < (by_night.channels["irradiance"] or 0) < 0


def test_the_address_is_changed_read_back_and_holds_after_power_up() -> None:
    line = ModbusLine([Sr30(1)])
    bench = Bench(line, NOON)
    (action,) = sr30.DRIVER.actions
    answer = bench.hold(action.run({}, 5))
    assert "5" in answer
    assert bytes.fromhex("01 06 00 00 00 05 49 C9") in bench.talk.sent
    bench.hold(sr30.start({}))
    line.power_up(NOON)
    bench.hold(sr30.start({"address": 5}))


@pytest.mark.parametrize("address", [None, 0, 248, 1.5, "5"])
def test_an_address_that_cannot_be_is_never_written(address: OptionValue | None) -> None:
    talk = device()
    with pytest.raises(BadInput, match="address"):
        talk.hold(sr30.DRIVER.actions[0].run({}, address))
    assert talk.sent == []


@pytest.mark.parametrize(
    ("name", "model", "certain"),
    [
        ("SR20-D2", "hukseflux_sr20", True),
        ("SR20-D1", "hukseflux_sr05", True),
        ("SR05-D1A3", "hukseflux_sr05", True),
        ("SR99-X", "hukseflux_sr05", False),
    ],
)
def test_relatives_are_recognised_by_their_names(name: str, model: str, certain: bool) -> None:
    class Relative(Sr30):
        def registers(self, now: float) -> dict[int, int]:
            text = name.encode().ljust(16, b"\0")
            found = dict(super().registers(now))
            found.update({32 + at // 2: text[at] | text[at + 1] << 8 for at in range(0, 16, 2)})
            return found

    match = Bench(ModbusLine([Relative(1)]), NOON).hold(sr30.ask())
    assert match is not None
    assert (match.model, match.certain) == (model, certain)


def test_another_device_at_the_address_is_refused_at_the_start() -> None:
    other = bytes.fromhex("01 03 0A") + b"Boiler 12 "
    name = modbus.framed(1, other[1:])
    rest = bytes.fromhex(REPLIES["01 03 00 25 00 03 14 00"])
    talk = Talk(lambda request: name if request[5] == 5 else rest)
    with pytest.raises(DeviceRefused, match="no pyranometer"):
        talk.hold(sr30.start({}))
    assert talk.hold(sr30.ask()) is None


def test_registers_that_are_not_there_have_their_name() -> None:
    with pytest.raises(DeviceRefused, match="no such register"):
        device(measurement="01 83 02 C0 F1").hold(sr30.measure({}))


def test_the_devices_own_factors_are_used() -> None:
    assert sr30.decode(struct.pack(">iih", 81234, 81390, 2437), (10, 1000))["irradiance"] == pytest.approx(8123.4)
    with pytest.raises(MalformedFrame, match="factors"):
        sr30.decode(bytes(10), (0, 100))


@pytest.mark.parametrize(
    ("channels", "flag", "word"),
    [
        ({"irradiance": 2000.1}, Flag.SUSPECT, "outside"),
        ({"irradiance": -20.1}, Flag.SUSPECT, "outside"),
        ({"irradiance": 500.0, "ventilator_speed": 0.0, "heater_current": 138.0}, Flag.SUSPECT, "ventilator"),
        ({"irradiance": 500.0, "internal_humidity": 50.1}, None, "desiccant"),
        ({"irradiance": 500.0, "internal_humidity": 50.0, "ventilator_speed": 0.0, "heater_current": 0.0}, None, "ok"),
    ],
)
def test_what_the_diagnostics_say_stands_beside_the_value(
    channels: dict[str, float], flag: Flag | None, word: str
) -> None:
    sample = sr30.judged(channels)
    assert sample.channels == channels
    assert sample.flags.get("irradiance") == flag
    assert word in sample.status


@pytest.mark.parametrize("options", [{"register_base": 1}, {"diagnostics": "all"}, {"address": 0}, {"framing": "x"}])
def test_options_outside_their_range_are_refused_before_anything_is_sent(options: dict[str, OptionValue]) -> None:
    talk = device()
    with pytest.raises(BadInput, match=next(iter(options))):
        talk.hold(sr30.start(options))
    assert talk.sent == []


@pytest.mark.parametrize("model", ["hukseflux_sr30", "hukseflux_sr20", "hukseflux_sr05", "hukseflux_sr05_pv"])
def test_each_model_reads_what_its_catalogue_entry_lists(model: str) -> None:
    entry = load_catalogue()[model]
    shift = int(entry.options["register_base"])

    class Relative(Sr30):
        def registers(self, now: float) -> dict[int, int]:
            return {register + shift: value for register, value in super().registers(now).items()}

    bench = Bench(ModbusLine([Relative(1)]), NOON)
    bench.hold(sr30.start(entry.options))
    sample = bench.hold(sr30.measure(entry.options))
    assert sample is not None
    assert set(sample.channels) == {channel.name for channel in entry.channels}


@given(st.sampled_from(sorted(REPLIES)), st.integers(0, 14), st.integers(1, 255))
def test_no_damaged_byte_becomes_another_value(request_: str, place: int, flip: int) -> None:
    sound = measured(device())

    def answer(request: bytes) -> bytes:
        reply = bytearray.fromhex(REPLIES.get(request.hex(" ").upper(), ""))
        if request == bytes.fromhex(request_) and place < len(reply):
            reply[place] ^= flip
        return bytes(reply)

    try:
        values = measured(Talk(answer))
    except (ChecksumMismatch, MalformedFrame, NoReply):
        return
    assert values == sound


@given(st.binary(max_size=40))
def test_noise_is_refused_by_name(noise: bytes) -> None:
    with pytest.raises(Fault):
        Talk(lambda _: noise).hold(sr30.measure({}))


def test_a_cut_reply_is_no_reply_and_a_wrong_crc_is_named() -> None:
    whole = REPLIES[MEASUREMENT]
    with pytest.raises(NoReply):
        measured(device(measurement=whole[:-3]))
    with pytest.raises(ChecksumMismatch):
        measured(device(measurement=whole[:-2] + "00"))


@given(st.lists(st.integers(0, 0xFFFF), min_size=8, max_size=8))
def test_any_registers_make_a_printable_name(words: list[int]) -> None:
    assert sr30.name_of(tuple(words)).isprintable()
