# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Receipts that a stick brings back, put into the books of the station. Reads files, changes the books.

What they say of the log's head is kept beside what they say of its readings: a later check holds the log against it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.domain.destination import FileDestination
from edge_daemon.domain.faults import BufferUnavailable, DamagedLog
from edge_daemon.domain.time import ns_from_rfc3339
from sync.compose import Station
from sync.delivery.books import Books
from sync.delivery.bundles import Bundles
from sync.delivery.receipt_heads import ReceiptHead, ReceiptHeads
from sync.engine.logs import LogFile
from sync.engine.plan import unreadable
from sync.engine.receipts import Vouched, settle
from sync.sinks.file.receipt import Receipt, receipts_in
from sync.sinks.file.writer import unreadable_leftovers


@dataclass(frozen=True, slots=True)
class Settled:
    """What receipts say of a destination: `readings` more of the log `origin` are accounted for than before."""

    destination: str
    origin: str
    readings: int


def settle_folder(here: Station, folder: Path) -> tuple[list[Settled], list[str]]:
    """Account for what the receipts in the folder say; also in words what some of them cannot be used for.

    A log that cannot be read keeps no other one back. Raises OSError, DiskFull.
    """
    found, troubles = receipts_in(folder)
    settled: list[Settled] = []
    bundles = Bundles(here.books)
    for log in here.shelf.logs:
        if log.account != log.origin:  # two files share the name: which of them a receipt means cannot be told
            continue
        receipts: list[Receipt] = []
        for receipt in found:
            if receipt.origin == log.origin:
                trouble = _not_ours(receipt, bundles)
                troubles += [trouble] if trouble else []
                receipts += [] if trouble else [receipt]
        try:
            settled += _settled(here, log, receipts, bundles)
        except (DamagedLog, BufferUnavailable) as fault:
            troubles.append(unreadable(log, fault))
    return settled, troubles


def _settled(here: Station, log: LogFile, receipts: list[Receipt], bundles: Bundles) -> Iterator[Settled]:
    _keep_heads(here.books, log, receipts)
    receipts = [one for one in receipts if one.head is None or not log.differs(one.head)]  # no more than an alarm
    for destination in here.destinations.values():
        told = [one for one in receipts if one.concerns(destination)]
        told = [one for one in told if bundles.counts_for(one.manifest, destination.name)]
        if told:
            readings = settle(here.books, log, destination.name, [_vouched(one) for one in told])
            yield Settled(destination.name, log.origin, readings)


def _not_ours(receipt: Receipt, bundles: Bundles) -> str:
    """Why the receipt cannot be one for what this station wrote; empty where it can."""
    given = bundles.range_of(receipt.manifest, receipt.origin)
    if given is None:
        return f"the receipt for {receipt.bundle} is not about a file that this station wrote, and counts for nothing"
    told = [*receipt.delivered, *((index, index) for index, _ in receipt.refused)]
    if all(given[0] <= first <= last <= given[1] for first, last in told):
        return ""
    return f"the receipt for {receipt.bundle} tells of more than that file holds, and counts for nothing"


def settle_sticks(here: Station) -> tuple[list[Settled], list[str]]:
    """Account for the receipts that lie in the folders of this station's file destinations; and what went wrong."""
    settled: list[Settled] = []
    troubles: list[str] = []
    for destination in here.destinations.values():
        if not isinstance(destination, FileDestination) or not Path(destination.folder).is_dir():
            continue
        try:
            found, wrong = settle_folder(here, Path(destination.folder))
            wrong += unreadable_leftovers(Path(destination.folder))
        except OSError as error:
            troubles.append(f"{destination.name}: its receipts cannot be read: {error.strerror or error}")
            continue
        settled += found
        troubles += [f"{destination.name}: {words}" for words in wrong]
    return settled, troubles


def receipt_alarms(here: Station) -> list[str]:
    """In words, the heads that receipts told of and that are not those of this station's logs."""
    if not here.shelf.logs:
        return []
    heads = ReceiptHeads(here.books, reading=True)
    return [one.alarm for log in here.shelf.logs for one in heads.of(log.origin) if one.disputed]


def _keep_heads(books: Books, log: LogFile, receipts: Iterable[Receipt]) -> None:
    heads = ReceiptHeads(books)
    for receipt in receipts:
        if receipt.head is not None:
            giver = f"The machine that delivered {receipt.bundle} to {receipt.destination.name}"
            heads.keep(ReceiptHead(receipt.head, giver, ns_from_rfc3339(receipt.time), log.differs(receipt.head)))


def _vouched(receipt: Receipt) -> Vouched:
    return Vouched(receipt.delivered, dict(receipt.refused))
