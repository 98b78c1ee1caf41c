# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The parts that run `verifield-sync`, made together: destinations, syncs by hand and by themselves, evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.automatic_sync import AutomaticSync
from edge_daemon.station.destinations import DestinationBook
from edge_daemon.station.evidence_desk import EvidenceDesk
from edge_daemon.station.reach import can_be_reached
from edge_daemon.station.sync_command import SyncCommand
from edge_daemon.station.sync_desk import SyncDesk


@dataclass(frozen=True, slots=True)
class Delivery:
    """One home's delivery."""

    destinations: DestinationBook
    sync: SyncDesk
    automatic: AutomaticSync
    evidence: EvidenceDesk

    def start(self) -> None:
        """Begin what is done by itself: syncs, and the full check once a day."""
        self.automatic.start()
        self.evidence.daily.start()

    def stop(self) -> None:
        """End both; a sync under way goes on, a check is ended."""
        self.evidence.daily.stop()
        self.automatic.stop()


def make_delivery(home: Path, secrets: Callable[[], SecretStore], boot_us: Callable[[], int]) -> Delivery:
    """The parts for this home. `boot_us` is a clock that counts suspend, in microseconds."""
    destinations = DestinationBook(home)
    sync = SyncDesk(home, destinations.all, secrets)
    begin = partial(sync.start, automatic=True)
    automatic = AutomaticSync(home, destinations.all, begin, sync.run, can_be_reached, lambda: boot_us() / 1e6)
    evidence = EvidenceDesk(home, SyncCommand(home, destinations.all, secrets))
    return Delivery(destinations, sync, automatic, evidence)
