# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The guided calibrations of a home, wired. Reads the procedures and the log's runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge_daemon.acquisition.clock import Clock
from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.procedures import load_procedure, load_procedures
from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.domain.procedure import Procedure
from edge_daemon.home import Home
from edge_daemon.log.run_ranges import open_run
from edge_daemon.station.amendments import AmendmentDesk
from edge_daemon.station.calibration_closing import Closing, Log
from edge_daemon.station.calibration_cut_off import CutOffRuns, past_cut_off
from edge_daemon.station.calibration_desk import CalibrationDesk
from edge_daemon.station.calibration_energy import MeterEnergy
from edge_daemon.station.calibration_live import LiveSignals
from edge_daemon.station.calibration_present import Surroundings
from edge_daemon.station.calibration_records import RunBook, amendments_of, past_runs
from edge_daemon.station.calibrations import CalibrationBook
from edge_daemon.station.device_settings import DeviceDesk
from edge_daemon.station.instruments import InstrumentBook
from edge_daemon.station.journal import Journal
from edge_daemon.station.past import entry_at
from edge_daemon.station.persons import PersonBook
from edge_daemon.station.problem_log import report_faults
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.standards import StandardBook
from edge_daemon.station.status import StatusBoard
from edge_daemon.station.timekeeping import TimeKeeper

OWN_PROCEDURES = "procedures"


@dataclass(frozen=True, slots=True)
class Calibrating:
    """Who guides calibrations and who signs them. `faults` are what is wrong with procedures of the project's own,
    `cut_off` the runs that ended with the log before."""

    desk: CalibrationDesk
    persons: PersonBook
    faults: tuple[Fault, ...]
    cut_off: CutOffRuns

    def fault(self) -> Fault | None:
        """The first of what is wrong, for the recorder's health."""
        return self.faults[0] if self.faults else self.cut_off.fault()


class Parts(Protocol):
    """The station's parts that guided calibrations use."""

    book: SensorBook
    instruments: InstrumentBook
    board: StatusBoard
    devices: DeviceDesk
    standards: StandardBook
    amendments: AmendmentDesk
    calibrations: CalibrationBook
    journal: Journal
    timekeeper: TimeKeeper


def make_calibration(parts: Parts, home: Home, reader: LogReader, clock: Clock, program: str) -> Calibrating:
    """The guided calibrations of the home whose log `reader` reads."""
    procedures, faults = with_own_procedures(load_procedures(), home.path / OWN_PROCEDURES)
    report_faults("a calibration procedure of the project's own is left out", faults)
    write = parts.journal.write
    runs = RunBook(past_runs(reader), write)
    persons = PersonBook(home.path, write, lambda: clock.now().wall_ns, lambda: clock.now().boot_us)
    closing = Closing(
        runs,
        parts.amendments,
        persons,
        lambda: parts.calibrations.told,
        Log(write, lambda index: entry_at(reader, index), lambda run: amendments_of(reader, run), reader.first_reading),
        lambda sensor: tuple(str(risk) for risk in parts.devices.risks(sensor)),
        MeterEnergy(
            lambda: LogReader(home.buffer),
            lambda: parts.book.setup,
            lambda: parts.instruments.told,
            lambda: parts.amendments.plan,
        ),
        lambda: clock.now().wall_ns,
    )
    around = Surroundings(
        book=parts.book,
        instruments=parts.instruments,
        devices=parts.devices,
        persons=persons,
        standards=parts.standards,
        procedures=procedures,
        signals=LiveSignals(parts.board),
        reader=lambda: LogReader(home.buffer),
        clock=clock,
        program=program,
        clock_trusted=lambda: parts.timekeeper.history.state != "untrusted",
        calibrations=lambda: parts.calibrations.told,
    )
    parts.book.guard(lambda sensor: open_run(parts.calibrations.told.runs, sensor) is not None)
    parts.devices.heed(lambda sensor: parts.calibrations.applied(sensor).in_force)
    cut_off = CutOffRuns(past_cut_off(reader), lambda: tuple(parts.book.setup.sensors), runs.of)
    return Calibrating(CalibrationDesk(around, runs, closing), persons, faults, cut_off)


def with_own_procedures(
    shipped: Mapping[str, Procedure], folder: Path
) -> tuple[Mapping[str, Procedure], tuple[Fault, ...]]:
    """The procedures with those in `folder` (*.toml), which need not exist: of two with one key the folder's holds.

    A file with a mistake is left out, and told. Each run's first entry holds its whole procedure, so that what it was
    made by is never in doubt.
    """
    known = dict(shipped)
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            procedure = load_procedure(path)
        except BadInput as fault:
            faults.append(fault)
        except OSError as error:
            faults.append(BadInput(path.name, str(error), "a file that can be read is needed"))
        else:
            known[procedure.key] = procedure
    return known, tuple(faults)
