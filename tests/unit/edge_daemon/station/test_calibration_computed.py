# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration that failed as found, where other channels are computed from the one that was calibrated."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from edge_daemon.domain.channel import Computed
from tests.support.logged_station import CO2, LoggedStation
from tests.unit.edge_daemon.calibration.runs import fresh_air
from tests.unit.edge_daemon.station.signing_world import SIGNED, Signing, quick_scrypt


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("proportional", "It holds for humidity too, which is computed from co2."),
        ("counter", "It speaks for humidity too, by the share of the error alone: nobody compared the register."),
        (
            "instrument",
            "humidity: worked out in the instrument, so nothing here adjusts its values or tells how sure they are. "
            "They are in doubt where this channel is.",
        ),
    ],
)
def test_what_is_computed_from_the_channel_is_amended_with_it_and_the_page_says_so(
    how: Literal["proportional", "counter", "instrument"], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashlib, "scrypt", quick_scrypt)

    def computed(station: LoggedStation) -> None:
        first, second = CO2.channels
        station.write(replace(CO2, channels=(first, replace(second, computed=Computed("co2", how, 0.5)))))

    with LoggedStation(tmp_path) as station:
        signing = Signing(station, tmp_path, fresh_air(raw=562.0), computed)
        signing.persons.add("Ana", "4711")
        assert told in signing.closing.draft(signing.run).summary
        signed = signing.closing.sign(signing.run, SIGNED)
        assert told in signing.closing.summary(signed)
        (amended,) = signing.amendments.amendments.in_force
        assert amended.body.channels == ("co2", "humidity")
        assert amended.body.evidence.endswith("Readings of humidity are suspect too, which is computed from co2.")
