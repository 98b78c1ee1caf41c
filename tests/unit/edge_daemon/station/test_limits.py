# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which limits flag a power meter's readings, with and without a rated power among its settings."""

from dataclasses import replace

import pytest

from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.limits import Limits
from edge_daemon.domain.rating import RATED_POWER
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody, ConnectionBody
from edge_daemon.station.limits import limits_in_force

POWER = ChannelBody("active_power", "kW", -1e7, 1e7, "active_power", "kW", 1.0, Limits(flat_s=(10, 20)))
OTHER = ChannelBody("voltage", "V", 0.0, 1e6, "voltage", "V", 1.0)


def meter(*channels: ChannelBody, **settings: OptionValue) -> ConfigurationBody:
    return ConfigurationBody("meter", "recording", "Meter", "power_meter", "m", "d", "1", 10**9,
                             channels or (POWER, OTHER), ConnectionBody("p", "physical", "9600 8N1"), settings,
                             demo=False)  # fmt: skip


def test_a_rating_bounds_power_alone_and_keeps_what_is_set() -> None:
    limits = limits_in_force(meter(rated_power_kw=100))
    power = limits["active_power"]
    assert [power.possible, power.plausible, power.flat_s] == [(-2, 120), (0, 105), (10, 20)]
    assert limits["voltage"] == OTHER.limits


@pytest.mark.parametrize("settings", [{}, {"rated_power_kw": 0}, {"rated_power_kw": "100"}])
def test_without_a_rating_the_defaults_hold(settings: dict[str, OptionValue]) -> None:
    assert limits_in_force(meter(**settings))["active_power"] == POWER.limits


def test_a_range_that_the_project_states_goes_before_the_rating() -> None:
    told = replace(meter(rated_power_kw=100), value_ranges={"active_power": (-30.0, 90.0)})
    assert limits_in_force(told)["active_power"].plausible == (-30, 90)


def test_the_rating_is_in_kilowatts_whatever_the_channel_is_in() -> None:
    watts = replace(POWER, unit="W", wire_factor=0.001)
    plausible = limits_in_force(meter(watts, rated_power_kw=100))["active_power"].plausible
    assert plausible == pytest.approx((0, 105_000))


def test_every_power_meter_of_the_catalogue_has_the_setting() -> None:
    for model in load_catalogue().values():
        if model.kind == "power_meter":
            declared = {one.name: one.default for one in driver(model.driver).settings}
            assert model.options[RATED_POWER] == declared[RATED_POWER] == 0
