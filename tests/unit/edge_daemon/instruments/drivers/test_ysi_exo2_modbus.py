# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The EXO2 driver on Modbus: reference frames, states, damage, and conversations with a simulated sonde."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import (
    ChecksumMismatch,
    MalformedFrame,
    NoReply,
    NotReady,
)
from edge_daemon.instruments import modbus, modbus_pdu
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Sample, Setting
from edge_daemon.instruments.drivers import ysi_exo2_modbus as exo_modbus
from edge_daemon.instruments.exo_parameters import CHANNELS
from edge_daemon.instruments.simulators.modbus_line import ModbusLine
from edge_daemon.instruments.simulators.models.ysi_exo2 import ModbusExo
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0
LIST = (1, 7, 18, 212, 223)
STATES = bytes.fromhex("01 03 0C 00 00 00 00 00 00 00 00 00 02 00 01 F3 70")
VALUES = bytes.fromhex("01 03 14 C6 A8 41 93 13 33 44 00 3D 71 40 FA 8F 5C 41 0E 00 00 00 00 11 DA")
NUMBERS = {"temperature": 18.472, "specific_conductance": 512.3, "ph": 7.82, "dissolved_oxygen": 8.91}


def recorded(sample: Sample | None) -> dict[str, float]:
    assert sample is not None
    assert tuple(sample.channels) == CHANNELS
    return {name: value for name, value in sample.channels.items() if value is not None}


def setting(settings: tuple[Setting, ...], name: str) -> Setting:
    return next(one for one in settings if one.name == name)


def framed(content: str) -> bytes:
    body = bytes.fromhex(content)
    return body + modbus.crc(body)


def modbus_replies(codes: tuple[int, ...] = LIST) -> dict[bytes, bytes]:
    slots = struct.pack(">32H", *codes, *(0,) * (32 - len(codes)))
    return {
        framed("01 03 00 80 00 20"): framed("01 03 40" + slots.hex()),
        framed("01 03 01 00 00 05"): framed("01 03 0A" + STATES[3:13].hex()),
        bytes.fromhex("01 03 01 80 00 0A C5 D9"): VALUES,
    }


def modbus_talk(codes: tuple[int, ...] = LIST) -> Talk:
    known = modbus_replies(codes)
    return Talk(lambda request: known.get(request, b""))


def test_the_reference_modbus_exchange() -> None:
    sample = modbus_talk().hold(exo_modbus.measure({}))
    assert sample is not None
    assert recorded(sample) == pytest.approx(NUMBERS, rel=1e-6)
    assert sample.status == "not available: Turbidity in FNU (223)"
    assert dict(sample.flags) == {}


def test_the_reference_modbus_frames() -> None:
    request = bytes.fromhex("01 03 00 80 00 06 C4 20")
    reply = bytes.fromhex("01 03 0C 00 01 00 07 00 12 00 D4 00 DF 00 00 82 55")
    assert modbus.read_request(1, 128, 6) == request
    assert exo_modbus.list_of(modbus.registers(request, reply)) == LIST
    states = modbus.registers(modbus.read_request(1, 256, 6), STATES)
    assert states == (0, 0, 0, 0, 2, 1)
    write = modbus.framed(1, modbus_pdu.write_registers(exo_modbus.CODES, (*LIST, 0)))
    assert write == bytes.fromhex("01 10 00 80 00 06 0C 00 01 00 07 00 12 00 D4 00 DF 00 00 7A 52")
    assert modbus.write_request(1, 0, 30) == bytes.fromhex("01 06 00 00 00 1E 09 C2")
    assert modbus.write_request(1, 1, 1) == bytes.fromhex("01 06 00 01 00 01 19 CA")
    assert modbus.write_request(1, 2, 1) == bytes.fromhex("01 06 00 02 00 01 E9 CA")


def test_the_values_follow_the_list_and_a_change_of_it_is_told() -> None:
    sample = modbus_talk((18, 7, 1, 212, 223)).hold(exo_modbus.measure({"parameters": "1 7 18 212 223"}))
    assert sample is not None
    assert recorded(sample)["ph"] == pytest.approx(18.472)
    assert "the sonde's list is now 18 7 1 212 223, recorded is 1 7 18 212 223" in sample.status


@pytest.mark.parametrize("state", [1, 2, 3, 0xFFFF])
def test_only_an_available_value_is_a_reading(state: int) -> None:
    sample = exo_modbus.decode((18,), (state,), bytes.fromhex("3D 71 40 FA"))
    assert recorded(sample) == {}
    assert "not available: pH in pH (18)" in sample.status
    assert ("nothing is known" in sample.status) == (state > 2)


def test_a_float_that_is_no_number_is_no_reading() -> None:
    assert recorded(exo_modbus.decode((18,), (0,), bytes.fromhex("00 00 7F C0"))) == {}


def test_an_empty_list_is_named() -> None:
    with pytest.raises(NotReady, match="empty"):
        modbus_talk(()).hold(exo_modbus.start({}))


@given(st.integers(0, 24), st.integers(1, 255))
def test_a_changed_modbus_reply_is_refused(at: int, difference: int) -> None:
    damaged = VALUES[:at] + bytes([VALUES[at] ^ difference]) + VALUES[at + 1 :]
    known = {**modbus_replies(), bytes.fromhex("01 03 01 80 00 0A C5 D9"): damaged}
    with pytest.raises((ChecksumMismatch, MalformedFrame, NoReply)):
        Talk(lambda request: known.get(request, b"")).hold(exo_modbus.measure({}))


@given(
    st.lists(st.tuples(st.integers(1, 0xFFFF), st.integers(0, 0xFFFF), st.binary(min_size=4, max_size=4)), max_size=32)
)
def test_any_registers_decode_to_finite_values(slots: list[tuple[int, int, bytes]]) -> None:
    codes, states = tuple(slot[0] for slot in slots), tuple(slot[1] for slot in slots)
    sample = exo_modbus.decode(codes, states, b"".join(slot[2] for slot in slots))
    assert all(math.isfinite(value) for value in recorded(sample).values())


def modbus_bench() -> Bench:
    return Bench(ModbusLine([ModbusExo(1)]), T0)


def test_a_simulated_sonde_on_modbus_measures_within_its_ranges() -> None:
    bench = modbus_bench()
    bench.hold(exo_modbus.start({}))
    sample = bench.hold(exo_modbus.measure({}))
    model = load_catalogue()["ysi_exo2_modbus"]
    found = recorded(sample)
    assert set(found) == {"temperature", "specific_conductance", "ph", "dissolved_oxygen", "turbidity"}
    assert all(model.channel(name).minimum <= value <= model.channel(name).maximum for name, value in found.items())


def test_its_list_and_period_are_written_and_read_back() -> None:
    bench = modbus_bench()
    for name, wanted in (("parameters", "22 1 211"), ("sample_period_s", 30)):
        one = setting(exo_modbus.SETTINGS, name)
        assert one.write is not None
        assert one.read is not None
        bench.hold(one.write({}, wanted))
        assert bench.hold(one.read({})) == wanted
    assert set(recorded(bench.hold(exo_modbus.measure({})))) == {"depth", "temperature", "dissolved_oxygen_saturation"}
    identity = bench.hold(exo_modbus.identify({}))
    assert dict(identity.details) == {
        "parameters": "Depth in m (22), Temperature in °C (1), Dissolved oxygen in % saturation (211)",
        "sample period in s": "30",
    }


def test_wiping_and_sampling_send_the_reference_frames() -> None:
    bench = modbus_bench()
    for action in exo_modbus.ACTIONS:
        bench.hold(action.run({}, None))
    assert bench.talk.sent == [bytes.fromhex("01 06 00 02 00 01 E9 CA"), bytes.fromhex("01 06 00 01 00 01 19 CA")]


def test_a_probe_on_modbus_knows_a_sonde_and_is_sure_only_with_enough() -> None:
    match = modbus_bench().hold(exo_modbus.ask())
    assert match is not None
    assert (match.model, match.certain) == ("ysi_exo2_modbus", True)
    doubtful = Bench(ModbusLine([ModbusExo(1, (1,))]), T0).hold(exo_modbus.ask())
    assert doubtful is not None
    assert not doubtful.certain
    assert Bench(ModbusLine([ModbusExo(1, (1, 2, 999))]), T0).hold(exo_modbus.ask()) is None
