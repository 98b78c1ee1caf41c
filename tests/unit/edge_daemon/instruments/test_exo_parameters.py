# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The EXO sonde's parameters: codes, units, lists, and what a sample says beyond its channels. Pure."""

import pytest

from edge_daemon.domain.faults import (
    BadInput,
)
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.exo_parameters import CHANNELS, PARAMETERS, codes_of, sample_of


def recorded(sample: Sample | None) -> dict[str, float]:
    assert sample is not None
    assert tuple(sample.channels) == CHANNELS
    return {name: value for name, value in sample.channels.items() if value is not None}


@pytest.mark.parametrize(
    ("code", "sent", "channel", "value"),
    [
        (2, 65.2496, "temperature", 18.472),
        (3, 291.622, "temperature", 18.472),
        (4, 0.5123, "conductivity", 512.3),
        (6, 0.5123, "specific_conductance", 512.3),
        (10, 0.333, "dissolved_solids", 333.0),
        (95, 0.000333, "dissolved_solids", 333.0),
        (20, 14.6959488, "pressure_absolute", 101.325),
        (23, 10.0, "depth", 3.048),
        (191, 0.012, "suspended_solids", 12.0),
        (211, 98.7, "dissolved_oxygen_saturation", 98.7),
    ],
)
def test_a_sondes_unit_becomes_the_catalogues(code: int, sent: float, channel: str, value: float) -> None:
    assert recorded(sample_of((code,), (sent,))) == pytest.approx({channel: value}, rel=1e-6)


def test_what_has_no_channel_or_is_not_known_is_told_and_the_clock_is_not() -> None:
    sample = sample_of((1, 37, 51, 54, 999), (18.0, 1.5, 170524.0, 101500.0, 7.0))
    assert recorded(sample) == {"temperature": 18.0}
    assert sample.status == "not recorded: Turbidity in NTU (37), a parameter with unknown code 999"


def test_of_two_codes_for_one_channel_the_first_counts() -> None:
    assert recorded(sample_of((1, 2), (18.0, 99.0))) == {"temperature": 18.0}
    assert recorded(sample_of((1, 2), (None, 99.0))) == {}


@pytest.mark.parametrize(
    "text", ["", "1 7 x", "1 7 7", "0", "70000", "1,,-7", " ".join(map(str, range(1, 34))), 7, None]
)
def test_a_list_that_is_none_is_refused(text: OptionValue | None) -> None:
    with pytest.raises(BadInput, match="parameters"):
        codes_of("parameters", text)


def test_every_catalogue_entry_has_the_channels_of_the_codes() -> None:
    models = load_catalogue()
    for name in ("ysi_exo2_modbus", "ysi_exo2_sdi12", "ysi_exo2_rs232"):
        assert {channel.name for channel in models[name].channels} == set(CHANNELS)
    assert all(one.title and one.unit for one in PARAMETERS.values())
