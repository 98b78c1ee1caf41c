# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync status`: accounts, last runs, room on the disk. Reads files, changes none."""

import os
from dataclasses import asdict, dataclass

import typer

from edge_daemon.domain.faults import Fault
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.home import Home, find_home
from edge_daemon.secrets.file_lock import FileLock
from sync.commands.run import UNBALANCED, DemoOption, HomeOption, JsonOption
from sync.commands.telling import Output
from sync.delivery import runs
from sync.delivery.also import AlsoBook
from sync.delivery.books import Books
from sync.delivery.places import name_of
from sync.delivery.renewal import left_behind
from sync.destinations import destinations_of
from sync.engine.also import with_later_amendments
from sync.engine.logs import Shelf, shelf_of
from sync.engine.missing import missing_logs
from sync.engine.pages import LogPages
from sync.engine.plan import Plan, plan
from sync.engine.room import Room, room
from sync.progress_file import LOCK_NAME, read_progress


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that `status` tells."""

    running: bool
    plans: tuple[Plan, ...]
    runs: tuple[runs.Run, ...]
    room: Room | None
    troubles: tuple[str, ...]

    @property
    def alarms(self) -> list[str]:
        """The accounts that do not add up, in words."""
        return [str(told) for item in self.plans for told in item.balances if told.difference]


def status(home: HomeOption = None, demo: DemoOption = False, as_json: JsonOption = False) -> None:
    """Say what each destination has, what waits, and how long the disk lasts. Ends with status 4 at an alarm."""
    place = Home(find_home(home, os.environ, demo=demo))
    standing = standing_of(place)
    output = Output()
    if as_json:
        output.json(_plain(standing, place))
    else:
        for line in _lines(standing):
            output.line(line)
    if standing.alarms:
        raise typer.Exit(UNBALANCED)


def standing_of(place: Home) -> Standing:
    """How the home stands. Raises BadInput, BufferUnavailable, DamagedLog."""
    shelf = shelf_of(place)
    lock = FileLock.take_if_free(place.path / LOCK_NAME)
    if lock is not None:
        lock.release()
    destinations = destinations_of(place.path).values()
    told, troubles = _room_of(place, shelf)
    with Books(place.delivery, reading=True) as books:
        shelf = with_later_amendments(shelf, AlsoBook(books, reading=True))
        plans = tuple(plan(books, one.name, shelf.logs, account=name_of(books, one)) for one in destinations)
        missing = missing_logs(place, shelf, books, [name_of(books, one) for one in destinations])
        troubles = (
            *shelf.troubles,
            *left_behind(place.delivery),
            *missing,
            *dict.fromkeys(words for one in plans for words in one.troubles),
            *troubles,
        )
        return Standing(lock is None, plans, tuple(runs.newest(books, limit=10)), told, troubles)


def _room_of(place: Home, shelf: Shelf) -> tuple[Room | None, tuple[str, ...]]:
    current = next((log for log in shelf.logs if log.path == place.buffer), None)
    if current is None:
        return None, ()
    try:
        with LogPages(current.path) as pages:
            return room(current.path, pages), ()
    except (Fault, OSError) as error:
        return None, (f"the room on the disk cannot be told: {error}",)


def _plain(standing: Standing, place: Home) -> dict[str, object]:
    return {
        "running": standing.running,
        "progress": read_progress(place.path) if standing.running else None,
        "destinations": [asdict(item) | {"readings": item.readings} for item in standing.plans],
        "runs": [asdict(item) for item in standing.runs],
        "room": None if standing.room is None else asdict(standing.room),
        "troubles": list(standing.troubles),
        "alarms": standing.alarms,
    }


def _lines(standing: Standing) -> list[str]:
    lines = ["A sync is running."] if standing.running else []
    if not standing.plans:
        lines.append("There is no destination yet.")
    for item in standing.plans:
        lines += [str(told) for told in item.balances]
        if item.owed:
            lines.append(f"{item.destination}: {item.owed:,} readings go out once more, for it may have lost them")
        if item.others:
            lines.append(f"{item.destination}: {item.others:,} hourly summaries and amendments wait")
        oldest = min((told.oldest_ns for told in item.waiting if told.oldest_ns is not None), default=None)
        if oldest is not None:
            lines.append(f"{item.destination}: the oldest reading that waits is of {rfc3339_from_ns(oldest)}")
    for last in standing.runs:
        ended = "still unfinished" if last.end_ns is None else last.ending.replace("_", " ")
        words = f": {last.words}" if last.words else ""
        lines.append(
            f"{rfc3339_from_ns(last.start_ns)[:19]}Z {last.destination}: {last.delivered:,} readings, {ended}{words}"
        )
    if standing.room is not None:
        lines.append(_room_words(standing.room))
    return [*lines, *standing.troubles, *(f"ALARM {words}" for words in standing.alarms)]


def _room_words(told: Room) -> str:
    free = f"{told.free_bytes / 1e9:,.1f} GB free"
    return f"Room on the disk: {free}" + (
        f"; at the present rate it lasts {told.days:,.0f} days" if told.days is not None else ""
    )
