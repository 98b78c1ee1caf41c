# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the entries other than readings say: one frozen type for each, to and from the entry's JSON body. Pure.

Times inside a body are RFC 3339 text with nine decimals, like the entry's own. Readers skip keys they do not know.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import Field, TypeAdapter

from edge_daemon.domain.channel import Computed
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.limits import NO_LIMITS, Limits
from edge_daemon.domain.station import Location
from edge_daemon.log.amendment_body import AmendmentBody, AnomalyBody
from edge_daemon.log.attachment_body import AttachmentBody as AttachmentBody  # noqa: PLC0414  # for those who read notes
from edge_daemon.log.calibration_body import CALIBRATION_BODIES, CalibrationBody, StandardBody
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import EntryType
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import SummaryBody


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The log that came before and why it was closed. `root` is its tree head in hexadecimal."""

    origin: str
    size: int
    root: str
    cause: str


@dataclass(frozen=True, slots=True)
class LogBody:
    """First entry of every log. `machine` is a hash that tells this computer from another and nothing else about it."""

    origin: str
    device_id: str
    project_id: str
    program: str
    machine: str
    demo: bool
    predecessor: Predecessor | None = None


Ending = Literal["first", "stopped", "killed", "power_loss"]


@dataclass(frozen=True, slots=True)
class BootBody:
    """The recorder's start or orderly stop. `previous` says how the run before ended."""

    event: Literal["start", "stop"]
    boot_id: str
    program: str
    clock: str
    previous: Ending | None = None


@dataclass(frozen=True, slots=True)
class ChannelBody:
    """A channel as configured: unit and output span that every raw number of the readings is to be read in.

    `limits` are those of the quality tests that flag the readings. Other systems read `value × wire_factor` in
    `wire_unit` under the name `wire_field` (empty: the channel's own). `computed` says which channel's calibrations
    hold for this one too, and how (`computed_channels`). Raw goes up by `step` at least, in `unit`; 0 where that is not
    known, or nobody can see it.
    """

    name: str
    unit: str
    minimum: float
    maximum: float
    wire_field: str = ""
    wire_unit: str = ""
    wire_factor: float = 1.0
    limits: Limits = NO_LIMITS
    computed: Computed | None = None
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class ConnectionBody:
    """Where the instrument is plugged in: the port's stable identity, its kind, and the line settings as text."""

    port: str
    kind: str
    line: str


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting that was to be changed: what it was, what was asked, and what the device answered when read back.

    `result`: `confirmed`, `differs` (the answer is another value, and holds), `unconfirmed` (the device cannot be
    asked), `configured` (it lives in the decoder, not in the device), or `failed` (`detail` says why; what the device
    holds is not known).
    """

    name: str
    old: bool | int | float | str | None
    new: bool | int | float | str
    answer: bool | int | float | str | None
    result: Literal["confirmed", "differs", "unconfirmed", "configured", "failed"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LimitsChange:
    """One threshold that a person changed: the channel, the name of the field in `Limits`, and both values."""

    channel: str
    name: str
    old: float | tuple[float, float] | None
    new: float | tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ConfigurationBody:
    """What holds for a sensor's readings from here on. A removed sensor gets a last one with state `removed`.

    `value_ranges` are what the project expects of a channel, lower end and upper end in the channel's unit;
    `required_fields` the fields of the wire that a packet of this sensor must hold. `changes` are the settings, and
    `limit_changes` the thresholds of the quality tests, whose change is the reason for this entry. `values_altered`:
    the instrument, or how it is decoded, was set so that raw is another number from here on than before: of the
    channels in `altered`, of all where that names none. `warm_up_s`: so long after it was connected the instrument's
    values are suspect. `silent_after_s`: one that speaks at a pace of its own may be silent up to so long, without any
    trouble, and nothing is missing.
    """

    sensor: str
    state: Literal["recording", "paused", "removed"]
    name: str
    kind: str
    model: str
    driver: str
    driver_version: str
    interval_ns: int
    channels: tuple[ChannelBody, ...]
    connection: ConnectionBody
    settings: Mapping[str, bool | int | float | str]
    demo: bool
    stated_calibration_date: str | None = None
    person: str = ""
    primary: str = ""
    subject: Literal["sensor"] = "sensor"
    value_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    required_fields: tuple[str, ...] = ()
    changes: tuple[SettingChange, ...] = ()
    limit_changes: tuple[LimitsChange, ...] = ()
    values_altered: bool = False
    warm_up_s: float = 0.0
    silent_after_s: float = 0.0
    altered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StationBody:
    """The station itself, whenever its name or place changes."""

    device_id: str
    project_id: str
    name: str = ""
    location: Location | None = None
    person: str = ""
    subject: Literal["station"] = "station"


InstallationEvent = Literal["installed", "described", "unconfirmed", "confirmed", "stopped", "wrong_plug"]


@dataclass(frozen=True, slots=True)
class InstallationBody:
    """Which physical instrument a sensor's readings count for, and how sure that is, from this entry on.

    `installed` binds another instrument to the sensor; `described` tells more of the same one. After `unconfirmed`
    (`cause` says why) it may be another one, until it is `confirmed`, by the device or a person. With `stopped` no
    reading is recorded, for the device says the serial number `found`, or a person said `wrong_plug`.
    """

    sensor: str
    model: str
    serial: str
    serial_source: SerialSource
    person: str = ""
    event: InstallationEvent = "installed"
    firmware: str = ""
    cause: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class GapBody:
    """An interval without readings. `frames` holds at most three refused frames, in hexadecimal."""

    sensor: str
    start: Annotated[str, Field(alias="from")]
    end: Annotated[str, Field(alias="to")]
    expected: int
    causes: tuple[str, ...]
    frames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteBody:
    """A person's remark about a moment, on one sensor, on one instrument (`model` and `serial`) or on the station.

    `dossier` is the SHA-256 of an instrument's history that another station exported and this note brings in.
    """

    text: str
    at: str
    person: str
    sensor: str = ""
    model: str = ""
    serial: str = ""
    attachments: tuple[AttachmentBody, ...] = ()
    dossier: str = ""


@dataclass(frozen=True, slots=True)
class VisitBody:
    """A person comes to or leaves the station."""

    event: Literal["start", "end"]
    person: str
    place: str = ""


ClockStanding = Literal["trusted", "holdover", "untrusted"]


@dataclass(frozen=True, slots=True)
class ClockStateBody:
    """How far the wall clock is believed from here on. `uncertainty_us` bounds its error; None when untrusted."""

    before: ClockStanding | None
    state: ClockStanding
    uncertainty_us: int | None
    event: Literal["state"] = "state"


@dataclass(frozen=True, slots=True)
class ClockStepBody:
    """The wall clock was set, forward by `by_us` microseconds; `start` is what it showed until then."""

    by_us: int
    start: Annotated[str, Field(alias="from")]
    event: Literal["step"] = "step"


@dataclass(frozen=True, slots=True)
class SuspendBody:
    """The computer slept for `for_us` microseconds until about this entry."""

    for_us: int
    event: Literal["suspend"] = "suspend"


@dataclass(frozen=True, slots=True)
class ClockFixBody:
    """At `mono_us` of this boot it was `utc`, within `uncertainty_us`: says when the boot's earlier entries were made.

    `mono_us` counts as the entries' own `mono` does. `source` is what the time was taken from, such as `synchronised`.
    """

    boot_id: str
    mono_us: int
    utc: str
    uncertainty_us: int
    source: str
    event: Literal["fix"] = "fix"


ClockBody = ClockStateBody | ClockStepBody | SuspendBody | ClockFixBody

KeyEvent = Literal["made", "continued", "rotated"]


@dataclass(frozen=True, slots=True)
class KeyBody:
    """The device key that signs this log's checkpoints from here on. Keys and signature are base64.

    `signature` is that of `previous`, or of the key itself where the log names none before, over
    `edge_daemon.log.device_keys.statement`. `person` is who had it rotated. `size` and `root` (hexadecimal) are
    those of the log when it was signed, so that the statement means this log and no other past of it; 0 and empty in
    entries of older programs, which are bound to no place.
    """

    event: KeyEvent
    public_key: str
    signature: str
    previous: str = ""
    algorithm: Literal["ed25519"] = "ed25519"
    person: str = ""
    size: int = 0
    root: str = ""


Body = (
    LogBody
    | BootBody
    | ConfigurationBody
    | StationBody
    | InstallationBody
    | GapBody
    | NoteBody
    | AnomalyBody
    | AmendmentBody
    | PlanBody
    | SummaryBody
    | VisitBody
    | KeyBody
    | ClockBody
    | CalibrationBody
    | StandardBody
)
B = TypeVar("B", bound=Body)

TYPE_OF: Mapping[type[Body], EntryType] = {
    LogBody: EntryType.LOG,
    BootBody: EntryType.BOOT,
    ConfigurationBody: EntryType.CONFIGURATION,
    StationBody: EntryType.CONFIGURATION,
    InstallationBody: EntryType.INSTALLATION,
    GapBody: EntryType.GAP,
    NoteBody: EntryType.NOTE,
    AnomalyBody: EntryType.NOTE,
    AmendmentBody: EntryType.AMENDMENT,
    PlanBody: EntryType.PLAN,
    SummaryBody: EntryType.SUMMARY,
    VisitBody: EntryType.VISIT,
    ClockStateBody: EntryType.CLOCK,
    ClockStepBody: EntryType.CLOCK,
    SuspendBody: EntryType.CLOCK,
    ClockFixBody: EntryType.CLOCK,
    KeyBody: EntryType.KEY,
    StandardBody: EntryType.STANDARD,
    **dict.fromkeys(CALIBRATION_BODIES.values(), EntryType.CALIBRATION),
}


def to_json(body: Body) -> dict[str, JsonValue]:
    """The body as JSON values, ready for `encode_entry`."""
    dumped: dict[str, JsonValue] = _adapter(cast("Hashable", type(body))).dump_python(body, mode="json", by_alias=True)
    return dumped


def from_json(kind: type[B], body: Mapping[str, JsonValue]) -> B:
    """The typed body; unknown keys are skipped. Raises pydantic's ValidationError (a ValueError) for a wrong form."""
    read: B = _adapter(cast("Hashable", kind)).validate_python(dict(body))
    return read


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    # Making one takes milliseconds, and whole logs of bodies are read.
    return TypeAdapter(kind)
