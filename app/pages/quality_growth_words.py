# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How the growth of stems and trees is said to a person, with its equation and its limits. Pure."""

from collections.abc import Iterator

from edge_daemon.api.messages_quality import TreeMessage
from edge_daemon.api.messages_summaries import StemGrowth, TreeGrowthMessage

EQUATIONS = {
    "chave_4": "Chave et al. 2014, equation 4: tropical, height known",
    "chave_7": "Chave et al. 2014, equation 7: tropical, height not known",
    "biomass_7": "BIOMASS, refit of equation 7: tropical, height not known",
    "jenkins": "Jenkins et al. 2003: United States, by group of species",
}


def growth_lines(stem: StemGrowth) -> Iterator[str]:
    """What a stem grew by, and what that means for its tree where the plan says how."""
    days = f"between the daily maxima of {stem.first_day} and {stem.last_day}"
    if stem.changed:
        yield (
            f"Growth of {stem.sensor_id} ({stem.channel}) {days} is not known: instrument, set-up or calibration "
            "changed in between. Choose a period before or after that."
        )
    elif stem.millimetres is None:
        yield f"Growth of {stem.sensor_id} ({stem.channel}): the period holds no two days with values in 18 hours."
    else:
        yield f"Growth of {stem.sensor_id}: {stem.millimetres:+.3f} mm ({stem.channel}) {days}."
    if stem.tree is not None:
        yield from _tree_lines(stem.tree)


def _tree_lines(tree: TreeGrowthMessage) -> Iterator[str]:
    by = f"by {tree.equation}; diameter measured {tree.measured}; {tree.source}"
    if tree.refused == "changed":
        yield "Its CO₂ is not known: the instrument changed since the tree was measured. Measure it, and plan it anew."
        return
    if tree.refused == "out_of_range" or tree.co2_kilograms is None or tree.biomass_kilograms is None:
        most = "" if tree.most_cm is None else f" to {tree.most_cm:g}"
        yield f"Its CO₂ is not known: {tree.equation} holds from {tree.least_cm:g}{most} cm of diameter."
        return
    roots = f"with roots at {tree.root_shoot:g} kg per kg above" if tree.root_shoot else "without roots"
    yield (
        f"This tree: {tree.co2_kilograms:+.2f} kg CO₂ ({tree.biomass_kilograms:+.2f} kg dry matter above ground, "
        f"{roots}, carbon fraction {tree.carbon_fraction:g}), {tree.before_cm:.2f} to {tree.after_cm:.2f} cm, {by}."
    )
    doubt = "is not known here" if tree.sigma is None else f"is about {tree.sigma:.0%} of it"
    yield (
        f"The standard uncertainty by the equation alone {doubt}; height and density are held constant. It is the gain "
        "of this one tree, no claim, and not to be multiplied by a number of trees."
    )


def planned_text(tree: TreeMessage) -> str:
    """The tree and its equation as the plan has them."""
    given = [
        f"{tree.diameter_cm:g} cm on {tree.measured} at a reading of {tree.reading_mm:g} mm",
        *([f"height {tree.height_m:g} m"] if tree.height_m is not None else []),
        *([f"density {tree.density_g_cm3:g} g/cm³"] if tree.density_g_cm3 is not None else []),
        *([f"stress {tree.stress:g}"] if tree.stress is not None else []),
        *([tree.group] if tree.group else []),
        f"roots {tree.root_shoot:g}",
        f"carbon {tree.carbon_fraction:g}",
    ]
    return f"Tree: {', '.join(given)}; {EQUATIONS[tree.equation]}; {tree.source}."
