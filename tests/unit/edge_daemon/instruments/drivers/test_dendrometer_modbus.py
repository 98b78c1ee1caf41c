# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A dendrometer on Modbus: the reference frame, compensation as by lines, what is missing, and maps it refuses."""

from dataclasses import replace

import pytest

from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.drivers import dendrometer_line, dendrometer_modbus
from edge_daemon.instruments.own_models import check_register_map
from edge_daemon.instruments.simulators.models.dendrometer import SIMULATED, shown_mm
from tests.support.conversing import Talk

MODEL = load_catalogue()["dendrometer_modbus"]
REFERENCE = bytes.fromhex("02 04 04 10 75 FF DD 5C 37")
BAND: dict[str, OptionValue] = {
    "dimension": "circumference",
    "compensation": "band",
    "expansion_ppm_per_k": 16.0,
    "band_length_mm": 1000.0,
}
close = pytest.approx


def measured(reply: bytes, **options: OptionValue) -> Sample:
    sample = Talk(lambda _request: reply).hold(dendrometer_modbus.measure({**MODEL.options, **options}))
    assert sample is not None
    return sample


def reply(raw: int, temperature: int) -> bytes:
    body = bytes([2, 4, 4]) + raw.to_bytes(2, "big") + (temperature & 0xFFFF).to_bytes(2, "big")
    return body + modbus.crc(body)


def test_the_reference_frame() -> None:
    sample = measured(REFERENCE)
    assert sample.channels == {
        "raw": close(4.213), "movement": close(4.213), "compensated": close(4.213), "diameter": close(8.426),
        "temperature": close(-3.5),
    }  # fmt: skip
    assert sample.status == "ok"


def test_the_reference_band_is_compensated_as_by_lines() -> None:
    # +0.350 mm on 1000 mm of steel 316, 8 K below the reference: 0.222 mm of circumference, 0.0707 mm of diameter.
    sample = measured(reply(350, 120), **BAND)
    assert sample.channels["movement"] == close(0.350)
    assert sample.channels["compensated"] == close(0.222)
    assert sample.channels["diameter"] == close(0.0707, abs=5e-5)
    by_line = dendrometer_line.decode(
        b'{"mm":0.35,"t":12.0}', {**BAND, "kind": "mm", "fields": "raw=mm, temperature=t"}
    )
    assert sample.channels == close(by_line.channels)


def test_without_a_temperature_nothing_is_compensated_and_the_movement_is_kept() -> None:
    sample = measured(reply(350, -0x8000), **BAND)
    assert sample.channels["movement"] == close(0.350)
    assert sample.channels["compensated"] is None
    assert sample.status == "not compensated: no temperature"


def test_a_ratio_with_its_excitation() -> None:
    profile = "".join(
        f'[[points]]\nchannel = "{name}"\naddress = {place}\nfunction = 4\ntype = "u16"\nunit = "counts"\n'
        for place, name in enumerate(["raw", "full"])
    )
    sample = measured(reply(13107, 26400), profile=profile, kind="ratio", span_mm=11.0)
    assert sample.channels["movement"] == close(5.46125)
    assert sample.channels["full"] == 26400


@pytest.mark.parametrize(
    ("channel", "said"), [("movement", "a point with the channel raw is needed"), ("diameter", "raw is needed")]
)
def test_a_map_without_the_raw_value_is_refused(channel: str, said: str) -> None:
    profile = f'[[points]]\nchannel = "{channel}"\naddress = 0\ntype = "u16"\nunit = "mm"\n'
    with pytest.raises(BadInput, match=said):
        measured(REFERENCE, profile=profile)


@pytest.mark.parametrize(
    ("kind", "unit", "fits"),
    [("mm", "V", False), ("mm", "counts", False), ("voltage", "mm", False), ("voltage", "mV", False),
     ("ratio", "mm", False), ("mm", "mm", True), ("voltage", "V", True), ("ratio", "V", True)],
)  # fmt: skip
def test_a_map_in_another_unit_than_the_kind_is_refused(kind: str, unit: str, fits: bool) -> None:
    profile = f'[[points]]\nchannel = "raw"\naddress = 0\ntype = "u16"\nfunction = 4\nunit = "{unit}"\n'
    options: dict[str, OptionValue] = {"profile": profile, "kind": kind, "span_mm": 10.0, "full_scale": 4000.0}
    one = bytes([2, 4, 2, 0, 100])
    if fits:
        assert measured(one + modbus.crc(one), **options, sensitivity_v_per_mm=0.1).channels["raw"] == 100
        return
    with pytest.raises(BadInput, match="raw point is in"):
        measured(one + modbus.crc(one), **options)


def test_a_map_with_another_channel_is_refused() -> None:
    profile = str(MODEL.options["profile"]).replace('"temperature"', '"humidity"')
    with pytest.raises(BadInput, match="humidity"):
        measured(REFERENCE, profile=profile)
    wrong = replace(MODEL, options={**MODEL.options, "profile": profile})
    with pytest.raises(BadInput, match="humidity"):
        check_register_map(wrong)
    check_register_map(MODEL)


def test_the_simulated_one_is_read_and_told_apart_from_noise() -> None:
    now = 1_800_000_000.0
    line = SIMULATED["dendrometer_modbus"](7, now, None)
    sample = Talk(lambda request: line.receive(request, now)).hold(dendrometer_modbus.measure(MODEL.options))
    assert sample is not None
    assert sample.channels["movement"] == close(shown_mm(7, now), abs=0.001)
    with pytest.raises(Fault):
        measured(REFERENCE[:-1] + b"\0")
