# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""For commands that change the books beside no running sync: one that cannot says so. Writes to standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from edge_daemon.domain.faults import AlreadyRunning
from edge_daemon.home import Home
from sync.commands.run import RUNNING
from sync.compose import Station, station


@contextmanager
def station_alone(home: Home) -> Iterator[Station]:
    """The home's station; while a sync runs the command ends with the same status as a second sync (3).

    Raises otherwise as `station`.
    """
    try:
        with station(home) as here:
            yield here
    except AlreadyRunning as fault:
        typer.echo(f"{fault} Wait for its end, or cancel it, and ask again: nothing was changed.", err=True)
        raise typer.Exit(RUNNING) from fault
