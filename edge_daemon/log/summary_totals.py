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
from edge_daemon.log.counter_bound import BEYOND_POWER
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Parameter
from edge_daemon.log.summary import HOUR_NS, ChannelSummary, EnergySummary, FactorSummary, SummaryBody
from edge_daemon.log.summary_air import INDEX_HOURS, index_now
from edge_daemon.log.summary_counts import EnergyCounts, energy_counts
from edge_daemon.log.summary_fold import key_of
from edge_daemon.metrology.air_quality_index import Index
from edge_daemon.metrology.period import Claim, PeriodQuality, PeriodTally, claim_of

_SIGNS: Mapping[EnergyCounts, int] = {"adds": 1, "subtracts": -1, "none": 0}


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a period (UTC ns, whole hours). None: no sensor of record measures energy, so there is nothing to total.

    Energy and emissions are net: what subtracts by the plan is taken off. `readings` and `accepted` are those of the
    claimed channels; `qualities` is by (sensor, channel). `uncovered_s` is the time that adds no energy, of every
    sensor of record that measured some, hours without a summary included. `unbounded` are the sensors whose energy is
    of a counter of which neither a rated power nor a measured one tells how much can well be.
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
    unbounded: tuple[str, ...] = ()


def totals_of(current: Iterable[SummaryBody], plan: Plan, start_ns: int, end_ns: int) -> Totals:
    """Totals and claim from the current summaries whose hour lies in the period.

    Hours that no summary speaks of count as not covered: of each as many readings are expected as of the sensor's
    other hours on average, and of all together at least what the plan's frequency asks for.
    """
    within = sorted((one for one in current if start_ns <= key_of(one)[1] * HOUR_NS < end_ns), key=key_of)
    recorded = plan.recorded()
    sensors = {one.sensor for one in recorded}
    metered = [(one, sign) for one in within if (sign := _SIGNS[energy_counts(one, recorded)])]
    energies = [(one.energy, sign) for one, sign in metered if one.energy]
    due_us = len({one.sensor for one, _ in metered}) * (end_ns - start_ns) // 1000
    qualities = {(one.sensor, one.channel): _quality(one, within, end_ns - start_ns) for one in recorded}
    factors = {one.factor: None for one, _ in energies}
    return Totals(
        start_ns=start_ns,
        end_ns=end_ns,
        energy_kilowatt_hours=math.fsum(sign * one.kilowatt_hours for one, sign in energies) if energies else None,
        avoided_tonnes=math.fsum(sign * one.avoided_kilograms for one, sign in energies) / 1000 if energies else None,
        factors=tuple(factors),
        uncovered_s=(due_us - sum(one.covered_us for one, _ in energies)) / 1e6,
        readings=sum(one.readings for one in within if one.sensor in sensors),
        accepted=sum(one.accepted for one in within if one.sensor in sensors),
        qualities=qualities,
        claim=claim_of((sensor, quality) for (sensor, _), quality in sorted(qualities.items())),
        unbounded=tuple(sorted({one.sensor for one, _ in metered if one.energy and _is_unbounded(one.energy)})),
    )


def air_index(hours: Sequence[SummaryBody], sensor: str, number: int) -> Index | None:
    """The air quality index of a sensor at the end of the hour `number`, from the current summaries of a day."""
    by_hour = {key_of(one)[1]: one.air for one in hours if one.sensor == sensor}
    return index_now([by_hour.get(number - back) for back in range(INDEX_HOURS)])


def _quality(parameter: Parameter, within: Iterable[SummaryBody], period_ns: int) -> PeriodQuality:
    tally, expected, hours = PeriodTally(), 0, 0
    for one in within:
        if one.sensor != parameter.sensor or one.withdrawn:
            continue
        expected, hours = expected + one.expected, hours + 1
        channel = one.channels.get(parameter.channel)
        if channel is not None:
            tally.accepted += channel.accepted
            tally.total += channel.quality_sum
            _add_source(tally, channel)
            for flag, count in channel.flags.items():
                tally.histogram[Flag(int(flag))] = tally.histogram.get(Flag(int(flag)), 0) + count
    planned = period_ns // round(parameter.frequency_s * NS_PER_S)
    silent = -(-expected * (period_ns // HOUR_NS - hours) // hours) if hours else 0
    return tally.quality(max(expected + silent, planned))


def _is_unbounded(energy: EnergySummary) -> bool:
    if not energy.from_counter or energy.rated_kilowatts is not None or energy.basis != "counter":
        return False
    return energy.from_power is None or BEYOND_POWER in energy.counter_events


def _add_source(tally: PeriodTally, channel: ChannelSummary) -> None:
    """What the readings scored before caps, as far as every summary tells it."""
    source = channel.source
    if source is None:
        tally.source_total = None
        return
    if tally.source_total is not None:
        tally.source_total += source.total
    for flag, count in source.capped.items():
        tally.capped[Flag(int(flag))] = tally.capped.get(Flag(int(flag)), 0) + count
