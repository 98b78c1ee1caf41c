# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the routes need from the rest of the daemon, wired in one place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.api.live import LiveHub
from edge_daemon.api.messages import Health, SimulatorCommand
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Head
from edge_daemon.domain.connection import Port
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.secrets.store import SecretStore
from edge_daemon.service.autostart import Autostart
from edge_daemon.station.amendments import AmendmentDesk
from edge_daemon.station.anomalies import OpenAnomaly
from edge_daemon.station.automatic_sync import AutomaticSync
from edge_daemon.station.calibration_desk import CalibrationDesk
from edge_daemon.station.calibration_history import CalibrationHistory
from edge_daemon.station.captures import CaptureDesk
from edge_daemon.station.checking import CheckDesk
from edge_daemon.station.destinations import DestinationBook
from edge_daemon.station.device_board import DeviceBoard
from edge_daemon.station.device_settings import DeviceDesk
from edge_daemon.station.evidence_desk import EvidenceDesk
from edge_daemon.station.excluded_ports import ExcludedPorts
from edge_daemon.station.flux_desk import FluxDesk
from edge_daemon.station.identification import IdentificationDesk
from edge_daemon.station.instruments import InstrumentBook
from edge_daemon.station.journal import Journal
from edge_daemon.station.laboratory import Laboratory
from edge_daemon.station.passports import PassportDesk
from edge_daemon.station.persons import PersonBook
from edge_daemon.station.proving import ProvingDesk
from edge_daemon.station.registers import RegisterDesk
from edge_daemon.station.salvaging import Salvaging
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.settings.desk import SettingsDesk
from edge_daemon.station.signing import Signing
from edge_daemon.station.standards import StandardBook
from edge_daemon.station.status import StatusBoard
from edge_daemon.station.summaries import SummaryDesk
from edge_daemon.station.sync_desk import SyncDesk


@dataclass(frozen=True, slots=True)
class Services:
    """`simulate` is None outside the demo. `reader` opens a connection of its own; whoever calls it closes it."""

    home: Path
    demo: bool
    catalogue: Mapping[str, InstrumentModel]
    book: SensorBook
    board: StatusBoard
    journal: Journal
    hub: LiveHub
    ports: Callable[[], Sequence[Port]]
    reader: Callable[[], LogReader]
    head: Callable[[], Head]
    clock_history: Callable[[], ClockHistory]
    health: Callable[[], Health]
    now_ns: Callable[[], int]
    closed_folder: Path
    salvaging: Callable[[], Salvaging | None]
    checks: CheckDesk
    amendments: AmendmentDesk
    summaries: SummaryDesk
    anomalies: Callable[[], Sequence[OpenAnomaly]]
    signing: Signing
    autostart: Autostart
    settings: SettingsDesk
    destinations: DestinationBook
    secrets: Callable[[], SecretStore]
    sync: SyncDesk
    automatic: AutomaticSync
    evidence: EvidenceDesk
    device_board: DeviceBoard
    instruments: InstrumentBook
    captures: CaptureDesk
    passports: PassportDesk
    standards: StandardBook
    calibration_history: CalibrationHistory
    laboratory: Laboratory
    calibration: CalibrationDesk
    persons: PersonBook
    devices: DeviceDesk
    identification: IdentificationDesk
    proving: ProvingDesk
    registers: RegisterDesk
    excluded_ports: ExcludedPorts
    flux: FluxDesk
    simulate: Callable[[SimulatorCommand], None] | None = None
