# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""`verifield-daemon rebuild`: makes the tables behind the plots anew from the log's bytes. Locks the home, writes it.

Only while no recorder runs for the home, which has the file to itself. A rebuild that ends early changes nothing.
"""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from edge_daemon.buffer.rollup import Rebuilt, rebuild_columns
from edge_daemon.domain.faults import BadInput
from edge_daemon.home import Home, find_home

TABLES = {
    "event": "entries that are no readings",
    "sample": "values",
    "minute": "minutes",
    "hour": "hours",
    "sensor_total": "sensors' totals",
}

out = Console(highlight=False, soft_wrap=True, markup=False)


def rebuild(
    home: Annotated[Path | None, typer.Option("--home", help="Data folder; default: the user data folder.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo.")] = False,
) -> None:
    """Rebuild the tables behind plots and totals from the log's bytes, which stay as they are. Stop recording first."""
    place = Home(find_home(home, os.environ, demo=demo))
    if not place.buffer.exists():
        raise BadInput("home", str(place.path), "it holds no log yet")
    with place.acquire_lock():
        try:
            _tell(_rebuilt(place.buffer))
        except KeyboardInterrupt:
            out.print("Stopped: nothing was changed.")
            raise typer.Exit(1) from None


def _rebuilt(path: Path) -> Rebuilt:
    with Progress(console=out, transient=True) as bars:
        task = bars.add_task("Entries", total=None)
        return rebuild_columns(path, lambda done, of: bars.update(task, completed=done, total=of))


def _tell(rebuilt: Rebuilt) -> None:
    out.print(f"Rebuilt from {rebuilt.entries} entries. The entries themselves were only read.")
    for table, name in TABLES.items():
        before, now = rebuilt.before[table], rebuilt.now[table]
        out.print(f"  {name}: {now}" + (f" (before: {before})" if before != now else ""))
    if rebuilt.unreadable:
        out.print(
            f"{rebuilt.unreadable} entries are of a form that this program does not know: they are in the log, "
            "but in no table."
        )
    out.print("`verifield-daemon check` compares all of it with the bytes.")
