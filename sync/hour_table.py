# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The energy of one sensor's hour as a table, so that a spreadsheet can repeat it by adding up a column. Pure.

A row is a sample of power or of the meter's register. What it adds stands in the row, in kWh: for power the mean of
this row and the one before times the time between them; for the register its difference to the row before, and of
that the part that lies within the hour. Source: calibration reference, section 6.1; `edge_daemon.log.summary_energy`
computes the summaries, and the last row says what it makes of the same readings.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from itertools import pairwise

from edge_daemon.domain.rating import MARGIN, rated_power
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody
from edge_daemon.log.effective import Effective
from edge_daemon.log.plan import Plan
from edge_daemon.log.summary import HOUR_NS, EnergySummary
from edge_daemon.log.summary_energy import COUNTER, POWER, WIRE_UNITS
from edge_daemon.log.summary_fold import Told
from edge_daemon.log.summary_uncertainty import of_value
from edge_daemon.metrology.energy import DEFAULT_GAP_INTERVALS, PowerSample, counter_step, split_at
from edge_daemon.metrology.period import EXCLUDED

EDGE = "end of the hour, on the line between its neighbours"
EXCLUDED_WORDS = "failed or missing: not used"
OTHER_METER = "another meter than in the row before: adds nothing"
RECALIBRATED = "calibrated or adjusted since the row before: adds nothing"


@dataclass(frozen=True, slots=True)
class MeasuredHour:
    """What one sensor's hour is computed from, as `energy_of_hour` takes it; `told` is the summary in the log."""

    sensor: str
    start_ns: int
    readings: Sequence[Effective]
    configuration: ConfigurationBody
    plan: Plan
    same_meter: Callable[[Effective, Effective], bool]
    unbroken: Callable[[Effective, Effective, str], bool]
    energy: EnergySummary
    told: Told | None = None

    @property
    def end_ns(self) -> int:
        """Where the next hour begins."""
        return self.start_ns + HOUR_NS


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. The names are its heading; an empty text stands where there is nothing to say.

    `flag` as in the log (1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing); `dt_s` is the time since the row
    before, `inside_s` the part of it that lies within the hour. `…_uncertainty_…` is the expanded uncertainty of the
    row's power or register, of that number alone, in the unit named; `coverage_factor` is its k. Both are empty where
    no calibration made the value, it states none, or an amendment changed the value.
    """

    quantity: str
    index: int | str = ""
    reported_time: str = ""
    raw: float | str = ""
    value: float | str = ""
    flag: int | str = ""
    power_kw: float | str = ""
    power_uncertainty_kw: float | str = ""
    register_kwh: float | str = ""
    register_uncertainty_kwh: float | str = ""
    coverage_factor: float | str = ""
    dt_s: str = ""
    inside_s: str = ""
    kwh_from_power: float | str = ""
    kwh_from_register: float | str = ""
    kwh_of_hour: float | str = ""
    note: str = ""


def table_text(hour: MeasuredHour) -> str:
    """The table as CSV (RFC 4180) with a heading; numbers are the shortest that read back as the same double."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([field.name for field in fields(Row)])
    writer.writerows(astuple(row) for row in rows_of(hour))
    return out.getvalue()


def rows_of(hour: MeasuredHour) -> Iterator[Row]:
    """Power, then the register, then the hour itself."""
    ordered = sorted(hour.readings, key=lambda one: (one.time.time_ns, one.index))
    power, counter = (_channel(hour.configuration, name) for name in (POWER, COUNTER))
    gap_ns = _longest_gap_ns(hour, [one.name for one in (power, counter) if one])
    if power:
        yield from _power_rows(hour, ordered, power, gap_ns)
    if counter:
        rated = rated_power(hour.configuration.settings)
        if rated is None and power:
            rated = power.maximum * power.wire_factor
        yield from _register_rows(hour, ordered, counter, rated, gap_ns)
    yield _last_row(hour)


def _channel(configuration: ConfigurationBody, name: str) -> ChannelBody | None:
    named = (one for one in configuration.channels if one.wire_field == name and one.wire_unit == WIRE_UNITS[name])
    return next(named, None)


def _longest_gap_ns(hour: MeasuredHour, channels: Sequence[str]) -> int:
    planned = [found.longest_gap_s for name in channels if (found := hour.plan.of(hour.sensor, name))]
    if planned:
        return min(round(min(planned) * NS_PER_S), HOUR_NS)
    return min(DEFAULT_GAP_INTERVALS * hour.configuration.interval_ns, HOUR_NS)


def _samples(ordered: Sequence[Effective], channel: ChannelBody) -> Mapping[int, tuple[PowerSample, Effective]]:
    """The usable samples by time (UTC ns), in its order; of two at one time the first."""
    found: dict[int, tuple[PowerSample, Effective]] = {}
    for one in ordered:
        told = one.channels.get(channel.name)
        if told is not None and told.value is not None and told.flag not in EXCLUDED:
            sample = PowerSample(one.time.time_ns, told.value * channel.wire_factor)
            found.setdefault(sample.t_ns, (sample, one))
    return found


def _power_rows(hour: MeasuredHour, ordered: Sequence[Effective], channel: ChannelBody, gap_ns: int) -> Iterator[Row]:
    known = _samples(ordered, channel)
    rows: list[tuple[int, Row]] = []
    used: set[int] = set()
    before: PowerSample | None = None
    for run in _runs(hour, known.values(), channel):
        _, later = split_at(run, hour.start_ns, gap_ns)
        inside, _ = split_at(later, hour.end_ns, gap_ns)
        for place, sample in enumerate(inside):
            one = known[sample.t_ns][1] if sample.t_ns in known else None
            row = _power_row(sample, before, gap_ns, unbroken=place > 0)
            rows.append((sample.t_ns, _of(one, channel, row) if one else replace(row, note=row.note or EDGE)))
            used.add(sample.t_ns)
            before = sample
    rows += [(one.time.time_ns, _unused(one, channel)) for one in ordered if _is_unused(hour, one, channel, used)]
    yield from (row for _, row in sorted(rows, key=lambda item: item[0]))


def _runs(
    hour: MeasuredHour, samples: Iterable[tuple[PowerSample, Effective]], channel: ChannelBody
) -> Iterator[list[PowerSample]]:
    """The samples in stretches without a new calibration or an adjustment in between."""
    run: list[PowerSample] = []
    before: Effective | None = None
    for sample, one in samples:
        if before is not None and not hour.unbroken(before, one, channel.name):
            yield run
            run = []
        run.append(sample)
        before = one
    yield run


def _power_row(sample: PowerSample, before: PowerSample | None, gap_ns: int, *, unbroken: bool) -> Row:
    step, added, note = "", 0.0, ""
    if before is not None:
        step_ns = sample.t_ns - before.t_ns
        step = _seconds(step_ns)
        if not unbroken:
            note = RECALIBRATED
        elif step_ns > gap_ns:
            note = _too_long(gap_ns)
        else:
            added = (before.kilowatts + sample.kilowatts) / 2.0 * step_ns / HOUR_NS
    return Row(
        "power",
        reported_time=rfc3339_from_ns(sample.t_ns),
        power_kw=sample.kilowatts,
        dt_s=step,
        inside_s=step,
        kwh_from_power=added,
        note=note,
    )


def _is_unused(hour: MeasuredHour, one: Effective, channel: ChannelBody, used: set[int]) -> bool:
    inside = hour.start_ns <= one.time.time_ns < hour.end_ns
    return inside and channel.name in one.channels and one.time.time_ns not in used


def _unused(one: Effective, channel: ChannelBody) -> Row:
    return _of(one, channel, Row("power", reported_time=rfc3339_from_ns(one.time.time_ns), note=EXCLUDED_WORDS))


def _register_rows(
    hour: MeasuredHour, ordered: Sequence[Effective], channel: ChannelBody, rated: float | None, gap_ns: int
) -> Iterator[Row]:
    samples = list(_samples(ordered, channel).values())
    begun = False
    for (before, first), (after, last) in pairwise(samples):
        inside_ns = min(after.t_ns, hour.end_ns) - max(before.t_ns, hour.start_ns)
        if inside_ns <= 0:
            continue
        if not begun:
            yield _of(first, channel, _register_row(before, ""))
            begun = True
        length_ns = after.t_ns - before.t_ns
        added, note = 0.0, ""
        if length_ns > gap_ns:
            note = _too_long(gap_ns)
        elif not hour.same_meter(first, last):
            note = OTHER_METER
        elif not hour.unbroken(first, last, channel.name):
            note = RECALIBRATED
        else:
            gained = after.kilowatts - before.kilowatts
            most = (math.inf if gained >= 0 else 0.0) if rated is None else max(MARGIN * rated * length_ns / HOUR_NS, 1)
            modulus = channel.maximum * channel.wire_factor
            step = counter_step(before.kilowatts, after.kilowatts, modulus, most)
            note = "" if step.kind == "normal" else step.kind
            if step.kind in {"normal", "rollover"}:
                added = step.kilowatt_hours * (inside_ns / length_ns)
        yield _of(last, channel, _register_row(after, note, length_ns, inside_ns, added))


def _register_row(
    sample: PowerSample, note: str, length_ns: int | None = None, inside_ns: int = 0, added: float = 0.0
) -> Row:
    return Row(
        "register",
        reported_time=rfc3339_from_ns(sample.t_ns),
        register_kwh=sample.kilowatts,
        dt_s="" if length_ns is None else _seconds(length_ns),
        inside_s="" if length_ns is None else _seconds(inside_ns),
        kwh_from_register=added,
        note=note,
    )


def _last_row(hour: MeasuredHour) -> Row:
    energy, told = hour.energy, hour.told
    words = f"from the {'register' if energy.basis == 'counter' else 'power'} of {hour.sensor}"
    if told is None or told.body.energy is None:
        words += "; the log has no summary of this hour yet"
    else:
        kept = told.body.energy.kilowatt_hours
        same = "the same" if kept == energy.kilowatt_hours else f"another value, {kept!r}: it was computed from others"
        words += f"; the summary in entry {told.index} of the log says {same}"
    time = rfc3339_from_ns(hour.start_ns)
    return Row("hour", reported_time=time, kwh_of_hour=energy.kilowatt_hours, note=words)


def _of(one: Effective, channel: ChannelBody, row: Row) -> Row:
    """The row with what the reading says of the channel."""
    value = one.channels[channel.name]
    raw = "" if value.raw is None else value.raw
    told = "" if value.value is None else value.value
    return _sure(one, channel, replace(row, index=one.index, raw=raw, value=told, flag=int(value.flag)))


def _sure(one: Effective, channel: ChannelBody, row: Row) -> Row:
    """The row with the expanded uncertainty of its power or register, as far as that is known."""
    made, found = one.made_with.get(channel.name), of_value(one, channel.name, one.channels[channel.name])
    if made is None or made.uncertainty is None or found is None:
        return row
    factor = made.uncertainty.factor
    expanded = factor * math.hypot(found.shared, found.own) * channel.wire_factor
    if not math.isfinite(expanded):
        return row
    if row.quantity == "power":
        return replace(row, power_uncertainty_kw=expanded, coverage_factor=factor)
    return replace(row, register_uncertainty_kwh=expanded, coverage_factor=factor)


def _too_long(gap_ns: int) -> str:
    return f"more than {_seconds(gap_ns)} s after the row before: adds nothing"


def _seconds(ns: int) -> str:
    whole, rest = divmod(ns, NS_PER_S)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
