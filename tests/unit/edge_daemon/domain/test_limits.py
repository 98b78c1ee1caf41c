# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Limits that cannot be meant are refused by name, and the catalogue's are those of the reference, section 4.2."""

import math

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.limits import Limits, at_site, check_limits
from edge_daemon.instruments.catalogue import load_catalogue

GOOD = Limits(
    possible=(0, 40000),
    plausible=(350, 5000),
    spike=(100, 500),
    rate_per_s=(1, 2),
    rate_over_s=60,
    flat_s=(1800, 3600),
    flat_tolerance=0.5,
    flat_above=0,
    least_deviation=(0.2, 0.04),
    deviation_s=60,
)


def test_limits_that_can_be_meant_pass() -> None:
    assert check_limits(GOOD, "") is GOOD
    assert check_limits(Limits(), "") == Limits()


@pytest.mark.parametrize(
    ("field", "limits"),
    [
        ("possible", Limits(possible=(1, 1))),
        ("plausible", Limits(plausible=(5, 4))),
        ("plausible", Limits(plausible=(0, math.inf))),
        ("spike", Limits(spike=(2, 1))),
        ("spike", Limits(spike=(-1, 1))),
        ("rate_per_s", Limits(rate_per_s=(2, 1))),
        ("rate_over_s", Limits(rate_over_s=-1)),
        ("flat_s", Limits(flat_s=(0, 1), flat_tolerance=1)),
        ("flat_s", Limits(flat_s=(2, 1), flat_tolerance=1)),
        ("flat_tolerance", Limits(flat_s=(1, 2))),
        ("flat_above", Limits(flat_above=math.nan)),
        ("least_deviation", Limits(least_deviation=(0.1, 0.2), deviation_s=1)),
        ("deviation_s", Limits(least_deviation=(0.2, 0.1))),
    ],
)
def test_limits_that_cannot_be_meant_are_refused_by_name(field: str, limits: Limits) -> None:
    with pytest.raises(BadInput) as refused:
        check_limits(limits, "channels.co2.")
    assert refused.value.field == f"channels.co2.{field}"


def test_what_the_project_expects_is_the_plausible_range() -> None:
    assert at_site(GOOD, (400, 800)).plausible == (400, 800)
    assert at_site(GOOD, None) is GOOD


CATALOGUE = {
    ("sensirion_scd30", "co2"): ((0, 40000), (350, 5000), (100, 500), 200, (1800, 3600), 0.5),
    ("plantower_pms7003", "pm2_5"): ((0, 1000), (0, 500), (50, 150), 100, (3600, 10800), 0.1),
    ("alphasense_no2_b43f", "no2_ppb"): ((-50, 20000), (-10, 500), (50, 200), 50, (3600, 7200), 0.1),
    ("hukseflux_sr30", "irradiance"): ((-10, 2000), (-5, 1500), (400, 900), 900, (3600, 7200), 0.1),
    ("gill_windsonic", "wind_speed"): ((0, 60), (0, 40), (20, 40), 20, (3600, 10800), 0.01),
    ("ysi_exo2_modbus", "ph"): ((0, 14), (4, 10), (0.3, 1), 0.1, (21600, 43200), 0.005),
    ("ysi_exo2_modbus", "dissolved_oxygen"): ((0, 25), (0, 20), (1, 3), 0.5, (10800, 21600), 0.01),
    ("ysi_exo2_modbus", "turbidity"): ((-2, 4000), (0, 1000), (50, 200), 100, (10800, 21600), 0.01),
}


@pytest.mark.parametrize("where", CATALOGUE, ids="-".join)
def test_the_catalogue_begins_with_the_limits_of_the_reference(where: tuple[str, str]) -> None:
    limits = load_catalogue()[where[0]].channel(where[1]).limits
    possible, plausible, spike, rate_per_min, flat_s, tolerance = CATALOGUE[where]
    assert limits.rate_per_s is not None
    assert (limits.possible, limits.plausible, limits.spike) == (possible, plausible, spike)
    assert limits.rate_per_s[0] * 60 == pytest.approx(rate_per_min)
    assert (limits.rate_over_s, limits.flat_s, limits.flat_tolerance) == (60, flat_s, tolerance)


def test_irradiance_is_flat_by_day_only_and_power_while_there_is_any() -> None:
    models = load_catalogue()
    assert models["hukseflux_sr30"].channel("irradiance").limits.flat_above == 20
    assert models["schneider_ion7550"].channel("active_power").limits.flat_above == 0
