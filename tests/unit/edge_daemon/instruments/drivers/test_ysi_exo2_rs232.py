# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The EXO2 driver on the RS-232 command line: reference texts, wiping, damage, and a simulated command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import (
    DeviceRefused,
    Fault,
    MalformedFrame,
    NotReady,
)
from edge_daemon.instruments.driver import Sample, Setting
from edge_daemon.instruments.drivers import ysi_exo2_rs232 as exo_rs232
from edge_daemon.instruments.exo_parameters import CHANNELS
from edge_daemon.instruments.simulators.models.ysi_exo2 import WIPE_S, CommandLineExo
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0


def recorded(sample: Sample | None) -> dict[str, float]:
    assert sample is not None
    assert tuple(sample.channels) == CHANNELS
    return {name: value for name, value in sample.channels.items() if value is not None}


def setting(settings: tuple[Setting, ...], name: str) -> Setting:
    return next(one for one in settings if one.name == name)


def line_bench(*, echo: bool = True) -> Bench:
    return Bench(CommandLineExo(1, T0, echo=echo), T0)


def test_the_reference_command_line_exchange() -> None:
    known = {b"hwipesleft\r": b"0\r\n", b"para\r": b"# 1 28 37\r\n", b"data\r": b"21.0 12.8 0.5\r\n# "}
    sample = Talk(lambda request: known.get(request, b"")).hold(exo_rs232.measure({}))
    assert sample is not None
    assert recorded(sample) == {"temperature": 21.0, "battery_voltage": 12.8}
    assert sample.status == "not recorded: Turbidity in NTU (37)"


@pytest.mark.parametrize("echo", [True, False])
def test_a_simulated_command_line_with_or_without_echo(echo: bool) -> None:
    bench = line_bench(echo=echo)
    bench.hold(exo_rs232.start({}))
    assert len(recorded(bench.hold(exo_rs232.measure({})))) == 5
    assert bench.hold(exo_rs232.identify({})).serial == "17E102345"
    match = bench.hold(exo_rs232.ask())
    assert match is not None
    assert match.certain


def test_while_it_wipes_there_is_no_reading() -> None:
    bench = line_bench()
    (action,) = exo_rs232.ACTIONS
    assert "15" in bench.hold(action.run({}, None))
    with pytest.raises(NotReady, match="wiping"):
        bench.hold(exo_rs232.measure({}))
    bench.now += WIPE_S
    assert recorded(bench.hold(exo_rs232.measure({})))


def test_a_list_that_changes_around_the_values_is_refused() -> None:
    lists = iter([b"1 7\r\n", b"7 1\r\n"])
    known = {b"hwipesleft\r": b"0\r\n", b"data\r": b"18.4 512\r\n"}
    line = Talk(lambda request: next(lists) if request == b"para\r" else known[request])
    with pytest.raises(MalformedFrame, match="before the values"):
        line.hold(exo_rs232.measure({}))


@pytest.mark.parametrize("data", ["21.0 12.8", "21.0 12.8 x", "21.0  0.5", "nan 1 2", "1e5 1 2", "21.0 12.8 0.5 1"])
def test_values_that_do_not_fit_the_list_are_refused(data: str) -> None:
    with pytest.raises(MalformedFrame):
        exo_rs232.decode((1, 28, 223), data)


def test_an_unknown_command_is_named() -> None:
    with pytest.raises(DeviceRefused, match="hwipesleft"):
        Talk(lambda _request: b"?Command\r\n").hold(exo_rs232.measure({}))


def test_the_list_is_set_and_read_back_on_the_command_line() -> None:
    bench = line_bench()
    one = setting(exo_rs232.SETTINGS, "parameters")
    assert one.write is not None
    assert one.read is not None
    bench.hold(one.write({}, "22, 1"))
    assert bench.hold(one.read({})) == "22 1"


@given(st.binary(max_size=60), st.sampled_from([b"para\r", b"data\r", b"hwipesleft\r"]))
def test_noise_on_the_command_line_is_a_named_fault(noise: bytes, where: bytes) -> None:
    known = {b"hwipesleft\r": b"0\r\n", b"para\r": b"1 7\r\n", b"data\r": b"18.4 512\r\n", where: noise}
    try:
        sample = Talk(lambda request: known[request]).hold(exo_rs232.measure({}))
    except Fault:
        return
    assert sample is not None
