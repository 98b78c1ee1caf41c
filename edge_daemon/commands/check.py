# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""`verifield-daemon check`: the full check of a home's log, with its progress. Speaks to the daemon or starts a child.

Beside a running daemon it goes through the daemon's API and shows the check that runs there. Exit status: 0 sound, 1
damaged, 2 no verdict.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from edge_daemon.api.check_views import check_message
from edge_daemon.api.messages_logs import CheckMessage
from edge_daemon.commands.client import ask, parsed
from edge_daemon.domain.faults import BadInput
from edge_daemon.home import Endpoint, Home, find_home
from edge_daemon.station.checking import CheckDesk

LOOK_EVERY_S = 0.25
PATH = "/api/log/check"
STATUS = {"sound": 0, "damaged": 1}
PHASES = {"entries": "Entries and tree", "columns": "Tables behind the plots"}

out = Console(highlight=False, soft_wrap=True, markup=False)


def check(
    home: Annotated[Path | None, typer.Option("--home", help="Data folder; default: the user data folder.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo.")] = False,
) -> None:
    """Check every entry of the log, its tree and the tables behind the plots. Recording goes on meanwhile."""
    place = Home(find_home(home, os.environ, demo=demo))
    endpoint = place.running_endpoint()
    if endpoint is None and not place.buffer.exists():
        raise BadInput("home", str(place.path), "it holds no log yet")
    with _beside(endpoint) if endpoint else _alone(place) as look, Progress(console=out, transient=True) as bars:
        ended = _follow(look, bars)
    _tell(ended)
    raise typer.Exit(STATUS.get(ended.state, 2))


@contextmanager
def _beside(endpoint: Endpoint) -> Iterator[Callable[[], CheckMessage]]:
    def look() -> CheckMessage:
        return parsed(CheckMessage, ask(endpoint, "GET", PATH))

    if look().state != "running":
        ask(endpoint, "POST", PATH)
    yield look


@contextmanager
def _alone(place: Home) -> Iterator[Callable[[], CheckMessage]]:
    # The home is the daemon's: without one, nothing is left in it.
    with TemporaryDirectory() as folder:
        desk = CheckDesk(place.buffer, Path(folder) / "check.json", time.time_ns)
        desk.start()
        try:
            yield lambda: check_message(desk.status())
        finally:
            desk.cancel()


def _follow(look: Callable[[], CheckMessage], bars: Progress) -> CheckMessage:
    tasks: dict[str, TaskID] = {}
    while (now := look()).state == "running":
        if now.phase:
            if now.phase not in tasks:
                tasks[now.phase] = bars.add_task(PHASES.get(now.phase, now.phase), total=now.of)
            bars.update(tasks[now.phase], completed=now.done, total=now.of)
        time.sleep(LOOK_EVERY_S)
    return now


def _tell(ended: CheckMessage) -> None:
    verdict = {
        "sound": f"Sound: {ended.size} entries. Root {ended.root}",
        "damaged": f"DAMAGED: {ended.problem_count} problems in {ended.size} entries.",
        "unreadable": f"The log cannot be read: {ended.message}",
        "cancelled": "The check was cancelled: there is no verdict.",
    }.get(ended.state, f"The check was cut short: there is no verdict. {ended.message}")
    out.print(verdict)
    for problem in ended.problems:
        out.print(f"  {problem}")
    for words, parts in (("Checked", ended.checked), ("Not checked", ended.not_checked)):
        for part in parts:
            out.print(f"{words}: {part}.")
