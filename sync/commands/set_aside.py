# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The commands `verifield-sync set-aside …`: what destinations refused. Changes the books; writes an export."""

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edge_daemon.domain.faults import BadInput, DamagedLog
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.home import Home, find_home
from sync.commands.alone import station_alone
from sync.commands.run import DemoOption, HomeOption, JsonOption
from sync.commands.telling import Output
from sync.delivery.asides import SetAside, asides, retry
from sync.delivery.books import Books
from sync.destinations import destinations_of
from sync.engine.logs import LogFile, shelf_of
from sync.engine.pages import LogPages

app = typer.Typer(help="Readings and hourly summaries that a destination refused.", no_args_is_help=True)
DestinationOption = Annotated[str, typer.Option(help="Only those of this destination.")]
_COLUMNS = ("destination", "log", "index", "time_set_aside", "tries", "words", "entry")


@app.command("list")
def list_asides(
    home: HomeOption = None, demo: DemoOption = False, destination: DestinationOption = "", as_json: JsonOption = False
) -> None:
    """Show those of present destinations with the destination's own words, at most a thousand of each."""
    place, output = Home(find_home(home, os.environ, demo=demo)), Output()
    if not place.delivery.exists():
        return
    with Books(place.delivery, reading=True) as books:
        for name in _present(destinations_of(place.path), destination):
            for told in asides(books, name):
                output.json(asdict(told)) if as_json else output.line(_words(told))


@app.command("retry")
def retry_asides(home: HomeOption = None, demo: DemoOption = False, destination: DestinationOption = "") -> None:
    """Let the next sync try those of present destinations again."""
    with station_alone(Home(find_home(home, os.environ, demo=demo))) as here:
        number = sum(retry(here.books, name) for name in _present(here.destinations, destination))
    Output().line(f"{number:,} of them are tried again at the next sync.")


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="New CSV file.")],
    home: HomeOption = None,
    demo: DemoOption = False,
    destination: DestinationOption = "",
) -> None:
    """Write them, with their entries as recorded, to a new CSV file. Raises BadInput when it exists."""
    place = Home(find_home(home, os.environ, demo=demo))
    try:
        target = file.open("x", encoding="utf-8", newline="")
    except OSError as error:
        raise BadInput(
            "file", str(file), f"it must be a new file that can be written here ({error.strerror})"
        ) from error
    number = 0
    with target, Books(place.delivery, reading=True) as books, ExitStack() as opened:
        logs = {log.account: opened.enter_context(_pages(log)) for log in shelf_of(place).logs}
        table = csv.writer(target)
        table.writerow(_COLUMNS)
        for told in _all(books, destination):
            table.writerow(_row(told, logs.get(told.origin)))
            number += 1
    Output().line(f"{number:,} of them were written to {file}.")


def _present(destinations: Iterable[str], wanted: str) -> list[str]:
    """Those that there are still: what one refused that was removed can be exported, and never be tried again."""
    return [name for name in destinations if wanted in {"", name}]


def _all(books: Books, destination: str) -> Iterator[SetAside]:
    after = ("", "", -1, False)
    while some := asides(books, destination, after=after):
        yield from some
        after = (some[-1].destination, some[-1].origin, some[-1].index, some[-1].counted)


def _row(told: SetAside, pages: LogPages | None) -> list[object]:
    try:
        row = next(iter(pages.page(told.index, told.index + 1)), None) if pages else None
    except DamagedLog:  # its entry is told without, as that of any damaged row
        row = None
    entry = "" if row is None or row.damage else row.data.decode("utf-8")
    return [
        told.destination,
        told.origin,
        told.index,
        rfc3339_from_ns(told.at_ns),
        told.tries,
        told.words,
        entry,
    ]


def _pages(log: LogFile) -> LogPages:
    return log.pages()


def _words(told: SetAside) -> str:
    what = "" if told.counted else " (its correction; the reading itself is there)"
    if told.summary:
        what = " (an hourly summary)"
    tries = "once" if told.tries == 1 else f"{told.tries} times"
    when = f"{rfc3339_from_ns(told.at_ns)[:19]}Z"
    return f"{when} {told.destination}: entry {told.index} of {told.origin}{what}, tried {tries}: {told.words}"
