# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What `calibration` entries say: a run step by step, or a laboratory's certificate and its review. Values only.

A run is told by `start`, then `conditions`, `point`, `decision` and `command` in the order they happened, and ends with
`verdict` or `abort`. All name the index of the start as `run`, and the instrument: `model` and `serial`, where `serial`
is the instrument's name as `instruments.Key` has it. A step that is done again is told again; the last one counts, and
the one before stays to be seen. Numbers are in the channel's unit, times RFC 3339 with nine decimals.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from edge_daemon.domain.procedure import Procedure
from edge_daemon.log.attachment_body import AttachmentBody

Stage = Literal["as_found", "as_left"]
Outcome = Literal["pass", "conditional_pass", "conditional_fail", "fail"]


@dataclass(frozen=True, slots=True)
class ValueFunction:
    """From raw to value. `polynomial`: Σ coefficients[i] · rawⁱ. `segments`: straight lines between `knots`
    (raw, value; raw ascending), the outer ones continued. `span` is the raw range of the points it was made from."""

    form: Literal["polynomial", "segments"]
    coefficients: tuple[float, ...] = ()
    knots: tuple[tuple[float, float], ...] = ()
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ValueUncertainty:
    """Standard uncertainty of a value: u² = g·covariance·gᵀ + constant² + (relative · value)² + repeatability²,
    g = (1, raw, raw² …).

    `covariance` belongs to the coefficients of a polynomial, empty otherwise. `repeatability` is the part that is new
    in every reading, so that a mean has less of it; all else they share. `degrees_of_freedom` None is infinite;
    `factor` is the coverage factor for 95.45 %.
    """

    constant: float
    relative: float = 0.0
    covariance: tuple[tuple[float, ...], ...] = ()
    degrees_of_freedom: float | None = None
    factor: float = 2.0
    repeatability: float = 0.0


@dataclass(frozen=True, slots=True)
class Term:
    """One line of an uncertainty budget, as a standard uncertainty. `degrees_of_freedom` None is infinite."""

    name: str
    standard: float
    distribution: str
    degrees_of_freedom: float | None = None


@dataclass(frozen=True, slots=True)
class PointResult:
    """A point judged: error = indication - reference, with its expanded uncertainty and the tolerance there."""

    point: str
    reference: float
    indication: float
    error: float
    expanded_uncertainty: float
    factor: float
    tolerance: float
    outcome: Outcome
    probability: float
    budget: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class FitResult:
    """What the fit behind a function came to; residuals in the order of the points."""

    residuals: tuple[float, ...]
    residual_deviation: float
    degrees_of_freedom: int
    determination: float
    birge_ratio: float | None
    levels: int


@dataclass(frozen=True, slots=True)
class ElectrodeResult:
    """An electrode's slope per pH at the run's temperature and brought to 25 °C, its share of Nernst's, and the voltage
    at pH 7. Source: calibration reference, section 1.4.9."""

    slope_mv: float
    slope25_mv: float
    efficiency_percent: float
    zero_mv: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class CalibrationStart:
    """A run begins. `place` is where, `program` which version of the software guides it."""

    sensor: str
    model: str
    serial: str
    channel: str
    unit: str
    procedure: Procedure
    person: str
    program: str
    place: str = ""
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
    expired standard. `auxiliary` are means of other channels, and `percentile95` where asked.
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
    """A command that changes the instrument: told before the first byte goes out (`sent`), and what came of it."""

    run: int
    sensor: str
    model: str
    serial: str
    phase: Literal["sent", "done", "failed"]
    action: str
    argument: float | None
    person: str
    answer: str = ""
    event: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class CalibrationVerdict:
    """The run's end, confirmed by `person` and where wanted a second one.

    `takes_effect`: values with a greater log index follow `function` (None: the one in force before stays, which for a
    verification is what was verified). `device_adjusted`: the instrument itself was changed, so that no value may be
    carried across this entry. `before` is the index of the calibration in force until now. `impact` is the index of the
    amendment on readings since the last good one, where as-found failed. `due` is a date.
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
    """The run ends without a verdict; nothing of it takes effect but what a command has changed on the device."""

    run: int
    sensor: str
    model: str
    serial: str
    reason: str
    person: str
    event: Literal["abort"] = "abort"


@dataclass(frozen=True, slots=True)
class LaboratoryPoint:
    """One line of a laboratory's certificate."""

    reference: float
    indication: float
    expanded_uncertainty: float
    factor: float = 2.0


@dataclass(frozen=True, slots=True)
class ExternalCertificate:
    """A laboratory's calibration of the instrument, entered from its document, which is attached.

    `calibrated` and `due` are dates. It takes effect with the review that accepts it, not before. `coefficients` are
    the laboratory's own; `sensitivity` with `device_sensitivity`, the one by which the instrument computes, makes the
    gain device_sensitivity / sensitivity. `device_adjusted`: the laboratory changed the instrument itself.
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
    """A second person compared the entry at `certificate` with its document. Accepted, it holds from this entry on."""

    certificate: int
    sensor: str
    model: str
    serial: str
    channel: str
    accepted: bool
    person: str
    remarks: str = ""
    event: Literal["review"] = "review"


@dataclass(frozen=True, slots=True)
class CarriedCalibration:
    """What held in the log before this one goes on here, since readings name entries of their own log only.

    `origin` and `index` say which entry that was. `outcome` is None for a laboratory's certificate. `calibrated` is
    when it was made, `due` a date. `doubted`: one after it failed, or was broken off too late. It stands after the
    entry that installs the instrument at `sensor`, which is empty where it is installed nowhere.
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
    event: Literal["carried"] = "carried"


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
)

CALIBRATION_BODIES: Mapping[str, type[CalibrationBody]] = {
    "start": CalibrationStart,
    "conditions": CalibrationConditions,
    "point": CalibrationPoint,
    "decision": CalibrationDecision,
    "skip": CalibrationSkip,
    "command": CalibrationCommand,
    "verdict": CalibrationVerdict,
    "abort": CalibrationAbort,
    "certificate": ExternalCertificate,
    "review": CertificateReview,
    "carried": CarriedCalibration,
}
"""The type that belongs to each `event`."""


@dataclass(frozen=True, slots=True)
class StandardBody:
    """A reference standard of the station's register, or what became of it.

    `kind` is what procedures ask for (`co2_gas`, `ph_buffer`, …). `by_temperature` are (°C, value) where the value
    depends on temperature. `code` is what a scanner reads off it. `expires` is a date, empty for what does not expire.
    `replaces` is the index of the entry that no longer counts; `withdrawn` takes the standard out of use.
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
