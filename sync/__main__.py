# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The command `verifield-sync`: gets a station's data out, and tells what is where."""

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from edge_daemon.domain.faults import Fault


def _run() -> typer.Typer:
    from sync.commands.run import run

    return _only(run)


def _status() -> typer.Typer:
    from sync.commands.status import status

    return _only(status)


def _import() -> typer.Typer:
    from sync.commands.carry import import_file

    return _only(import_file)


def _receipt() -> typer.Typer:
    from sync.commands.carry import receipt

    return _only(receipt)


def _set_aside() -> typer.Typer:
    from sync.commands.set_aside import app

    return app


def _resend() -> typer.Typer:
    from sync.commands.resend import resend

    return _only(resend)


def _anchor() -> typer.Typer:
    from sync.commands.anchor import anchor

    return _only(anchor)


def _anchor_setup() -> typer.Typer:
    from sync.commands.anchor_setup import anchor_setup

    return _only(anchor_setup)


def _devnode() -> typer.Typer:
    from sync.commands.devnode import devnode

    return _only(devnode)


def _bundle() -> typer.Typer:
    from sync.commands.evidence import bundle

    return _only(bundle)


def _verify() -> typer.Typer:
    from sync.commands.evidence import verify

    return _only(verify)


def _register() -> typer.Typer:
    from sync.commands.register import app

    return app


COMMANDS: Mapping[str, Callable[[], typer.Typer]] = MappingProxyType(
    {
        "run": _run,
        "status": _status,
        "set-aside": _set_aside,
        "resend": _resend,
        "import": _import,
        "receipt": _receipt,
        "anchor": _anchor,
        "anchor-setup": _anchor_setup,
        "devnode": _devnode,
        "bundle": _bundle,
        "verify": _verify,
        "register": _register,
    }
)


CANNOT_LOAD = 74
"""What sysexits.h calls EX_IOERR: it says nothing of any evidence."""


class Commands(TyperGroup):
    """Loads a command when it is asked for, so that data goes out even where another command lacks a library."""

    # The types are Any because they belong to a private module of typer's.
    def list_commands(self, ctx: Any) -> list[str]:
        """All there are, those that cannot be loaded among them."""
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command. One that cannot be loaded says so in the list of all, and when it is run."""
        load = COMMANDS.get(cmd_name)
        if load is None:
            return super().get_command(ctx, cmd_name)
        try:
            command = typer.main.get_command(load())
        except ImportError as error:
            command = typer.main.get_command(_broken(error))
        command.name = cmd_name
        return command


def _only(function: Callable[..., Any]) -> typer.Typer:
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command()(function)
    return alone


def _broken(error: ImportError) -> typer.Typer:
    words = f"Cannot be used here: {error}."

    def fail() -> None:
        typer.echo(words, err=True)
        raise typer.Exit(CANNOT_LOAD) from error

    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    # Whatever it is called with, why it does not run is what a person needs to read.
    alone.command(help=words, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(fail)
    return alone


app = typer.Typer(cls=Commands, help="Verifield's delivery.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def about() -> None:
    """Verifield's delivery: gets proof and data out of this station to its destinations."""


def main() -> None:
    """Run the command line; a fault is told in words, with advice, and exit status 1."""
    try:
        app()
    except Fault as fault:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"{fault.title}: {fault}\n{fault.advice}", markup=False
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
