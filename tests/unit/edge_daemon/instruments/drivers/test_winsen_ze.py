# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The ZE modules: printed frames, the simulated module in both modes, damage."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, ChecksumMismatch, Fault, MalformedFrame, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import winsen
from edge_daemon.instruments.drivers import winsen_ze
from edge_daemon.instruments.simulators.models.winsen_ze import CH2O, O3, ZeModule, sealed
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0
R1 = bytes.fromhex("FF 86 00 2A 00 00 00 20 30")
R2 = bytes.fromhex("FF 86 00 62 00 00 00 32 E6")
UPLOAD = sealed(bytes.fromhex("17 04 00 00 20 07 D0"))


def said(frame: bytes, **options: OptionValue) -> dict[str, float | None]:
    sample = Talk(lambda _request: frame).hold(winsen_ze.measure(options))
    assert sample is not None
    return dict(sample.channels)


def test_printed_readings() -> None:
    assert said(R1) == {"ch2o": 42, "ch2o_ppb": 32}
    assert said(R2, gas="o3") == {"o3": 98, "o3_ppb": 50}
    assert winsen.request(0x78, bytes([0x41, 0, 0, 0, 0])) == bytes.fromhex("FF 01 78 41 00 00 00 00 46")


def test_an_upload_before_the_reply_does_not_count() -> None:
    assert said(UPLOAD + R1) == said(R1)
    with pytest.raises(NoReply):
        said(UPLOAD)


def test_damage_and_an_unknown_gas_are_refused() -> None:
    with pytest.raises(ChecksumMismatch):
        said(R1[:-1] + b"\0")
    with pytest.raises(MalformedFrame):
        winsen_ze.decode(b"\0" * 5, {})
    with pytest.raises(BadInput, match="gas"):
        Talk(lambda _request: R1).hold(winsen_ze.start({"gas": "no2"}))


@given(st.binary(max_size=40))
def test_no_bytes_raise_anything_but_a_fault_and_the_next_reading_is_read(noise: bytes) -> None:
    with contextlib.suppress(Fault):
        said(noise)
    assert said(R1)["ch2o"] == 42


@pytest.mark.parametrize(("variant", "gas"), [(CH2O, "ch2o"), (O3, "o3")])
def test_the_simulated_module_is_read_and_told_to_answer_only(variant: object, gas: str) -> None:
    module = ZeModule(O3 if variant is O3 else CH2O, 1, T0, warm_up_s=0.0)
    bench = Bench(module, T0)
    options: dict[str, OptionValue] = {"gas": gas}
    assert bench.hold(winsen_ze.start(options)) is None
    sample = bench.hold(winsen_ze.measure(options))
    assert sample is not None
    assert set(sample.channels) == {gas, f"{gas}_ppb"}
    assert len(module.due(module.next_due())) == 9
    (answer_only,) = winsen_ze.DRIVER.actions
    assert "answers" in bench.hold(answer_only.run(options, None))
    assert module.due(T0 + 60.0) == b""
    module.power_up(T0 + 61.0)
    assert module.spoil(module.due(T0 + 70.0)) != module.due(T0 + 80.0)


def test_there_is_no_probe_for_it() -> None:
    assert winsen_ze.DRIVER.probes == ()
