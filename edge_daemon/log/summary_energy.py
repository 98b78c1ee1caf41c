# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The energy of one hour from a sensor's power and its meter's counter, and the emissions it avoids. Pure.

Source: calibration reference, sections 6.1 and 6.2. Time between two readings that are further apart than the plan
bridges adds nothing, in the counter as in power; what spans an end of the hour is split there on a straight line.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from edge_daemon.domain.rating import rated_power
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody
from edge_daemon.log.counter_bound import BEYOND_POWER, CounterBound
from edge_daemon.log.effective import Effective
from edge_daemon.log.plan import Plan
from edge_daemon.log.summary import HOUR_NS, EnergySummary, FactorSummary
from edge_daemon.log.summary_uncertainty import of_counter, of_power
from edge_daemon.metrology.energy import (
    DEFAULT_GAP_INTERVALS,
    LEGACY_DEFAULT,
    Energy,
    GridFactor,
    PowerSample,
    avoided_kilograms,
    counter_step,
    energy_of,
    split_at,
)
from edge_daemon.metrology.period import EXCLUDED

POWER, COUNTER = "active_power", "energy_total"
WIRE_UNITS = {POWER: "kW", COUNTER: "kWh"}
AGREE = 0.02


@dataclass(frozen=True, slots=True)
class _Counted:
    kilowatt_hours: float
    covered_ns: int
    events: dict[str, int] = field(default_factory=dict)
    uncertainty: float | None = None
    plausible: bool = True


def measures_energy(configuration: ConfigurationBody) -> bool:
    """Whether a sensor's hours have energy, so that the readings next to an hour matter to it."""
    return bool(energy_channels(configuration))


def energy_channels(configuration: ConfigurationBody) -> list[str]:
    """The names of the channels that tell power or count energy."""
    return [one.name for one in configuration.channels if any(_measures(one, name) for name in WIRE_UNITS)]


def energy_of_hour(
    readings: Sequence[Effective],
    start_ns: int,
    configuration: ConfigurationBody,
    sensor: str,
    plan: Plan,
    same_meter: Callable[[Effective, Effective], bool] = lambda _first, _last: True,
    unbroken: Callable[[Effective, Effective, str], bool] = lambda _first, _last, _channel: True,
) -> EnergySummary | None:
    """Energy from `start_ns` (UTC ns) on for an hour; `readings` reach beyond it. None for a sensor without power.

    No difference of the counter is taken between two readings that are not of the `same_meter`, and neither counter nor
    power says anything of the time between two whose channel is not `unbroken`.
    """
    power = next((one for one in configuration.channels if _measures(one, POWER)), None)
    counter = next((one for one in configuration.channels if _measures(one, COUNTER)), None)
    channels = tuple(one.name for one in (power, counter) if one is not None)
    if not channels:
        return None
    gap_ns = _longest_gap_ns(configuration, sensor, channels, plan)
    ordered = sorted(readings, key=lambda one: (one.time.time_ns, one.index))
    measured = _series(ordered, power) if power else []
    integrated = _integrated(measured, unbroken, power, start_ns, gap_ns) if power else None
    counted = None
    if counter:

        def countable(first: Effective, last: Effective) -> bool:
            return same_meter(first, last) and unbroken(first, last, counter.name)

        rated, span = rated_power(configuration.settings), power.maximum * power.wire_factor if power else None
        seen = {one.t_ns: one.kilowatts for one, _ in measured}
        bound = CounterBound.of(rated, span, seen, start_ns, configuration.interval_ns)
        counted = _counted(_series(ordered, counter), countable, counter, bound, start_ns, gap_ns)
    trusted = counted is not None and not counted.events.keys() & {"jump", "reset"}
    if counted and trusted and counted.covered_ns and (not integrated or counted.covered_ns >= integrated.covered_ns):
        chosen, by_counter = counted, True
    elif integrated:
        chosen, by_counter = integrated, False
    else:
        chosen, by_counter = counted if counted and counted.plausible else _Counted(0.0, 0), True
    factor = _factor(sensor, channels, plan)
    grid = GridFactor(factor.name, factor.kilograms_per_kilowatt_hour, 0, factor.source)
    return EnergySummary(
        kilowatt_hours=chosen.kilowatt_hours,
        basis="counter" if by_counter else "power",
        channels=channels,
        covered_us=chosen.covered_ns // 1000,
        uncovered_us=(HOUR_NS - chosen.covered_ns) // 1000,
        from_power=integrated.kilowatt_hours if integrated and integrated.covered_ns else None,
        from_counter=counted.kilowatt_hours if counted and counted.covered_ns else None,
        agree=_agree(integrated, counted),
        counter_events=counted.events if counted else {},
        factor=factor,
        avoided_kilograms=avoided_kilograms(chosen.kilowatt_hours, grid, factor.loss),
        uncertainty=chosen.uncertainty,
        rated_kilowatts=rated_power(configuration.settings),
    )


def _measures(channel: ChannelBody, name: str) -> bool:
    return channel.wire_field == name and channel.wire_unit == WIRE_UNITS[name]


def _longest_gap_ns(configuration: ConfigurationBody, sensor: str, channels: Sequence[str], plan: Plan) -> int:
    planned = [found.longest_gap_s for name in channels if (found := plan.of(sensor, name))]
    longest_ns = round(min(planned) * NS_PER_S) if planned else DEFAULT_GAP_INTERVALS * configuration.interval_ns
    return min(longest_ns, HOUR_NS)


def _series(ordered: Sequence[Effective], channel: ChannelBody) -> list[tuple[PowerSample, Effective]]:
    found: dict[int, tuple[PowerSample, Effective]] = {}
    for one in ordered:
        value = one.channels.get(channel.name)
        if value is not None and value.value is not None and value.flag not in EXCLUDED:
            sample = PowerSample(one.time.time_ns, value.value * channel.wire_factor)
            found.setdefault(sample.t_ns, (sample, one))
    return list(found.values())


def _integrated(
    samples: Sequence[tuple[PowerSample, Effective]],
    unbroken: Callable[[Effective, Effective, str], bool],
    power: ChannelBody,
    start_ns: int,
    gap_ns: int,
) -> _Counted:
    runs: list[list[tuple[PowerSample, Effective]]] = []
    for sample, one in samples:
        if not runs or not unbroken(runs[-1][-1][1], one, power.name):
            runs.append([])
        runs[-1].append((sample, one))
    parts = [_within([sample for sample, _ in run], start_ns, gap_ns) for run in runs]
    kilowatt_hours, covered_ns = (
        math.fsum(part.kilowatt_hours for part in parts),
        sum(part.covered_ns for part in parts),
    )
    return _Counted(kilowatt_hours, covered_ns, uncertainty=_of_runs(runs, parts, power, start_ns, gap_ns))


def _within(samples: Sequence[PowerSample], start_ns: int, gap_ns: int) -> Energy:
    _, later = split_at(samples, start_ns, gap_ns)
    inside, _ = split_at(later, start_ns + HOUR_NS, gap_ns)
    return energy_of(inside, gap_ns)


def _of_runs(
    runs: Sequence[Sequence[tuple[PowerSample, Effective]]],
    parts: Sequence[Energy],
    power: ChannelBody,
    start_ns: int,
    gap_ns: int,
) -> float | None:
    """Uncertainty of the energy: the runs' added up, since they mostly share what made it."""

    def integrate(numbers: Sequence[tuple[int, float]]) -> float:
        factor = abs(power.wire_factor)
        return _within(
            [PowerSample(t_ns, number * factor) for t_ns, number in numbers], start_ns, gap_ns
        ).kilowatt_hours

    end_ns = start_ns + HOUR_NS
    found: list[float | None] = []
    for run, part in zip(runs, parts, strict=True):
        if part.covered_ns:
            near = [(one, at.t_ns) for at, one in run if start_ns - gap_ns <= at.t_ns <= end_ns + gap_ns]
            count = sum(start_ns <= t_ns <= end_ns for _, t_ns in near)
            found.append(of_power(near, count, power.name, integrate))
    known = [one for one in found if one is not None]
    return math.fsum(known) if known and len(known) == len(found) else None


def _counted(
    samples: Sequence[tuple[PowerSample, Effective]],
    same_meter: Callable[[Effective, Effective], bool],
    counter: ChannelBody,
    bound: CounterBound,
    start_ns: int,
    gap_ns: int,
) -> _Counted:
    parts: list[float] = []
    steps: list[tuple[Effective, Effective, float]] = []
    covered_ns = 0
    events: dict[str, int] = {}
    found = [
        (before, first, after, last, inside_ns)
        for (before, first), (after, last) in pairwise(samples)
        if (inside_ns := min(after.t_ns, start_ns + HOUR_NS) - max(before.t_ns, start_ns)) > 0
        and after.t_ns - before.t_ns <= gap_ns
        and same_meter(first, last)
    ]
    like_others = bound.like_others([after.kilowatts - before.kilowatts for before, _, after, _, _ in found])
    for before, first, after, last, inside_ns in found:
        length_ns, gained = after.t_ns - before.t_ns, after.kilowatts - before.kilowatts
        most = bound.of_step(before.t_ns, after.t_ns, like_others)
        most = (math.inf if gained >= 0 else 0.0) if most is None else most
        step = counter_step(before.kilowatts, after.kilowatts, counter.maximum * counter.wire_factor, most)
        if step.kind != "normal":
            events[step.kind] = events.get(step.kind, 0) + 1
        if step.kind in {"normal", "rollover"}:
            covered_ns += inside_ns
            parts.append(step.kilowatt_hours * (inside_ns / length_ns))
            steps.append((first, last, inside_ns / length_ns))
    total = math.fsum(parts)
    explained = total <= bound.of_hour(covered_ns, _runs(steps))
    if not explained:
        event = BEYOND_POWER if bound.is_guess else "jump"
        events[event] = events.get(event, 0) + 1
    plausible = explained or bound.is_guess
    uncertainty = None if "rollover" in events else of_counter(steps, counter.name, counter.step)
    return _Counted(total, covered_ns, events, uncertainty and uncertainty * abs(counter.wire_factor), plausible)


def _runs(steps: Sequence[tuple[Effective, Effective, float]]) -> int:
    """How many unbroken runs these steps are."""
    return sum(before is None or before[1] is not step[0] for before, step in zip((None, *steps), steps, strict=False))


def _agree(integrated: _Counted | None, counted: _Counted | None) -> bool | None:
    if not integrated or not counted or not integrated.covered_ns or not counted.covered_ns:
        return None
    difference = abs(counted.kilowatt_hours - integrated.kilowatt_hours)
    return difference <= AGREE * abs(counted.kilowatt_hours)


def _factor(sensor: str, channels: Sequence[str], plan: Plan) -> FactorSummary:
    for name in channels:
        planned = plan.of(sensor, name)
        if planned and planned.factor:
            told = planned.factor
            return FactorSummary(
                told.name, told.kilograms_per_kilowatt_hour, told.date, told.source, told.loss, legacy_default=False
            )
    default = LEGACY_DEFAULT
    return FactorSummary(
        default.name, default.kilograms_per_kilowatt_hour, "", default.source, 0.0, legacy_default=True
    )
