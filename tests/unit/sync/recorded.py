# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Logs as the recorder writes them, and a far end that keeps what it is sent, for tests of sync."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.record import Record
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.station import Location
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import (
    TYPE_OF,
    Body,
    BootBody,
    ChannelBody,
    ClockFixBody,
    ClockStanding,
    ClockStateBody,
    ConfigurationBody,
    ConnectionBody,
    LogBody,
    StationBody,
    to_json,
)
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import EntryType, Settled, Stamp, encode_entry, encode_reading
from sync.packets.item import Item, summaries_in
from sync.packets.reading import Outgoing
from sync.packets.summary import OutgoingSummary
from sync.packets.summary_lines import summary_lines
from sync.sinks.sink import Check, Chunk, Delivered, Later, Outcome, Stopped, Waiting, Witness
from tests.support.summarised import Point, points
from tests.support.waiting import wait_until

ORIGIN = "verifield/log/" + "ab" * 16
T0 = 1_795_421_700_000_000_000
S = 1_000_000_000
TEMPERATURE = ChannelBody("temperature", "°C", -40, 60)
WIND = ChannelBody("wind", "m/s", 0, 60, "wind_speed", "km/h", 3.6)


@dataclass
class Recorded:
    """The entries of a log in memory; `write` puts them into a file as the recorder would."""

    origin: str = ORIGIN
    entries: list[bytes] = field(default_factory=list)
    t_ns: int = T0
    mono_us: int = 1_000_000

    def begin(self, state: ClockStanding = "trusted", *, location: Location | None = None) -> "Recorded":
        self.add(LogBody(self.origin, "station-1", "P1", "1", "m", "/demo/" in self.origin))
        self.boot("boot-1", state)
        if location:
            self.add(StationBody("station-1", "P1", "Site", location))
        return self

    def boot(self, boot_id: str, state: ClockStanding) -> None:
        self.add(BootBody("start", boot_id, "1", state))
        self.clock(state)

    def clock(self, state: ClockStanding) -> None:
        self.add(ClockStateBody(None, state, None if state == "untrusted" else 1_000))

    def fix(self, boot_id: str, offset_ns: int = 0) -> int:
        return self.add(
            ClockFixBody(boot_id, self.mono_us, rfc3339_from_ns(self.t_ns + offset_ns), 5_000, "synchronised")
        )

    def sensor(self, name: str, channels: Sequence[ChannelBody] = (TEMPERATURE, WIND), **more: object) -> int:
        body = ConfigurationBody(
            sensor=name,
            state="recording",
            name=name,
            kind="weather_station",
            model="maker_model",
            driver="d",
            driver_version="1",
            interval_ns=S,
            channels=tuple(channels),
            connection=ConnectionBody("usb:0403:6001:A1", "physical", "9600 8N1"),
            settings={},
            demo=False,
            **more,  # type: ignore[arg-type]  # fields of the body that a test names
        )
        return self.add(body)

    def reading(
        self,
        sensor: str,
        configuration: int,
        values: dict[str, float | None] | None = None,
        *,
        after_s: float = 1.0,
        flags: dict[str, Flag] | None = None,
        settles: Sequence[Settled] = (),
    ) -> int:
        self.pass_(after_s)
        told = {"temperature": 20.5, "wind": 2.0} if values is None else values
        channels = {
            name: ChannelValue(value, value, Flag.MISSING if value is None else (flags or {}).get(name, Flag.GOOD))
            for name, value in told.items()
        }
        return self.put(encode_reading(self.stamp(), sensor, channels, 90, configuration, {}, settles))

    def readings(self, sensor: str, configuration: int, count: int) -> list[int]:
        return [
            self.reading(sensor, configuration, {"temperature": float(number % 50), "wind": 1.0})
            for number in range(count)
        ]

    def amendment(self, kind: str, first: int, last: int, **body: JsonValue) -> int:
        told: dict[str, JsonValue] = {"kind": kind, "first": first, "last": last, "evidence": "seen", "person": "Ada"}
        return self.put(encode_entry(EntryType.AMENDMENT, self.stamp(), told | body))

    def add(self, body: Body) -> int:
        return self.put(encode_entry(TYPE_OF[type(body)], self.stamp(), to_json(body)))

    def put(self, data: bytes) -> int:
        self.entries.append(data)
        return len(self.entries) - 1

    def pass_(self, seconds: float) -> None:
        self.t_ns += round(seconds * S)
        self.mono_us += round(seconds * 1_000_000)

    def stamp(self) -> Stamp:
        return Stamp(self.t_ns, self.mono_us, len(self.entries).to_bytes(16, "big"))

    def write(self, path: Path) -> Path:
        """Write a new file, or append what its log does not hold yet."""
        records: list[Record] = [record_of(data) for data in self.entries]
        if path.exists():
            with LogWriter.open(path) as writer:
                for record in records[writer.head().size :]:
                    wait_until(partial(writer.submit, record), what="room in the queue")
        else:
            with LogWriter.create(path, self.origin, records[:1]) as writer:
                for record in records[1:]:
                    wait_until(partial(writer.submit, record), what="room in the queue")
        return path


Key = tuple[str, int]


@dataclass
class FarEnd:
    """Keeps readings by (sensor, time), as a database would. Acknowledged ones that are not `durable` can be lost.

    `summaries` are kept as they came, one after the other.
    """

    kept: dict[Key, Outgoing] = field(default_factory=dict)
    summaries: list[OutgoingSummary] = field(default_factory=list)
    recent: list[Item] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    received: int = 0
    lives: int = 1

    def take(self, items: Sequence[Item]) -> None:
        self.received += len(items)
        for item in items:
            if isinstance(item, OutgoingSummary):
                self.summaries.append(item)
            else:
                self.kept[item.facts.sensor, item.t_ns] = item
        self.recent += items

    def flush(self) -> None:
        """Write everything: it cannot be lost any more."""
        self.recent.clear()

    def crash(self) -> None:
        """Die, and lose what was acknowledged since the last crash or flush."""
        self.lives += 1
        lost, self.recent = self.recent, []
        lasting = len(self.summaries) - len(summaries_in(lost))
        del self.summaries[lasting:]
        for item in lost:
            if not isinstance(item, OutgoingSummary):
                self.kept.pop((item.facts.sensor, item.t_ns), None)

    def hours(self) -> dict[tuple[str, int], Point]:
        """What a database shows of the summaries, by series and time."""
        return points(line for summary in self.summaries for line in summary_lines(summary))

    def indices(self) -> list[int]:
        return sorted(reading.index for reading in self.kept.values())


class FakeSink:
    """A sink whose far end is in memory. `answer` decides about each chunk; None: deliver it."""

    name = "fake"

    def __init__(
        self,
        far: FarEnd,
        answer: Callable[[Chunk, Sequence[Item]], Outcome | None] = lambda _chunk, _readings: None,
        size: int = 7,
    ) -> None:
        self.far = far
        self.answer = answer
        self.size = size
        self._made: dict[bytes, tuple[Item, ...]] = {}

    def check(self, waiting: Waiting) -> Iterator[Check]:
        yield Check("Reachable", "passed", "in memory")

    def witness(self, known: str, cancelled: threading.Event) -> Witness | Later | Stopped:
        return Witness(f"life {self.far.lives}")

    def chunks(self, items: Sequence[Item]) -> list[Chunk]:
        return [self._chunk(items[start : start + self.size]) for start in range(0, len(items), self.size)]

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        for chunk in chunks:
            if cancelled.is_set():
                return
            readings = self._made[chunk.payload]
            outcome = self.answer(chunk, readings)
            if outcome is None:
                self.far.take(readings)
                self.far.payloads.append(chunk.payload)
                outcome = Delivered(chunk)
            yield outcome
            if not isinstance(outcome, Delivered):
                return

    def close(self) -> Stopped | None:
        """Nothing is open."""
        return None

    def _chunk(self, items: Sequence[Item]) -> Chunk:
        payload = repr(items).encode()
        self._made[payload] = tuple(items)
        return Chunk(payload, items[0].index, items[-1].index, len(items))
