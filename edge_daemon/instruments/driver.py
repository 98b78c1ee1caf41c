# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a driver is. Pure: a driver turns bytes into samples and never touches a port.

To add an instrument, write `drivers/<name>.py` with a module-level `DRIVER` (one of the two kinds below) and a
catalogue entry that names it. A third party does the same in its own package and declares it in the entry-point group
`verifield.drivers`.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.instrument import OptionValue


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
class StreamDriver:
    """An instrument that speaks by itself.

    `decode` raises a Fault for a frame that cannot be read as a sample (ChecksumMismatch, MalformedFrame, NotReady,
    DeviceFault) and returns None for a sound frame that is no measurement (an acknowledgement, a banner line).
    """

    name: str
    version: str
    source: str
    framer: Callable[[], Framer]
    decode: Callable[[bytes, Mapping[str, OptionValue]], Sample | None]
    idle_s: float
    silent_after_s: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what its reply looks like.

    `reply_length` tells from the bytes so far how many bytes the whole reply has, or None while that is unknown.
    """

    request: bytes
    reply_length: Callable[[bytes], int | None]
    timeout_s: float = 0.25
    tries: int = 3
    silence_s: float = 0.05


@dataclass(frozen=True, slots=True)
class Pause:
    """Come back after this many seconds; the port is free for other devices meanwhile."""

    seconds: float


Steps = Generator[Exchange | Pause, bytes, Sample | None]


@dataclass(frozen=True, slots=True)
class PolledDriver:
    """An instrument that answers requests.

    `start` and `measure` are generators: they yield an Exchange and are sent the raw reply (or have NoReply thrown in
    after the last try), or yield a Pause and are sent b"". They raise a Fault when a reply cannot be accepted. `start`
    runs after every connection and returns None; `measure` returns one sample, or None when there is nothing new.
    """

    name: str
    version: str
    source: str
    start: Callable[[Mapping[str, OptionValue]], Steps]
    measure: Callable[[Mapping[str, OptionValue]], Steps]


Driver = StreamDriver | PolledDriver
