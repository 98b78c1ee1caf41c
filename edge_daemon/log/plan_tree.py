# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the tree that a plan names for a dendrometer. Pure."""

import math
from collections.abc import Iterator, Mapping
from datetime import date

from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.plan_body import Parameter, PlannedTree
from edge_daemon.metrology.tree_carbon import JenkinsGroup

Mistake = tuple[str, object, str]
DIAMETER, UNIT = "diameter", "mm"
GROUPS = tuple(group.value for group in JenkinsGroup)
NEEDS: Mapping[str, tuple[str, ...]] = {
    "chave_4": ("height_m", "density_g_cm3"),
    "chave_7": ("density_g_cm3", "stress"),
    "biomass_7": ("density_g_cm3", "stress"),
    "jenkins": (),
}
"""What each equation needs of the tree besides its diameter; that of Jenkins needs a group of species."""

_RANGES = {
    "diameter_cm": (1.0, 1000.0),
    "reading_mm": (-1000.0, 1000.0),
    "height_m": (1.3, 130.0),
    "density_g_cm3": (0.05, 1.5),
    "stress": (-1.0, 3.0),
    "root_shoot": (0.0, 5.0),
    "carbon_fraction": (0.3, 0.7),
}
"""Beyond these somebody has taken one unit for another."""


def tree_mistakes(one: Parameter, channel: ChannelBody | None) -> Iterator[Mistake]:
    """Field, value and what is allowed. `channel` is the parameter's, None while its sensor is not set up."""
    tree = one.tree
    if tree is None:
        return
    name, unit = (channel.wire_field or channel.name, channel.unit) if channel else (one.channel, UNIT)
    if (name, unit, one.unit) != (DIAMETER, UNIT, UNIT):
        yield "tree", one.channel, "a tree belongs to a dendrometer's channel for the change of diameter, in mm"
    if not tree.source.strip():
        yield "tree.source", "", "say where the equation and the tree's numbers come from"
    try:
        date.fromisoformat(tree.measured)
    except ValueError:
        yield "tree.measured", tree.measured, "a date like 2025-06-12 is needed"
    yield from _number_mistakes(tree)
    if tree.equation == "jenkins" and tree.group not in GROUPS:
        yield "tree.group", tree.group, f"one of these groups of species is needed: {'; '.join(GROUPS)}"


def _number_mistakes(tree: PlannedTree) -> Iterator[Mistake]:
    for name, (least, most) in _RANGES.items():
        value = getattr(tree, name)
        if value is None:
            if name in NEEDS[tree.equation]:
                yield f"tree.{name}", None, "the chosen equation needs it"
        elif not (math.isfinite(value) and least <= value <= most):
            yield f"tree.{name}", value, f"a number from {least:g} to {most:g} is needed"
