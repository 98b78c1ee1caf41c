# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Computes the summary of one sensor's hour from its readings as they are to be read now. Pure.

Sums are exact before they are rounded once (`math.fsum`), so that the same log gives the same bytes.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from edge_daemon.domain.channel import Flag, worse
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.effective import NO_CALIBRATIONS, Effective
from edge_daemon.log.plan import Plan
from edge_daemon.log.summary import HOUR_NS, ChannelSummary, GapSummary, ScoreSummary, SummaryBody
from edge_daemon.log.summary_air import air_of
from edge_daemon.log.summary_energy import energy_of_hour
from edge_daemon.log.summary_uncertainty import MeanUncertainty
from edge_daemon.metrology.period import EXCLUDED, RULES, PeriodQuality, PeriodTally
from edge_daemon.metrology.score import source_score


@dataclass(frozen=True, slots=True)
class KnownGap:
    """A gap of a sensor in reported time (UTC ns), as amended; `index` is its entry."""

    index: int
    sensor: str
    start_ns: int
    end_ns: int
    expected: int
    causes: tuple[str, ...]

    def share(self, start_ns: int, end_ns: int) -> int:
        """How many of the expected readings fall into this time: shares of adjoining times add up to `expected`."""
        length = self.end_ns - self.start_ns
        until = min(max(end_ns - self.start_ns, 0), length)
        before = min(max(start_ns - self.start_ns, 0), length)
        return self.expected * until // length - self.expected * before // length


@dataclass(frozen=True, slots=True)
class Hour:
    """What one sensor's hour (its number since 1970) is computed from; readings and gaps are the sensor's.

    `readings` may reach beyond the hour on both sides: the neighbours say what power was at its ends.
    `configuration` gives the body of a configuration entry, `plan` the plan that held at an index, `swaps` the indices
    of the entries at which a sensor's instrument became another one, or doubtful, `calibrations` what the log says of
    those.
    """

    sensor: str
    number: int
    readings: Sequence[Effective]
    gaps: Sequence[KnownGap]
    configuration: Callable[[int], ConfigurationBody]
    plan: Callable[[int], Plan]
    swaps: Callable[[str], Collection[int]] = lambda _sensor: ()
    calibrations: Calibrations = NO_CALIBRATIONS

    def same_meter(self, first: Effective, last: Effective) -> bool:
        """Whether one instrument, set up the same way, made both readings: only then has its counter a difference."""
        one, other = first.original, last.original
        low, high = sorted((first.index, last.index))
        if one.sensor != other.sensor or any(low < swap <= high for swap in self.swaps(one.sensor)):
            return False
        if one.configuration == other.configuration:
            return True
        return _source(self.configuration(one.configuration)) == _source(self.configuration(other.configuration))

    def unbroken(self, first: Effective, last: Effective, channel: str) -> bool:
        """Whether one function made the channel's values of both readings, on an instrument that was not adjusted."""
        one, other = first.original, last.original
        if one.sensor == other.sensor:
            low, high = sorted((first.index, last.index))
            return self.calibrations.continuous(one.sensor, channel, low, high)
        functions = [made.function if (made := by.made_with.get(channel)) else None for by in (first, last)]
        return functions[0] == functions[1]

    def source_score(self, one: Effective) -> int:
        """What the reading scored before any cap, by the calibration that it names for its primary channel and its own
        stamp: as the recorder scored it, and as its quality is capped from."""
        own = one.original
        named = own.calibrations.get(self.configuration(own.configuration).primary)
        made = None if named is None else self.calibrations.by_index.get(named)
        return source_score(None if made is None else made.age_days(own.t_ns))

    @property
    def start_ns(self) -> int:
        """Where the hour begins, UTC ns."""
        return self.number * HOUR_NS

    @property
    def end_ns(self) -> int:
        """Where the next one begins."""
        return self.start_ns + HOUR_NS


def _source(body: ConfigurationBody) -> tuple[object, ...]:
    """What decides which counter is read, and how."""
    return body.model, body.driver, body.driver_version, dict(body.settings), body.connection.port


@dataclass(slots=True)
class _Channel:
    tally: PeriodTally = field(default_factory=PeriodTally)
    values: list[float] = field(default_factory=list)
    uncertainty: MeanUncertainty = field(default_factory=MeanUncertainty)


def summarise(hour: Hour) -> SummaryBody | None:
    """The hour's summary, without `replaces` and reasons; None where it holds nothing or lies wholly inside gaps."""
    inside = [one for one in hour.readings if hour.start_ns <= one.time.time_ns < hour.end_ns]
    inside.sort(key=lambda one: one.index)
    gaps = [gap for gap in hour.gaps if gap.start_ns < hour.end_ns and gap.end_ns > hour.start_ns]
    missed = sum(gap.share(hour.start_ns, hour.end_ns) for gap in gaps)
    if not inside and (not missed or _covers(gaps, hour.start_ns, hour.end_ns)):
        return None
    indices = [one.index for one in inside] + [gap.index for gap in gaps]
    expected = _due(hour, inside) + missed
    configuration = hour.configuration(inside[-1].original.configuration) if inside else None
    plan = hour.plan(max(indices))
    channels, whole_tally = _channels(hour, inside, configuration, expected)
    whole = whole_tally.quality(expected)
    return SummaryBody(
        sensor=hour.sensor,
        hour=rfc3339_from_ns(hour.start_ns),
        kind=configuration.kind if configuration else "",
        primary=configuration.primary if configuration else "",
        readings=len(inside),
        expected=expected,
        accepted=whole.accepted,
        coverage=whole.coverage,
        score=whole.score,
        level=whole.level,
        rules=RULES,
        flags=_histogram(whole),
        channels=channels,
        first=min(indices),
        last=max(indices),
        plan=plan.index if plan.body else None,
        energy=energy_of_hour(
            hour.readings, hour.start_ns, configuration, hour.sensor, plan, hour.same_meter, hour.unbroken
        )
        if configuration
        else None,
        air=air_of(channels, configuration.channels) if configuration else None,
        gaps=tuple(_gap(gap, hour.start_ns, hour.end_ns) for gap in sorted(gaps, key=lambda gap: gap.index)),
        amended_by=tuple(sorted({amendment for one in inside for amendment in one.amended_by})),
        source=_source_of(whole_tally, whole),
    )


def _due(hour: Hour, inside: Iterable[Effective]) -> int:
    """How many of these readings were due as the sensor is configured.

    In calibration it is read more often: such a reading counts for the part of an interval since the one before.
    """
    due, parts, before_ns = 0, Fraction(), hour.start_ns
    for one in inside:
        step_ns, before_ns = one.time.time_ns - before_ns, one.time.time_ns
        interval_ns = hour.configuration(one.original.configuration).interval_ns
        if one.in_calibration is not None and 0 <= 2 * step_ns < interval_ns:
            parts += Fraction(step_ns, interval_ns)
        else:
            due += 1
    return due + math.floor(parts)


def _channels(
    hour: Hour, inside: Iterable[Effective], configuration: ConfigurationBody | None, expected: int
) -> tuple[dict[str, ChannelSummary], PeriodTally]:
    known = {one.name: one for one in configuration.channels} if configuration else {}
    found = {name: _Channel() for name in known}
    whole = PeriodTally()
    for one in inside:
        units = {channel.name: channel.unit for channel in hour.configuration(one.original.configuration).channels}
        usable: list[Flag] = []
        source = hour.source_score(one)
        for name, value in one.channels.items():
            if name not in known:
                continue
            # A number in another unit than the hour's last one cannot be added to it.
            flag = value.flag if units.get(name) == known[name].unit or value.flag is Flag.MISSING else Flag.FAIL
            found[name].tally.add(one.quality, flag, source)
            if flag not in EXCLUDED and value.value is not None:
                found[name].values.append(value.value)
                found[name].uncertainty.add(one, name, value)
            if flag not in EXCLUDED or (configuration and name == configuration.primary):
                usable.append(flag)
        whole.add(one.quality, _worst(usable), source)
    return {name: _channel(known[name], channel, expected) for name, channel in found.items()}, whole


def _worst(flags: Iterable[Flag]) -> Flag:
    found = None
    for flag in flags:
        found = flag if found is None else worse(found, flag)
    return Flag.FAIL if found is None else found


def _channel(told: ChannelBody, channel: _Channel, expected: int) -> ChannelSummary:
    quality, values = channel.tally.quality(expected), channel.values
    return ChannelSummary(
        unit=told.unit,
        accepted=quality.accepted,
        mean=math.fsum(values) / len(values) if values else None,
        minimum=min(values, default=None),
        maximum=max(values, default=None),
        flags=_histogram(quality),
        quality_sum=channel.tally.total,
        coverage=quality.coverage,
        score=quality.score,
        level=quality.level,
        uncertainty=channel.uncertainty.standard,
        source=_source_of(channel.tally, quality),
    )


def _source_of(tally: PeriodTally, quality: PeriodQuality) -> ScoreSummary:
    capped = {str(int(flag)): count for flag, count in sorted(quality.capped.items())}
    return ScoreSummary(tally.source_total or 0, quality.source, capped, quality.by_coverage)


def _histogram(quality: PeriodQuality) -> Mapping[str, int]:
    return {str(int(flag)): count for flag, count in sorted(quality.histogram.items())}


def _gap(gap: KnownGap, start_ns: int, end_ns: int) -> GapSummary:
    return GapSummary(
        index=gap.index,
        start=rfc3339_from_ns(max(gap.start_ns, start_ns)),
        end=rfc3339_from_ns(min(gap.end_ns, end_ns)),
        expected=gap.share(start_ns, end_ns),
        causes=gap.causes,
    )


def _covers(gaps: Iterable[KnownGap], start_ns: int, end_ns: int) -> bool:
    """Whether the gaps together leave nothing of the time."""
    reached_ns = start_ns
    for gap in sorted(gaps, key=lambda gap: gap.start_ns):
        if gap.start_ns > reached_ns:
            return False
        reached_ns = max(reached_ns, gap.end_ns)
    return reached_ns >= end_ns
