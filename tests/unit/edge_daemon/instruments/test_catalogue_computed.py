# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the catalogue says of channels that are computed from others, and what the drivers say of their factors."""

from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments.catalogue import catalogue_folder, load_catalogue, load_model
from edge_daemon.instruments.registry import driver, driver_names


def test_every_proportional_channel_has_a_factor_by_its_driver() -> None:
    found = {
        (model.model, channel.name): driver(model.driver).factors
        for model in load_catalogue().values()
        for channel in model.channels
        if channel.computed is not None and channel.computed.how == "proportional"
    }
    assert len(found) == 9
    for (model, channel), factors in found.items():
        assert factors is not None, model
        assert factors(load_catalogue()[model].options)[channel] > 0


@pytest.mark.parametrize(
    "changed",
    ['of = "current", how = "guessed"', 'of = "nothing", how = "counter"', 'of = "energy_total", how = "counter"'],
)
def test_a_channel_is_computed_from_a_measured_one_in_a_way_that_is_known(changed: str, tmp_path: Path) -> None:
    text = (catalogue_folder() / "schneider_ion7550.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "schneider_ion7550.toml"
    wrong.write_text(text.replace('of = "active_power", how = "counter"', changed), encoding="utf-8")
    with pytest.raises(BadInput, match="computed"):
        load_model(wrong, driver_names())
