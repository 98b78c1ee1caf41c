# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a project undertakes to monitor, as a `plan` entry says it. Values only.

Source: what carbon markets expect of a monitoring plan, as kept in the calibration reference, section 7 (rows 1, 2 and
9), section 6.2 for the grid factor and section 6.4 for trees.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["record", "check"]
GapRule = Literal["exclude", "conservative_default"]
Counts = Literal["adds", "subtracts"]
TreeEquation = Literal["chave_4", "chave_7", "biomass_7", "jenkins"]


@dataclass(frozen=True, slots=True)
class PlannedFactor:
    """Emissions of the grid that the energy replaces, in kg CO2 per kWh: its name, its date (ISO 8601) and its source.

    `loss` is the fraction lost on the way to whom it replaces it for, 0 to below 1.
    """

    name: str
    kilograms_per_kilowatt_hour: float
    date: str
    source: str
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class PlannedTree:
    """The one tree that a dendrometer sits on, and the equation that turns its diameter into biomass.

    `diameter_cm` at breast height was measured on the date `measured`, when the channel read `reading_mm`. `source`
    says where the equation, height and density come from. `height_m`, `density_g_cm3` (of dry wood), `stress` (the E
    of its place) and `group` (of species) are given where the equation needs them. `root_shoot` is what the methodology
    adds for roots, in kg per kg above ground; 0 counts what is above ground only. `carbon_fraction` is of dry matter.
    """

    equation: TreeEquation
    diameter_cm: float
    reading_mm: float
    measured: str
    source: str
    height_m: float | None = None
    density_g_cm3: float | None = None
    stress: float | None = None
    group: str = ""
    root_shoot: float = 0.0
    carbon_fraction: float = 0.47


@dataclass(frozen=True, slots=True)
class Parameter:
    """One monitored parameter and the channel of a sensor that measures it, for the record or to check that one.

    `frequency_s` is how often it must be measured, `accuracy` what is required in words (such as `class 0.2S`). Longer
    gaps than `longest_gap_s` are not bridged; `gap_rule` says what stands in their place: nothing, or the conservative
    default that `gap_default` names in words. Only quantities of energy have a `factor`, and only
    changes of a stem's diameter a `tree`. What is imported, or used by the project itself, `subtracts` from the totals.
    """

    parameter: str
    unit: str
    sensor: str
    channel: str
    role: Role
    frequency_s: float
    accuracy: str
    calibration_interval_days: int
    longest_gap_s: float
    responsible: str
    gap_rule: GapRule = "exclude"
    gap_default: str = ""
    method: str = ""
    factor: PlannedFactor | None = None
    tree: PlannedTree | None = None
    counts: Counts = "adds"


@dataclass(frozen=True, slots=True)
class PlanBody:
    """The whole plan, which holds from this entry on; `methodology` names what it follows."""

    parameters: tuple[Parameter, ...]
    person: str
    methodology: str = ""
    remark: str = ""
