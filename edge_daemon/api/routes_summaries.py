# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on hourly summaries and on what they add up to. Reads what the summariser knows of the log."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from edge_daemon.api import messages_summaries as m
from edge_daemon.api.paging import LIMIT, Page, Stretch, stretch_of, tell_next
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.log.summary_air import INDEX_HOURS
from edge_daemon.log.summary_fold import Summaries, key_of
from edge_daemon.log.summary_growth import growths, respirations
from edge_daemon.log.summary_ratio import ratios_of
from edge_daemon.log.summary_totals import Totals, air_index, totals_of
from edge_daemon.log.summary_tree import TreeGrowth
from edge_daemon.metrology.period import RULES

router = APIRouter(prefix="/api", tags=["summaries"])


@router.get("/summaries")
def summaries(
    wired: Wired,
    request: Request,
    response: Response,
    since: str = "",
    until: str = "",
    sensor: str = "",
    after: Annotated[int, Query(ge=-1)] = -1,
    limit: Annotated[int, Query(ge=1, le=LIMIT)] = LIMIT,
    *,
    history: bool = False,
) -> m.SummariesReply:
    """Current summaries whose hour overlaps the stretch, page by page; with `history` also those that were replaced."""
    stretch = stretch_of(since, until)
    complete, told = wired.summaries.complete, wired.summaries.summaries
    found = [
        (one, one is chain[-1])
        for key in told.hours()
        if sensor in {"", key[0]} and stretch.overlaps(key[1] * HOUR_NS, (key[1] + 1) * HOUR_NS)
        for chain in [told.history(key)]
        for one in chain
        if one.index > after and (history or (one is chain[-1] and not one.body.withdrawn))
    ]
    found.sort(key=lambda item: item[0].index)
    page = found[:limit]
    tell_next(response, request.url, Page([], page[-1][0].index if len(found) > limit else None))
    messages = tuple(m.SummaryMessage(index=one.index, current=current, summary=one.body) for one, current in page)
    return m.SummariesReply(complete=complete, summaries=messages)


@router.get("/metrics")
def metrics(wired: Wired, since: str = "", until: str = "") -> m.MetricsReply:
    """Totals and claim of the hours that begin within the stretch; without one, of all hours summarised."""
    told = wired.summaries.summaries
    start, end = _period(stretch_of(since, until), told)
    current = [one.body for key in told.hours() if (one := told.current(key)) and not one.body.withdrawn]
    plan = wired.amendments.plan
    totals = totals_of(current, plan, start * HOUR_NS, end * HOUR_NS)
    monitors = sorted({one.sensor for one in current if one.air})
    within = [one for one in current if start <= key_of(one)[1] < end]
    day = [one for one in current if end - INDEX_HOURS <= key_of(one)[1] < end]
    indices = [(sensor, air_index(day, sensor, end - 1)) for sensor in monitors]
    return m.MetricsReply(
        project_id=wired.book.setup.station.project_id,
        period_start=rfc3339_from_ns(totals.start_ns),
        period_end=rfc3339_from_ns(totals.end_ns),
        plan=plan.index if plan.body else None,
        complete=wired.summaries.complete,
        metrics=m.Metrics(
            total_energy_generated_kwh=totals.energy_kilowatt_hours, total_co2_reduced_tons=totals.avoided_tonnes
        ),
        data_quality=m.DataQuality(
            total_readings=totals.readings,
            valid_readings=totals.accepted,
            quality_score=_fraction(totals.claim.score),
        ),
        uncovered_s=totals.uncovered_s,
        factors=tuple(m.FactorUsed(**asdict(one)) for one in totals.factors),
        parameters=_parameters(totals),
        claim=m.ClaimMessage(
            claim=totals.claim.refused is None,
            quality=_fraction(totals.claim.score),
            level=totals.claim.level,
            sensor_id=totals.claim.sensor,
            refused=totals.claim.refused,
        ),
        air_quality=tuple(
            m.AirQuality(sensor_id=sensor, index=one.value if one else None, dominant=one.pollutant if one else "")
            for sensor, one in indices
        ),
        rules=RULES,
        soil_respiration=tuple(
            m.SoilRespiration(sensor_id=one.sensor, carbon_g_m2_day=one.carbon_g_m2_day, hours=one.hours, due=one.due)
            for one in respirations(within, totals.start_ns, totals.end_ns)
        ),
        stem_growth=tuple(
            m.StemGrowth(
                sensor_id=one.sensor,
                channel=one.channel,
                millimetres=one.millimetres,
                first_day=_day(one.first_day),
                last_day=_day(one.last_day),
                changed=one.changed,
                tree=_tree(one.tree),
            )
            for one in growths(within, plan, wired.summaries.unbroken)
        ),
        performance=tuple(
            m.PerformanceRatio(
                sun_sensor_id=one.sun,
                meter_sensor_id=one.meter,
                ratio=one.ratio,
                hours=one.hours,
                least=one.least,
                greatest=one.greatest,
            )
            for one in ratios_of(within, plan)
        ),
        unbounded=totals.unbounded,
    )


def _period(stretch: Stretch, told: Summaries) -> tuple[int, int]:
    """First hour, and the one after the last."""
    hours = [hour for _, hour in told.hours()] or [0]
    start = min(hours) if stretch.since_ns is None else -(-stretch.since_ns // HOUR_NS)
    end = max(hours) + 1 if stretch.until_ns is None else -(-stretch.until_ns // HOUR_NS)
    return start, max(start, end)


def _parameters(totals: Totals) -> tuple[m.ParameterQuality, ...]:
    return tuple(
        m.ParameterQuality(
            sensor_id=sensor,
            channel=channel,
            accepted=one.accepted,
            expected=one.expected,
            coverage=one.coverage / 100,
            quality=_fraction(one.score),
            level=one.level,
            flags=_counts(one.histogram),
            source_score=_fraction(one.source),
            capped=_counts(one.capped),
            capped_by_coverage=one.by_coverage,
        )
        for (sensor, channel), one in sorted(totals.qualities.items())
    )


def _counts(flags: Mapping[Flag, int]) -> dict[str, int]:
    return {str(int(flag)): count for flag, count in sorted(flags.items())}


def _tree(grown: TreeGrowth | None) -> m.TreeGrowthMessage | None:
    if grown is None:
        return None
    facts, tree = grown.equation, grown.tree
    return m.TreeGrowthMessage(
        equation=facts.name,
        source=tree.source,
        measured=tree.measured,
        least_cm=facts.least_cm,
        most_cm=facts.most_cm if math.isfinite(facts.most_cm) else None,
        sigma=facts.sigma,
        root_shoot=tree.root_shoot,
        carbon_fraction=tree.carbon_fraction,
        before_cm=grown.before_cm,
        after_cm=grown.after_cm,
        biomass_kilograms=grown.biomass_kilograms,
        co2_kilograms=grown.co2_kilograms,
        refused=grown.refused,
    )


def _day(number: int | None) -> str:
    return "" if number is None else rfc3339_from_ns(number * 24 * HOUR_NS)[:10]


def _fraction(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100
