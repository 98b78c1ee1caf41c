# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Soil respiration and stem growth of a period, from its hourly summaries."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import to_json
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import HOUR_NS, ChannelSummary, SummaryBody
from edge_daemon.log.summary_growth import FLUX_UNIT, Growth, growths, respirations
from tests.unit.edge_daemon.log.test_plan_tree import STEM

DAY = 20_000


def hour(number: int, kind: str, channel: str, unit: str, mean: float | None, maximum: float | None) -> SummaryBody:
    told = ChannelSummary(unit, 10, mean, mean, maximum, {"1": 10}, 900, 100, 90, "high")
    start = rfc3339_from_ns((DAY * 24 + number) * HOUR_NS)
    return SummaryBody(
        "s", start, kind, channel, 10, 10, 10, 100, 90, "high", "4.3/1", {"1": 10}, {channel: told}, 1, 2
    )


def test_respiration_is_carbon_by_day_and_tells_missing_hours() -> None:  # TV-F3
    flux = [hour(number, "soil_flux", "soil_flux", FLUX_UNIT, 5.05159571, 6.0) for number in range(24)]
    start, end = DAY * 24 * HOUR_NS, (DAY + 1) * 24 * HOUR_NS
    (whole,) = respirations(flux, start, end)
    assert whole.carbon_g_m2_day == pytest.approx(5.24229547, rel=1e-6)
    assert (whole.hours, whole.due) == (24, 24)
    (part,) = respirations(flux[:6], start, end)
    assert (part.hours, part.due) == (6, 24)
    (none,) = respirations([hour(0, "soil_flux", "soil_flux", FLUX_UNIT, None, None)], start, end)
    assert none.carbon_g_m2_day is None
    assert respirations([hour(0, "co2", "co2", "ppm", 400, 410)], start, end) == ()


def test_growth_is_between_daily_maxima_and_swelling_by_day_is_none() -> None:
    def swollen(number: int) -> float:
        return 100 + 0.01 * (number // 24) + (0.2 if number % 24 == 5 else 0.0)

    stems = [hour(number, "tree_growth", "diameter", "mm", 100.0, swollen(number)) for number in range(72)]
    (told,) = growths(stems)
    assert told.millimetres == pytest.approx(0.02)
    assert (told.first_day, told.last_day, told.channel) == (DAY, DAY + 2, "diameter")
    assert growths(stems[:24]) == (Growth("s", "diameter", None, None, None),)
    assert growths([hour(0, "tree_growth", "raw", "V", 1, 1)]) == ()


def test_a_part_of_a_day_may_miss_its_greatest_value_and_does_not_count() -> None:
    def stem(hours: Iterable[int]) -> list[SummaryBody]:
        return [
            hour(number, "tree_growth", "diameter", "mm", 100.0, 100 + number / 24 + (0.3 if number % 24 == 5 else 0.0))
            for number in hours
        ]

    (told,) = growths(stem((*range(12, 24), *range(24, 72), *range(72, 80))))
    assert (told.first_day, told.last_day) == (DAY + 1, DAY + 2)
    assert told.millimetres == pytest.approx(1.0)
    (fewer,) = growths(stem((*range(17), *range(24, 48))))
    assert fewer.millimetres is None
    (enough,) = growths(stem((*range(18), *range(24, 48))))
    assert enough.millimetres == pytest.approx(max_of(24, 48) - max_of(0, 18))


def max_of(first: int, last: int) -> float:
    return max(number / 24 + (0.3 if number % 24 == 5 else 0.0) for number in range(first, last))


def dendrometer(number: int, reading: float, movement: float) -> SummaryBody:
    body = hour(number, "tree_growth", "compensated", "mm", movement, movement)
    diameter = replace(body.channels["compensated"], mean=reading, minimum=reading, maximum=reading)
    channels = {**body.channels, "diameter": diameter}
    return replace(body, sensor="oak", channels=channels, first=100 + 10 * number, last=109 + 10 * number)


def test_the_growth_of_a_planned_tree_is_told_with_its_equation_and_no_other_channels() -> None:
    hours = [dendrometer(number, 6.44 + 4.2 * (number // 24) / 2, 1.0) for number in range(72)]
    movement, diameter = growths(hours, Plan(50, PlanBody((STEM,), "Ana")))
    assert (movement.channel, movement.millimetres, movement.tree) == ("compensated", 0.0, None)
    assert diameter.millimetres == pytest.approx(4.2)
    assert diameter.tree is not None
    assert diameter.tree.co2_kilograms == pytest.approx(30.2619524, rel=1e-6)
    unplanned = growths(hours)
    assert [(one.channel, one.tree) for one in unplanned] == [("compensated", None)]


def test_no_growth_across_a_change_and_no_tree_across_one_since_it_was_measured() -> None:
    hours = [dendrometer(number, 6.44 + number / 24, 1.0) for number in range(48)]
    plan = Plan(50, PlanBody((STEM,), "Ana"))
    asked: list[tuple[str, str, int, int]] = []

    def changed_at(index: int) -> Callable[[str, str, int, int], bool]:
        def unbroken(sensor: str, channel: str, first: int, last: int) -> bool:
            asked.append((sensor, channel, first, last))
            return not first < index <= last

        return unbroken

    between = growths(hours, plan, changed_at(300))
    assert [(one.millimetres, one.changed, one.tree) for one in between] == [(None, True, None)] * 2
    assert ("oak", "diameter", 100, 579) in asked
    _, before = growths(hours, plan, changed_at(80))
    assert before.millimetres == pytest.approx(1.0)
    assert before.tree is not None
    assert (before.tree.co2_kilograms, before.tree.refused) == (None, "changed")
    _, after = growths(hours, replace(plan, index=900), changed_at(700))
    assert after.tree is not None
    assert after.tree.refused == "changed"


def saved(plan: Plan, index: int, body: PlanBody) -> Plan:
    return plan.after(index, Entry(1, EntryType.PLAN, 0, 0, bytes(16), to_json(body)))


def test_a_plan_saved_again_after_a_swap_does_not_make_the_tree_measured_anew() -> None:
    hours = [dendrometer(100 + number, 6.44 + number / 24, 1.0) for number in range(48)]
    body = PlanBody((STEM,), "Ana")
    assert STEM.tree is not None
    mended = replace(STEM, tree=replace(STEM.tree, source="the same equation, its source told better"))
    anew = replace(STEM, tree=replace(STEM.tree, reading_mm=6.44, measured="2026-11-02"))
    planned = saved(Plan(), 100, body)
    resaved = saved(planned, 700, replace(body, remark="another person is responsible"))
    taken_out = saved(saved(planned, 600, replace(body, parameters=())), 700, body)

    def swapped(_sensor: str, _channel: str, first: int, last: int) -> bool:
        return not first < 500 <= last

    def refused(plan: Plan) -> str | None:
        (one,) = (one for one in growths(hours, plan, swapped) if one.tree)
        assert one.tree is not None
        assert (one.tree.refused is None) == (one.tree.co2_kilograms is not None)
        return one.tree.refused

    assert refused(planned) == "changed"
    assert refused(resaved) == "changed"
    assert refused(taken_out) == "changed"
    assert refused(saved(planned, 700, replace(body, parameters=(mended,)))) == "changed"
    assert refused(saved(resaved, 800, replace(body, parameters=(anew,)))) is None
