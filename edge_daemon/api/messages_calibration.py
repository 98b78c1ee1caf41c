# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes over the API about calibrations: the run under way step by step, verdicts, history. Values only.

Numbers are in the channel's unit; times are ISO 8601 with `Z`, dates ISO 8601; log indices count from 0. A run is
guided by the daemon: each reply holds the one step that is open, and each answer names the step it answers, so that two
windows on one sensor cannot get in each other's way.
"""

from typing import Literal

from pydantic import Field

from edge_daemon.api.messages import Message, Request
from edge_daemon.api.messages_coverage import CheckMessage
from edge_daemon.log.calibration_body import Outcome, Stage

StepKind = Literal["conditions", "apply", "settle", "decide", "command", "sign", "return", "done"]
InputKind = Literal["number", "text", "switch", "choice", "standard", "person", "pin"]


class ProcedureMessage(Message):
    """A procedure that a sensor's model names. `changes_device`: the instrument itself is adjusted."""

    key: str
    title: str
    channel: str
    unit: str
    points: tuple[str, ...]
    adjustment: Literal["none", "software", "device"]
    interval_days: int
    preparation: tuple[str, ...]
    source: str
    changes_device: bool


class NewRun(Request):
    procedure: str
    person: str = Field(min_length=1, max_length=200)
    place: str = Field(default="", max_length=200)


class StepInput(Message):
    """Something the technician gives in a step. `choices` are (value, words), for `choice` and `standard`."""

    name: str
    title: str
    kind: InputKind
    unit: str = ""
    value: float | bool | str | None = None
    minimum: float | None = None
    maximum: float | None = None
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""


class StepChoice(Message):
    """A button. The first of a step is the usual one. `reason`: a reason must be given. `confirm` is asked back."""

    name: str
    title: str
    reason: bool = False
    confirm: str = ""
    enabled: bool = True
    why_not: str = ""


class StepMessage(Message):
    """The open step. `number` of `count` counts pages, for a bar. `files`: photographs may go with its answer."""

    id: str
    kind: StepKind
    title: str
    help: str
    stage: Stage | None = None
    point: str = ""
    number: int = 0
    count: int = 0
    inputs: tuple[StepInput, ...] = ()
    choices: tuple[StepChoice, ...] = ()
    files: bool = False


class LiveSignal(Message):
    """The signal just now. `unmet` are in words; `remaining_s` is the least time still needed. `silent`: no reading
    that counts has come lately. `warming_s` is how much longer the instrument warms up.

    None where nothing was received since the step began.
    """

    raw: float | None
    value: float | None
    time: str | None
    stable: bool
    unmet: tuple[str, ...] = ()
    remaining_s: float = 0.0
    window_s: float = 0.0
    mean: float | None = None
    deviation: float | None = None
    deviation_limit: float | None = None
    slope_per_minute: float | None = None
    slope_limit: float | None = None
    trail: tuple[float, ...] = ()
    silent: bool = False
    warming_s: float | None = None


class PointMessage(Message):
    """A point that was taken. `repeated` counts how often it was taken before."""

    index: int
    stage: Stage
    point: str
    title: str
    reference: float
    indication: float
    error: float
    expanded_uncertainty: float
    tolerance: float
    outcome: Outcome
    overridden: str = ""
    repeated: int = 0


class RunMessage(Message):
    """A run as it stands. `index` is its first log entry. `words` say what happened last, for a person.

    `outcome` and `verdict` (the verdict's index) are there once it is signed. `device_changed`: a command may have
    changed the instrument.
    """

    index: int
    sensor_id: str
    model: str
    serial: str
    procedure: str
    title: str
    channel: str
    unit: str
    decimals: int
    state: Literal["under_way", "signed", "aborted"]
    person: str
    started: str
    step: StepMessage
    points: tuple[PointMessage, ...] = ()
    live: LiveSignal | None = None
    conditions: dict[str, float] = Field(default_factory=dict)
    outcome: Outcome | None = None
    verdict: int | None = None
    summary: tuple[str, ...] = ()
    words: str = ""
    device_changed: bool = False


class FileUpload(Request):
    """A file in base64."""

    name: str = Field(min_length=1, max_length=200)
    content: str


class StepAnswer(Request):
    """The answer to `step`; `choice` is one of its choices, `values` its inputs by name."""

    step: str
    choice: str
    values: dict[str, float | bool | str] = Field(default_factory=dict)
    reason: str = Field(default="", max_length=2_000)
    person: str = Field(min_length=1, max_length=200)
    confirmed: bool = False
    files: tuple[FileUpload, ...] = Field(default=(), max_length=10)


class PersonMessage(Message):
    name: str


class NewPerson(Request):
    """A person who signs calibrations. The PIN is kept as a slow salted hash only."""

    name: str = Field(min_length=1, max_length=200)
    pin: str = Field(min_length=4, max_length=64)


class NewPin(Request):
    """A person changes the PIN; `pin` is the one until now. Where that is `forgotten` it is the one of the `witness`,
    somebody else who signs here; both are empty where nobody else does."""

    name: str = Field(min_length=1, max_length=200)
    pin: str
    new_pin: str = Field(min_length=4, max_length=64)
    forgotten: bool = False
    witness: str = Field(default="", max_length=200)


class LeavingPerson(Request):
    """A person signs no more. What was signed stays."""

    name: str = Field(min_length=1, max_length=200)
    pin: str


class StandardMessage(Message):
    """A reference standard of the register. `standing` is `valid`, `due` (within 30 days), `expired`, `withdrawn`, or
    `not_checked` while the clock is not trusted."""

    index: int
    kind: str
    name: str
    value: float
    unit: str
    expanded_uncertainty: float
    factor: float
    lot: str = ""
    certificate: str = ""
    issuer: str = ""
    expires: str = ""
    code: str = ""
    by_temperature: tuple[tuple[float, float], ...] = ()
    attachments: tuple[str, ...] = ()
    standing: Literal["not_checked", "valid", "due", "expired", "withdrawn"] = "valid"
    used: str | None = None


class StandardKind(Message):
    """A kind of standard; `asked_for`: a procedure needs one."""

    kind: str
    asked_for: bool


class NewStandard(Request):
    """`replaces` is the index of the entry that this one corrects or renews. Files are given in base64."""

    kind: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    value: float
    unit: str = Field(max_length=50)
    expanded_uncertainty: float = Field(ge=0)
    factor: float = Field(default=2.0, gt=0)
    person: str = Field(min_length=1, max_length=200)
    lot: str = Field(default="", max_length=200)
    certificate: str = Field(default="", max_length=200)
    issuer: str = Field(default="", max_length=200)
    expires: str = Field(default="", max_length=10)
    code: str = Field(default="", max_length=200)
    by_temperature: tuple[tuple[float, float], ...] = ()
    replaces: int | None = None
    withdrawn: bool = False
    files: tuple[FileUpload, ...] = Field(default=(), max_length=10)


class StandardsImport(Request):
    """CSV text with a header; what each column means is told where it is refused."""

    csv: str = Field(max_length=1_000_000)
    person: str = Field(min_length=1, max_length=200)


class ImportedLine(Message):
    """What became of a line of the file."""

    line: int
    taken: bool
    index: int | None
    words: str


class StandardsImported(Message):
    lines: tuple[ImportedLine, ...]


class LaboratoryPointMessage(Request):
    """What the instrument showed at a reference: as it came, or after the laboratory adjusted it (`as_left`)."""

    reference: float
    indication: float
    expanded_uncertainty: float = Field(ge=0)
    factor: float = Field(default=2.0, gt=0)
    stage: Stage = "as_found"


class NewCertificate(Request):
    """A laboratory's certificate as typed; `pin` is that of who enters it. `polynomial` makes values of raw; empty: raw
    is the value. Of its own `coefficients`, `sensitivity` makes the gain device_sensitivity / sensitivity (the first,
    by which the instrument computes, is asked of it where it is not given), `sensitivity_ratio` (found / computed with)
    its inverse; others need a polynomial. Uncertainties have k = 2, the relative one is a share of the value."""

    channel: str
    laboratory: str = Field(min_length=1, max_length=200)
    number: str = Field(min_length=1, max_length=200)
    calibrated: str
    due: str
    person: str = Field(min_length=1, max_length=200)
    pin: str
    files: tuple[FileUpload, ...] = Field(min_length=1, max_length=10)
    accreditation: str = Field(default="", max_length=200)
    points: tuple[LaboratoryPointMessage, ...] = ()
    polynomial: tuple[float, ...] = ()
    expanded_uncertainty: float | None = Field(default=None, ge=0)
    expanded_uncertainty_relative: float | None = Field(default=None, ge=0)
    coefficients: dict[str, float] = Field(default_factory=dict)
    remarks: str = Field(default="", max_length=10_000)
    device_adjusted: bool = False


class NewReview(Request):
    """`pin` is the reviewing person's, who must be another than the one who entered the certificate."""

    accepted: bool
    person: str = Field(min_length=1, max_length=200)
    pin: str
    remarks: str = Field(default="", max_length=10_000)


class CalibrationMessage(Message):
    """One calibration of an instrument's history. `kind` says where it is from; `in_force`: readings name it now.

    `index` is the verdict's or the certificate's entry (`review` the review's). `as_found` and `as_left` are the
    largest errors by size, None where not taken. What a laboratory stated stands in the last fields and, for all
    values, in both uncertainties; `attachments` are the files' SHA-256. `impact` is the amendment that it opened, or
    that replaced it since. `became`: why one that is `rejected` counts for nothing; `made_with`: news of its standards.
    """

    index: int
    kind: Literal["run", "certificate"]
    title: str
    channel: str
    unit: str
    time: str
    person: str
    outcome: Outcome | None
    as_found: float | None
    as_left: float | None
    expanded_uncertainty: float | None
    tolerance: float | None
    due: str
    in_force: bool
    standing: Literal["in_force", "replaced", "to_review", "rejected", "aborted", "under_way", "checked"]
    review: int | None = None
    second_person: str = ""
    drift_per_year: float | None = None
    device_adjusted: bool = False
    laboratory: str = ""
    number: str = ""
    accreditation: str = ""
    points: tuple[LaboratoryPointMessage, ...] = ()
    polynomial: tuple[float, ...] = ()
    coefficients: dict[str, float] = Field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    remarks: str = ""
    impact: int | None = None
    expanded_uncertainty_relative: float | None = None
    became: str = ""
    made_with: str = ""


class DriftPoint(Message):
    """An error at one level of one calibration; the chart's points."""

    time: str
    stage: Stage
    point: str
    error: float
    tolerance: float


class ChannelHistory(Message):
    """A channel's calibrations and what they foretell.

    `standing` is `none`, `ok`, `due` (last 30 days), `overdue` or `stated` (a date that nobody evidenced).
    `leaves_tolerance` is a date, None without a drift that can be told from none. `score_penalty` is in hundredths.
    `interval_days` is the plan's or procedure's, `suggested_interval_days` what the results speak for. `words` say how
    it stands.
    """

    channel: str
    unit: str
    standing: Literal["none", "ok", "due", "overdue", "stated"]
    due: str | None
    days_left: int | None
    drift_per_year: float | None
    drift_uncertainty: float | None
    leaves_tolerance: str | None
    score_penalty: int
    interval_days: int | None
    suggested_interval_days: int | None
    score_penalty_at_due: int | None = None
    words: str = ""
    device_says: tuple[str, ...] = ()
    checks: tuple[CheckMessage, ...] = ()
    calibrations: tuple[CalibrationMessage, ...] = ()
    drift: tuple[DriftPoint, ...] = ()


class InstrumentHistory(Message):
    model: str
    id: str
    channels: tuple[ChannelHistory, ...]
