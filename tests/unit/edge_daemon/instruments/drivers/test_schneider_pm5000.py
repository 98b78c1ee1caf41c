# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The PM5000 driver: captured registers, "not available" in both forms, and the check of map and word order."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, Fault, MalformedFrame, NotReady
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus, modbus_pdu
from edge_daemon.instruments.drivers import schneider_pm5000 as pm5000
from edge_daemon.instruments.modbus_values import Order
from edge_daemon.instruments.simulators.modbus_line import ModbusLine
from edge_daemon.instruments.simulators.models.schneider_pm5000 import Pm5000
from tests.support.conversing import Bench, Talk

NOON = 1_800_000_000.0 - 1_800_000_000.0 % 86_400 + 43_200
UNAVAILABLE = bytes.fromhex("80008000")


def data_of(reply: str) -> bytes:
    """The registers in a published frame."""
    frame = bytes.fromhex(reply)
    request = modbus.framed(frame[0], modbus_pdu.read(3, 0, frame[2] // 2))
    return modbus.register_bytes(request, frame)


def bench(*, tcp: bool = False, low_word_first: bool = False) -> Bench:
    return Bench(ModbusLine([Pm5000(1, NOON, low_word_first=low_word_first)], tcp=tcp), NOON)


class Shifted(Pm5000):
    """Sends the printed numbers as they are."""

    def registers(self, now: float) -> dict[int, int]:
        return {register + 1: value for register, value in super().registers(now).items()}


class LowWordFirst(Pm5000):
    """Sends the low word of every number first."""

    def __init__(self, seed: int, now: float) -> None:
        super().__init__(seed, now, low_word_first=True)


class Dead(Pm5000):
    """Sees no mains."""

    def registers(self, now: float) -> dict[int, int]:
        return {**super().registers(now), 3109: 0x8000, 3110: 0x8000}


def block(**values: bytes) -> bytes:
    """The float block with everything not available but what is given, by register number."""
    data = bytearray(UNAVAILABLE * 51)
    for number, value in values.items():
        at = 2 * (int(number[1:]) - 1 - pm5000.BLOCK)
        data[at : at + 4] = value
    return bytes(data)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("01 03 04 42 BB 98 29 34 70", 93.797187),
        ("01 03 04 3F 80 3D 3A 67 4C", 1.0018685),
        ("01 03 04 80 00 80 00 B2 33", None),
        ("01 03 04 FF C0 00 00 CA 1B", None),
    ],
)
def test_published_floats(reply: str, value: float | None) -> None:
    assert pm5000.real(data_of(reply), Order.ABCD) == (None if value is None else pytest.approx(value, rel=1e-6))


def test_the_published_energy_and_model() -> None:
    assert pm5000.kilowatt_hours(data_of("01 03 08 00 00 00 00 04 6E 73 EA 51 85"), Order.ABCD) == 74347.498
    assert pm5000.MODELS[int.from_bytes(data_of("01 03 02 3B A9 6B 0A"), "big")] == "PM5330"


@pytest.mark.parametrize("data", ["8000800080008000", "8000000000000000", "FFFFFFFFFFFFFFFF"])
def test_a_counter_that_is_not_available_is_missing(data: str) -> None:
    assert pm5000.kilowatt_hours(bytes.fromhex(data), Order.ABCD) is None


def test_values_that_are_not_available_are_missing_and_the_others_stand() -> None:
    data = block(n3060=struct.pack(">f", 93.797187), n3110=struct.pack(">f", 49.98), n3010=bytes.fromhex("FFC00000"))
    sample = pm5000.decode(data, bytes.fromhex("00000000046E73EA"), Order.ABCD, 3025)
    assert sample.channels == {
        "active_power": pytest.approx(93.797187),
        "reactive_power": None,
        "voltage": None,
        "current": None,
        "frequency": pytest.approx(49.98),
        "energy_total": 74347.498,
    }
    assert (sample.flags, sample.status) == ({}, "ok")


@pytest.mark.parametrize("tcp", [False, True])
def test_a_simulated_meter_measures_and_only_counts_up(tcp: bool) -> None:
    meter = bench(tcp=tcp)
    options: dict[str, OptionValue] = {"framing": "tcp" if tcp else "rtu"}
    meter.hold(pm5000.start(options))
    energies = []
    values: dict[str, float] = {}
    for _ in range(5):
        sample = meter.hold(pm5000.measure(options))
        assert sample is not None
        assert sample.status == "ok"
        values = {name: value for name, value in sample.channels.items() if value is not None}
        energies.append(values["energy_total"])
        meter.now += 600
    assert energies == sorted(energies)
    assert energies[-1] > energies[0]
    assert 20 < values["active_power"] < 260
    assert 470 < values["voltage"] < 490
    apparent = values["current"] * values["voltage"] * 3**0.5 / 1000
    assert apparent == pytest.approx(math.hypot(values["active_power"], values["reactive_power"]), rel=1e-3)


def test_the_options_choose_voltage_and_energy() -> None:
    meter = bench()
    line = meter.hold(pm5000.measure({}))
    neutral = meter.hold(pm5000.measure({"voltage": "line_to_neutral", "energy": "received"}))
    assert line is not None
    assert neutral is not None
    ratio = (line.channels["voltage"] or 0) / (neutral.channels["voltage"] or 1)
    assert ratio == pytest.approx(3**0.5, rel=1e-3)
    assert neutral.channels["energy_total"] == pytest.approx(21.5, abs=0.1)


def test_a_low_word_first_meter_is_refused_until_the_option_says_so() -> None:
    meter = bench(low_word_first=True)
    with pytest.raises(BadInput, match=r"register_shift 0, word_order CDAB the mains reads"):
        meter.hold(pm5000.start({}))
    meter.hold(pm5000.start({"word_order": "CDAB"}))
    sample = meter.hold(pm5000.measure({"word_order": "CDAB"}))
    assert sample is not None
    assert sample.channels["energy_total"] == pytest.approx(12345.7, abs=1)


def test_a_meter_that_counts_its_registers_otherwise_is_refused_until_the_option_says_so() -> None:
    meter = Bench(ModbusLine([Shifted(1, NOON)]), NOON)
    with pytest.raises(BadInput, match="register_shift 1"):
        meter.hold(pm5000.start({}))
    meter.hold(pm5000.start({"register_shift": 1}))
    sample = meter.hold(pm5000.measure({"register_shift": 1}))
    assert sample is not None
    assert sample.status == "ok"


@pytest.mark.parametrize(("kind", "shift", "order"), [(Shifted, 1, "ABCD"), (LowWordFirst, 0, "CDAB")])
@pytest.mark.parametrize("wh", [12_345_678.0, 40_000.0])
def test_two_ways_that_differ_in_the_low_word_alone_are_told_apart(
    kind: type[Pm5000], shift: int, order: str, wh: float
) -> None:
    """A wrong low word changes values by less than a percent: nobody would see it."""
    device = kind(1, NOON)
    device._plant._delivered_kwh = wh / 1000
    meter = Bench(ModbusLine([device]), NOON)
    meter.hold(pm5000.start({"register_shift": shift, "word_order": order}))
    with pytest.raises(BadInput, match=f"register_shift {shift}, word_order {order}"):
        meter.hold(pm5000.start({"register_shift": 1 - shift, "word_order": "CDAB" if order == "ABCD" else "ABCD"}))


def test_without_mains_it_waits() -> None:
    with pytest.raises(NotReady, match="no mains"):
        Bench(ModbusLine([Dead(1, NOON)]), NOON).hold(pm5000.start({}))


def test_where_no_order_fits_the_start_is_refused_clearly() -> None:
    other = Talk(lambda _: modbus.framed(1, b"\x03\x04" + struct.pack(">f", 412.5)))
    with pytest.raises(MalformedFrame, match="another meter or another map"):
        other.hold(pm5000.start({}))


def test_a_frequency_that_turns_absurd_puts_the_sample_in_doubt() -> None:
    data = block(n3060=struct.pack(">f", 5.0), n3110=struct.pack(">f", 412.5))
    sample = pm5000.decode(data, bytes(8), Order.ABCD, 3025)
    assert set(sample.flags.values()) == {Flag.SUSPECT}
    assert set(sample.flags) == {"active_power", "frequency", "energy_total"}
    assert "412.5 Hz" in sample.status


def test_it_tells_who_it_is_and_is_recognised() -> None:
    meter = bench()
    identity = meter.hold(pm5000.identify({}))
    assert identity.serial == "2024117083"
    assert dict(identity.details) == {"model": "PM5330", "name": "Solar plant east"}
    match = meter.hold(pm5000.ask())
    assert match is not None
    assert (match.model, match.certain, match.identity.serial) == ("schneider_pm5000", True, "2024117083")
    shifted = Bench(ModbusLine([Shifted(1, NOON)]), NOON).hold(pm5000.ask())
    assert shifted is not None
    assert "register_shift 1" in shifted.note


@pytest.mark.parametrize(
    "options", [{"word_order": "BADC"}, {"register_shift": 2}, {"voltage": "a"}, {"energy": "both"}, {"address": 0}]
)
def test_options_outside_their_range_are_refused_before_anything_is_sent(options: dict[str, OptionValue]) -> None:
    talk = Talk(lambda _: b"")
    with pytest.raises(BadInput, match=next(iter(options))):
        talk.hold(pm5000.start(options))
    assert talk.sent == []


@given(st.binary(min_size=204, max_size=204), st.binary(min_size=8, max_size=8), st.sampled_from(["ABCD", "CDAB"]))
def test_any_registers_make_a_sample(data: bytes, counted: bytes, order: str) -> None:
    sample = pm5000.decode(data, counted, Order(order), 3025)
    assert set(sample.channels) == {
        "active_power",
        "reactive_power",
        "voltage",
        "current",
        "frequency",
        "energy_total",
    }


@given(st.binary(max_size=300))
def test_noise_is_refused_by_name(noise: bytes) -> None:
    for dialogue in (pm5000.start({}), pm5000.measure({}), pm5000.measure({"framing": "tcp"}), pm5000.ask()):
        with pytest.raises(Fault):
            Talk(lambda _: noise).hold(dialogue)
