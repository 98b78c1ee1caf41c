# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the rules across sensors beside recording, in a thread of its own; what begins and ends goes into the log, and
so does what others find in whole hours."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BufferUnavailable, Fault, Overloaded
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.amendment_body import AnomalyBody
from edge_daemon.log.entry import EntryType, Stamp
from edge_daemon.metrology.anomaly import AnomalyWatch, Found
from edge_daemon.station.journal import record_of

log = logging.getLogger(__name__)

LOOK_S = 1.0
MOST_WAITING = 5_000


class Anomaly(Fault):
    """Something across sensors can hardly be as it is measured."""

    code: ClassVar[str] = "anomaly"
    title: ClassVar[str] = "Readings that do not fit together"
    advice: ClassVar[str] = "Look at the sensors named. If something was done on purpose, write a note or an amendment."


@dataclass(frozen=True, slots=True)
class OpenAnomaly:
    """A rule that holds now: its name and title, the sensors, the explanation, and since when (UTC ns)."""

    rule: str
    title: str
    sensors: tuple[str, ...]
    text: str
    since_ns: int


class AnomalyDesk:
    """`committed` is called by the log's writer and only hands over; the oldest are not looked at if very many wait.

    `keep` puts a record into the log and raises BufferUnavailable or Overloaded.
    """

    def __init__(self, keep: Callable[[Record], None], stamp: Callable[[], Stamp]) -> None:
        self._keep = keep
        self._stamp = stamp
        self._watch = AnomalyWatch()
        self._waiting: deque[Record] = deque(maxlen=MOST_WAITING)
        self._open: dict[tuple[str, tuple[str, ...]], OpenAnomaly] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._main, name="anomalies", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def committed(self, batch: Sequence[Committed]) -> None:
        """These records are durable."""
        self._waiting.extend(item.record for item in batch if item.record.type == EntryType.READING)

    def now(self) -> tuple[OpenAnomaly, ...]:
        """Which rules hold at present, the newest first."""
        return tuple(sorted(self._open.copy().values(), key=lambda one: -one.since_ns))

    def fault(self) -> Anomaly | None:
        """What holds at present, for the station's health; None while nothing does."""
        found = self.now()
        return Anomaly(" ".join(f"{one.title}. {one.text}" for one in found)) if found else None

    def look(self) -> None:
        """Look at what has come since the last look."""
        for _ in range(len(self._waiting)):
            record = self._waiting.popleft()
            usable = {name: None if flag is Flag.FAIL else value for name, value, flag in record.values}
            self._watch.see(record.sensor, record.t_ns, usable)
        stamp = self._stamp()
        for event in self._watch.look(stamp.t_ns):
            found = Found(event.sensors, event.text)
            self._tell(event.rule.name, event.rule.title, found, event.at_ns, stamp, begins=event.begins)

    def say(self, rule: str, title: str, sensors: tuple[str, ...], text: str, holds: bool) -> None:
        """Another one than these rules has looked: tell when it begins to hold, and when it does no longer.

        From any thread, but for each rule from one only.
        """
        if holds is not ((rule, sensors) in self._open):
            stamp = self._stamp()
            said = text if holds else f"{title}: no longer so. {text}"
            self._tell(rule, title, Found(sensors, said), stamp.t_ns, stamp, begins=holds)

    def _main(self) -> None:
        while not self._stop.wait(LOOK_S):
            self.look()

    def _tell(self, rule: str, title: str, found: Found, at_ns: int, stamp: Stamp, *, begins: bool) -> None:
        key = (rule, found.sensors)
        if begins:
            self._open[key] = OpenAnomaly(rule, title, found.sensors, found.text, at_ns)
        else:
            self._open.pop(key, None)
        body = AnomalyBody(
            rule=rule,
            event="begin" if begins else "end",
            text=found.text,
            at=rfc3339_from_ns(at_ns),
            sensor=found.sensors[0],
            sensors=found.sensors,
        )
        try:
            self._keep(record_of(body, Stamp(stamp.t_ns, stamp.mono_us, self._stamp().salt)))
        except (BufferUnavailable, Overloaded) as fault:
            log.error("an anomaly could not be recorded: %s", fault)
