# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration takes effect while a port is being recorded: no sample is lost, the port stays open, and every reading
after the verdict names it or is marked as in calibration. A real worker, a pseudo-terminal, a log in a file."""

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.acquisition.setup import Outputs, SensorStatus
from edge_daemon.acquisition.worker import PortWorker
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.channel import Flag
from edge_daemon.instruments.transport import OpenPort, open_port
from edge_daemon.log.bodies import Body, LogBody
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibrations import Calibrations, value_of
from edge_daemon.log.clock_history import Reported, Standing
from edge_daemon.log.effective import Amendments, effective
from edge_daemon.log.entry import EntryType, LoggedReading, Stamp, decode_entry, decode_reading
from edge_daemon.station.calibrations import CalibrationBook
from edge_daemon.station.journal import Journal, record_of
from edge_daemon.station.past import calibrations_of
from tests.support.waiting import wait_until
from tests.unit.edge_daemon.acquisition.fakes import IDENTITY, LINE, Bench, stream
from tests.unit.edge_daemon.log.calibration_world import TV_A3, installed, start, verdict

SENSOR, ORIGIN = "co2", "verifield/log/" + "cd" * 16
STAMP = Stamp(1_800_000_000_000_000_000, 5, bytes(16))
SHIFT = ValueFunction("polynomial", (7.0, 1.0))
PATIENCE_S = 60.0


class Station:
    """A log, the calibrations it names, and one port's worker."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        self.path = folder / "buffer.sqlite3"
        first = record_of(LogBody(ORIGIN, "d", "p", "1", "m", demo=False), STAMP)
        self.book = CalibrationBook(Calibrations())
        self.writer = LogWriter.create(self.path, ORIGIN, [first], on_commit=self.book.committed)
        self.journal = Journal(self.writer, lambda: STAMP)
        self.write(installed("S-1", SENSOR, "fake"))
        self.opened = 0
        self.statuses: list[SensorStatus] = []
        self.bugs: list[Exception] = []
        outputs = Outputs(self.writer.submit, self.statuses.append, lambda _sensor, bug: self.bugs.append(bug))
        device = replace(stream(SENSOR), calibration=self.book.source(SENSOR))
        self.worker = PortWorker(
            IDENTITY, LINE, [device], lambda _: bench.port, SystemClock(), outputs, opener=self._open
        )

    def __enter__(self) -> Self:
        self.worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stopped = self.worker.stop(PATIENCE_S)
        self.writer.close()
        assert stopped, "the worker did not end in time"

    def _open(self, *how: object) -> OpenPort:
        self.opened += 1
        return open_port(*how)  # type: ignore[arg-type]  # as it was called

    def write(self, body: Body) -> int:
        return self.journal.write(body)[0]

    def readings(self) -> list[tuple[int, LoggedReading]]:
        with LogReader(self.path) as reader:
            rows = reader.entries(0, 10_000)
        found = [(index, data) for index, data in rows if decode_entry(data).type == EntryType.READING]
        return [(index, decode_reading(data)) for index, data in found]


def test_calibrations_take_effect_without_a_pause_or_a_lost_sample(tmp_path: Path) -> None:
    said: list[float] = []
    with Bench() as bench, Station(tmp_path, bench) as station:

        def say(count: int) -> None:
            for _ in range(count):
                said.append(400.0 + len(said))
                bench.say(b"%.1f\n" % said[-1])

        wait_until(lambda: bool(station.statuses) and station.statuses[-1].connected, what="the port to be opened")
        ends = []
        say(20)
        for function in (TV_A3, SHIFT, None):
            run = station.write(start("S-1", SENSOR, "co2", "fake"))
            say(20)
            told = verdict(run, "pass", function, serial="S-1", sensor=SENSOR, model="fake", channel="co2")
            ends.append(station.write(told))
            say(20)
        wait_until(lambda: len(station.readings()) == len(said), what="every sample")
    assert (station.opened, station.bugs) == (1, [])
    readings = station.readings()
    assert [reading.channels["co2"].raw for _, reading in readings] == said
    with LogReader(station.path) as reader:
        known = calibrations_of(reader)
    functions = dict(zip(ends, (TV_A3, SHIFT, SHIFT), strict=True))
    named = set()
    for index, reading in readings:
        co2, cal = reading.channels["co2"], reading.calibrations.get("co2")
        assert co2.raw is not None
        assert co2.value == value_of(None if cal is None else functions[cal], co2.raw)
        assert cal is None or cal < index
        due = max((end for end in ends if end < index), default=None)
        now = effective(index, reading, Reported(1, 0, Standing.TRUSTED), Amendments(), (), known)
        if cal != due or known.during(SENSOR, index) is not None:
            assert {value.flag for value in now.channels.values()} == {Flag.FAIL}
        else:
            assert now.in_calibration is None
        named.add(cal)
    assert ends[-1] in named
