# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Every procedure that ships can be carried out with every instrument that ships, in the time that is stated."""

import math
from itertools import pairwise

import pytest

from edge_daemon.calibration.pace import check_pace, pace_words, point_s, run_interval_s
from edge_daemon.calibration.procedures import procedures_for
from edge_daemon.domain.faults import Conflict
from edge_daemon.domain.procedure import Procedure
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.instruments.driver import PolledDriver
from edge_daemon.instruments.registry import driver
from edge_daemon.station.calibration_signal import LiveWindow, Sampled
from tests.unit.edge_daemon.calibration.runs import KNOWN, MODELS

SHIPPED = [(model, one) for model in MODELS for one in procedures_for(MODELS[model], KNOWN)]
LOOKS = 8
SPEAKS_TOO_SELDOM = {"dendrometer_mm", "dendrometer_potentiometer", "dendrometer_voltage"}


def pace_of(model: str, procedure: Procedure) -> float:
    interval = MODELS[model].interval
    default_s, minimum_s = interval.default_ns / NS_PER_S, interval.minimum_ns / NS_PER_S
    if isinstance(driver(MODELS[model].driver), PolledDriver):
        return run_interval_s(procedure.stable, default_s, minimum_s)
    return default_s


@pytest.mark.parametrize(("model", "procedure"), SHIPPED, ids=[f"{model}-{one.key}" for model, one in SHIPPED])
def test_a_still_signal_turns_green_in_the_time_that_is_stated(model: str, procedure: Procedure) -> None:
    interval_s = pace_of(model, procedure)
    if model in SPEAKS_TOO_SELDOM:
        with pytest.raises(Conflict, match=r"speaks by itself every 900 s.*Set the instrument to speak every 2.5 s"):
            check_pace("s1", procedure.stable, interval_s)
        interval_s = 2.5
    check_pace("s1", procedure.stable, interval_s)
    window = LiveWindow(procedure.stable, interval_s, 0)
    stated_s = point_s(procedure.stable, interval_s)
    told, now_us = [window.judged(0).remaining_s], 0
    for number in range(1, math.ceil(stated_s / interval_s) + 2):
        now_us = round(number * interval_s * 1_000_000)
        window.take(Sampled(number, now_us, now_us * 1_000, 20.0, 20.0))
        if number * interval_s > len(told) * stated_s / LOOKS:
            told.append(window.judged(now_us).remaining_s)
    assert window.judged(now_us).stable, window.judged(now_us).unmet
    assert told[0] == stated_s <= 3_600
    assert told[-1] == 0
    assert all(later < earlier for earlier, later in pairwise(told[:-1])), "what is still needed shrinks all the time"


@pytest.mark.parametrize(
    ("model", "key", "interval_s", "words"),
    [
        ("ysi_exo2_modbus", "ph_buffers", 5, "every 5 s, so the point takes at least 60 s"),
        ("ysi_exo2_sdi12", "ph_buffers", 15, "every 15 s, so the point takes at least 2 min"),
        ("hukseflux_sr30", "irradiance_side_by_side", 5, "at least 60 s"),
        ("davis_vantage_pro2", "wind_direction", 10, "at least 100 s"),
        ("dendrometer_modbus", "dendrometer_gauge_blocks", 2.5, "at least 30 s"),
        ("schneider_ion7550", "meter_comparison", 1, "every 1 s"),
        ("air_quality_station", "pm_zero", 60, "at least 10 min"),
    ],
)
def test_a_run_reads_as_fast_as_it_needs_and_the_instrument_can(
    model: str, key: str, interval_s: float, words: str
) -> None:
    procedure = next(one for name, one in SHIPPED if (name, one.key) == (model, key))
    assert pace_of(model, procedure) == interval_s
    assert words in pace_words(procedure.stable, interval_s)
