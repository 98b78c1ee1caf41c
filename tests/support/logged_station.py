# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A station's log in a real file, written as the recorder writes it, for tests of what is read out of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from edge_daemon.acquisition.gaps import Gap
from edge_daemon.acquisition.pipeline import Pipeline, gap_record
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.acquisition.whereabouts import Whereabouts
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.limits import Limits
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.bodies import (
    Body,
    BootBody,
    ChannelBody,
    ClockStateBody,
    ConfigurationBody,
    ConnectionBody,
    LogBody,
)
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.clock_history import CLOCK_TYPES, ClockHistory
from edge_daemon.log.entry import Stamp, decode_entry
from edge_daemon.log.setup import Setup
from edge_daemon.station.calibrations import CalibrationBook
from edge_daemon.station.journal import Journal, record_of
from tests.support.log_files import ORIGIN, T0
from tests.unit.edge_daemon.acquisition.fakes import MODEL, POLLED

SECOND_NS = 10**9
LIMITS = Limits(plausible=(350, 900), spike=(100, 500), flat_s=(20, 40), flat_tolerance=0.5)
CO2 = ConfigurationBody(
    sensor="co2-1",
    state="recording",
    name="Canopy",
    kind="co2",
    model="fake",
    driver="fake",
    driver_version="1",
    interval_ns=SECOND_NS,
    channels=(ChannelBody("co2", "ppm", 0.0, 1000.0, limits=LIMITS), ChannelBody("humidity", "%", 0.0, 100.0)),
    connection=ConnectionBody("p", "physical", "9600 8N1"),
    settings={},
    demo=False,
    primary="co2",
)


class LoggedStation:
    """One sensor, one sample a second from `T0` on. Use as a context."""

    def __init__(self, folder: Path, *, clock: str = "trusted") -> None:
        self.second = 0
        self.history = ClockHistory()
        self.setup = Setup()
        self.whereabouts = Whereabouts()
        self.calibrations = CalibrationBook(Calibrations())
        self.writer = LogWriter.create(
            folder / "buffer.sqlite3",
            ORIGIN,
            [record_of(LogBody(ORIGIN, "d", "p", "1", "m", demo=False), self.stamp())],
            on_commit=self._committed,
        )
        self.reader = LogReader(folder / "buffer.sqlite3")
        self.journal = Journal(self.writer, self.stamp)
        self.write(BootBody("start", "boot-1", "1", "untrusted"))
        if clock == "trusted":
            self.write(ClockStateBody(None, "trusted", 100_000))
        self.configuration = self.write(CO2)
        setup = DeviceSetup(
            "co2-1",
            MODEL,
            POLLED,
            SECOND_NS,
            self.configuration,
            calibration=self.calibrations.source("co2-1"),
            limits={"co2": LIMITS},
        )
        self.pipeline = Pipeline(setup, self.whereabouts.locate)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.reader.close()
        self.writer.close()

    def stamp(self) -> Stamp:
        return Stamp(T0 + self.second * SECOND_NS, self.second * 10**6, self.second.to_bytes(16, "big"))

    def write(self, body: Body) -> int:
        index, entry = self.journal.write(body)
        self.history = self.history.after(index, entry)
        self.setup = self.setup.after(index, entry)
        return index

    def sample(self, co2: float | None, *, warming_up: bool = False) -> int:
        """Record a sample; its index."""
        self.second += 1
        sample = Sample({"co2": co2, "humidity": 50.0})
        record = self.pipeline.reading(sample, self.stamp(), warming_up=warming_up)
        index = self.writer.append(record, 30.0)
        self.pipeline.recorded(record)
        return index

    def gap(self) -> None:
        """Nothing came for a minute."""
        before, self.second = self.stamp(), self.second + 60
        self.writer.append(
            gap_record(Gap("co2-1", before.t_ns, self.stamp().t_ns, 59, ("no_reply",)), self.stamp()), 30
        )
        self.pipeline.gap()

    def _committed(self, batch: Sequence[Committed]) -> None:
        self.whereabouts.committed(batch)
        self.calibrations.committed(batch)
        for item in batch:
            if item.record.type in CLOCK_TYPES:
                self.history = self.history.after(item.index, decode_entry(item.record.data))


def renamed(sensor: str) -> ConfigurationBody:
    """The same for another sensor."""
    return replace(CO2, sensor=sensor)
