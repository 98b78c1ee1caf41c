# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Energy from power or from a meter's counter, and the emissions it avoids. Pure.

Source: calibration reference, sections 6.1 (formulas F28 and F29) and 6.2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

NS_PER_HOUR = 3_600_000_000_000
DEFAULT_GAP_INTERVALS = 3
"""A gap is longer than this many sampling intervals where the plan says nothing else."""


@dataclass(frozen=True, slots=True)
class PowerSample:
    """Power in kW at a reported time (UTC ns)."""

    t_ns: int
    kilowatts: float


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy in kWh with the time it was integrated over and the time that was left out (ns)."""

    kilowatt_hours: float
    covered_ns: int
    uncovered_ns: int

    @property
    def coverage(self) -> float:
        """Covered fraction of the time between first and last sample, 0 to 1; 0 for no time at all."""
        whole_ns = self.covered_ns + self.uncovered_ns
        return self.covered_ns / whole_ns if whole_ns else 0.0


def energy_of(samples: Iterable[PowerSample], gap_max_ns: int) -> Energy:
    """Trapezoid over reported times (F28). Intervals longer than `gap_max_ns` count as uncovered and add nothing.

    The samples come in any order; of two at one time the first stays. Failed and missing ones are left out before.
    """
    kilowatt_ns, covered_ns, uncovered_ns = 0.0, 0, 0
    for before, after in pairwise(_in_order(samples)):
        step_ns = after.t_ns - before.t_ns
        if step_ns > gap_max_ns:
            uncovered_ns += step_ns
            continue
        covered_ns += step_ns
        kilowatt_ns += (before.kilowatts + after.kilowatts) / 2.0 * step_ns
    return Energy(kilowatt_ns / NS_PER_HOUR, covered_ns, uncovered_ns)


def split_at(samples: Iterable[PowerSample], t_ns: int, gap_max_ns: int) -> tuple[list[PowerSample], list[PowerSample]]:
    """The samples up to `t_ns` and from it on, with one at `t_ns` itself in both, on the line between its neighbours.

    So that two hours add up to exactly what both together give. No sample is made up across a gap.
    """
    ordered = _in_order(samples)
    before = [sample for sample in ordered if sample.t_ns <= t_ns]
    after = [sample for sample in ordered if sample.t_ns >= t_ns]
    if before and after and before[-1].t_ns < t_ns < after[0].t_ns and after[0].t_ns - before[-1].t_ns <= gap_max_ns:
        part = (t_ns - before[-1].t_ns) / (after[0].t_ns - before[-1].t_ns)
        power = before[-1].kilowatts + part * (after[0].kilowatts - before[-1].kilowatts)
        middle = PowerSample(t_ns, power)
        return [*before, middle], [middle, *after]
    return before, after


def _in_order(samples: Iterable[PowerSample]) -> Sequence[PowerSample]:
    first_at: dict[int, PowerSample] = {}
    for sample in samples:
        first_at.setdefault(sample.t_ns, sample)
    return [first_at[t_ns] for t_ns in sorted(first_at)]


@dataclass(frozen=True, slots=True)
class CounterStep:
    """What a meter's energy counter gained between two readings (kWh), and how that is known.

    `normal`; `rollover`: it passed its end; `jump`: more than the installation can produce; `reset`: it was set back,
    and how much was produced is not known (0, and somebody has to be asked).
    """

    kilowatt_hours: float
    kind: Literal["normal", "rollover", "jump", "reset"]


def counter_step(before: float, after: float, modulus: float, most_plausible: float) -> CounterStep:
    """Difference of two counter readings (F29), in the counter's unit.

    `modulus` is where the counter begins again at 0, `most_plausible` what the rated power could produce meanwhile with
    a margin (1.2 × rated power × time).
    """
    gained = after - before
    if gained >= 0:
        return CounterStep(gained, "jump" if gained > most_plausible else "normal")
    if gained + modulus <= most_plausible:
        return CounterStep(gained + modulus, "rollover")
    return CounterStep(0.0, "reset")


@dataclass(frozen=True, slots=True)
class GridFactor:
    """Emissions of the grid that the project's energy replaces, in kg CO2 per kWh. Named, dated and sourced."""

    name: str
    kilograms_per_kilowatt_hour: float
    year: int
    source: str


LEGACY_DEFAULT = GridFactor("legacy default", 0.5, 0, "a constant of the older system, whatever the grid")


def avoided_kilograms(net_kilowatt_hours: float, factor: GridFactor, loss: float = 0.0) -> float:
    """Avoided emissions in kg CO2 (section 6.2). `loss` is the fraction lost on the way, 0 to below 1.

    Raises ValueError for another loss.
    """
    if not 0.0 <= loss < 1.0:
        raise ValueError(f"a loss of {loss!r} is no fraction from 0 to below 1")
    return net_kilowatt_hours * factor.kilograms_per_kilowatt_hour * (1.0 - loss)


def combined_margin(operating: float, build: float, *, variable: bool) -> float:
    """Combined margin of a grid factor: weights 0.75 and 0.25 for wind and sun (`variable`), else one half each.

    Source: CDM TOOL07, as kept in section 6.2.
    """
    weight = 0.75 if variable else 0.5
    return weight * operating + (1.0 - weight) * build
