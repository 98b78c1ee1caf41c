# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Receipts that a stick brings back, put into the books of the station. Reads files, changes the books."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.domain.destination import Destination, FileDestination
from sync.compose import Station
from sync.engine.receipts import Vouched, settle
from sync.sinks.file.bundle import DamagedBundle
from sync.sinks.file.receipt import Receipt, receipts_in


@dataclass(frozen=True, slots=True)
class Settled:
    """What receipts say of a destination: `readings` more of the log `origin` are accounted for than before."""

    destination: str
    origin: str
    readings: int


def settle_folder(here: Station, folder: Path) -> Iterator[Settled]:
    """Account for what the receipts in the folder say. Raises DamagedBundle, OSError, DamagedLog, DiskFull."""
    for log in here.shelf.logs:
        if log.account != log.origin:  # two files share the name: which of them a receipt means cannot be told
            continue
        receipts = receipts_in(folder, log.origin)
        for destination in _behind(here.destinations.values(), receipts):
            told = [_vouched(receipt) for receipt in receipts if receipt.concerns(destination)]
            yield Settled(destination.name, log.origin, settle(here.books, log, destination.name, told))


def settle_sticks(here: Station) -> tuple[list[Settled], list[str]]:
    """Account for the receipts that lie in the folders of this station's file destinations; and what went wrong."""
    settled: list[Settled] = []
    troubles: list[str] = []
    for destination in here.destinations.values():
        if not isinstance(destination, FileDestination) or not Path(destination.folder).is_dir():
            continue
        try:
            settled += settle_folder(here, Path(destination.folder))
        except (DamagedBundle, OSError) as error:
            troubles.append(f"{destination.name}: a receipt could not be used: {error}")
    return settled, troubles


def _behind(destinations: Iterable[Destination], receipts: Sequence[Receipt]) -> list[Destination]:
    return [one for one in destinations if any(receipt.concerns(one) for receipt in receipts)]


def _vouched(receipt: Receipt) -> Vouched:
    return Vouched(receipt.delivered, dict(receipt.refused))
