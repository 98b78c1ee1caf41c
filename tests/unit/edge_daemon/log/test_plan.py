# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The plan in force is the last one in the log; one that cannot be meant is refused by name."""

from dataclasses import replace
from typing import Any

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody, ConnectionBody, from_json, to_json
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.plan import check_plan, plan_of
from edge_daemon.log.plan_body import Parameter, PlanBody, PlannedFactor
from edge_daemon.log.setup import ConfiguredSensor, Setup

CAMX = PlannedFactor("eGRID2023 CAMX", 0.194348, "2025-06-12", "US EPA, eGRID2023 revision 2")
POWER = Parameter(
    parameter="Electricity exported",
    unit="kWh",
    sensor="meter",
    channel="active_power",
    role="record",
    frequency_s=60.0,
    accuracy="class 0.2S",
    calibration_interval_days=1095,
    longest_gap_s=180.0,
    responsible="Ana",
    factor=CAMX,
)
CHECK = replace(POWER, sensor="meter-2", role="check", factor=None)
PLAN = PlanBody((POWER, CHECK), "Ana", "AMS-I.D.")
CONFIGURATION = ConfigurationBody(
    "meter",
    "recording",
    "Meter",
    "power_meter",
    "m",
    "d",
    "1",
    10**9,
    (ChannelBody("active_power", "kW", 0.0, 10.0), ChannelBody("energy", "kWh", 0.0, 1e6)),
    ConnectionBody("p", "physical", "9600 8N1"),
    {},
    demo=False,
)
SETUP = Setup(sensors={"meter": ConfiguredSensor(3, CONFIGURATION)})


def test_a_plan_survives_its_bytes_and_the_last_one_holds() -> None:
    stamp = Stamp(1, 1, bytes(16))
    bodies = (PLAN, replace(PLAN, parameters=(POWER,)))
    entries = [decode_entry(encode_entry(EntryType.PLAN, stamp, to_json(body))) for body in bodies]
    assert from_json(PlanBody, entries[0].body) == PLAN
    plan = plan_of(enumerate(entries, 5))
    assert (plan.index, plan.body) == (6, bodies[1])
    first = plan_of([(5, entries[0])])
    assert first.of("meter", "active_power") == POWER
    assert first.of("meter", "voltage") is None
    assert first.channels("record") == {("meter", "active_power")}
    assert first.channels("check") == {("meter-2", "active_power")}
    assert plan_of([]).channels("record") == frozenset()


def test_a_plan_that_can_be_meant_passes() -> None:
    assert check_plan(PLAN, SETUP) is PLAN


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("parameters", ()),
        ("parameters.0.parameter", (replace(POWER, parameter=" "),)),
        ("parameters.0.responsible", (replace(POWER, responsible=""),)),
        ("parameters.0.frequency_s", (replace(POWER, frequency_s=0.0),)),
        ("parameters.0.longest_gap_s", (replace(POWER, longest_gap_s=59.0),)),
        ("parameters.0.calibration_interval_days", (replace(POWER, calibration_interval_days=0),)),
        ("parameters.0.gap_default", (replace(POWER, gap_rule="conservative_default"),)),
        ("parameters.0.channel", (replace(POWER, channel="power"),)),
        ("parameters.0.role", (replace(POWER, role="check"),)),
        ("parameters.1.channel", (POWER, replace(POWER, parameter="Other"))),
        ("parameters.0.factor.source", (replace(POWER, factor=replace(CAMX, source="")),)),
        ("parameters.0.factor.date", (replace(POWER, factor=replace(CAMX, date="June 2025")),)),
        ("parameters.1.counts", (POWER, replace(POWER, sensor="meter", channel="energy", counts="subtracts"))),
        ("parameters.0.factor", (replace(POWER, counts="subtracts", factor=None),)),
        ("parameters.0.factor.loss", (replace(POWER, factor=replace(CAMX, loss=1.0)),)),
        (
            "parameters.0.factor.kilograms_per_kilowatt_hour",
            (replace(POWER, factor=replace(CAMX, kilograms_per_kilowatt_hour=float("nan"))),),
        ),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_by_name(field: str, wrong: Any) -> None:
    with pytest.raises(BadInput) as refused:
        check_plan(replace(PLAN, parameters=wrong), SETUP)
    assert refused.value.field == field
