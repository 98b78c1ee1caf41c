# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync devnode`: the local ledger, for tests and trials. Opens a loopback port and a file."""

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from edge_daemon.domain.faults import BadInput, Conflict
from sync.anchor.call import NotCallable, address_of
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT
from sync.anchor.ledger.misbehaviour import Kind, Planned
from sync.anchor.ledger.server import FILE_NAME, opened, serving
from sync.anchor.settings import OCTAS
from sync.commands.run import JsonOption
from sync.commands.telling import Output

PLAY_MONEY = 100 * OCTAS


def devnode(
    folder: Annotated[Path, typer.Option(help="Folder in which the ledger is kept; made where it is missing.")],
    port: Annotated[int, typer.Option(help="Port on this computer; 0 takes a free one.")] = 0,
    grant: Annotated[
        list[str] | None,
        typer.Option(help="PROJECT=ADDRESS: give the account play money and let it anchor for the project."),
    ] = None,
    misbehave: Annotated[
        list[str] | None,
        typer.Option(help="KIND or KIND=TIMES: drop, cut, delay, 429, 500, 503, 507, lose, stale, abort."),
    ] = None,
    as_json_lines: JsonOption = False,
) -> None:
    """Run a stand-in for a fullnode of the chain until Ctrl+C. It proves nothing: use it to try anchoring out."""
    output = Output()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput("folder", str(folder), f"it must be a folder that can be made ({error.strerror})") from error
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with opened(folder / FILE_NAME) as rest:
        for text in grant or []:
            project, address = _granted(text)
            rest.fund(address, PLAY_MONEY)
            with rest.chain.state.changing():
                rest.chain.state.grant(project, address)
        for text in misbehave or []:
            rest.misbehaviour.plan(_planned(text))
        try:
            serve = serving(rest, port)
            with serve as url:
                told = {"event": "serving", "url": url, "chain_id": CHAIN_ID, "contract": CONTRACT, "pid": os.getpid()}
                words = f"Local ledger at {url}, chain id {CHAIN_ID}, contract {CONTRACT}. It proves nothing."
                output.json(told) if as_json_lines else output.line(words)
                stopped.wait()
        except OSError as error:
            raise Conflict(f"the local ledger cannot listen on port {port}: {error.strerror or error}") from error


def _granted(text: str) -> tuple[str, str]:
    project, _, address = text.rpartition("=")
    try:
        return project, address_of(address)
    except NotCallable as error:
        raise BadInput("grant", text, f"write PROJECT=ADDRESS; {error}") from error


def _planned(text: str) -> Planned:
    kind, _, times = text.partition("=")
    if kind not in set(Kind) or not (times or "1").isdigit():
        raise BadInput("misbehave", text, f"write KIND or KIND=TIMES; kinds are {', '.join(Kind)}")
    return Planned(Kind(kind), int(times or "1"))
