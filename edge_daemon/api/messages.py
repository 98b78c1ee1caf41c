# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes over the loopback API: typed messages, shared by the daemon and the window. Values only.

Times are ISO 8601 with `Z`; durations carry their unit in the name. Unknown keys in a reply are skipped by readers.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from edge_daemon.domain.connection import PortKind
from edge_daemon.domain.instrument import OptionValue, SerialSource


class Message(BaseModel):
    """Base of all replies: frozen, and tolerant of keys that a later version adds."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Request(BaseModel):
    """Base of all request bodies: a key that is not known is an error that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Message):
    """RFC 9457 problem: `code` is stable, `advice` says what a person can do, `field` names bad input, and `allowed`
    says by itself what is wrong with it, for whoever shows it beside the field."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    advice: str = ""
    field: str = ""
    allowed: str = ""


class Trouble(Message):
    """A present fault, in words."""

    code: str
    title: str
    detail: str
    advice: str
    since: str


class Health(Message):
    """`recording` is false when nothing can be written at the moment; `trouble` then says why.

    `held` are the sensors whose newest reading has no known time. `notes` are in order: calm words, nothing to be done.
    """

    program: str
    demo: bool
    recording: bool
    writer: Literal["recording", "disk_full", "unavailable"]
    clock: Literal["trusted", "holdover", "untrusted"]
    started: str
    uptime_s: float
    free_bytes: int
    troubles: tuple[Trouble, ...] = ()
    held: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class LocationMessage(Message):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    elevation: float | None = None
    address: str = ""


class StationMessage(Message):
    device_id: str
    project_id: str
    name: str
    location: LocationMessage | None
    demo: bool
    home: str


class StationChange(Request):
    """Only what is given changes."""

    name: str | None = Field(default=None, max_length=200)
    project_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    location: LocationMessage | None = None
    person: str = ""


class PortMessage(Message):
    """A port that is present now. `sensors` are those configured on it.

    `chip` is the adapter's, where its USB ids tell; `trouble` says why the port cannot be used and what to do, empty
    where nothing is wrong. `excluded` ports are never identified; `identifying` says that this one is just now.
    """

    device: str
    key: str
    kind: PortKind
    description: str
    sensors: tuple[str, ...] = ()
    chip: str = ""
    location: str = ""
    trouble: str = ""
    excluded: bool = False
    identifying: bool = False


class ChannelMessage(Message):
    name: str
    label: str
    unit: str
    minimum: float
    maximum: float
    decimals: int
    secondary: bool = False


class ModelMessage(Message):
    """A catalogue entry."""

    model: str
    maker: str
    title: str
    kind: str
    primary: str
    channels: tuple[ChannelMessage, ...]
    interval_s: float
    minimum_interval_s: float
    line: str
    source: str


class LatestValue(Message):
    raw: float | None
    value: float | None
    flag: int


Standing = Literal["trusted", "holdover", "fixed", "released", "held"]
"""How a reading's time is known: from a believed clock, from a fix made later, by a person's word; held: not so far."""


class Latest(Message):
    """Newest committed reading of a sensor. `time` is its reported time; held, or not told: the laptop's clock."""

    index: int
    time: str
    standing: Standing | None = None
    quality: float
    channels: dict[str, LatestValue]


IdentityStanding = Literal["unknown", "confirmed", "unconfirmed", "stopped"]
"""How sure it is which instrument a sensor's readings are of; `stopped`: another is plugged in, nothing is recorded."""


class SensorIdentity(Message):
    """The instrument that a sensor's readings count for: since entry `since` with this standing.

    `id` names it among the instruments of its model. `found` is the serial number that the device tells where another
    one is recorded, `cause` why it is not confirmed (`unplugged`, `power_loss`, `wrong_plug`, …).
    """

    standing: IdentityStanding
    id: str
    serial: str = ""
    firmware: str = ""
    since: int
    cause: str = ""
    found: str = ""


class SensorMessage(Message):
    """`state` is what is asked for; `condition` is what is so: a sensor may be asked to record and be silent.

    `failing` names by channel what the newest sample did not pass: quality tests, `instrument` (the instrument doubts
    its own number) or `warm_up`.
    """

    sensor_id: str
    name: str
    kind: str
    model: str
    title: str
    primary: str
    channels: tuple[ChannelMessage, ...]
    state: Literal["recording", "paused"]
    condition: Literal["good", "warming_up", "connecting", "fault", "paused"]
    fault: Trouble | None = None
    port: str
    port_kind: PortKind
    interval_s: float
    settings: dict[str, OptionValue]
    serial: str = ""
    serial_source: SerialSource = SerialSource.UNKNOWN
    stated_calibration_date: str | None = None
    value_ranges: dict[str, tuple[float, float]] = Field(default_factory=dict)
    required_fields: tuple[str, ...] = ()
    configuration: int
    latest: Latest | None = None
    failing: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    warnings: tuple[Trouble, ...] = ()
    identity: SensorIdentity | None = None


class NewSensor(Request):
    """`port` is a port's stable key. Without `interval_s` the catalogue's applies."""

    sensor_id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    model: str
    port: str
    name: str = ""
    interval_s: float | None = Field(default=None, gt=0, le=86_400)
    settings: dict[str, OptionValue] = Field(default_factory=dict)
    serial: str = ""
    person: str = ""


class SensorChange(Request):
    """Only what is given changes.

    `value_ranges` are what the project expects, by channel and in its unit; `required_fields` the names of channels or
    of their fields on the wire that every reading must fill.
    """

    name: str | None = None
    port: str | None = None
    interval_s: float | None = Field(default=None, gt=0, le=86_400)
    settings: dict[str, OptionValue] | None = None
    paused: bool | None = None
    value_ranges: dict[str, tuple[float, float]] | None = None
    required_fields: tuple[str, ...] | None = None
    person: str = ""


class Plot(Message):
    """A curve for a plot: at each `seconds[i]` after `start`, the least and the greatest value and the worst flag.

    `minimum[i]` is None where a gap must be drawn.
    """

    sensor_id: str
    channel: str
    unit: str
    start: str
    resolution: Literal["sample", "minute", "hour"]
    seconds: tuple[float, ...]
    minimum: tuple[float | None, ...]
    maximum: tuple[float | None, ...]
    flag: tuple[int, ...]


class HeadMessage(Message):
    """Head of the log: `root` is the RFC 6962 tree head of `size` entries, hexadecimal."""

    origin: str
    size: int
    root: str


class NewNote(Request):
    text: str = Field(min_length=1, max_length=4000)
    at: str | None = None
    sensor_id: str = ""
    person: str = ""


class NoteMessage(Message):
    index: int
    time: str
    at: str
    text: str
    person: str
    sensor_id: str


class NewVisit(Request):
    event: Literal["start", "end"]
    person: str = Field(min_length=1, max_length=200)
    place: str = ""


class VisitMessage(Message):
    index: int
    time: str
    event: Literal["start", "end"]
    person: str
    place: str


class GapMessage(Message):
    """An interval without readings. `start` and `end` are its times as they are to be read now, `expected` the readings
    that are missing, null while nobody can know.

    Where `start_known` or `end_known` is false, that end has no time yet: `start` or `end` is then what the computer's
    clock showed, a clock nobody believes. `recorded_start` and `recorded_end` are always what it showed.
    """

    index: int
    sensor_id: str
    start: str
    end: str
    expected: int | None
    causes: tuple[str, ...]
    start_known: bool = True
    end_known: bool = True
    recorded_start: str = ""
    recorded_end: str = ""

    @property
    def time_known(self) -> bool:
        """Whether both ends have a time."""
        return self.start_known and self.end_known


class SimulatorCommand(Request):
    """Demo only: switch a fault of a simulated instrument, by its port's name."""

    port: str
    fault: Literal["none", "silence", "garbage", "wrong_checksum", "slow_drip"] | None = None
    plug: Literal["unplug", "replug"] | None = None


class ProjectStatus(Message):
    """System interface, monitoring API."""

    project_id: str
    status: Literal["active", "degraded", "offline"]
    total_sensors: int
    active_sensors: int
    last_update: str | None
    data_quality_score: float | None


class HistoryPoint(Message):
    """System interface, sensor history: primary channel's value; `quality` is 0 to 1.

    `identity` is there only where it is not sure which instrument made the reading, as the whole log tells it by now.
    """

    timestamp: str
    value: float
    quality: float
    identity: Literal["unconfirmed"] | None = None


class LiveSensor(Message):
    """System interface: `value` is the primary channel's; `status` is `ok` or the fault's code."""

    value: float | None
    status: str
    identity: IdentityStanding = "unknown"


class LiveReading(Message):
    """One committed reading. Channel values are [raw, value, flag]; `time` and `standing` are as in `Latest`."""

    index: int
    sensor_id: str
    time: str
    standing: Standing | None = None
    quality: float
    channels: dict[str, tuple[float | None, float | None, int]]


class LiveEvent(Message):
    """A committed entry that is no reading."""

    index: int
    type: str
    sensor_id: str
    time: str


class Live(Message):
    """What became durable since the last message. A client that reconnects asks for what follows `last`.

    With `ports_changed` a port came or went; such a message carries no entries, and its `last` is before its `first`.
    """

    project_id: str
    timestamp: str
    first: int
    last: int
    sensors: dict[str, LiveSensor] = Field(default_factory=dict)
    readings: tuple[LiveReading, ...] = ()
    events: tuple[LiveEvent, ...] = ()
    ports_changed: bool = False
