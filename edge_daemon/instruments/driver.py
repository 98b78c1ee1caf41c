# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a driver is: the one module that whoever writes a driver needs. Pure: a driver turns bytes into samples and
never touches a port.

To add an instrument, write `drivers/<name>.py` with a module-level `DRIVER` (one of the two kinds below), a catalogue
entry that names it, and a simulator. A third party does the same in its own package and declares the driver in the
entry-point group `verifield.drivers`.

A conversation with a device is a generator. It yields an `Exchange` and is sent the raw reply (or has NoReply thrown in
after the last try), or yields a `Pause` and is sent b"". It raises a Fault when a reply cannot be accepted, and returns
its result. So the same conversation runs on a port, in a test and over a capture.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.instrument import OptionValue

T = TypeVar("T")
Options = Mapping[str, OptionValue]


@dataclass(frozen=True, slots=True)
class Sample:
    """All channels of one measurement in the catalogue's units, before calibration.

    None is a channel the instrument gave no value for. `flags` holds only what the instrument itself said of a channel
    (suspect or fail). `status` is `ok` or the instrument's own words.
    """

    channels: Mapping[str, float | None]
    flags: Mapping[str, Flag] = field(default_factory=dict)
    status: str = "ok"


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes that were refused, at most 256 of them kept, and the named cause."""

    data: bytes
    fault: Fault


class Framer(Protocol):
    """Finds frames in a stream. Bounded memory whatever arrives; after a bad frame it finds the next good one."""

    def feed(self, data: bytes) -> list[bytes | BadFrame]:
        """Take the bytes that arrived; return what is complete, in order."""

    def idle(self) -> list[bytes | BadFrame]:
        """The line was silent for the driver's `idle_s`: drop a partial frame, returning it as bad."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what its reply looks like.

    `reply_length` tells from the bytes so far how many bytes the whole reply has, or None while that is unknown. With
    `expects_reply` False nothing is waited for and the reply is b"". `silence_s` is how quiet the line must be before
    the request; 0 on a line that never falls silent.
    """

    request: bytes
    reply_length: Callable[[bytes], int | None]
    timeout_s: float = 0.25
    tries: int = 3
    silence_s: float = 0.05
    expects_reply: bool = True


@dataclass(frozen=True, slots=True)
class Pause:
    """Come back after this many seconds; the port is free for other devices meanwhile."""

    seconds: float


Dialogue = Generator[Exchange | Pause, bytes, T]
Steps = Dialogue[Sample | None]


TOLD_DATE = "calibration date"
TOLD_FORMER_DATES = "former calibration dates"
TOLD_COUNT = "calibration count"
TOLD_REFERENCE = "recalibrated to"
TOLD_COMMANDS = "calibrated by command"
TOLD_SELF_CALIBRATION = "automatic self-calibration"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself. Empty text where it says nothing; `details` are further facts, by their name.

    What it stores of its own calibration goes by these names, and is compared with the log's history:
    `calibration date` and `former calibration dates` (ISO 8601, the latter joined by ", ", newest first);
    `calibration count`, how often it was calibrated in all; `recalibrated to`, the reference in the channel's unit that
    it was told last, where it holds one; `calibrated by command`, the names of the driver's actions of which it
    remembers that they were carried out, joined by ", "; `automatic self-calibration`, on or off.
    """

    serial: str = ""
    firmware: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """A probe's verdict: the catalogue's model, and whether the answer can come from nothing else.

    `note` tells a person what else it might be, or what to check.
    """

    model: str
    certain: bool = True
    identity: Identity = Identity()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question that changes nothing in any device, asked on an unknown port.

    `rank` is its place in the safe order: lower is asked earlier. `title` tells a person what is asked. The dialogue
    returns None, or has a Fault raised in it, when the answer is not this device's.
    """

    rank: int
    title: str
    line: LineSettings
    ask: Callable[[], Dialogue[Match | None]]


@dataclass(frozen=True, slots=True)
class Listening:
    """How an instrument that speaks by itself is recognised: from what arrives within `seconds`, sending nothing.

    `recognise` gets all that has arrived so far and is called again as more comes.
    """

    title: str
    line: LineSettings
    seconds: float
    recognise: Callable[[bytes], Match | None]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the device or of its decoding. The forms of the window are built from it.

    `name` is its key among the sensor's options, `kept` where it lives: in the decoder on this computer (`host`), in
    the device until it loses power (`until_power_off`), or in its permanent memory (`permanent`). Settings that a
    device forgets are written again after each connection, by `start`. `minimum`, `maximum` and `choices` bound what is
    allowed. `risk` says in plain words what may go wrong; it is confirmed by the person. `documented` False: the
    sources are in doubt, and the confirmation says so. With `evidence_risk` equal to the present value, the setting
    casts doubt on the evidence (`risk` says why) and is shown as a warning. A text may have several `lines`.
    `alters_values`: with another value of it, the same thing measured has another raw number; so a change of it counts
    as an adjustment. That holds of every setting that is not known to be harmless, and of all channels where `alters`
    does not name the ones.

    `read` and `write` are None for a setting of the host. A written setting is read back by whoever runs the dialogue.
    """

    name: str
    label: str
    kind: Literal["switch", "whole", "number", "choice", "text"]
    default: OptionValue
    kept: Literal["host", "until_power_off", "permanent"] = "host"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[OptionValue, ...] = ()
    help: str = ""
    risk: str = ""
    documented: bool = True
    evidence_risk: OptionValue | None = None
    read: Callable[[Options], Dialogue[OptionValue]] | None = None
    write: Callable[[Options, OptionValue], Dialogue[None]] | None = None
    lines: bool = False
    alters_values: bool = True
    alters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """Something the device does when told, e.g. a restart. The dialogue returns the device's answer in words.

    `argument` declares the one value it takes, if any. With `calibrates` True it alters the calibration: only a
    calibration procedure may run it.
    """

    name: str
    label: str
    run: Callable[[Options, OptionValue | None], Dialogue[str]]
    risk: str
    argument: Setting | None = None
    documented: bool = True
    calibrates: bool = False


@dataclass(frozen=True, slots=True)
class StreamDriver:
    """An instrument that speaks by itself.

    `decode` raises a Fault for a frame that cannot be read as a sample (ChecksumMismatch, MalformedFrame, NotReady,
    DeviceFault) and returns None for a sound frame that is no measurement (an acknowledgement, a banner line).
    `start`, where there is one, runs after every connection: it may wake the device or set what the device forgets.
    `factors` tells, with these settings and by the name of a channel that the catalogue calls proportional to another,
    what a unit of the other makes of it; one that it does not name is not proportional with them. `steps` tells by how
    much raw goes up at least, of channels in which that may be more than the last decimal. Both raise BadInput.
    """

    name: str
    version: str
    source: str
    framer: Callable[[], Framer]
    decode: Callable[[bytes, Options], Sample | None]
    idle_s: float
    silent_after_s: float
    start: Callable[[Options], Dialogue[None]] | None = None
    identify: Callable[[Options], Dialogue[Identity]] | None = None
    probes: tuple[Probe, ...] = ()
    listening: tuple[Listening, ...] = ()
    settings: tuple[Setting, ...] = ()
    actions: tuple[Action, ...] = ()
    factors: Callable[[Options], Mapping[str, float]] | None = None
    steps: Callable[[Options], Mapping[str, float]] | None = None


@dataclass(frozen=True, slots=True)
class PolledDriver:
    """An instrument that answers requests.

    `start` runs after every connection and returns None; `measure` returns one sample, or None when there is nothing
    new. `identify` asks the device who it is, after `start`. `factors` and `steps` as in `StreamDriver`.
    """

    name: str
    version: str
    source: str
    start: Callable[[Options], Steps]
    measure: Callable[[Options], Steps]
    identify: Callable[[Options], Dialogue[Identity]] | None = None
    probes: tuple[Probe, ...] = ()
    listening: tuple[Listening, ...] = ()
    settings: tuple[Setting, ...] = ()
    actions: tuple[Action, ...] = ()
    factors: Callable[[Options], Mapping[str, float]] | None = None
    steps: Callable[[Options], Mapping[str, float]] | None = None


Driver = StreamDriver | PolledDriver
