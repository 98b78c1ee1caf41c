# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The report says at which temperature the oxygen in saturated air was reckoned, and whose that is."""

from edge_daemon.documents.calibration_typed import source_words
from tests.unit.edge_daemon.calibration.runs import Level, point, start

AIR = Level(8.36, 8.30, 0.01, expanded=0.06, auxiliary={"temperature": 24.4})


def test_the_temperature_of_saturated_air_is_told_with_whose_it_is() -> None:
    run = start("ysi_exo2_rs232", "dissolved_oxygen")
    spec = run.procedure.point("saturated_air")

    def said(celsius: float | None) -> str:
        return source_words(point(run, "as_found", "saturated_air", AIR, standard_celsius=celsius), spec)

    assert said(24.4).endswith("computed from station pressure and salinity, at 24.4 °C (as the probe measured)")
    assert said(25.0).endswith("at 25 °C (typed)")
    assert said(None).endswith("pressure and salinity")
