# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync resend`: deliver again what a destination has lost. Reads logs, changes the books."""

import os
from typing import Annotated

import typer

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.home import Home, find_home
from sync.commands.alone import station_alone
from sync.commands.run import DemoOption, HomeOption
from sync.commands.telling import Output
from sync.delivery.account import Account
from sync.delivery.bundles import Bundles
from sync.destinations import chosen
from sync.engine.logs import raise_troubles
from sync.engine.resending import resend_all, resend_since


def resend(
    destination: Annotated[str, typer.Argument(help="The destination that has lost data.")],
    since: Annotated[
        str, typer.Option("--from", help="Only what was delivered since then, such as 2026-11-20T08:00:00Z.")
    ] = "",
    home: HomeOption = None,
    demo: DemoOption = False,
) -> None:
    """Let the next sync deliver again what was delivered: for a lost stick, or a database restored from a copy."""
    since_ns = _time(since) if since else None
    with station_alone(Home(find_home(home, os.environ, demo=demo))) as here:
        chosen(dict(here.destinations), [destination])
        if since_ns is None:
            Bundles(here.books).forget_for(destination)
            resend_all(here.books, destination)
            words = "everything goes out again at the next sync"
        else:
            raise_troubles(here.shelf)
            Bundles(here.books).forget_for(destination)
            number = 0
            for log in here.shelf.logs:
                with log.followed() as pages:
                    number += resend_since(Account(here.books, destination, log.account), here.books, pages, since_ns)
            words = f"{number:,} readings go out again at the next sync"
    Output().line(f"{destination}: {words}. What was delivered so far stays in the books.")


def _time(text: str) -> int:
    try:
        return ns_from_rfc3339(text)
    except ValueError as error:
        raise BadInput("from", text, "a time such as 2026-11-20T08:00:00Z is needed") from error
