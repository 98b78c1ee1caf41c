# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A planned tree survives its bytes, plans without one stay readable, and one that cannot be meant is refused."""

from dataclasses import replace
from typing import Any

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.log.bodies import ChannelBody, from_json, to_json
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.plan import check_plan
from edge_daemon.log.plan_body import PlanBody, PlannedTree
from edge_daemon.log.setup import ConfiguredSensor, Setup
from tests.unit.edge_daemon.log.test_plan import CONFIGURATION, POWER

TREE = PlannedTree(
    equation="chave_4",
    diameter_cm=30.0,
    reading_mm=6.44,
    measured="2026-11-01",
    source="Chave et al. 2014; height by clinometer; density of the Global Wood Density Database",
    height_m=22.0,
    density_g_cm3=0.6,
)
STEM = replace(POWER, parameter="Stem growth", unit="mm", sensor="oak", channel="diameter", factor=None, tree=TREE)
CHANNELS = (
    ChannelBody("compensated", "mm", -1000, 1000, "compensated", "mm"),
    ChannelBody("diameter", "mm", -1000, 1000, "diameter", "mm"),
)
OAK = replace(CONFIGURATION, sensor="oak", kind="tree_growth", channels=CHANNELS)
SETUP = Setup(sensors={"oak": ConfiguredSensor(3, OAK)})


def plan(one: Any) -> PlanBody:
    return PlanBody((one,), "Ana")


def test_a_tree_survives_the_plans_bytes_and_a_plan_without_one_stays_readable() -> None:
    body = plan(STEM)
    entry = decode_entry(encode_entry(EntryType.PLAN, Stamp(1, 1, bytes(16)), to_json(body)))
    assert from_json(PlanBody, entry.body) == body
    told = to_json(plan(replace(STEM, tree=None)))
    del told["parameters"][0]["tree"]  # type: ignore[index, union-attr]  # JSON of a plan written before
    assert from_json(PlanBody, told).parameters[0].tree is None


def test_a_tree_that_can_be_meant_passes_also_before_its_sensor_is_set_up() -> None:
    assert check_plan(plan(STEM), SETUP) == plan(STEM)
    assert check_plan(plan(STEM), Setup()) == plan(STEM)
    group = replace(TREE, equation="jenkins", height_m=None, density_g_cm3=None, group="Douglas-fir")
    assert check_plan(plan(replace(STEM, tree=group)), SETUP).parameters[0].tree == group


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("tree", {"channel": "compensated"}),
        ("tree", {"unit": "cm"}),
        ("tree.source", {"tree": replace(TREE, source=" ")}),
        ("tree.measured", {"tree": replace(TREE, measured="November")}),
        ("tree.diameter_cm", {"tree": replace(TREE, diameter_cm=float("nan"))}),
        ("tree.reading_mm", {"tree": replace(TREE, reading_mm=float("inf"))}),
        ("tree.height_m", {"tree": replace(TREE, height_m=None)}),
        ("tree.density_g_cm3", {"tree": replace(TREE, density_g_cm3=600.0)}),
        ("tree.stress", {"tree": replace(TREE, equation="chave_7")}),
        ("tree.group", {"tree": replace(TREE, equation="jenkins", group="oak")}),
        ("tree.root_shoot", {"tree": replace(TREE, root_shoot=-0.1)}),
        ("tree.carbon_fraction", {"tree": replace(TREE, carbon_fraction=47.0)}),
    ],
)
def test_a_tree_that_cannot_be_meant_is_refused_by_name(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        check_plan(plan(replace(STEM, **changes)), SETUP)
    assert refused.value.field == f"parameters.0.{field}"
