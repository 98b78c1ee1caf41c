# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a period's summaries say of soil respiration and of stems that grow. Pure.

Source: calibration reference, section 6.3 (a daily mean needs all hours, because respiration follows temperature; flux
is an emission and no sequestration) and 6.4 (stems swell and shrink by day: daily maxima count, not single readings).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import PlannedTree
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_fold import key_of
from edge_daemon.log.summary_tree import EQUATIONS, TreeGrowth, tree_growth
from edge_daemon.metrology.soil_flux import carbon_g_m2_day

FLUX, FLUX_UNIT = "soil_flux", "µmol m⁻² s⁻¹"
GROWTH, GROWTH_UNIT = "tree_growth", "mm"
HOURS_A_DAY = 24
LEAST_HOURS = 18
"""Hours with values that a day needs: the maximum of a part of a day may miss the hour at which the stem is swollen."""

Unbroken = Callable[[str, str, int, int], bool]
"""Whether the values of a sensor's channel from one log index to another can be subtracted."""


@dataclass(frozen=True, slots=True)
class Respiration:
    """Of one sensor: carbon in g C per m² and day, from `hours` of the period's `due` hours. None with no hour."""

    sensor: str
    carbon_g_m2_day: float | None
    hours: int
    due: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Of one sensor's channel (mm): the greatest value of the last UTC day less that of the first, and both days'
    numbers since 1970. Only days with values in most of their hours count.

    `millimetres` is None where the period holds no two such days, or where the instrument, its set-up or its
    calibration changed between them (`changed`). `tree` is what it means for the tree that the plan names.
    """

    sensor: str
    channel: str
    millimetres: float | None
    first_day: int | None
    last_day: int | None
    changed: bool = False
    tree: TreeGrowth | None = None


def respirations(within: Sequence[SummaryBody], start_ns: int, end_ns: int) -> tuple[Respiration, ...]:
    """Of every sensor of soil flux among these current summaries of the period."""
    found: dict[str, list[float]] = {one.sensor: [] for one in within if one.kind == FLUX}
    for one in within:
        channel = one.channels.get(one.primary)
        if one.kind == FLUX and channel is not None and channel.mean is not None and channel.unit == FLUX_UNIT:
            found[one.sensor].append(channel.mean)
    due = (end_ns - start_ns) // HOUR_NS
    return tuple(
        Respiration(sensor, carbon_g_m2_day(math.fsum(means) / len(means)) if means else None, len(means), due)
        for sensor, means in sorted(found.items())
    )


@dataclass(slots=True)
class _Day:
    """The greatest value of a day, the hours that had one, and the entries that they were made of."""

    highest: float = -math.inf
    hours: int = 0
    first: int = 2**63
    last: int = -1


def growths(
    within: Iterable[SummaryBody],
    plan: Plan | None = None,
    unbroken: Unbroken = lambda _sensor, _channel, _first, _last: True,
) -> tuple[Growth, ...]:
    """Of every dendrometer's main channel, and every channel with a planned tree, among these current summaries."""
    plan = plan or Plan()
    planned = {(one.sensor, one.channel): one.tree for one in (plan.body.parameters if plan.body else ()) if one.tree}
    found: dict[tuple[str, str], dict[int, _Day]] = {}
    for one in within:
        for name, channel in one.channels.items():
            wanted = one.kind == GROWTH and (name == one.primary or (one.sensor, name) in planned)
            if not wanted or channel.unit != GROWTH_UNIT:
                continue
            days = found.setdefault((one.sensor, name), {})
            if channel.maximum is None or one.first is None or one.last is None:
                continue
            day = days.setdefault(key_of(one)[1] // HOURS_A_DAY, _Day())
            day.highest, day.hours = max(day.highest, channel.maximum), day.hours + 1
            day.first, day.last = min(day.first, one.first), max(day.last, one.last)
    return tuple(_growth(key, days, planned.get(key), plan, unbroken) for key, days in sorted(found.items()))


def _growth(
    key: tuple[str, str], days: dict[int, _Day], tree: PlannedTree | None, plan: Plan, unbroken: Unbroken
) -> Growth:
    whole = {number: day for number, day in days.items() if day.hours >= LEAST_HOURS}
    if len(whole) < 2:
        return Growth(*key, None, None, None)
    first, last = min(whole), max(whole)
    before, after = whole[first], whole[last]
    low, high = min(before.first, after.first), max(before.last, after.last)
    if not unbroken(*key, low, high):
        return Growth(*key, None, first, last, changed=True)
    grown = None
    if tree is not None:
        # The reading at which the tree was measured must be of the same instrument.
        measured = plan.measured_at(*key, tree)
        same = unbroken(*key, min(low, measured), max(high, measured))
        grown = (
            tree_growth(tree, before.highest, after.highest)
            if same
            else TreeGrowth(tree, EQUATIONS[tree.equation], refused="changed")
        )
    return Growth(*key, after.highest - before.highest, first, last, tree=grown)
