# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The ION7550 driver: reference frames of both maps, the M10K format, and the checks of map, scaling and word order."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, Fault, MalformedFrame, NotReady
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus
from edge_daemon.instruments.drivers import schneider_ion7550 as ion
from edge_daemon.instruments.modbus_values import Order, number
from edge_daemon.instruments.simulators.modbus_line import ModbusLine
from edge_daemon.instruments.simulators.models.schneider_ion7550 import Ion7550
from tests.support.conversing import Bench, Talk

NOON = 1_800_000_000.0 - 1_800_000_000.0 % 86_400 + 43_200
CURRENTS = (
    "04 D2 04 CD 04 D9 00 25 00 00 04 D3 04 4D 05 16 04 CD 02 58 02 57 02 59 02 58 00 04 00 09 00 00"  # from 40150
)
POWERS = "00 00 0D B8 FF FF FF 87 00 00 0D AA 00 00 1A E9"  # from 40198
ENERGIES = "00 BC 61 4E 00 00 0F B5"  # from 40230
LEGACY = "0A D3 0A D7 0A D0 0A D3 12 BF 12 C6 12 B8 12 BF 04 D2 04 CD 04 D9 04 D3 00 02 00 09 02 58 00 25"  # from 40011


def block(name: str, **content: str) -> bytes:
    """A map's block: all ones but for the registers given by number, in hexadecimal."""
    each = ion.MAPS[name]
    data = bytearray(b"\xff" * (2 * each.count))
    for place, text in content.items():
        at = 2 * (int(place[1:]) - 40001 - each.first)
        data[at : at + len(bytes.fromhex(text))] = bytes.fromhex(text)
    return bytes(data)


def serving(data: bytes, first: int, address: int = 100) -> Talk:
    """A meter that holds these registers."""

    def answer(request: bytes) -> bytes:
        register, count = struct.unpack(">HH", request[2:6])
        at = 2 * (register - first)
        if not 0 <= at <= len(data) - 2 * count:
            return modbus.framed(address, b"\x83\x02")
        return modbus.framed(address, bytes([3, 2 * count]) + data[at : at + 2 * count])

    return Talk(answer)


def current(**instead: str) -> bytes:
    values = {"n40150": CURRENTS, "n40172": "00 00 0A D3", "n40184": "00 00 12 BF", "n40198": POWERS}
    return block("current", **{**values, "n40204": "00 00 03 FE", "n40230": ENERGIES, **instead})


@pytest.mark.parametrize(
    ("request_", "reply", "kind", "values"),
    [
        (
            "64 03 00 C5 00 08 5D C4",
            "64 03 10 00 00 0D B8 FF FF FF 87 00 00 0D AA 00 00 1A E9 DE C5",
            "i32",
            (3512, -121, 3498, 6889),
        ),
        ("64 03 00 E5 00 04 5C 0B", "64 03 08 00 BC 61 4E 00 00 0F B5 A3 E9", "i32", (12345678, 4021)),
        (
            "64 03 00 0A 00 10 6D F1",
            f"64 03 20 {LEGACY} 45 79",
            "u16",
            (2771, 2775, 2768, 2771, 4799, 4806, 4792, 4799, 1234, 1229, 1241, 1235, 2, 9, 600, 37),
        ),
        (
            "64 03 00 95 00 10 5D DF",
            f"64 03 20 {CURRENTS} AD 1F",
            "u16",
            (1234, 1229, 1241, 37, 0, 1235, 1101, 1302, 1229, 600, 599, 601, 600, 4, 9, 0),
        ),
    ],
)
def test_the_reference_frames(request_: str, reply: str, kind: str, values: tuple[int, ...]) -> None:
    data = modbus.register_bytes(bytes.fromhex(request_), bytes.fromhex(reply))
    size = len(data) // len(values)
    assert tuple(number(data[at : at + size], kind) for at in range(0, len(data), size)) == values


def test_the_reference_registers_of_the_current_map() -> None:
    talk = serving(current(), 149)
    talk.hold(ion.start({}))
    sample = talk.hold(ion.measure({}))
    assert sample is not None
    assert sample.channels == {
        "active_power": pytest.approx(102.2),
        "reactive_power": None,
        "voltage": pytest.approx(479.9),
        "current": pytest.approx(123.5),
        "frequency": pytest.approx(60.0),
        "energy_total": 12345678,
    }
    assert (sample.flags, sample.status) == ({}, "ok")


def test_the_reference_registers_of_the_legacy_map() -> None:
    data = block("legacy", n40011=LEGACY, n40033="00 00 03 FE", n40091="04 D2 16 2E")
    talk = serving(data, 10)
    talk.hold(ion.start({"register_map": "legacy"}))
    sample = talk.hold(ion.measure({"register_map": "legacy", "voltage": "line_to_neutral"}))
    assert sample is not None
    assert sample.channels["voltage"] == pytest.approx(277.1)
    assert sample.channels["current"] == pytest.approx(123.5)
    assert sample.channels["frequency"] == pytest.approx(60.0)
    assert sample.channels["energy_total"] == 12345678


def test_a_total_of_minus_one_count_is_a_value_and_an_unmapped_one_is_missing() -> None:
    small = current(n40208="FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF")
    assert ion.decode(small, ion._reading({})).channels["reactive_power"] is None
    value = current(n40208="00 00 00 00 00 00 00 00 00 00 00 00 FF FF FF FF")
    assert ion.decode(value, ion._reading({})).channels["reactive_power"] == pytest.approx(-0.1)


def test_an_energy_at_the_end_of_its_register_stands_still_and_is_suspect() -> None:
    full = current(n40230="7F FF FF F8")
    sample = ion.decode(full, ion._reading({}))
    assert sample.channels["energy_total"] == 2147483640
    assert sample.flags == {"energy_total": Flag.SUSPECT}
    assert "energy_total is at the end of its register" in sample.status


@pytest.mark.parametrize(
    ("data", "order", "value"),
    [("04D2162E", "ABCD", 12345678), ("162E04D2", "CDAB", 12345678), ("FB2EE9D2", "ABCD", -12345678)],
)
def test_m10k(data: str, order: str, value: float) -> None:
    assert ion.m10k(bytes.fromhex(data), Order(order)) == value


@pytest.mark.parametrize("data", ["27100000", "00002710", "0001FFFE"])
def test_what_cannot_be_m10k_is_refused(data: str) -> None:
    with pytest.raises(MalformedFrame, match="M10K"):
        ion.m10k(bytes.fromhex(data), Order.ABCD)


@pytest.mark.parametrize(("legacy", "name"), [(False, "current"), (True, "legacy")])
def test_a_simulated_meter_of_either_map(legacy: bool, name: str) -> None:
    meter = Bench(ModbusLine([Ion7550(1, NOON, legacy=legacy)]), NOON)
    options: dict[str, OptionValue] = {"register_map": name}
    meter.hold(ion.start(options))
    first = meter.hold(ion.measure(options))
    meter.now += 3600
    second = meter.hold(ion.measure(options))
    assert first is not None
    assert second is not None
    assert first.status == second.status == "ok"
    assert None not in first.channels.values()
    grown = (second.channels["energy_total"] or 0) - (first.channels["energy_total"] or 0)
    assert 20 < grown < 260
    match = meter.hold(ion.ask())
    assert match is not None
    assert (match.model, match.certain) == ("schneider_ion7550", False)
    assert f"register_map {name}" in match.note


@pytest.mark.parametrize(("legacy", "other"), [(False, "legacy"), (True, "current")])
def test_the_wrong_map_is_refused_with_the_right_one_named(legacy: bool, other: str) -> None:
    meter = Bench(ModbusLine([Ion7550(1, NOON, legacy=legacy)]), NOON)
    with pytest.raises(BadInput, match="register_map"):
        meter.hold(ion.start({"register_map": other}))


def test_the_wrong_word_order_is_refused_with_the_right_one_named() -> None:
    with pytest.raises(BadInput, match="possible with ABCD"):
        serving(current(), 149).hold(ion.start({"word_order": "CDAB"}))


def test_a_wrong_scaling_is_refused_where_known_quantities_contradict_it() -> None:
    with pytest.raises(MalformedFrame, match="another meter or another map"):
        serving(current(), 149).hold(ion.start({"counts_per_hertz": 1}))
    with pytest.raises(MalformedFrame, match="counts_per"):
        serving(current(), 149).hold(ion.start({"counts_per_kilowatt": 0.1}))


def test_a_map_of_ones_is_a_meter_without_mains_or_map() -> None:
    with pytest.raises(NotReady):
        serving(b"\xff" * 168, 149).hold(ion.start({}))


def test_registers_at_their_end_are_in_doubt() -> None:
    data = current(n40155="FF FA", n40204="7F FF FF F8")
    sample = ion.decode(data, ion._reading({}))
    assert sample.flags["current"] == Flag.SUSPECT
    assert sample.flags["active_power"] == Flag.SUSPECT
    assert "active_power is at the end" in sample.status


def test_power_that_voltage_and_current_cannot_make_is_in_doubt() -> None:
    sample = ion.decode(current(n40204="00 01 00 00"), ion._reading({}))
    assert set(sample.flags.values()) == {Flag.SUSPECT}
    assert "do not fit" in sample.status


@pytest.mark.parametrize(
    "options",
    [
        {"register_map": "x"},
        {"word_order": "DCBA"},
        {"counts_per_volt": 0},
        {"counts_per_amp": -1},
        {"counts_per_hertz": "10"},
        {"counts_per_kilowatt": True},
        {"counts_per_kilowatt_hour": float("inf")},
        {"energy": "x"},
    ],
)
def test_options_outside_their_range_are_refused_before_anything_is_sent(options: dict[str, OptionValue]) -> None:
    talk = Talk(lambda _: b"")
    with pytest.raises(BadInput, match=next(iter(options))):
        talk.hold(ion.start(options))
    assert talk.sent == []


def test_scalings_that_no_document_confirms_say_so() -> None:
    doubtful = {setting.name for setting in ion.DRIVER.settings if not setting.documented}
    assert doubtful == set(ion.COUNTS)
    assert all(setting.kept == "host" for setting in ion.DRIVER.settings), "nothing is ever written to the meter"


@given(st.binary(min_size=168, max_size=168), st.sampled_from(["current", "legacy"]), st.sampled_from(["ABCD", "CDAB"]))
def test_any_registers_make_a_sample_or_a_named_fault(data: bytes, name: str, order: str) -> None:
    try:
        sample = ion.decode(data, ion._reading({"register_map": name, "word_order": order}))
    except MalformedFrame:
        return
    assert len(sample.channels) == 6


@given(st.binary(max_size=300))
def test_noise_is_refused_by_name(noise: bytes) -> None:
    for dialogue in (ion.start({}), ion.measure({}), ion.measure({"framing": "tcp"}), ion.ask()):
        with pytest.raises(Fault):
            Talk(lambda _: noise).hold(dialogue)
