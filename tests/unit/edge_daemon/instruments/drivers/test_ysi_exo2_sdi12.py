# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The EXO2 driver on SDI-12: its list of parameters, options, address, and a simulated sonde behind an adapter."""

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import (
    BadInput,
    DeviceRefused,
    NoReply,
    NotReady,
)
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Exchange, Sample
from edge_daemon.instruments.drivers import ysi_exo2_sdi12 as exo_sdi12
from edge_daemon.instruments.exo_parameters import CHANNELS
from edge_daemon.instruments.simulators.models.ysi_exo2 import Sdi12Exo
from tests.support.conversing import Bench, Talk

T0 = 1_800_000_000.0


def recorded(sample: Sample | None) -> dict[str, float]:
    assert sample is not None
    assert tuple(sample.channels) == CHANNELS
    return {name: value for name, value in sample.channels.items() if value is not None}


CHECKED: dict[str, OptionValue] = {"parameters": "1 7 18 212 223", "list_checked": True}


def sdi_bench(instrument: Sdi12Exo | None = None) -> Bench:
    return Bench(instrument or Sdi12Exo(1, T0), T0)


@pytest.mark.parametrize("how", ["concurrent", "measure"])
@pytest.mark.parametrize("crc", [True, False])
def test_a_simulated_sonde_on_sdi12_measures(how: str, crc: bool) -> None:
    bench = sdi_bench()
    options = {**CHECKED, "command": how, "crc": crc}
    bench.hold(exo_sdi12.start(options))
    answer = bench.talk.answer

    def waited(request: bytes) -> bytes:
        # Behind many adapters the wait for the service request passes without one.
        if not request:
            bench.now += 4.0
        return answer(request) if request else b""

    bench.talk.answer = waited
    sample = bench.hold(exo_sdi12.measure(options))
    assert sample is not None
    assert set(recorded(sample)) == {"temperature", "specific_conductance", "ph", "dissolved_oxygen", "turbidity"}
    assert (dict(sample.flags), sample.status) == ({}, "ok")


def test_until_the_list_was_compared_everything_is_suspect() -> None:
    sample = sdi_bench().hold(exo_sdi12.measure({"parameters": "1 7 18 212 223"}))
    assert sample is not None
    assert dict(sample.flags) == dict.fromkeys(recorded(sample), Flag.SUSPECT)
    assert "compared" in sample.status


def test_another_number_of_values_than_the_list_has_is_refused() -> None:
    with pytest.raises(DeviceRefused, match="sends 5 values, the list of parameters here has 3"):
        sdi_bench().hold(exo_sdi12.measure({"parameters": "1 7 18", "list_checked": True}))


def test_more_values_than_one_reply_holds_are_fetched_in_turn() -> None:
    codes = (1, 5, 7, 12, 18, 19, 22, 28, 110, 211, 212, 223)
    options = {**CHECKED, "parameters": " ".join(map(str, codes))}
    bench = sdi_bench(Sdi12Exo(1, T0, codes))
    assert len(recorded(bench.hold(exo_sdi12.measure(options)))) == len(codes)
    assert b"0D1!\r\n" in bench.talk.sent


def test_a_sonde_that_is_asked_too_soon_has_no_data() -> None:
    bench = sdi_bench()
    bench.talk.pause = lambda _seconds: None
    with pytest.raises(NotReady, match="no data"):
        bench.hold(exo_sdi12.measure(CHECKED))


def test_it_says_who_it_is() -> None:
    identity = sdi_bench().hold(exo_sdi12.identify(CHECKED))
    assert (identity.serial, identity.firmware) == ("17E102345", "112")
    assert dict(identity.details) == {"maker": "YSI", "model": "EXO2", "SDI-12 version": "1.4"}


def test_a_probe_on_sdi12_knows_a_sonde() -> None:
    match = sdi_bench().hold(exo_sdi12.ask())
    assert match is not None
    assert (match.model, match.certain, match.identity.serial) == ("ysi_exo2_sdi12", True, "17E102345")
    other = Talk(lambda _request: b"013ACME    WATER 1.0\r\n")
    assert other.hold(exo_sdi12.ask()) is None


def test_the_address_is_changed_and_the_sonde_answers_there() -> None:
    bench = sdi_bench()
    (action,) = exo_sdi12.ACTIONS
    assert "address a" in bench.hold(action.run(CHECKED, "a"))
    bench.hold(exo_sdi12.start({**CHECKED, "sdi12_address": "a"}))
    with pytest.raises(NoReply):
        bench.hold(exo_sdi12.start(CHECKED))
    with pytest.raises(BadInput, match="address"):
        bench.hold(action.run(CHECKED, "ab"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sdi12_address": "10"},
        {"sdi12_address": 0},
        {"parameters": ""},
        {"line_end": "x"},
        {"command": "R"},
        {"crc": 1},
        {"reply_s": 0.1},
        {"reply_s": 60},
        {"reply_s": "slow"},
    ],
)
def test_sdi12_options_are_checked_before_anything_is_sent(wrong: dict[str, OptionValue]) -> None:
    bench = sdi_bench()
    with pytest.raises(BadInput, match=next(iter(wrong))):
        bench.hold(exo_sdi12.start({**CHECKED, **wrong}))
    assert bench.talk.sent == []


def test_a_slow_adapter_is_given_the_time_that_was_entered() -> None:
    steps = exo_sdi12.start({**CHECKED, "reply_s": 7.5})
    asked = next(steps)
    steps.close()
    assert isinstance(asked, Exchange)
    assert asked.timeout_s == 7.5
