# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a home knows of its instruments, wired: passports, calibrations' history, laboratories' certificates."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from edge_daemon.acquisition.clock import Clock
from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.procedures import load_procedures
from edge_daemon.domain.faults import BadInput, BufferUnavailable, DamagedLog, DiskFull, Overloaded, Unknown
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.home import Home
from edge_daemon.station.amendments import AmendmentDesk
from edge_daemon.station.attachments import Attachments
from edge_daemon.station.calibration_energy import MeterEnergy
from edge_daemon.station.calibration_history import CalibrationHistory, Sources
from edge_daemon.station.calibration_wiring import OWN_PROCEDURES, Calibrating, with_own_procedures
from edge_daemon.station.calibrations import CalibrationBook
from edge_daemon.station.device_board import DeviceBoard
from edge_daemon.station.instruments import InstrumentBook
from edge_daemon.station.journal import Journal
from edge_daemon.station.laboratory import Laboratory
from edge_daemon.station.laboratory_impact import LaboratoryImpact
from edge_daemon.station.passports import PassportDesk
from edge_daemon.station.past import calibrations_of, entry_at
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.timekeeping import TimeKeeper

log = logging.getLogger(__name__)

ATTACHMENTS = "attachments"
"""The folder in the home."""


@dataclass(frozen=True, slots=True)
class InstrumentRecords:
    """What is known of instruments and of their calibrations, and who enters certificates."""

    passports: PassportDesk
    history: CalibrationHistory
    laboratory: Laboratory

    def complete(self) -> None:
        """Make good what was interrupted after a review; where the log does not allow it now, with the next review."""
        try:
            self.laboratory.complete()
        except (BadInput, BufferUnavailable, DamagedLog, DiskFull, Overloaded, Unknown) as fault:
            log.error("readings that a reviewed certificate casts doubt on could not be amended: %s", fault)


class Parts(Protocol):
    """The station's parts that these use."""

    book: SensorBook
    instruments: InstrumentBook
    device_board: DeviceBoard
    amendments: AmendmentDesk
    calibrations: CalibrationBook
    calibrating: Calibrating
    timekeeper: TimeKeeper
    journal: Journal


def make_records(
    parts: Parts, home: Home, reader: LogReader, catalogue: Mapping[str, InstrumentModel], clock: Clock
) -> InstrumentRecords:
    """The records of the home whose log `reader` reads."""
    procedures, _ = with_own_procedures(load_procedures(), home.path / OWN_PROCEDURES)
    history = CalibrationHistory(
        reader,
        Sources(
            told=lambda: parts.calibrations.told,
            setup=lambda: parts.book.setup,
            plan=lambda: parts.amendments.plan,
            clock=lambda: parts.timekeeper.history,
            device=parts.device_board.of,
            now_ns=lambda: clock.now().wall_ns,
        ),
        catalogue,
        procedures,
    )
    passports = PassportDesk(
        parts.instruments,
        parts.journal,
        Attachments(home.path / ATTACHMENTS),
        lambda: LogReader(home.buffer),
        lambda: parts.book.setup.station,
        lambda: clock.now().wall_ns,
        history.name_of,
    )
    impact = LaboratoryImpact(
        parts.amendments,
        lambda: parts.calibrations.told,
        lambda index: calibrations_of(reader, index),
        history.tolerance,
        MeterEnergy(
            lambda: LogReader(home.buffer),
            lambda: parts.book.setup,
            lambda: parts.instruments.told,
            lambda: parts.amendments.plan,
        ),
        lambda: reader.head().size - 1,
        lambda index: entry_at(reader, index),
        reader.first_reading,
    )
    laboratory = Laboratory(
        write=parts.journal.write,
        follow=parts.calibrations.follow,
        told=lambda: parts.calibrations.told,
        story=history.story,
        catalogue=catalogue,
        sensitivity=history.sensitivity,
        check_person=parts.calibrating.persons.check,
        attached=passports.attachment,
        impact=impact,
        now_ns=lambda: clock.now().wall_ns,
    )
    return InstrumentRecords(passports, history, laboratory)
