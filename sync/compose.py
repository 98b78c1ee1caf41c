# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The only place that wires a sync: home, logs, books, secrets and destinations. Opens files."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edge_daemon.domain import station as domain
from edge_daemon.domain.destination import Destination, FileDestination, InfluxDestination
from edge_daemon.domain.faults import AlreadyRunning, BadInput, DamagedLog, SecretUnavailable
from edge_daemon.home import Home
from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.secrets.choose import Choice, Mode, choose_store
from edge_daemon.secrets.file_lock import FileLock
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.secrets.place import SecretPlace
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.store import SecretStore
from sync.delivery.account import Account
from sync.delivery.also import AlsoBook
from sync.delivery.books import Books
from sync.delivery.bundles import Bundles
from sync.delivery.places import take_place
from sync.delivery.receipt_heads import keeper
from sync.delivery.renewal import left_behind, renewed_if_damaged
from sync.delivery.sticks import Lies, Sticks
from sync.demo import check_reach
from sync.destinations import destinations_of
from sync.engine.also import with_later_amendments
from sync.engine.drain import Patience
from sync.engine.logs import LogFile, Shelf, shelf_of
from sync.engine.pages import PAGE
from sync.engine.run import Job, Listener, Sync
from sync.packets.chronicle import Unreadable
from sync.progress_file import LOCK_NAME
from sync.recorder import sealer_of
from sync.sinks.discretion import Discreet
from sync.sinks.sink import Sink

if TYPE_CHECKING:
    from sync.sinks.file.seal import SealSource
    from sync.sinks.file.writer import Noted
    from sync.sinks.mqtt import StationStatus

LOCK_PATIENCE_S = 1.0
MODE_VARIABLE = "VERIFIELD_MODE"


@dataclass(frozen=True, slots=True)
class Station:
    """What a sync works on: the home, its logs, its destinations, the open books. A `note` is to be told."""

    home: Home
    shelf: Shelf
    destinations: Mapping[str, Destination]
    books: Books
    note: str = ""


@contextmanager
def station(home: Home, *, renew: bool = False) -> Iterator[Station]:
    """The home's only sync, as long as the block lasts. `renew`: damaged books are put by, and new ones begun.

    Raises AlreadyRunning when another one has the home, BadInput, BufferUnavailable, DiskFull.
    """
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while (lock := FileLock.take_if_free(home.path / LOCK_NAME)) is None:
        # Whoever asks whether a sync runs holds the lock for an instant.
        if time.monotonic() >= deadline:
            raise AlreadyRunning(f"Another sync of {home.path} is running.")
        time.sleep(0.02)
    with lock, _opened(home, renew=renew) as (books, note):
        destinations = destinations_of(home.path)
        for destination in destinations.values():
            take_place(books, destination)
        shelf = with_later_amendments(shelf_of(home), AlsoBook(books, reading=False))
        yield Station(home, shelf, destinations, books, note)


@contextmanager
def _opened(home: Home, *, renew: bool) -> Iterator[tuple[Books, str]]:
    # A wish to end that was made for an earlier sync; whoever sees that the lock is taken makes one for this.
    home.cancel_file.unlink(missing_ok=True)
    note = renewed_if_damaged(home.delivery, time.time_ns()) if renew else ""
    note = note or "; ".join(left_behind(home.delivery))
    with Books(home.delivery) as books:
        yield books, note


def secret_place(
    home: Path, choice: Choice | None, passphrase: Secret | None, given: Mapping[str, Secret] | None
) -> SecretPlace:
    """Where the destinations' secrets come from: those `given` by the caller, which are all there are, or else (None)
    the home's place for secrets."""

    def opened() -> SecretStore:
        if given is not None:
            store = MemoryStore()
            for name, secret in given.items():
                store.put(name, secret)
            return store
        mode = Mode.INSTALLED if os.environ.get(MODE_VARIABLE) == Mode.INSTALLED else Mode.USER
        return choose_store(mode, choice, home=home, environment=os.environ, passphrase=passphrase)

    return SecretPlace(opened)


def secret_of(destination: Destination, place: Callable[[], SecretStore]) -> Secret | None:
    """The destination's password or token; None for one that needs none. Raises SecretUnavailable."""
    if not destination.needs_secret:
        return None
    secret = place().get(destination.secret_name)
    if secret is None:
        words = f"The password or token of {destination.name} is not stored, or its place is locked"
        raise SecretUnavailable(f"{words}: enter it in its settings, or unlock the keyring.")
    return secret


@dataclass(frozen=True, slots=True)
class Subject:
    """What a far end is told about: one log, the station that it is of, and how that is doing.

    `entries` gives the log's entries from an index to before another, `size` how many it has; `cursor` is how far the
    far end has it; `seal` who signs what leaves on a stick, `noted` keeps what that was, and `lies` says whether the
    stick is in. `witnessed` gets each head of the log that the far end says it has.
    """

    origin: str
    station: domain.Station
    status: "Callable[[], StationStatus]"
    entries: Callable[[int, int], Iterator[tuple[int, bytes]]]
    size: Callable[[], int]
    cursor: int
    seal: "SealSource"
    noted: "Noted"
    lies: "Callable[[Path], Lies]"
    witnessed: Callable[[Checkpoint], None] = lambda _head: None


def sink_of(destination: Destination, secret: Secret | None, subject: Subject) -> Sink:
    """The open destination for this log. Raises BadInput, SecretUnavailable."""
    return _discreet(_sink_of(destination, secret, subject), secret)


def _discreet(sink: Sink, secret: Secret | None) -> Sink:
    return sink if secret is None else Discreet(sink, secret)


def _sink_of(destination: Destination, secret: Secret | None, subject: Subject) -> Sink:
    # Each library is loaded by whoever needs it.
    if isinstance(destination, InfluxDestination):
        return _influx(destination, secret)
    if isinstance(destination, FileDestination):
        from sync.sinks.file import FileSink

        return FileSink(
            destination,
            origin=subject.origin,
            entries=subject.entries,
            entries_from=subject.cursor,
            seal=subject.seal,
            noted=subject.noted,
            lies=subject.lies,
        )
    from sync.sinks.mqtt import MqttSink

    return MqttSink(
        destination,
        secret,
        origin=subject.origin,
        station=subject.station,
        status=subject.status,
        size=subject.size,
        witnessed=subject.witnessed,
    )


def carrier_of(destination: Destination, secret: Secret | None, origin: str, station: domain.Station) -> Sink:
    """The open destination for another station's file. Raises BadInput, SecretUnavailable."""
    if isinstance(destination, InfluxDestination):
        return _discreet(_influx(destination, secret), secret)
    if isinstance(destination, FileDestination):
        raise BadInput("destination", destination.name, "a file is delivered to a database or a broker")
    from sync.sinks.mqtt import MqttSink

    return _discreet(MqttSink(destination, secret, origin=origin, station=station, carrier=True), secret)


def _influx(destination: InfluxDestination, secret: Secret | None) -> Sink:
    from sync.sinks.influxdb import InfluxSink

    if secret is None:
        raise SecretUnavailable(f"The token of {destination.name} is not stored; enter it in its settings.")
    return InfluxSink(destination, secret)


def jobs_of(
    station: Station, names: list[str], place: Callable[[], SecretStore], cancelled: threading.Event
) -> list[Job]:
    """What is to be done, for the destinations named. Raises BadInput for one that a demonstration may not reach."""
    return [_job(station, station.destinations[name], place, cancelled) for name in names]


def sync_of(station: Station, listener: Listener, cancelled: threading.Event, give_up_s: float) -> Sync:
    """The sync of this station."""
    patience = Patience(random.random, give_up_s)
    return Sync(station.books, station.shelf.logs, listener, cancelled, patience)


def _job(
    station: Station, destination: Destination, place: Callable[[], SecretStore], cancelled: threading.Event
) -> Job:
    check_reach(destination, demo=station.shelf.demo)

    def opened(log: LogFile) -> Sink:
        return sink_of(destination, secret_of(destination, place), _subject(station, destination.name, log, cancelled))

    return Job(destination.name, opened)


def _sizes(log: LogFile) -> Callable[[], int]:
    def size() -> int:
        with log.pages() as pages:
            return pages.size()

    return size


def _subject(station: Station, destination: str, log: LogFile, cancelled: threading.Event) -> Subject:
    with log.pages() as pages:
        size = pages.size()
        try:
            told, _ = pages.landmarks([]).station_at(size)
        except Unreadable as error:
            raise DamagedLog(f"{log.path}: {error}") from error

    def status() -> "StationStatus":
        from sync.station_status import station_status

        return station_status(station.home, station.books, log)

    def entries(first: int, end: int) -> Iterator[tuple[int, bytes]]:
        with log.pages() as pages:
            for position in range(first, end, PAGE):
                rows = pages.page(position, min(end, position + PAGE))
                yield from ((row.index, row.data) for row in rows if not row.damage)

    # What follows a closed log's entries is none of them.
    cursor = min(Account(station.books, destination, log.account).cursor().next, size)
    kept, bundles = keeper(station.books, destination, log.differs), Bundles(station.books)

    def noted(sum_: str, first: int, last: int) -> None:
        bundles.note(sum_, log.origin, first, last)

    lies = partial(Sticks(station.books, station.home.path).lies, destination)
    seal = partial(sealer_of, station.home, log.origin, cancelled)
    return Subject(log.origin, told, status, entries, _sizes(log), cursor, seal, noted, lies, kept)
