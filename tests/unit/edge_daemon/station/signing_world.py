# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A station with a run that is ready to be signed or given up, in a real log."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge_daemon.calibration.run import Run, RunEntry
from edge_daemon.domain.faults import BufferUnavailable, DiskFull
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import Body, InstallationBody
from edge_daemon.log.entry import Entry
from edge_daemon.station.amendments import AmendmentDesk, amendment_desk
from edge_daemon.station.calibration_closing import Closing, Log
from edge_daemon.station.calibration_records import RunBook, amendments_of, past_runs
from edge_daemon.station.journal import Journal
from edge_daemon.station.past import entry_at
from edge_daemon.station.persons import PersonBook
from tests.support.log_files import T0
from tests.support.logged_station import LoggedStation

SCRYPT = hashlib.scrypt
SIGNED: dict[str, Any] = {"person": "Ana", "pin": "4711"}


class CountedNothing:
    """What is no energy meter. `asked_ns` are the moments since when it was asked."""

    def __init__(self) -> None:
        self.asked_ns: list[int] = []

    def between(self, _sensor: str, _first: int, _last: int) -> None:
        return None

    def since(self, _sensor: str, t_ns: int, _last: int) -> None:
        self.asked_ns.append(t_ns)


class SlowDisk(Journal):
    """`late`: an amendment is recorded although it is given up as unconfirmed."""

    late = False

    def write(self, body: Body) -> tuple[int, Entry]:
        told = super().write(body)
        if self.late and isinstance(body, AmendmentBody):
            raise BufferUnavailable("the disk has not confirmed a record; it may still be recorded")
        return told


class Signing:
    """A station with a run that is ready to be signed. `full` is the type of body that the disk has no room for."""

    def __init__(
        self, station: LoggedStation, home: Path, made: Run, before: Callable[[LoggedStation], None] = lambda _: None
    ) -> None:
        self.station = station
        self.home = home
        self.full: type[Body] | None = None
        self.risks: tuple[str, ...] = ()
        self.meter = CountedNothing()
        self.journal = SlowDisk(station.writer, station.stamp)
        installed = InstallationBody("co2-1", made.start.model, made.start.serial, SerialSource.LABEL)
        self.installed = station.write(installed)
        self.first = station.sample(440.0)
        before(station)
        self.start()
        start = replace(made.start, sensor="co2-1")
        self.run = self.runs.begin(start)
        entries: list[RunEntry | None] = [made.conditions]
        entries += [one.body for one in made.taken("as_found").values()]
        entries += [made.decision, *made.commands]
        entries += [one.body for one in made.taken("as_left").values()]
        for body in entries:
            if body is not None:
                self.run = self.runs.add(self.run, replace(body, run=self.run.index, sensor="co2-1"))

    def start(self) -> None:
        """As the recorder does when it starts: everything is read from the log."""
        self.runs = RunBook(past_runs(self.station.reader), self.write)
        self.amendments: AmendmentDesk = amendment_desk(
            self.station.reader,
            self.journal,
            head=self.station.writer.head,
            history=lambda: self.station.history,
            setup=lambda: self.station.setup,
        )
        self.persons = PersonBook(self.home, self.write, lambda: T0, lambda: 0)
        self.closing = Closing(
            self.runs,
            self.amendments,
            self.persons,
            lambda: self.station.calibrations.told,
            Log(
                self.write,
                lambda index: entry_at(self.station.reader, index),
                lambda run: amendments_of(self.station.reader, run),
                self.station.reader.first_reading,
            ),
            lambda _sensor: self.risks,
            self.meter,
            lambda: self.station.stamp().t_ns,
        )

    def write(self, body: Body) -> tuple[int, Entry]:
        if self.full is not None and isinstance(body, self.full):
            raise DiskFull("no room")
        return self.station.journal.write(body)


def quick_scrypt(pin: bytes, *, salt: bytes, dklen: int, **_cost: int) -> bytes:
    """A hash of a PIN that costs nothing: the cost is tested with the persons."""
    return SCRYPT(pin, salt=salt, n=16, r=1, p=1, dklen=dklen)
