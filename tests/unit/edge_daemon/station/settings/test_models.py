# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A model is found under the names that people and other programs give it, and no other model instead."""

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.station.settings.models import model_named
from tests.support.settings_desks import CATALOGUE


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("sensirion_scd30", "sensirion_scd30"),
        ("SCD30", "sensirion_scd30"),
        ("Sensirion SCD30", "sensirion_scd30"),
        ("sensirion scd-30", "sensirion_scd30"),
        ("PMS7003", "plantower_pms7003"),
        ("Plantower PMS 7003", "plantower_pms7003"),
        ("WindSonic", "gill_windsonic"),
        ("Gill WindSonic", "gill_windsonic"),
        ("Gill Instruments WindSonic", "gill_windsonic"),
        ("gill_windsonic_tunnel", "gill_windsonic_tunnel"),
        ("Schneider PowerLogic ION7550", "schneider_ion7550"),
    ],
)
def test_names_of_a_model(text: str, model: str) -> None:
    assert model_named(text, {**CATALOGUE, **load_catalogue()}).model == model


@pytest.mark.parametrize("text", ["SCD3", "SCD300", "Sensirion", "Gill", "", "wind"])
def test_a_name_that_is_only_like_one_is_refused_with_the_known_models(text: str) -> None:
    with pytest.raises(BadInput, match=r"known models are gill_windsonic, .*sensirion_scd30"):
        model_named(text, CATALOGUE)


def test_a_name_that_can_be_connected_in_several_ways_asks_which() -> None:
    with pytest.raises(BadInput, match=r"say which: .*ysi_exo2_modbus.*ysi_exo2_sdi12"):
        model_named("YSI EXO2", {**CATALOGUE, **load_catalogue()})
