# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-daemon`: records, and serves the window and other programs on this computer."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
from importlib.metadata import version
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from edge_daemon.announce import announced
from edge_daemon.api.server import make_app
from edge_daemon.commands.capture import capture, replay
from edge_daemon.commands.check import check
from edge_daemon.commands.rebuild import rebuild
from edge_daemon.commands.secret_place import SecretStoreOption, secret_place, typed_passphrase
from edge_daemon.commands.settings import export, import_settings, provision
from edge_daemon.compose import Daemon, Options, running
from edge_daemon.domain.faults import BadInput, Fault, SecretUnavailable
from edge_daemon.domain.station import UNASSIGNED
from edge_daemon.home import Endpoint, Home, find_home
from edge_daemon.secrets.choose import Choice
from edge_daemon.secrets.place import SecretPlace
from edge_daemon.service.command_line import autostart
from edge_daemon.service.turn import wait_for_turn

app = typer.Typer(help="Verifield's recorder.", no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(autostart)
app.command()(check)
app.command()(rebuild)
app.command()(capture)
app.command()(replay)
app.command("import")(import_settings)
app.command()(export)
app.command()(provision)
out = Console(highlight=False, soft_wrap=True)
problems = Console(stderr=True, highlight=False, soft_wrap=True)

LOG_BYTES, LOG_FILES = 2_000_000, 3
HomeOption = Annotated[Path | None, typer.Option("--home", help="Data folder; default: the user data folder.")]
DemoOption = Annotated[bool, typer.Option("--demo", help="Simulated instruments, in a data folder of their own.")]


@app.callback()
def about() -> None:
    """Verifield's recorder: keeps every reading of this station's sensors."""


@app.command()
def run(
    home: HomeOption = None,
    demo: DemoOption = False,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="TCP port on the loopback address; 0 takes a free one.")
    ] = 0,
    project: Annotated[str, typer.Option(help="Project of a data folder that is new.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Where another recorder runs, take over when it ends.")] = False,
    secret_store: SecretStoreOption = None,
) -> None:
    """Record until stopped (Ctrl+C, or the signal TERM)."""
    place = Home(find_home(home, os.environ, demo=demo))
    passphrase = typed_passphrase() if secret_store is Choice.FILE else None
    with wait_for_turn(place.acquire_lock, out.print) if wait else place.acquire_lock():
        _log_to(place.path / "daemon.log")
        kept = secret_place(secret_store, place.path, lambda: passphrase)
        if passphrase is not None:
            _try_passphrase(kept)
        options = Options(place, demo, version("verifield"), kept, project or ("demo" if demo else UNASSIGNED))
        # The server ends in order at the signal and then raises it again; what it meant has been done by then.
        with _listen(port) as listening, running(options) as daemon, contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(daemon, place, listening))


@app.command()
def status(home: HomeOption = None, demo: DemoOption = False) -> None:
    """Say whether a recorder runs for the data folder, and where it answers."""
    place = Home(find_home(home, os.environ, demo=demo))
    endpoint = place.running_endpoint()
    if endpoint is None:
        out.print(f"No recorder runs for {place.path}.")
        raise typer.Exit(1)
    out.print(f"Recording for {place.path}: process {endpoint.pid}, answering at {endpoint.url}.")


def _try_passphrase(place: SecretPlace) -> None:
    """Say at once that a passphrase does not fit; recording needs none and begins all the same."""
    try:
        place()
    except SecretUnavailable as fault:
        problems.print(f"{fault.title}: {fault}")


def _listen(port: int) -> socket.socket:
    """The port, before anything is recorded. Raises BadInput when another program has it."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise BadInput("port", port, f"a port that is free is needed, or 0 ({error.strerror or error})") from error


async def _serve(daemon: Daemon, place: Home, listening: socket.socket) -> None:
    with listening:
        token = secrets.token_urlsafe(32)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            make_app(daemon.services, token, version("verifield")),
            log_config=None,
            access_log=False,
            ws="websockets-sansio",
            lifespan="off",
            timeout_graceful_shutdown=2,
            timeout_keep_alive=600,  # a window that was busy must not find its connection closed under a request
        )
        server = uvicorn.Server(config)
        loop = asyncio.get_running_loop()
        daemon.services.hub.attach(loop)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        try:
            async with announced(place, Endpoint(url, os.getpid(), token)):
                out.print(f"Recording in {place.path}; answering at {url}. Stop with Ctrl+C.")
                await serving
        finally:
            daemon.services.hub.detach()


def _log_to(file: Path) -> None:
    handler = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def main() -> None:
    """Run the command line; a fault is told in words, with advice, and exit status 1."""
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(0)
    except Fault as fault:
        problems.print(f"{fault.title}: {fault}\n{fault.advice}")
        sys.exit(1)


if __name__ == "__main__":
    main()
