# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which place for secrets a command line asks for, and the passphrase that opens it. Reads standard input."""

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.secrets.choose import Choice, Mode, choose_store
from edge_daemon.secrets.place import SecretPlace
from edge_daemon.secrets.secret import Secret
from edge_daemon.service.choose import MODE_VARIABLE

VARIABLE = "VERIFIELD_SECRET_STORE"
PASSPHRASE = "passphrase"
LONGEST_LINE = 4096

SecretStoreOption = Annotated[
    Choice | None,
    typer.Option(
        "--secret-store",
        envvar=VARIABLE,
        help="Where passwords are kept; default: the system's keyring, or the service's own place.",
    ),
]


def secret_place(
    choice: Choice | None, home: Path, passphrase: Callable[[], Secret | None], *, lasting: bool = True
) -> SecretPlace:
    """The place that was asked for, opened when first needed.

    `passphrase` is asked once, and only for the place that a passphrase opens. A program that is not `lasting` cannot
    keep anything in memory.
    """
    mode = Mode.INSTALLED if os.environ.get(MODE_VARIABLE) == Mode.INSTALLED else Mode.USER
    return SecretPlace(
        lambda: choose_store(
            mode,
            _lasting(choice, lasting=lasting),
            home=home,
            environment=os.environ,
            passphrase=passphrase() if choice is Choice.FILE else None,
        )
    )


def typed_passphrase() -> Secret | None:
    """From a prompt where a person sits there, else the first line of standard input; None where there is none."""
    if sys.stdin is None:  # started without any, e.g. by the window on Windows
        return None
    if sys.stdin.isatty():
        typed = getpass.getpass("Passphrase of the file with the secrets: ")
    else:
        typed = sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
    return Secret(typed) if typed else None


def _lasting(choice: Choice | None, *, lasting: bool) -> Choice | None:
    if choice is Choice.MEMORY and not lasting:
        raise SecretUnavailable("A command that ends keeps nothing in memory. Start the recorder with it instead.")
    return choice
