# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Dendrometers: lines to movement, compensation and diameter; and a Modbus one by a register map."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.drivers import modbus_profile
from edge_daemon.instruments.drivers.dendrometer_line import DRIVER, decode
from edge_daemon.instruments.simulators.models.dendrometer import SIMULATED, shown_mm
from tests.support.conversing import Talk

T0 = 1_800_000_000.0
MODELS = load_catalogue()
close = pytest.approx

PROFILE = """
function = 4
address_base = 0

[[points]]
channel = "movement"
address = 0
type = "u16"
scale = 0.001
unit = "mm"

[[points]]
channel = "temperature"
address = 1
type = "i16"
scale = 0.1
unit = "°C"
"""


def read(line: str, **options: OptionValue) -> Sample:
    return decode(line.encode(), options)


def told(sample: Sample, name: str) -> float | None:
    return sample.channels[name]


def test_millimetres_pass_and_a_factor_is_applied() -> None:
    sample = read('{"raw":4.213,"temp_c":-3.5}')
    assert sample.channels == {
        "raw": 4.213,
        "temperature": -3.5,
        "movement": 4.213,
        "compensated": 4.213,
        "diameter": 8.426,
    }
    sprung = read('{"raw":25.4}', gain=2, dimension="circumference")
    assert told(sprung, "movement") == close(50.8)
    assert told(sprung, "diameter") == close(16.17, abs=5e-3)
    assert told(read('{"raw":2}', dimension="diameter"), "diameter") == 2


def test_a_ratio_uses_the_excitation_of_the_same_line_or_a_fixed_full_scale() -> None:
    fields = "raw=raw, full=full"
    assert told(read('{"raw":13107,"full":26400}', kind="ratio", span_mm=11, fields=fields), "movement") == close(
        5.46125
    )
    fixed = read('{"raw":13107}', kind="ratio", span_mm=11, full_scale=26400)
    assert told(fixed, "movement") == close(5.46125)
    assert told(fixed, "full") == 26400


@pytest.mark.parametrize(
    ("line", "options", "status"),
    [
        ('{"raw":100,"full":26400}', {"kind": "ratio", "span_mm": 11}, "out of its travel"),
        ('{"raw":100,"full":26400}', {"kind": "ratio"}, "the span is not entered"),
        ('{"raw":100,"full":null}', {"kind": "ratio", "span_mm": 11}, "no full-scale value"),
        ('{"raw":0.8}', {"kind": "voltage"}, "the sensitivity is not entered"),
        ('{"raw":null,"full":1}', {}, "no raw value"),
        ('{"raw":100,"full":26400,"err":"low battery"}', {"kind": "ratio"}, "the span is not entered; low battery"),
    ],
)
def test_what_cannot_be_known_is_missing_and_the_raw_value_kept(
    line: str, options: dict[str, OptionValue], status: str
) -> None:
    sample = read(line, fields="raw=raw, full=full", **options)
    assert sample.status == status
    assert [told(sample, name) for name in ("movement", "compensated", "diameter")] == [None] * 3
    assert told(sample, "raw") is not None or status == "no raw value"


def test_a_voltage_is_scaled_by_its_sensitivity() -> None:
    sample = read('{"raw":0.8426}', kind="voltage", sensitivity_v_per_mm=0.2, zero_v=0.1)
    assert told(sample, "movement") == close(3.713)
    sinking = read('{"raw":0.8426}', kind="voltage", sensitivity_v_per_mm=-0.2, zero_v=0.1)
    assert told(sinking, "movement") == close(-3.713)


def test_the_band_of_the_reference_is_compensated() -> None:
    options: dict[str, OptionValue] = {
        "dimension": "circumference",
        "compensation": "band",
        "expansion_ppm_per_k": 16.0,
        "band_length_mm": 1000,
        "reference_temperature": 20,
    }
    sample = read('{"raw":0.350,"temp_c":12}', **options)
    assert told(sample, "movement") == 0.350
    assert told(sample, "compensated") == close(0.222)
    assert told(sample, "diameter") == close(0.0707, abs=5e-5)
    opening = read('{"raw":0.350,"temp_c":12}', **options, direction="gap opens")
    assert told(opening, "compensated") == close(0.478)


def test_a_rod_is_compensated_and_without_temperature_nothing_is() -> None:
    options: dict[str, OptionValue] = {"compensation": "rod", "rod_um_per_k": 4, "reference_temperature": 20}
    assert told(read('{"raw":1.0,"temp_c":30}', **options), "compensated") == close(0.96)
    blind = read('{"raw":1.0}', **options)
    assert (told(blind, "movement"), told(blind, "compensated"), told(blind, "diameter")) == (1.0, None, None)
    assert blind.status == "not compensated: no temperature"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"kind": "current"}, "kind"),
        ({"dimension": "height"}, "dimension"),
        ({"compensation": "both"}, "compensation"),
        ({"compensation": "band"}, "compensation"),
        ({"compensation": "band", "expansion_ppm_per_k": 16, "band_length_mm": 900}, "compensation"),
        ({"compensation": "rod"}, "compensation"),
        ({"direction": "up"}, "direction"),
        ({"gain": 0}, "gain"),
        ({"gain": True}, "gain"),
        ({"span_mm": -1}, "span_mm"),
        ({"span_mm": "11"}, "span_mm"),
        ({"reference_temperature": float("nan")}, "reference_temperature"),
    ],
)
def test_wrong_options_are_refused_by_name(options: dict[str, OptionValue], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        read('{"raw":1}', **options)
    assert caught.value.field == field


def test_the_simulated_ones_tell_the_same_movement_in_three_ways() -> None:
    scales: dict[str, dict[str, OptionValue]] = {
        "dendrometer": {"span_mm": 11.0},
        "dendrometer_volts": {"sensitivity_v_per_mm": 0.2},
        "dendrometer_mm": {},
    }
    for name, scale in scales.items():
        device = SIMULATED[name](7, T0, None)
        device.due(T0 + 1)
        framer = DRIVER.framer()
        framer.feed(b"\n")
        (line,) = framer.feed(device.due(T0 + 10))
        assert isinstance(line, bytes)
        sample = decode(line, {**MODELS[device.model].options, **scale})
        assert told(sample, "movement") == close(shown_mm(7, T0 + 10), abs=5e-4)
        assert told(sample, "temperature") is not None


def test_an_invented_modbus_dendrometer_is_read_by_its_register_map() -> None:
    options: dict[str, OptionValue] = {"address": 2, "framing": "rtu", "profile": PROFILE}
    talk = Talk(lambda _request: bytes.fromhex("020404 1075 FFDD 5C37"))
    sample = talk.hold(modbus_profile.measure(options))
    assert sample is not None
    assert sample.channels == {"movement": close(4.213), "temperature": close(-3.5)}
    assert talk.sent[0][:6].hex() == "020400000002"


@given(st.binary(max_size=120))
def test_no_line_raises_anything_but_a_fault(line: bytes) -> None:
    with contextlib.suppress(Fault):
        decode(line, {"kind": "ratio", "span_mm": 11, "full_scale": 26400})


@given(st.floats(270, 26100), st.floats(1, 100))
def test_a_ratio_inside_the_travel_lies_within_the_span(raw: float, span: float) -> None:
    moved = told(read(f'{{"raw":{raw!r}}}', kind="ratio", span_mm=span, full_scale=26400), "movement")
    assert moved is not None
    assert 0 < moved < span
