# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What `calibration` entries say: a run step by step, or a laboratory's certificate and its review. Values only.

A run is told by `start`, then `conditions`, `point`, `decision` and `command` in the order they happened, and ends with
`verdict` or `abort`; `returned` may follow. All name the index of the start as `run`, and the instrument: `model` and
`serial`, where `serial` is the instrument's name as `instruments.Key` has it. A step that is done again is told again;
the last one counts, and the one before stays to be seen. Numbers are in the channel's unit, times RFC 3339 with nine
decimals.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from edge_daemon.domain.procedure import Procedure
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.calibration_terms import (
    ElectrodeResult,
    FitResult,
    Outcome,
    PointResult,
    Stage,
    Term,
    ValueFunction,
    ValueUncertainty,
)
from edge_daemon.log.carried_body import CarriedCalibration, CutOffRun
from edge_daemon.log.standard_body import StandardBody

__all__ = [
    "CALIBRATION_BODIES",
    "CalibrationAbort",
    "CalibrationBody",
    "CalibrationCommand",
    "CalibrationConditions",
    "CalibrationDecision",
    "CalibrationPoint",
    "CalibrationReturned",
    "CalibrationSkip",
    "CalibrationStart",
    "CalibrationVerdict",
    "CarriedCalibration",
    "CertificateReview",
    "CutOffRun",
    "ElectrodeResult",
    "ExternalCertificate",
    "FitResult",
    "LaboratoryPoint",
    "Outcome",
    "PointResult",
    "ReferenceBy",
    "SensorAway",
    "Stage",
    "StandardBody",
    "Term",
    "ValueFunction",
    "ValueUncertainty",
]


@dataclass(frozen=True, slots=True)
class CalibrationStart:
    """A run begins. `place` is where, `program` which version of the software guides it, `device` what the instrument
    said of itself before, by `Identity`'s names.

    `function` makes the channel's values of raw now; None: raw is the value, or a program that did not tell it.
    `interval_ns` is how often the sensor is read during the run; 0: as it is configured. `maker` and `title` are the
    model's by the catalogue of then, `units` those of the channels that are read beside it; empty: a program that did
    not tell them.
    """

    sensor: str
    model: str
    serial: str
    channel: str
    unit: str
    procedure: Procedure
    person: str
    program: str
    place: str = ""
    device: Mapping[str, str] = field(default_factory=dict)
    function: ValueFunction | None = None
    interval_ns: int = 0
    maker: str = ""
    title: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    event: Literal["start"] = "start"


@dataclass(frozen=True, slots=True)
class CalibrationConditions:
    """Circumstances by the procedure's names, and the instrument's condition in words and pictures."""

    run: int
    sensor: str
    model: str
    serial: str
    values: Mapping[str, float]
    person: str
    note: str = ""
    attachments: tuple[AttachmentBody, ...] = ()
    event: Literal["conditions"] = "conditions"


ReferenceBy = Literal["", "general", "read"]
"""How a typed reference value came about: a general value that nobody measured, or read off a reference instrument.
Empty: not told, or the reference is of another kind."""


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """A point taken from the readings at log indices `first` to `last` of the run's sensor.

    `standard` is the index of the standard's entry, None where the reference is none of the register. `indication` is
    the mean value, `raw` the mean of raw, `deviation` the standard deviation of raw. `unmet` are the conditions of
    stability that were not met, with the person's reason in `override`; `standard_override` is the reason for using an
    expired standard. `auxiliary` are means of other channels, and `percentile95` where asked. `repeat_reason` is why a
    point that was found outside its limits was taken again. `reference_instrument` says in words what the reference was
    read off; `standard_celsius` is the temperature (°C) for which a standard's value was taken from its table.
    """

    run: int
    sensor: str
    model: str
    serial: str
    stage: Stage
    point: str
    reference: float
    expanded_uncertainty: float
    factor: float
    standard: int | None
    applied: str
    first: int
    last: int
    count: int
    raw: float
    indication: float
    deviation: float
    slope_per_minute: float
    person: str
    unmet: tuple[str, ...] = ()
    override: str = ""
    standard_override: str = ""
    auxiliary: Mapping[str, float] = field(default_factory=dict)
    repeat_reason: str = ""
    reference_by: ReferenceBy = ""
    reference_instrument: str = ""
    standard_celsius: float | None = None
    event: Literal["point"] = "point"


@dataclass(frozen=True, slots=True)
class CalibrationDecision:
    """After as-found: whether the instrument is adjusted, and why not where it should be."""

    run: int
    sensor: str
    model: str
    serial: str
    adjust: bool
    person: str
    reason: str = ""
    event: Literal["decision"] = "decision"


@dataclass(frozen=True, slots=True)
class CalibrationSkip:
    """An optional point is left out of a stage."""

    run: int
    sensor: str
    model: str
    serial: str
    stage: Stage
    point: str
    person: str
    reason: str = ""
    event: Literal["skip"] = "skip"


@dataclass(frozen=True, slots=True)
class CalibrationCommand:
    """A command that changes the instrument: told before the first byte goes out (`sent`), and what came of it.

    `failed`: the instrument refused it, or it never went out; `unanswered`: no answer came that can be relied on, so
    nobody knows whether it was done. `reference` is what stood before the instrument then, in the channel's unit,
    `standard` its entry in the register; `reference_by` and `reference_instrument` as in `CalibrationPoint`.
    `override` is the reason for sending it although the signal was not stable.
    """

    run: int
    sensor: str
    model: str
    serial: str
    phase: Literal["sent", "done", "failed", "unanswered"]
    action: str
    argument: float | None
    person: str
    answer: str = ""
    reference: float | None = None
    standard: int | None = None
    override: str = ""
    reference_by: ReferenceBy = ""
    reference_instrument: str = ""
    event: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class CalibrationVerdict:
    """The run's end, confirmed by `person` and where wanted a second one.

    `takes_effect`: values with a greater log index follow `function` (None: the one in force before stays, which for a
    verification is what was verified); a mere check never does. `as_found` has each point as bad as it was ever taken.
    `device_adjusted`: the instrument itself was changed, so that no value may be carried across this entry. `before` is
    the index of the calibration in force until now. `impact` is the index of the amendment on readings since the last
    good one, where as-found failed. `due` is a date, empty for a mere check. `same_instrument`: which instrument was
    connected had come into doubt during the run, and whoever signed it says that it was the same throughout.
    `rules` is the version of the rules that it was judged by; empty: a program that told none.
    """

    run: int
    sensor: str
    model: str
    serial: str
    channel: str
    outcome: Outcome
    as_found: tuple[PointResult, ...]
    as_left: tuple[PointResult, ...]
    takes_effect: bool
    device_adjusted: bool
    person: str
    due: str
    function: ValueFunction | None = None
    uncertainty: ValueUncertainty | None = None
    fit: FitResult | None = None
    electrode: ElectrodeResult | None = None
    before: int | None = None
    impact: int | None = None
    second_person: str = ""
    remarks: str = ""
    same_instrument: bool = False
    rules: str = ""
    event: Literal["verdict"] = "verdict"


@dataclass(frozen=True, slots=True)
class CalibrationAbort:
    """The run ends without a verdict; nothing of it takes effect but what a command has changed on the device.

    `as_found` is what was found until then, each point as bad as it was ever taken, and `outcome` the worst of that and
    of what is judged over all points together (None: nothing was taken). Outside the tolerance it casts doubt as a
    verdict does, and `impact` is the index of the amendment on readings since the last good calibration. `rules` as in
    `CalibrationVerdict`.
    """

    run: int
    sensor: str
    model: str
    serial: str
    reason: str
    person: str
    as_found: tuple[PointResult, ...] = ()
    outcome: Outcome | None = None
    impact: int | None = None
    rules: str = ""
    event: Literal["abort"] = "abort"


@dataclass(frozen=True, slots=True)
class CalibrationReturned:
    """After the run's end, `person` saw that the sensor is back in its place and measures what it should: readings from
    here on are of the site again. `run` is the run's start, or the entry of a `SensorAway`."""

    run: int
    sensor: str
    model: str
    serial: str
    person: str
    event: Literal["returned"] = "returned"


@dataclass(frozen=True, slots=True)
class SensorAway:
    """When the log before was closed, nobody had said that the sensor of this run was back in its place: its readings
    go on to be in calibration, until a `CalibrationReturned` names this entry as its `run`.

    `origin` and `index` say where the run began, and `start` how; `ended` is when it ended, RFC 3339 UTC, empty where
    that log's end ended it. `ended_as` is how, empty where that is not told, and `outcome` that of the verdict. Nothing
    else of the run goes on here.
    """

    sensor: str
    model: str
    serial: str
    channel: str
    origin: str
    index: int
    start: CalibrationStart
    ended: str = ""
    ended_as: Literal["", "signed", "aborted"] = ""
    outcome: Outcome | None = None
    event: Literal["away"] = "away"


@dataclass(frozen=True, slots=True)
class LaboratoryPoint:
    """One line of a laboratory's certificate: what the instrument showed as it came, or after it was adjusted there."""

    reference: float
    indication: float
    expanded_uncertainty: float
    factor: float = 2.0
    stage: Stage = "as_found"


@dataclass(frozen=True, slots=True)
class ExternalCertificate:
    """A laboratory's calibration of the instrument, entered from its document, which is attached.

    `calibrated` and `due` are dates. It takes effect with the review that accepts it, not before. `coefficients` are
    the laboratory's own; `sensitivity` with `device_sensitivity`, the one by which the instrument computes, makes the
    gain device_sensitivity / sensitivity, and `sensitivity_ratio` (found / computed with) its inverse.
    `device_adjusted`: the laboratory changed the instrument itself.
    """

    sensor: str
    model: str
    serial: str
    channel: str
    unit: str
    laboratory: str
    number: str
    calibrated: str
    due: str
    person: str
    attachments: tuple[AttachmentBody, ...]
    accreditation: str = ""
    points: tuple[LaboratoryPoint, ...] = ()
    function: ValueFunction | None = None
    uncertainty: ValueUncertainty | None = None
    coefficients: Mapping[str, float] = field(default_factory=dict)
    remarks: str = ""
    device_adjusted: bool = False
    event: Literal["certificate"] = "certificate"


@dataclass(frozen=True, slots=True)
class CertificateReview:
    """A second person compared the entry at `certificate` with its document. Accepted, it holds from this entry on.

    `outcome` is how the laboratory left the instrument, by the tolerance of the channel; None where that cannot be
    told. `impact` is the index of the amendment on readings since the last good calibration, where the laboratory found
    the instrument outside its tolerance. `adjusted_from` is the index of the first reading after the day on which the
    laboratory changed the instrument, None where there is none or it changed nothing.
    """

    certificate: int
    sensor: str
    model: str
    serial: str
    channel: str
    accepted: bool
    person: str
    remarks: str = ""
    outcome: Outcome | None = None
    impact: int | None = None
    adjusted_from: int | None = None
    event: Literal["review"] = "review"


CalibrationBody = (
    CalibrationStart
    | CalibrationConditions
    | CalibrationPoint
    | CalibrationDecision
    | CalibrationSkip
    | CalibrationCommand
    | CalibrationVerdict
    | CalibrationAbort
    | CalibrationReturned
    | ExternalCertificate
    | CertificateReview
    | CarriedCalibration
    | CutOffRun
    | SensorAway
)

CALIBRATION_BODIES: Mapping[str, type[CalibrationBody]] = {
    str(next(one.default for one in fields(body) if one.name == "event")): body for body in get_args(CalibrationBody)
}
"""The type that belongs to each `event`."""
