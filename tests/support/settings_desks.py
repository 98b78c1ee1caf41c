# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A station whose log is kept in memory, with a desk for settings files. Writes destinations into a folder."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path

from edge_daemon.buffer.record import Record
from edge_daemon.domain.connection import Port
from edge_daemon.domain.faults import DiskFull
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.station import Station
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.log.entry import Stamp
from edge_daemon.log.setup import Setup
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.journal import Journal
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.settings.desk import SettingsDesk
from edge_daemon.station.settings.reading import read_settings, stated_secrets
from edge_daemon.station.settings.report import Report
from edge_daemon.station.settings.wiring import make_desk

MODELS = ("gill_windsonic", "gill_windsonic_tunnel", "plantower_pms7003", "sensirion_scd30")
CATALOGUE = {name: model for name, model in load_catalogue().items() if name in MODELS}


class Disk:
    """Keeps records as the log's writer would, until it is told to be full."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.full = False

    def append(self, record: Record, timeout_s: float) -> int:
        assert timeout_s > 0
        if self.full:
            raise DiskFull("no room")
        self.records.append(record)
        return len(self.records) - 1


class Desk:
    """A settings desk and all that it writes to."""

    def __init__(
        self,
        folder: Path,
        *,
        ports: Sequence[Port] = (),
        open_secrets: Callable[[], SecretStore] | None = None,
        catalogue: Mapping[str, InstrumentModel] = CATALOGUE,
        project: str = "project-1",
    ) -> None:
        times = count(1_795_000_000_000_000_000)
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.disk = Disk()
        self.secrets = MemoryStore()
        journal = Journal(self.disk, lambda: Stamp(next(times), 5, bytes(16)))
        setup = Setup(station=Station("vf-here", project))
        self.book = SensorBook(setup, journal, catalogue, lambda _: "1", demo=False, on_change=lambda _: None)
        self.desk: SettingsDesk = make_desk(
            folder, self.book, catalogue, lambda: ports, open_secrets or (lambda: self.secrets)
        )

    def take(self, document: str | bytes, secrets: dict[str, str] | None = None) -> Report:
        """Apply a settings file."""
        data = document if isinstance(document, bytes) else document.encode()
        return self.desk.take(read_settings(data), stated_secrets(secrets or {}), "Ana")

    def written(self) -> bytes:
        """All that the log and the home's files hold."""
        files = b"".join(path.read_bytes() for path in self.folder.iterdir() if path.is_file())
        return files + b"".join(record.data for record in self.disk.records)
