# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a photovoltaic plant's energy of an hour fits the sun of that hour, from two summaries. Pure.

Source of the ratio: calibration reference, section 6.5. Its alarm, a change of more than 5 % between calibrations, is
no test of an hour: the temperature of the modules alone moves an hour's ratio by more, and nobody measures it here. So
only what can hardly be is told, in strong sun alone, by limits that are this program's own. It assumes a pyranometer in
the plane of the modules; no flag, quality or quantity depends on it.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Parameter
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.metrology.performance_ratio import STANDARD_W_M2, performance_ratio

IRRADIANCE, IRRADIANCE_UNIT = "irradiance", "W/m²"
STRONG_SUN_W_M2 = 400.0
LEAST_COVERAGE = 95
PLAUSIBLE = (0.5, 1.1)
TITLE = "Energy does not fit the sun"


@dataclass(frozen=True, slots=True)
class HourRatio:
    """The performance ratio of one hour: mean irradiance in W/m², energy in kWh, rated power in kW."""

    sun: str
    meter: str
    hour: str
    irradiance: float
    kilowatt_hours: float
    rated_kilowatts: float

    @property
    def ratio(self) -> float:
        """Energy by what the rated power gives in that much sun."""
        return performance_ratio(self.kilowatt_hours, self.rated_kilowatts, self.irradiance / STANDARD_W_M2)

    @property
    def plausible(self) -> bool:
        """Whether it can well be."""
        return PLAUSIBLE[0] <= self.ratio <= PLAUSIBLE[1]

    @property
    def words(self) -> str:
        """The ratio, and what may be wrong where it cannot well be."""
        said = (
            f"In the hour from {self.hour[:10]} {self.hour[11:16]} UTC {self.meter} measured "
            f"{self.kilowatt_hours:.2f} kWh of a plant rated at {self.rated_kilowatts:g} kW, while {self.sun} saw "
            f"{self.irradiance:.0f} W/m² on average. That is a performance ratio of {self.ratio:.2f}; plausible is "
            f"{PLAUSIBLE[0]:g} to {PLAUSIBLE[1]:g}."
        )
        if self.plausible:
            return said
        if self.ratio > PLAUSIBLE[1]:
            return (
                f"{said} More than the sun offers: the rated power or the ratio of the current transformers may be "
                "wrong, or the pyranometer be dirty, shaded or not in the plane of the modules."
            )
        return (
            f"{said} The plant may be partly off, held back, shaded or covered, the meter may miss a phase, or the "
            "pyranometer not be in the plane of the modules."
        )


@dataclass(frozen=True, slots=True)
class PeriodRatio:
    """The performance ratio over a period's `hours` in strong sun, and the range of the single hours' ratios."""

    sun: str
    meter: str
    ratio: float
    hours: int
    least: float
    greatest: float


def ratios_of(within: Iterable[SummaryBody], plan: Plan) -> tuple[PeriodRatio, ...]:
    """Of every meter and pyranometer of record among these current summaries, which are those of a period.

    Energy is added up, and so is what the rated power of each hour would have given in its sun.
    """
    hours: dict[str, dict[str, SummaryBody]] = {}
    for one in within:
        hours.setdefault(one.sensor, {})[one.hour] = one
    found = []
    for sun, meter in pairs_of(plan):
        metered = hours.get(meter.sensor, {})
        seen = [(body, metered[hour]) for hour, body in sorted(hours.get(sun.sensor, {}).items()) if hour in metered]
        ratios = [ratio for body, other in seen if (ratio := ratio_of(body, sun.channel, other))]
        if ratios:
            found.append(_period(ratios))
    return tuple(found)


def _period(hours: Sequence[HourRatio]) -> PeriodRatio:
    single = [one.ratio for one in hours]
    energy = math.fsum(one.kilowatt_hours for one in hours)
    due = math.fsum(one.rated_kilowatts * one.irradiance / STANDARD_W_M2 for one in hours)
    return PeriodRatio(hours[0].sun, hours[0].meter, energy / due, len(hours), min(single), max(single))


def of_record(plan: Plan) -> tuple[list[Parameter], list[Parameter]]:
    """The plan's parameters of record that measure irradiance, by their unit, and all others that add to the totals.

    What is imported, or used by the project itself, follows the load and not the sun.
    """
    recorded = plan.recorded()
    suns = [one for one in recorded if one.unit == IRRADIANCE_UNIT]
    return suns, [one for one in recorded if one.unit != IRRADIANCE_UNIT and one.counts == "adds"]


def ratio_of(sun: SummaryBody, channel: str, meter: SummaryBody) -> HourRatio | None:
    """The ratio of one hour; None without strong sun, a rated power, and values of nearly all of the hour."""
    seen, energy = sun.channels.get(channel), meter.energy
    if seen is None or energy is None or energy.rated_kilowatts is None or sun.hour != meter.hour:
        return None
    if seen.unit != IRRADIANCE_UNIT or seen.mean is None or seen.mean < STRONG_SUN_W_M2:
        return None
    if seen.coverage < LEAST_COVERAGE or 100_000 * energy.covered_us < LEAST_COVERAGE * HOUR_NS:
        return None
    return HourRatio(sun.sensor, meter.sensor, sun.hour, seen.mean, energy.kilowatt_hours, energy.rated_kilowatts)


def pairs_of(plan: Plan, sensor: str = "") -> Iterator[tuple[Parameter, Parameter]]:
    """Irradiance and energy of record that are to be compared; with a sensor those of which one is its own."""
    suns, others = of_record(plan)
    for sun in suns:
        for meter in {one.sensor: one for one in others}.values():
            if sensor in {"", sun.sensor, meter.sensor} and sun.sensor != meter.sensor:
                yield sun, meter
