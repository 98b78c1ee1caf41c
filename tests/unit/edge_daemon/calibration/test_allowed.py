# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""By which limit a laboratory's points are judged."""

from dataclasses import replace

import pytest

from edge_daemon.calibration.allowed import Allowed, allowed_of
from edge_daemon.calibration.procedures import load_procedures, procedures_for
from edge_daemon.domain.channel import Accuracy
from edge_daemon.domain.procedure import Tolerance
from edge_daemon.instruments.catalogue import load_catalogue


def allowed(model: str, channel: str) -> Allowed:
    known = load_catalogue()[model]
    fitting = [one for one in procedures_for(known, load_procedures()) if one.channel == channel]
    found = allowed_of(fitting, known.channel(channel))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("model", "channel", "reference", "limit"),
    [
        ("gill_windsonic", "wind_speed", 12.0, 0.6),  # 5 %, beside another anemometer
        ("gill_windsonic", "wind_speed", 0.0, 0.1),  # the zero test
        ("plantower_pms7003", "pm2_5", 0.0, 2.0),
        ("schneider_ion7550", "active_power", 100.0, 0.2),
        ("schneider_ion7550", "active_power", 0.0, 0.0),
        ("hukseflux_sr30", "irradiance", 1_000.0, 20.0),
        ("sensirion_scd30", "co2", 1_000.0, 60.0),
    ],
)
def test_a_zero_tests_limit_holds_at_zero_alone(model: str, channel: str, reference: float, limit: float) -> None:
    assert allowed(model, channel).at(reference) == pytest.approx(limit)


def test_particles_are_not_judged_by_the_limit_in_clean_air() -> None:
    assert allowed("plantower_pms7003", "pm2_5").at(100.0) > 2.0


def test_without_a_procedure_it_is_the_makers_accuracy_and_else_what_there_is() -> None:
    model = load_catalogue()["gill_windsonic"]
    spec, zero = model.channel("wind_speed"), load_procedures()["wind_zero"]
    maker = allowed_of([zero], replace(spec, accuracy=Accuracy(0.0, 0.02)))
    assert maker is not None
    assert maker.at(12.0) == pytest.approx(0.24)
    assert maker.at(0.0) == 0.1
    only = allowed_of([zero], replace(spec, accuracy=None))
    assert only == Allowed(Tolerance(0.1), Tolerance(0.1), only.top if only else None)
    assert allowed_of([], replace(spec, accuracy=None)) is None
