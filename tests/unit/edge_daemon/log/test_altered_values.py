# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A setting that alters an instrument's values is an adjustment: no value is carried across it."""

import pytest

from edge_daemon.domain.faults import Conflict
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody, ConnectionBody
from edge_daemon.log.recomputation import recomputed
from tests.unit.edge_daemon.log.calibration_world import CHANNEL, MODEL, SENSOR, installed, start, told, verdict


def configured(*, altered: bool) -> ConfigurationBody:
    return ConfigurationBody(
        sensor=SENSOR,
        state="recording",
        name="Hut",
        kind="co2",
        model=MODEL,
        driver="sensirion_scd30",
        driver_version="1",
        interval_ns=2_000_000_000,
        channels=(ChannelBody(CHANNEL, "ppm", 0, 40_000, "co2", "ppm", 1.0),),
        connection=ConnectionBody("p", "physical", "19200 8N1"),
        settings={"altitude_m": 900},
        demo=False,
        primary=CHANNEL,
        values_altered=altered,
    )


def test_nothing_is_recomputed_or_subtracted_across_a_setting_that_alters_values() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, configured(altered=True)))
    (made,) = known.made
    assert recomputed(known, SENSOR, 25, 735.0, made) == pytest.approx(693.4235977)
    with pytest.raises(Conflict, match="adjusted at entry 30"):
        recomputed(known, SENSOR, 35, 735.0, made)
    assert known.continuous(SENSOR, CHANNEL, 22, 28)
    assert not known.continuous(SENSOR, CHANNEL, 28, 32)
    assert known.in_force(made.key, CHANNEL) == made, "it is what was signed last all the same"


def test_any_other_change_of_a_configuration_leaves_no_mark() -> None:
    known = told((1, installed()), (10, start()), (20, verdict(10)), (30, configured(altered=False)))
    assert known.adjusted == ()
    assert known.continuous(SENSOR, CHANNEL, 22, 32)
