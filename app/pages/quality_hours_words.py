# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How hourly summaries and what they add up to are said to a person. Pure."""

from collections.abc import Iterator, Mapping

from app.client.times import seconds_of
from app.pages.gap_words import from_text, length_text, missed_text, to_text
from app.pages.quality_growth_words import growth_lines
from app.pages.quality_words import FLAGS
from app.pages.words import duration_text, sensor_name
from edge_daemon.api.messages import GapMessage, SensorMessage
from edge_daemon.api.messages_summaries import FactorUsed, MetricsReply, ParameterQuality, SummaryMessage
from edge_daemon.domain.causes import causes_text
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.rounding import rounded
from edge_daemon.log.summary import (
    ChannelSummary,
    EnergySummary,
    FactorSummary,
    GapSummary,
    ScoreSummary,
    SummaryBody,
)

LEVELS = {"high": "✓ high", "medium": "◑ medium", "basic": "▽ basic"}
NONE = "–"
_CAPS = {Flag.NOT_EVALUATED: "0.89", Flag.SUSPECT: "0.69"}
_REASONS = {
    "late_data": "data that came late",
    "calibration": "a certificate that tells of an adjustment before",
    "amendment": "an amendment",
    "plan": "another plan",
    "moved_away": "its readings were moved elsewhere",
    "rules": "newer rules",
}


def level_text(level: str | None) -> str:
    """Glyph and word of a level, so that colour never stands alone."""
    return LEVELS.get(level, level) if level else "✕ none"


def quality_text(hundredths: int | None) -> str:
    """A score from 0 to 1; a dash where there is none."""
    return NONE if hundredths is None else f"{hundredths / 100:.2f}"


def number_text(value: float | None, digits: int = 4) -> str:
    """A measured number in as many digits as say something; a dash where there is none."""
    if value is None:
        return NONE
    return f"{value:.1f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def uncertain_text(value: float | None, uncertainty: float | None) -> str:
    """The value and, where it is known, its standard uncertainty, both to the same place."""
    if value is None or not uncertainty:
        return number_text(value) if uncertainty is None or value is None else f"{number_text(value)} ± 0"
    return " ± ".join(rounded(value, uncertainty))


def name_of(sensor_id: str, sensors: Mapping[str, SensorMessage]) -> str:
    """What a person calls the sensor, as far as it is known still."""
    return sensor_name(sensors[sensor_id]) if sensor_id in sensors else sensor_id


def hour_text(hour: str) -> str:
    """When an hour began, UTC."""
    return f"{hour[:10]} {hour[11:16]}"


def gaps_short(gaps: tuple[GapSummary, ...]) -> str:
    """How many gaps and how long together."""
    seconds = sum(seconds_of(gap.end) - seconds_of(gap.start) for gap in gaps)
    return f"{len(gaps)}, {_minutes(seconds)}" if gaps else NONE


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def summary_text(told: SummaryMessage, sensors: Mapping[str, SensorMessage]) -> str:
    """Everything the summary says, a line each."""
    return "\n".join(_summary_lines(told, sensors))


def _summary_lines(told: SummaryMessage, sensors: Mapping[str, SensorMessage]) -> Iterator[str]:
    one = told.summary
    yield f"{name_of(one.sensor, sensors)}, hour from {hour_text(one.hour)} UTC. Entry {told.index} of the log."
    yield (
        f"{one.accepted} of {one.expected} expected readings count ({one.coverage} %). Quality "
        f"{quality_text(one.score)}, level {level_text(one.level)}, by rules {one.rules}. "
        f"Readings: {flags_text(one.flags)}."
    )
    if one.source is not None:
        yield _score_line(one.source, one.score)
    yield from _channel_lines(one, sensors)
    if one.energy is not None:
        yield from _energy_lines(one.energy)
    if one.air is not None and one.air.index is not None:
        yield f"Air quality index of the hour: {one.air.index}, by {one.air.dominant}."
    yield from _gap_lines(one.gaps)
    if one.replaces is not None:
        causes = ", ".join(_REASONS.get(reason, reason.replace("_", " ")) for reason in one.reasons)
        yield f"Replaces the summary at entry {one.replaces}, because of {causes}."
    if one.amended_by:
        yield f"Amended by entry {', '.join(map(str, one.amended_by))}."
    if one.plan is not None:
        yield f"Plan at entry {one.plan}."


def _score_line(source: ScoreSummary, quality: int | None) -> str:
    if source.mean is None:
        return "No reading counts, so there is no score."
    said = f"Score by the age of the calibration {quality_text(source.mean)}"
    if not source.capped and not source.by_coverage:
        return f"{said}; nothing caps it."
    return f"{said}, quality {quality_text(quality)}: {caps_text(source.capped, by_coverage=source.by_coverage)}."


def caps_text(capped: Mapping[str, int], *, by_coverage: bool) -> str:
    """What capped the score: how many readings by which flag, and coverage. Empty where nothing did."""
    said = [
        f"{count} {FLAGS[flag][1]}: ≤ {most}"
        for flag, most in _CAPS.items()
        if (count := capped.get(str(int(flag)), 0))
    ]
    if by_coverage:
        said.append("coverage below 75 %: ≤ 0.69, below 50 %: none")
    return "; ".join(said)


def _channel_lines(one: SummaryBody, sensors: Mapping[str, SensorMessage]) -> Iterator[str]:
    known = sensors.get(one.sensor)
    labels = {channel.name: channel.label for channel in known.channels} if known else {}
    for name, channel in one.channels.items():
        yield f"• {labels.get(name, name)}: {_channel_text(channel)}"


def _channel_text(channel: ChannelSummary) -> str:
    if channel.mean is None:
        return f"no value counts. Readings: {flags_text(channel.flags)}."
    mean = uncertain_text(channel.mean, channel.uncertainty)
    span = f"{number_text(channel.minimum)} to {number_text(channel.maximum)}"
    score = "" if channel.source is None else f"score {quality_text(channel.source.mean)}, "
    return (
        f"mean {mean} {channel.unit}, {span}; coverage {channel.coverage} %, {score}quality "
        f"{quality_text(channel.score)}. "
        f"Readings: {flags_text(channel.flags)}.{_beyond_text(channel)}"
    )


def _beyond_text(channel: ChannelSummary) -> str:
    if not channel.extrapolated:
        return ""
    count = "every value" if channel.extrapolated == channel.accepted else f"{channel.extrapolated} of the values"
    return f" ⚠ {count[0].upper()}{count[1:]} outside the points of the calibration: less sure than inside."


def _energy_lines(energy: EnergySummary) -> Iterator[str]:
    basis = "its counter" if energy.basis == "counter" else "power over time"
    covered = duration_text(energy.covered_us / 1e6)
    yield (
        f"Energy {uncertain_text(energy.kilowatt_hours, energy.uncertainty)} kWh by {basis} "
        f"({', '.join(energy.channels)}), covering {covered}; {duration_text(energy.uncovered_us / 1e6)} add nothing."
    )
    if energy.agree is not None:
        words = "agree" if energy.agree else "⚠ differ by more than 2 %"
        counter, power = number_text(energy.from_counter), number_text(energy.from_power)
        yield f"Counter {counter} kWh, power {power} kWh: they {words}."
    events = [f"{count} × {name.replace('_', ' ')}" for name, count in energy.counter_events.items() if count]
    if events:
        yield f"⚠ The counter: {', '.join(events)}."
    yield f"Avoided {number_text(energy.avoided_kilograms)} kg CO₂ by {factor_text(energy.factor)}"


def _gap_lines(gaps: tuple[GapSummary, ...]) -> Iterator[str]:
    if not gaps:
        yield "No gaps."
    for gap in gaps:
        length = duration_text(seconds_of(gap.end) - seconds_of(gap.start))
        yield (
            f"Gap {gap.start[11:19]} to {gap.end[11:19]} UTC ({length}), {gap.expected} readings missed: "
            f"{causes_text(gap.causes)}."
        )


def flags_text(flags: Mapping[str, int]) -> str:
    """How many readings have which flag."""
    told = [f"{count} {FLAGS[Flag(int(flag))][1]}" for flag, count in sorted(flags.items()) if count]
    return ", ".join(told) or "none"


def factor_text(factor: FactorSummary | FactorUsed) -> str:
    """The grid factor with its name, date and source."""
    loss = f", loss {factor.loss:.1%}" if factor.loss else ""
    said = f"{factor.kilograms_per_kilowatt_hour:g} kg CO₂/kWh{loss}"
    if factor.legacy_default:
        return f"{said}: ⚠ legacy default. The plan names no grid factor, so this proves nothing."
    return f"{said}: {factor.name}, {factor.date}, {factor.source}."


# ---- totals and claim -----------------------------------------------------------------------------------------------


def claim_text(told: MetricsReply, sensors: Mapping[str, SensorMessage]) -> str:
    """Whether the period may be claimed, and whose fault it is if not."""
    claim = told.claim
    if claim.claim:
        return (
            f"✓ May be claimed: level {claim.level}, quality {_fraction(claim.quality)}. "
            f"{name_of(claim.sensor_id, sensors)} decides: the worst sensor of record counts, not the average."
        )
    if claim.refused == "no_sensor":
        return "✕ Nothing may be claimed: the plan names no sensor of record. Write one under “Plan”."
    name = name_of(claim.sensor_id, sensors)
    mine = [one for one in told.parameters if one.sensor_id == claim.sensor_id]
    covered = f" ({min(one.coverage for one in mine):.0%})" if mine else ""
    return (
        f"✕ Nothing may be claimed: {name} covers too little of the period{covered}; at least 50 % are needed. "
        "The worst sensor of record decides."
    )


def totals_text(told: MetricsReply) -> str:
    """What the hours add up to."""
    return "\n".join(_totals_lines(told))


def _totals_lines(told: MetricsReply) -> Iterator[str]:
    yield f"Project {told.project_id}, {hour_text(told.period_start)} to {hour_text(told.period_end)} UTC."
    if not told.complete:
        yield "⚠ The recorder is still reading its log after the start: hours may be missing here. Refresh later."
    yield f"Plan: entry {told.plan} of the log." if told.plan is not None else "There is no plan yet."
    energy, avoided = told.metrics.total_energy_generated_kwh, told.metrics.total_co2_reduced_tons
    if energy is None or avoided is None:
        yield "Energy and avoided CO₂: no sensor of record measured energy in these hours."
    else:
        yield f"Energy: {energy:,.3f} kWh. Not covered, and adding nothing: {duration_text(told.uncovered_s)}."
        yield f"Avoided: {avoided:,.6f} t CO₂."
        yield from (f"Grid factor: {factor_text(one)}" for one in told.factors)
    for sensor in told.unbounded:
        yield (
            f"⚠ Nothing bounds the counter of {sensor}: a register that runs away would be counted. Set the rated "
            "power of the plant at this sensor."
        )
    data = told.data_quality
    yield f"Readings of the sensors of record: {data.valid_readings:,} of {data.total_readings:,} count."
    if told.rules:
        yield f"Energy, quality, level and claim by rules {told.rules}."
    yield from _nature_lines(told)
    for plant in told.performance:
        yield (
            f"Performance ratio of {plant.meter_sensor_id} in the sun of {plant.sun_sensor_id}: {plant.ratio:.3f} over "
            f"{plant.hours} hours of strong sun, {plant.least:.2f} to {plant.greatest:.2f} by hour. Compare it with "
            "other periods: a change of more than 5 % between calibrations says that both fit no longer."
        )
    for one in told.air_quality:
        index = NONE if one.index is None else f"{one.index}, by {one.dominant}"
        yield f"Air quality index of {one.sensor_id} at the end of the period: {index}."


def _nature_lines(told: MetricsReply) -> Iterator[str]:
    for soil in told.soil_respiration:
        whole = "" if soil.hours == soil.due else f", ⚠ from {soil.hours} of {soil.due} hours: no mean of whole days"
        amount = f"{number_text(soil.carbon_g_m2_day)} g C per m² and day{whole}"
        yield f"Soil respiration of {soil.sensor_id}: {amount}. An emission, no sequestration."
    for stem in told.stem_growth:
        yield from growth_lines(stem)


def parameter_cells(one: ParameterQuality, sensors: Mapping[str, SensorMessage]) -> tuple[str, ...]:
    """Sensor, channel, how many count, coverage, score, quality, level, flags, and what capped the score."""
    return (
        name_of(one.sensor_id, sensors),
        one.channel,
        f"{one.accepted:,} of {one.expected:,}",
        f"{one.coverage:.0%}",
        _fraction(one.source_score),
        _fraction(one.quality),
        level_text(one.level),
        flags_text(one.flags),
        caps_text(one.capped, by_coverage=one.capped_by_coverage) or NONE,
    )


def gap_cells(gap: GapMessage, sensors: Mapping[str, SensorMessage]) -> tuple[str, ...]:
    """Sensor, from, to, how long, readings missed, and why."""
    return (
        name_of(gap.sensor_id, sensors),
        from_text(gap),
        to_text(gap),
        length_text(gap),
        missed_text(gap),
        causes_text(gap.causes),
    )


def _fraction(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"
