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
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.due import Part, covers, missing_in
from edge_daemon.log.effective import NO_CALIBRATIONS, Effective
from edge_daemon.log.known_gap import KnownGap
from edge_daemon.log.pace import Beat, paces_of
from edge_daemon.log.plan import Plan
from edge_daemon.log.summary import HOUR_NS, ChannelSummary, GapSummary, ScoreSummary, SummaryBody
from edge_daemon.log.summary_air import air_of
from edge_daemon.log.summary_energy import energy_of_hour
from edge_daemon.log.summary_uncertainty import MeanUncertainty
from edge_daemon.metrology.period import EXCLUDED, RULES, PeriodQuality, PeriodTally
from edge_daemon.metrology.score import source_score


@dataclass(frozen=True, slots=True)
class Hour:
    """What one sensor's hour (its number since 1970) is computed from; readings and gaps are the sensor's.

    `readings` may reach beyond the hour on both sides: the neighbours say what power was at its ends.
    `configuration` gives the body of a configuration entry, `plan` the plan that held at an index, `swaps` the indices
    of the entries at which a sensor's instrument became another one, or doubtful, `calibrations` what the log says of
    those. `before_ns` and `after_ns` are when the sensor was last read before the hour and first after it (None: never,
    or not yet); `left` the amendments that took readings of the hour elsewhere.
    """

    sensor: str
    number: int
    readings: Sequence[Effective]
    gaps: Sequence[KnownGap]
    configuration: Callable[[int], ConfigurationBody]
    plan: Callable[[int], Plan]
    swaps: Callable[[str], Collection[int]] = lambda _sensor: ()
    calibrations: Calibrations = NO_CALIBRATIONS
    before_ns: int | None = None
    after_ns: int | None = None
    left: Collection[int] = ()

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
        """What the reading scored before any cap, by the calibration of its primary channel: as the recorder scored it,
        and as its quality is capped from."""
        return self.channel_score(one, self.configuration(one.original.configuration).primary)

    def channel_score(self, one: Effective, channel: str) -> int:
        """What one channel of the reading scores by the calibration that the reading names for it and its own stamp."""
        own = one.original
        named = own.calibrations.get(channel)
        made = None if named is None else self.calibrations.as_told(named, one.index)
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
    beats = [_beat(one, hour.configuration(one.original.configuration)) for one in inside]
    missing = missing_in(hour.start_ns, hour.end_ns, beats, hour.before_ns, hour.after_ns, hour.gaps)
    if not inside and (not missing.count or covers(missing.parts, hour.start_ns, hour.end_ns)):
        return None
    indices = [one.index for one in inside] + [part.gap.index for part in missing.parts]
    expected = _due(hour, beats) + missing.count
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
        gaps=tuple(_gap(part) for part in missing.parts),
        amended_by=tuple(sorted({amendment for one in inside for amendment in one.amended_by} | set(hour.left))),
        source=_source_of(whole_tally, whole),
    )


def _beat(one: Effective, configured: ConfigurationBody) -> Beat:
    silent_ns = round(configured.silent_after_s * NS_PER_S)
    return Beat(one.time.time_ns, configured.interval_ns, silent_ns, one.in_calibration is not None)


def _due(hour: Hour, beats: Sequence[Beat]) -> int:
    """How many of these readings, in the log's order, were due at the sensor's own pace.

    In calibration it is read more often: such a reading counts for the part of a step since the one before.
    """
    due, parts, before_ns = 0, Fraction(), hour.start_ns
    paces = paces_of(sorted(beats, key=lambda beat: beat.t_ns))
    for one in beats:
        step_ns, before_ns = one.t_ns - before_ns, one.t_ns
        pace_ns = paces[one.interval_ns]
        if one.for_calibration and 0 <= 2 * step_ns < pace_ns:
            parts += Fraction(step_ns, pace_ns)
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
            # No channel is better than its own calibration, nor than the reading, which the primary one's made.
            own = hour.channel_score(one, name)
            found[name].tally.add(min(one.quality, own), flag, min(source, own))
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
        extrapolated=channel.uncertainty.extrapolated,
        source=_source_of(channel.tally, quality),
    )


def _source_of(tally: PeriodTally, quality: PeriodQuality) -> ScoreSummary:
    capped = {str(int(flag)): count for flag, count in sorted(quality.capped.items())}
    return ScoreSummary(tally.source_total or 0, quality.source, capped, quality.by_coverage)


def _histogram(quality: PeriodQuality) -> Mapping[str, int]:
    return {str(int(flag)): count for flag, count in sorted(quality.histogram.items())}


def _gap(part: Part) -> GapSummary:
    start, end = rfc3339_from_ns(part.start_ns), rfc3339_from_ns(part.end_ns)
    return GapSummary(part.gap.index, start, end, part.expected, part.gap.causes)
