# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A small instrument of our own for acquisition's tests: drivers, a pseudo-terminal that answers, a recorder."""

import os
import select
import threading
import tty
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from edge_daemon.acquisition.clock import Instant
from edge_daemon.acquisition.setup import DeviceSetup, Outputs, SensorStatus
from edge_daemon.buffer.record import Record
from edge_daemon.domain.channel import ChannelSpec
from edge_daemon.domain.connection import LineSettings, Port, PortIdentity, PortKind
from edge_daemon.domain.faults import ChecksumMismatch, MalformedFrame
from edge_daemon.domain.instrument import InstrumentModel, Interval, OptionValue
from edge_daemon.instruments.driver import BadFrame, Exchange, PolledDriver, Sample, Steps, StreamDriver
from edge_daemon.log.entry import Entry, decode_entry

LINE = LineSettings(9600)
IDENTITY = PortIdentity(PortKind.PSEUDO_TERMINAL, location="bench")
TIMEOUT_S = 0.1

MODEL = InstrumentModel(
    model="fake",
    maker="none",
    title="Fake",
    kind="co2",
    driver="fake",
    channels=(ChannelSpec("co2", "CO2", "ppm", 0.0, 1000.0, 1), ChannelSpec("humidity", "RH", "%", 0.0, 100.0, 1)),
    primary="co2",
    interval=Interval(1_000_000_000, 100_000_000),
    line=LINE,
    warm_up_s=0.0,
    procedures=(),
    source="tests",
)


def instant(seconds: float, wall_s: float = 1_800_000_000) -> Instant:
    """A moment `seconds` after boot, with the wall clock that far after `wall_s`."""
    us = round(seconds * 1_000_000)
    return Instant(round(wall_s) * 1_000_000_000 + us * 1000, us, us * 1000)


def _line_length(data: bytes) -> int | None:
    end = data.find(b"\n")
    return None if end < 0 else end + 1


def _ask(text: str) -> Exchange:
    return Exchange(text.encode(), _line_length, timeout_s=TIMEOUT_S, tries=2, silence_s=0.01)


def _start(options: Mapping[str, OptionValue]) -> Steps:
    yield _ask(f"!{options['address']}\n")
    return None


def _measure(options: Mapping[str, OptionValue]) -> Steps:
    reply = yield _ask(f"?{options['address']}\n")
    address, _, number = reply.decode("latin-1").strip().partition(":")
    if address != options["address"]:
        raise ChecksumMismatch(f"reply {reply!r}")
    if number == "crash":
        raise ZeroDivisionError("a bug in the driver")
    return Sample({"co2": float(number), "humidity": None})


POLLED = PolledDriver("fake", "1", "tests", _start, _measure)


class LineFramer:
    """Lines of at most 64 bytes."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[bytes | BadFrame]:
        *lines, self._held = (self._held + data).split(b"\n")
        found: list[bytes | BadFrame] = list(lines)
        if len(self._held) > 64:
            found += self.idle()
        return found

    def idle(self) -> list[bytes | BadFrame]:
        held, self._held = self._held, b""
        return [BadFrame(held[:256], MalformedFrame("no end of line"))] if held else []


def _decode(frame: bytes, options: Mapping[str, OptionValue]) -> Sample | None:
    if frame.startswith(b"#"):
        return None
    try:
        return Sample({"co2": float(frame), "humidity": 50.0})
    except ValueError as error:
        raise ChecksumMismatch(f"{frame!r}") from error


STREAM = StreamDriver("fake stream", "1", "tests", LineFramer, _decode, idle_s=0.5, silent_after_s=0.6)


def polled(sensor: str, address: str, interval_s: float = 0.2) -> DeviceSetup:
    """A sensor that is asked."""
    return DeviceSetup(sensor, MODEL, POLLED, round(interval_s * 1e9), 3, {"address": address})


def stream(sensor: str, interval_s: float = 0.2) -> DeviceSetup:
    """A sensor that speaks."""
    return DeviceSetup(sensor, MODEL, STREAM, round(interval_s * 1e9), 3)


@dataclass
class Recorder:
    """Keeps what a worker told."""

    accept: Callable[[Record], bool] = lambda _: True
    records: list[Record] = field(default_factory=list)
    statuses: list[SensorStatus] = field(default_factory=list)
    bugs: list[tuple[str, Exception]] = field(default_factory=list)

    @property
    def outputs(self) -> Outputs:
        return Outputs(self._record, self.statuses.append, lambda sensor, bug: self.bugs.append((sensor, bug)))

    @property
    def connected(self) -> bool:
        """Whether the last status, if there is one yet, says connected."""
        return bool(self.statuses) and self.statuses[-1].connected

    @property
    def faulty(self) -> bool:
        """Whether the last status, if there is one yet, carries a fault."""
        return bool(self.statuses) and self.statuses[-1].fault is not None

    def _record(self, record: Record) -> bool:
        accepted = self.accept(record)
        if accepted:
            self.records.append(record)
        return accepted

    def readings(self, sensor: str) -> list[Entry]:
        return [decode_entry(r.data) for r in list(self.records) if r.type == "reading" and r.sensor == sensor]

    def gaps(self, sensor: str) -> list[Entry]:
        return [decode_entry(r.data) for r in list(self.records) if r.type == "gap" and r.sensor == sensor]

    def causes(self, sensor: str) -> set[str]:
        found: set[str] = set()
        for gap in self.gaps(sensor):
            causes = gap.body["causes"]
            assert isinstance(causes, list)
            found |= {str(cause) for cause in causes}
        return found


class Bench:
    """A pseudo-terminal whose far side passes each line it gets to `answer` and sends back what that returns."""

    def __init__(self, answer: Callable[[bytes], bytes] = lambda _: b"") -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = Port(os.ttyname(self._slave), IDENTITY)
        self.answer = answer
        self.asked: list[bytes] = []
        self._wake_out, self._wake_in = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="bench")
        self._closed = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def say(self, data: bytes) -> None:
        """Send bytes unasked."""
        os.write(self._master, data)

    def unplug(self) -> None:
        """Take the terminal away, as an adapter that is pulled out."""
        if self._closed:
            return
        self._closed = True
        os.write(self._wake_in, b"x")
        self._thread.join()
        for handle in (self._master, self._slave, self._wake_in, self._wake_out):
            os.close(handle)

    def _serve(self) -> None:
        held = b""
        while True:
            ready, _, _ = select.select([self._master, self._wake_out], [], [])
            if self._wake_out in ready:
                return
            *lines, held = (held + os.read(self._master, 1024)).split(b"\n")
            for line in lines:
                self.asked.append(line)
                reply = self.answer(line)
                if reply:
                    os.write(self._master, reply)
