# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The configuration tells how long an instrument may be silent by itself."""

from dataclasses import replace

import pytest

from edge_daemon.instruments.drivers.gill_windsonic import DRIVER
from edge_daemon.station.flux_model import FLUX
from edge_daemon.station.own_pace import UNSCHEDULED_S, with_own_pace
from tests.support.logged_station import CO2


@pytest.mark.parametrize(
    ("driver", "settings", "silent_after_s"),
    [
        ("gill_windsonic", {}, 10.0),
        ("sensirion_scd30", {}, 0.0),
        (FLUX, {"every_s": 3600.0}, 0.0),
        (FLUX, {"every_s": 0.0}, UNSCHEDULED_S),
        ("nobody_has_this", {}, 7.0),
    ],
)
def test_by_the_drivers_word(driver: str, settings: dict[str, float], silent_after_s: float) -> None:
    told = with_own_pace(replace(CO2, driver=driver, settings=settings, silent_after_s=7.0))
    assert told.silent_after_s == silent_after_s
    assert DRIVER.silent_after_s == 10.0
