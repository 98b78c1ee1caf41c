# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a project may say of a period: totals of its sensors of record, and the claim that they carry. Pure.

Source: calibration reference, sections 4.3 (worst sensor, coverage caps), 6.2 and 7; names of the older system kept.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Parameter
from edge_daemon.log.summary import HOUR_NS, FactorSummary, SummaryBody
from edge_daemon.log.summary_air import index_now
from edge_daemon.log.summary_fold import key_of
from edge_daemon.metrology.air_quality_index import NOWCAST_HOURS, Index
from edge_daemon.metrology.period import Claim, PeriodQuality, PeriodTally, claim_of


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a period (UTC ns, whole hours). None: no sensor of record measures energy, so there is nothing to total.

    `readings` and `accepted` are those of the claimed channels; `qualities` is by (sensor, channel).
    """

    start_ns: int
    end_ns: int
    energy_kilowatt_hours: float | None
    avoided_tonnes: float | None
    factors: tuple[FactorSummary, ...]
    uncovered_s: float
    readings: int
    accepted: int
    qualities: Mapping[tuple[str, str], PeriodQuality]
    claim: Claim


def totals_of(current: Iterable[SummaryBody], plan: Plan, start_ns: int, end_ns: int) -> Totals:
    """Totals and claim from the current summaries whose hour lies in the period.

    Hours that no summary speaks of count as not covered: what the plan's frequency asks for is always expected.
    """
    within = sorted((one for one in current if start_ns <= key_of(one)[1] * HOUR_NS < end_ns), key=key_of)
    recorded = [one for one in plan.body.parameters if one.role == "record"] if plan.body else []
    sensors = {one.sensor for one in recorded}
    energies = [one.energy for one in within if one.energy and any(_measured(parameter, one) for parameter in recorded)]
    qualities = {(one.sensor, one.channel): _quality(one, within, end_ns - start_ns) for one in recorded}
    factors = {one.factor: None for one in energies}
    return Totals(
        start_ns=start_ns,
        end_ns=end_ns,
        energy_kilowatt_hours=math.fsum(one.kilowatt_hours for one in energies) if energies else None,
        avoided_tonnes=math.fsum(one.avoided_kilograms for one in energies) / 1000 if energies else None,
        factors=tuple(factors),
        uncovered_s=sum(one.uncovered_us for one in energies) / 1e6,
        readings=sum(one.readings for one in within if one.sensor in sensors),
        accepted=sum(one.accepted for one in within if one.sensor in sensors),
        qualities=qualities,
        claim=claim_of((sensor, quality) for (sensor, _), quality in sorted(qualities.items())),
    )


def air_index(hours: Sequence[SummaryBody], sensor: str, number: int) -> Index | None:
    """The air quality index of a sensor at the end of the hour `number`, from the current summaries of twelve hours."""
    by_hour = {key_of(one)[1]: one.air for one in hours if one.sensor == sensor}
    return index_now([by_hour.get(number - back) for back in range(NOWCAST_HOURS)])


def _measured(parameter: Parameter, summary: SummaryBody) -> bool:
    energy = summary.energy
    return energy is not None and parameter.sensor == summary.sensor and parameter.channel in energy.channels


def _quality(parameter: Parameter, within: Iterable[SummaryBody], period_ns: int) -> PeriodQuality:
    tally, expected = PeriodTally(), 0
    for one in within:
        if one.sensor != parameter.sensor:
            continue
        expected += one.expected
        channel = one.channels.get(parameter.channel)
        if channel is not None:
            tally.accepted += channel.accepted
            tally.total += channel.quality_sum
            for flag, count in channel.flags.items():
                tally.histogram[Flag(int(flag))] = tally.histogram.get(Flag(int(flag)), 0) + count
    planned = period_ns // round(parameter.frequency_s * NS_PER_S)
    return tally.quality(max(expected, planned))
