# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated WindSonic against the manual's lines. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.simulators.models.gill_windsonic import WindSonic
from edge_daemon.instruments.simulators.physics import Wind

T0 = 1_800_000_000.0


def unit(speed_m_s: float, direction_deg: float) -> WindSonic:
    return WindSonic(lambda _now: Wind(speed_m_s, direction_deg), T0)


def configured(windsonic: WindSonic, *commands: str) -> WindSonic:
    typed = "*" + "".join(f"{command}\r" for command in (*commands, "Q"))
    windsonic.receive(typed.encode("ascii"), T0)
    return windsonic


@pytest.mark.parametrize(
    ("speed", "direction", "settings", "line"),
    [
        (2.74, 229, (), b"\x02Q,229,002.74,M,00,\x0316\r\n"),
        (0.05, 156, (), b"\x02Q,156,000.05,M,00,\x0319\r\n"),
        (0.04, 160, (), b"\x02Q,,000.04,M,00,\x032A\r\n"),
        (6.3276612, 45, ("U2",), b"\x02Q,045,012.30,N,00,\x031C\r\n"),
        (2.10, 120, ("M5",), b"$IIMWV,120,R,002.10,M,A*10\r\n"),
        (2.10, 120, ("M16",), b"$IIMWV,120,R,002.10,M,00*51\r\n"),
        (3.17, 239.87, ("M1",), b"\x02Q,+001.59,-002.74,M,00,\x033A\r\n"),
    ],
)
def test_a_line_is_that_of_the_manual(speed: float, direction: float, settings: tuple[str, ...], line: bytes) -> None:
    assert configured(unit(speed, direction), *settings).due(T0 + 1.0) == line


def test_fixed_format_repeats_the_last_direction_in_calm() -> None:
    blowing = [Wind(2.0, 160.0), Wind(0.04, 90.0)]
    windsonic = configured(WindSonic(lambda now: blowing[int(now - T0 - 1)], T0), "O2")
    windsonic.due(T0 + 1.0)

    assert windsonic.due(T0 + 2.0) == b"\x02Q,160,000.04,M,00,\x031D\r\n"


def test_one_line_a_second_holds_its_phase() -> None:
    windsonic = unit(3.0, 10.0)

    assert windsonic.due(T0 + 0.9) == b""
    assert windsonic.due(T0 + 1.4) != b""
    assert windsonic.next_due() == T0 + 2.0
    assert windsonic.due(T0 + 7.5).count(b"\n") == 1
    assert windsonic.next_due() == T0 + 8.0


def test_the_configuration_dialogue_stops_measuring_echoes_and_greets() -> None:
    windsonic = unit(3.0, 10.0)

    assert b"CONFIGURATION MODE" in windsonic.receive(b"*", T0)
    assert windsonic.due(T0 + 5.0) == b""
    assert windsonic.receive(b"P2\rM77\rU\rD3\r", T0) == b"P2\r\nU1\r\nM2,U1,O1,L1,P2,B3,H1,NQ,F1,E3,K50,\r\n"
    banner = windsonic.receive(b"Q\r", T0 + 6.0)
    assert banner.startswith(b"WINDSONIC")
    assert banner.count(b"CHECKSUM") == 4
    assert windsonic.next_due() == T0 + 6.5


def test_polled_it_answers_its_letter_until_told_not_to() -> None:
    windsonic = configured(unit(2.74, 229), "M4")

    assert windsonic.due(T0 + 60.0) == b""
    assert windsonic.receive(b"?Q", T0) == b"\x02Q,229,002.74,M,00,\x0316\r\n"
    assert windsonic.receive(b"&", T0) == b"Q"
    assert windsonic.receive(b"!Q", T0) == b""
    assert b"CONFIGURATION MODE" in windsonic.receive(b"*Q", T0)


def test_power_up_greets_and_keeps_the_settings() -> None:
    windsonic = configured(unit(2.0, 10.0), "U2")
    windsonic.power_up(T0 + 10.0)

    assert windsonic.due(T0 + 10.0).startswith(b"WINDSONIC")
    assert b",N,00," in windsonic.due(T0 + 11.0)


def test_a_checksum_can_be_spoiled() -> None:
    assert unit(2.0, 1.0).spoil(b"\x02Q,229,002.74,M,00,\x0316\r\n") == b"\x02Q,229,002.74,M,00,\x0310\r\n"


@given(st.binary(max_size=200))
def test_whatever_arrives_it_can_be_brought_back_to_measuring(data: bytes) -> None:
    windsonic = unit(2.0, 10.0)
    windsonic.receive(data, T0)
    windsonic.receive(b"!*" + windsonic.settings["N"].encode() + b"\rM2\rQ\r", T0)

    assert windsonic.due(T0 + 10.0) != b""
