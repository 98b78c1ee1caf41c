# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages on quality: limits, reasons, anomalies, amendments, the plan. Values only.

Numbers are in the channel's unit; log indices count from 0; times are RFC 3339 with `Z`.
"""

from typing import Literal

from pydantic import ConfigDict, Field

from edge_daemon.api.messages import Message, Request, Standing
from edge_daemon.log.amendment_body import AmendmentKind
from edge_daemon.log.plan_body import Counts, GapRule, Role, TreeEquation

Pair = tuple[float, float]


class LimitsMessage(Request):
    """Thresholds of one channel's quality tests; of each pair the first makes suspect, the second fails.

    None leaves a test out.
    """

    possible: Pair | None = None
    plausible: Pair | None = None
    spike: Pair | None = None
    rate_per_s: Pair | None = None
    rate_over_s: float = 0.0
    flat_s: Pair | None = None
    flat_tolerance: float = 0.0
    flat_above: float | None = None
    least_deviation: Pair | None = None
    deviation_s: float = 0.0


class LimitsRequest(Request):
    """By channel; a channel's limits are replaced as a whole, and null brings back the catalogue's."""

    channels: dict[str, LimitsMessage | None] = Field(min_length=1)
    person: str = ""


class LimitsReply(Message):
    """Limits as they are set, and index of the configuration entry that says so.

    `in_force` adds what the project's value ranges and a rated power make of them.
    """

    sensor_id: str
    configuration: int
    channels: dict[str, LimitsMessage]
    in_force: dict[str, LimitsMessage] = Field(default_factory=dict)


class ReasonMessage(Message):
    """`test` is a quality test's name, `instrument`, `missing` or `amendment`; `text` says it to a person."""

    test: str
    text: str


class WhyChannel(Message):
    """A channel as recorded (`raw`, `value`, `flag`) and as it is to be read (`effective_…`)."""

    unit: str
    raw: float | None
    value: float | None
    flag: int
    effective_value: float | None
    effective_flag: int
    reasons: tuple[ReasonMessage, ...]


class Why(Message):
    """Why a reading has its flags. `time` is its effective time, `original_time` the one without any amendment.

    `standing` is how that time is known; held: it is not, both are what the computer's clock showed, and the reading is
    neither summarised nor delivered. `uncertainty_s` bounds its error.
    """

    sensor_id: str
    index: int
    effective_sensor_id: str
    time: str
    original_time: str
    quality: float
    effective_quality: float
    amended_by: tuple[int, ...]
    channels: dict[str, WhyChannel]
    standing: Standing | None = None
    uncertainty_s: float | None = None


class WaitingMessage(Message):
    """Readings whose time is not known, among the entries `first` to `last`: they count in no hour and are not sent.

    `clock_from` and `clock_to` are what the computer's clock showed. `contradicts`: the clock was believed, but they
    would lie before readings that were made earlier. One release with one offset puts all of them right.
    """

    first: int
    last: int
    readings: int
    clock_from: str
    clock_to: str
    contradicts: bool


class AnomalyMessage(Message):
    """A rule across sensors that begins or ends. `index` is None for what holds now and is not from the log's list."""

    rule: str
    event: Literal["begin", "end"]
    sensors: tuple[str, ...]
    text: str
    time: str
    index: int | None = None


class AnomaliesReply(Message):
    """`present`: what holds now. `past`: what began and ended, from the log, in its order."""

    present: tuple[AnomalyMessage, ...]
    past: tuple[AnomalyMessage, ...]


class AttachmentMessage(Request):
    """A file that is kept elsewhere, known by its SHA-256 (hexadecimal)."""

    name: str = Field(min_length=1, max_length=255)
    sha256: str
    size: int = Field(ge=0)


class NewAmendment(Request):
    """Readings from index `first` to `last`, or from the time `from` to before `to`, or both.

    Without `first` and `last` the whole log is meant, as far as the times and `sensors` narrow it.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    kind: AmendmentKind
    evidence: str = Field(min_length=1, max_length=10_000)
    person: str = Field(min_length=1, max_length=200)
    first: int = 0
    last: int = Field(default=-1, description="-1: up to now")
    start: str = Field(default="", alias="from")
    end: str = Field(default="", alias="to")
    sensors: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    flag: int | None = None
    offset_us: int | None = None
    uncertainty_us: int | None = None
    reads_as: str = ""
    gain: float | None = None
    offset: float | None = None
    replaces: int | None = None
    attachments: tuple[AttachmentMessage, ...] = ()


class AmendmentMessage(Message):
    """An amendment in the log. `counts` is false once a later one has replaced it."""

    index: int
    time: str
    counts: bool
    kind: AmendmentKind
    first: int
    last: int
    start: str
    end: str
    sensors: tuple[str, ...]
    channels: tuple[str, ...]
    flag: int | None
    offset_us: int | None
    uncertainty_us: int | None
    reads_as: str
    gain: float | None
    offset: float | None
    replaces: int | None
    evidence: str
    person: str
    attachments: tuple[AttachmentMessage, ...]


class PreviewChannel(Message):
    """A channel as recorded, as it is to be read now, and as it would be (`then_…`)."""

    unit: str
    recorded_value: float | None
    recorded_flag: int
    now_value: float | None
    now_flag: int
    then_value: float | None
    then_flag: int


class PreviewReading(Message):
    """A reading that would change. `…_sensor_id` and `…_time` as `PreviewChannel`; held: its time is not known."""

    index: int
    recorded_sensor_id: str
    recorded_time: str
    now_sensor_id: str
    now_time: str
    now_held: bool
    then_sensor_id: str
    then_time: str
    then_held: bool
    channels: dict[str, PreviewChannel]


class AmendmentPreview(Message):
    """What an amendment would change, before it is written. `readings`: how many, to the last one where `exact`."""

    first: int
    last: int
    readings: int
    exact: bool
    examples: tuple[PreviewReading, ...]


class FactorMessage(Request):
    """Grid factor in kg CO2 per kWh, named, dated (ISO 8601) and sourced; `loss` is a fraction."""

    name: str
    kilograms_per_kilowatt_hour: float
    date: str
    source: str
    loss: float = 0.0


class TreeMessage(Request):
    """The one tree that a dendrometer sits on and the equation for its biomass; what the equation needs not is null.

    `measured` is the date (ISO 8601) on which `diameter_cm` was measured at breast height and the channel read
    `reading_mm`. `root_shoot` is kg of roots per kg above ground, `carbon_fraction` that of dry matter.
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


class ParameterMessage(Request):
    """One monitored parameter and the channel that measures it, for the record or as a check.

    Energy that `subtracts` (imported, or the project's own use) is taken off the totals.
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
    factor: FactorMessage | None = None
    tree: TreeMessage | None = None
    counts: Counts = "adds"


class PlanRequest(Request):
    """The whole plan; it holds from now on and the one before stays in the log."""

    parameters: tuple[ParameterMessage, ...] = Field(min_length=1, max_length=500)
    person: str = Field(min_length=1, max_length=200)
    methodology: str = ""
    remark: str = ""


class PlanReply(Message):
    """The plan in force; `index` is None while there is none. `missing` are planned sensors that are not set up."""

    index: int | None
    time: str | None
    parameters: tuple[ParameterMessage, ...] = ()
    person: str = ""
    methodology: str = ""
    remark: str = ""
    missing: tuple[str, ...] = ()
