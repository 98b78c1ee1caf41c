# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What `calibration` entries say: a run step by step, or a laboratory's certificate and its review. Values only.

A run is told by `start`, then `conditions`, `point`, `decision` and `command` in the order they happened, and ends with
`verdict` or `abort`. All name the index of the start as `run`, and the instrument: `model` and `serial`, where `serial`
is the instrument's name as `instruments.Key` has it. A step that is done again is told again; the last one counts, and
the one before stays to be seen. Numbers are in the channel's unit, times RFC 3339 with nine decimals.
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

__all__ = [
    "CALIBRATION_BODIES",
    "CalibrationAbort",
    "CalibrationBody",
    "CalibrationCommand",
    "CalibrationConditions",
    "CalibrationDecision",
    "CalibrationPoint",
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
    model's by the catalogue of then; empty: a program that did not tell them.
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


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """A point taken from the readings at log indices `first` to `last` of the run's sensor.

    `standard` is the index of the standard's entry, None where the reference is none of the register. `indication` is
    the mean value, `raw` the mean of raw, `deviation` the standard deviation of raw. `unmet` are the conditions of
    stability that were not met, with the person's reason in `override`; `standard_override` is the reason for using an
    expired standard. `auxiliary` are means of other channels, and `percentile95` where asked. `repeat_reason` is why a
    point that was found outside its limits was taken again.
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

    `reference` is what stood before the instrument then, in the channel's unit, `standard` its entry in the register.
    `override` is the reason for sending it although the signal was not stable.
    """

    run: int
    sensor: str
    model: str
    serial: str
    phase: Literal["sent", "done", "failed"]
    action: str
    argument: float | None
    person: str
    answer: str = ""
    reference: float | None = None
    standard: int | None = None
    override: str = ""
    event: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class CalibrationVerdict:
    """The run's end, confirmed by `person` and where wanted a second one.

    `takes_effect`: values with a greater log index follow `function` (None: the one in force before stays, which for a
    verification is what was verified); a mere check never does. `as_found` has each point as bad as it was ever taken.
    `device_adjusted`: the instrument itself was changed, so that no value may be carried across this entry. `before` is
    the index of the calibration in force until now. `impact` is the index of the amendment on readings since the last
    good one, where as-found failed. `due` is a date, empty for a mere check.
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
    event: Literal["verdict"] = "verdict"


@dataclass(frozen=True, slots=True)
class CalibrationAbort:
    """The run ends without a verdict; nothing of it takes effect but what a command has changed on the device.

    `as_found` is what was found until then, each point as bad as it was ever taken; outside its tolerance it casts
    doubt as a verdict does.
    """

    run: int
    sensor: str
    model: str
    serial: str
    reason: str
    person: str
    as_found: tuple[PointResult, ...] = ()
    event: Literal["abort"] = "abort"


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


@dataclass(frozen=True, slots=True)
class CarriedCalibration:
    """What held in the log before this one goes on here, since readings name entries of their own log only.

    `origin` and `index` say which entry that was. `outcome` is None for a laboratory's certificate. `calibrated` is
    when it was made, `due` a date. `doubted`: one after it failed, or was broken off too late; `check` is the key of
    its procedure where it was a mere check. It stands after the entry that installs the instrument at `sensor`, which
    is empty where it is installed nowhere.
    """

    sensor: str
    model: str
    serial: str
    channel: str
    origin: str
    index: int
    calibrated: str
    due: str
    outcome: Outcome | None
    function: ValueFunction | None = None
    uncertainty: ValueUncertainty | None = None
    doubted: bool = False
    check: str = ""
    event: Literal["carried"] = "carried"


@dataclass(frozen=True, slots=True)
class CutOffRun:
    """A run that was under way when the log before this one was closed ends with that log; nothing of it takes effect.

    `origin` and `index` say where it began, `cause` why the log was closed. `commanded`: the instrument had been told
    to change itself, so its values are in doubt; `as_found` as in `CalibrationAbort`. It stands as carried ones do.
    """

    sensor: str
    model: str
    serial: str
    channel: str
    origin: str
    index: int
    cause: str
    commanded: bool = False
    as_found: tuple[PointResult, ...] = ()
    event: Literal["cut_off"] = "cut_off"


CalibrationBody = (
    CalibrationStart
    | CalibrationConditions
    | CalibrationPoint
    | CalibrationDecision
    | CalibrationSkip
    | CalibrationCommand
    | CalibrationVerdict
    | CalibrationAbort
    | ExternalCertificate
    | CertificateReview
    | CarriedCalibration
    | CutOffRun
)

CALIBRATION_BODIES: Mapping[str, type[CalibrationBody]] = {
    str(next(one.default for one in fields(body) if one.name == "event")): body for body in get_args(CalibrationBody)
}
"""The type that belongs to each `event`."""


@dataclass(frozen=True, slots=True)
class StandardBody:
    """A reference standard of the station's register, or what became of it.

    `kind` is what procedures ask for (`co2_gas`, `ph_buffer`, …). `by_temperature` are (°C, value) where the value
    depends on temperature. `code` is what a scanner reads off it. `expires` is a date, empty for what does not expire.
    `replaces` is the index of the entry that no longer counts; `withdrawn` takes the standard out of use. One that is
    said again after a log was closed was told there: `index` of the log `origin`.
    """

    kind: str
    name: str
    value: float
    unit: str
    expanded_uncertainty: float
    factor: float
    person: str
    lot: str = ""
    certificate: str = ""
    issuer: str = ""
    expires: str = ""
    code: str = ""
    by_temperature: tuple[tuple[float, float], ...] = ()
    attachments: tuple[AttachmentBody, ...] = ()
    replaces: int | None = None
    withdrawn: bool = False
    origin: str = ""
    index: int | None = None
