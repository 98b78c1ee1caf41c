# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated EXO2 behind each of its adapters, against reference frames and texts. Pure."""

import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.instrument import SimulatedInstrument
from edge_daemon.instruments.simulators.modbus_line import ModbusLine, crc16
from edge_daemon.instruments.simulators.models.ysi_exo2 import (
    BANNER,
    BANNER_AFTER_S,
    MEASURING_S,
    SIMULATED,
    WIPE_S,
    CommandLineExo,
    ModbusExo,
    Sdi12Exo,
    sdi_crc,
)
from edge_daemon.instruments.simulators.water import pond

T0 = 1_800_000_000.0
DATA = re.compile(rb"0D0!\r\n(0(?:[+-][0-9.]+){5})([@-\x7f]{3})\r\n")


def ask(line: ModbusLine, content: str) -> bytes:
    body = bytes.fromhex(content)
    reply = line.receive(body + crc16(body), T0)
    assert crc16(reply[:-2]) == reply[-2:]
    return reply[:-2]


# ---- Modbus --------------------------------------------------------------------------------------------------------


def test_the_list_is_read_as_the_reference_prints_it() -> None:
    line = ModbusLine([ModbusExo(1)])
    reply = line.receive(bytes.fromhex("01 03 00 80 00 06 C4 20"), T0)
    assert reply == bytes.fromhex("01 03 0C 00 01 00 07 00 12 00 D4 00 DF 00 00 82 55")


def test_states_tell_what_is_there_and_values_lie_low_word_first() -> None:
    line = ModbusLine([ModbusExo(1, (1, 999, 18))])
    assert struct.unpack(">5H", ask(line, "01 03 01 00 00 05")[3:]) == (0, 2, 0, 1, 1)
    words = struct.unpack(">6H", ask(line, "01 03 01 80 00 06")[3:])
    values = [struct.unpack(">f", struct.pack(">HH", words[at + 1], words[at]))[0] for at in (0, 2, 4)]
    assert values == pytest.approx([pond(1, T0)[1], 0.0, pond(1, T0)[18]], rel=1e-6)


def test_the_reference_writes_are_taken() -> None:
    line = ModbusLine([ModbusExo(1, (1,))])
    written = line.receive(bytes.fromhex("01 10 00 80 00 06 0C 00 01 00 07 00 12 00 D4 00 DF 00 00 7A 52"), T0)
    assert written[:6] == bytes.fromhex("01 10 00 80 00 06")
    assert ask(line, "01 03 00 80 00 06").hex() == "01030c00010007001200d400df0000"
    for frame in ("01 06 00 00 00 1E 09 C2", "01 06 00 01 00 01 19 CA", "01 06 00 02 00 01 E9 CA"):
        assert line.receive(bytes.fromhex(frame), T0) == bytes.fromhex(frame)
    assert ask(line, "01 03 00 00 00 01") == bytes.fromhex("01 03 02 00 1E")


@pytest.mark.parametrize("frame", ["01 06 00 01 00 02", "01 06 00 00 00 00", "01 06 01 80 00 00", "01 03 00 40 00 01"])
def test_what_the_adapter_does_not_have_is_refused(frame: str) -> None:
    assert ask(ModbusLine([ModbusExo(1)]), frame)[1] & 0x80


# ---- SDI-12 --------------------------------------------------------------------------------------------------------


def test_the_checksum_is_that_of_the_reference() -> None:
    assert sdi_crc(b"123456789") == b"Kl}"
    assert sdi_crc(b"0") == b"AP@"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"0!\r\n", b"0\r\n"),
        (b"?!\r\n", b"0\r\n"),
        (b"0I!\r\n", b"014YSI     EXO2  11217E102345\r\n"),
        (b"0C!", b"000305\r\n"),
        (b"0M!", b"00035\r\n"),
        (b"1!", b""),
        (b"0X!", b""),
    ],
)
def test_a_command_is_given_back_and_answered(command: bytes, answer: bytes) -> None:
    assert Sdi12Exo(1, T0).receive(command, T0) == command.strip() + b"\r\n" + answer


def test_data_is_there_when_it_said_and_carries_a_checksum_when_asked() -> None:
    exo = Sdi12Exo(1, T0)
    exo.receive(b"0CC!", T0)
    assert exo.receive(b"0D0!", T0 + 1) == b"0D0!\r\n0AP@\r\n"
    exo.receive(b"0CC!", T0)
    reply = exo.receive(b"0D0!", T0 + MEASURING_S)
    match = DATA.fullmatch(reply)
    assert match is not None
    assert sdi_crc(match[1]) == match[2]
    spoilt = DATA.fullmatch(exo.spoil(reply))
    assert spoilt is not None
    assert sdi_crc(spoilt[1]) != spoilt[2]


def test_after_m_it_requests_service_once() -> None:
    exo = Sdi12Exo(1, T0)
    exo.receive(b"0M!", T0)
    assert exo.next_due() == T0 + MEASURING_S
    assert exo.due(T0 + MEASURING_S) == b"0\r\n"
    assert exo.due(T0 + MEASURING_S + 1) == b""


def test_the_adapter_greets_after_power_up_and_forgets_what_was_measured() -> None:
    exo = Sdi12Exo(1, T0)
    exo.receive(b"0C!", T0)
    exo.power_up(T0 + 5)
    assert exo.due(T0 + 5 + BANNER_AFTER_S) == BANNER
    assert exo.receive(b"0D0!", T0 + 10) == b"0D0!\r\n0\r\n"


# ---- RS-232 --------------------------------------------------------------------------------------------------------


def test_the_command_line_gives_back_answers_and_prompts() -> None:
    exo = CommandLineExo(1, T0)
    assert exo.receive(b"\r\rsn\r", T0) == b"\r\n# \r\n# sn\r\n17E102345\r\n# "
    assert exo.receive(b"setecho 0\r", T0) == b"# "
    assert exo.receive(b"nonsense\r", T0) == b"?Command\r\n# "
    assert exo.receive(b"para 1 28\r", T0) == b"1 28\r\n# "
    assert exo.receive(b"data\r", T0).split(b"\r\n")[0].endswith(b" 12.600")


def test_it_wipes_for_a_while() -> None:
    exo = CommandLineExo(1, T0, echo=False)
    exo.receive(b"twipeb\r", T0)
    assert exo.receive(b"hwipesleft\r", T0 + 1) == b"1\r\n# "
    assert exo.receive(b"hwipesleft\r", T0 + WIPE_S) == b"0\r\n# "


@pytest.mark.parametrize("name", SIMULATED)
@given(
    chunks=st.lists(
        st.tuples(
            st.one_of(
                st.binary(max_size=30),
                st.sampled_from([b"0CC!", b"0D0!", b"0D9!", b"0Aa!", b"para 1 999\r", b"data\r", b"para \r"]),
            ),
            st.floats(0, 100),
        ),
        max_size=10,
    )
)
def test_whatever_arrives_nothing_is_raised(name: str, chunks: list[tuple[bytes, float]]) -> None:
    exo: SimulatedInstrument = SIMULATED[name](1, T0, None)
    now = T0
    for data, pause in chunks:
        now += pause
        exo.spoil(exo.receive(data, now) + exo.due(now))
    exo.power_up(now)
    assert exo.next_due() >= now
