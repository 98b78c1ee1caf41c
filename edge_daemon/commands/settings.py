# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""`verifield-daemon import`, `export` and `provision`. Reads and writes files and standard streams.

Beside a running daemon they go through its API; with none they take the home's lock and write the log themselves. Exit
status of `import` and `provision`: 0 all taken, 1 something is left to do, 2 nothing could be done.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from edge_daemon.api.messages_settings import SettingsExport, SettingsField, SettingsReport
from edge_daemon.api.routes_settings import report_message
from edge_daemon.commands.client import ask, parsed
from edge_daemon.commands.offline import export_offline, take_offline
from edge_daemon.commands.secret_place import PASSPHRASE, SecretStoreOption, secret_place, typed_passphrase
from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.home import Home, find_home
from edge_daemon.secrets.choose import Choice
from edge_daemon.secrets.private_file import write_private
from edge_daemon.secrets.secret import Secret
from edge_daemon.station.settings.reading import (
    LARGEST_BYTES,
    read_own_settings,
    read_secrets,
    read_settings,
    stated_secrets,
)
from edge_daemon.station.settings.report import told

STATUS: Mapping[str, int] = {"all": 0, "part": 1, "nothing": 2}
VERDICTS: Mapping[str, str] = {
    "taken": "taken",
    "unchanged": "unchanged",
    "not_needed": "not needed",
    "not_taken": "NOT TAKEN",
    "needs_person": "NEEDS YOU",
}

out = Console(highlight=False, soft_wrap=True, markup=False)
problems = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

FileArgument = Annotated[Path, typer.Argument(help="The settings file.", metavar="FILE")]
HomeOption = Annotated[Path | None, typer.Option("--home", help="Data folder; default: the user data folder.")]
DemoOption = Annotated[bool, typer.Option("--demo", help="The data folder of the demo.")]
PersonOption = Annotated[str, typer.Option("--person", help="Who does this; stands in the log.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


@dataclass(frozen=True, slots=True)
class _Order:
    """One call of `import` or `provision`."""

    document: bytes
    secrets: dict[str, str]
    place: Home
    demo: bool
    provision: bool
    person: str


def import_settings(
    file: FileArgument,
    home: HomeOption = None,
    demo: DemoOption = False,
    person: PersonOption = "",
    as_json: JsonOption = False,
    secret_store: SecretStoreOption = None,
) -> None:
    """Take the settings in FILE: ours (TOML) or the system's JSON. Says of each field what became of it."""

    def take() -> SettingsReport:
        order = _Order(_content(file), {}, Home(find_home(home, os.environ, demo=demo)), demo, False, person)
        return _taken(order, secret_store, typed_passphrase)

    _report(take, as_json=as_json)


def provision(
    file: FileArgument,
    home: HomeOption = None,
    demo: DemoOption = False,
    person: PersonOption = "",
    as_json: JsonOption = False,
    secret_store: SecretStoreOption = None,
) -> None:
    """Apply our settings in FILE and ask nothing. Secrets come on standard input, as JSON or as name=value lines."""

    def take() -> SettingsReport:
        secrets = read_secrets(_given())
        passphrase = secrets.pop(PASSPHRASE, "") if secret_store is Choice.FILE else ""
        order = _Order(_content(file), secrets, Home(find_home(home, os.environ, demo=demo)), demo, True, person)
        return _taken(order, secret_store, lambda: Secret(passphrase) if passphrase else None)

    _report(take, as_json=as_json)


def export(
    home: HomeOption = None,
    demo: DemoOption = False,
    output: Annotated[Path | None, typer.Option("--output", help="File to write; default: standard output.")] = None,
) -> None:
    """Write the station's settings as a file (TOML), without secrets."""
    place = Home(find_home(home, os.environ, demo=demo))
    endpoint = place.running_endpoint()
    if endpoint is None:
        offline = export_offline(place)
        found = SettingsExport(document=offline.document, secrets=offline.secrets)
    else:
        found = parsed(SettingsExport, ask(endpoint, "GET", "/api/settings/export"))
    if output is None:
        sys.stdout.buffer.write(found.document.encode())
        sys.stdout.buffer.flush()
    else:
        _write(output, found.document)
        problems.print(f"Written to {output}.")
    if found.secrets:
        problems.print(f"Secrets that are not in it: {', '.join(found.secrets)}")


def _taken(order: _Order, choice: Choice | None, passphrase: Callable[[], Secret | None]) -> SettingsReport:
    read = read_own_settings if order.provision else read_settings
    draft = read(order.document)
    given = stated_secrets(order.secrets)
    endpoint = order.place.running_endpoint()
    if endpoint is not None:
        body = {
            "document": order.document.decode(),
            "secrets": order.secrets,
            "provision": order.provision,
            "person": order.person,
        }
        return parsed(SettingsReport, ask(endpoint, "POST", "/api/settings/import", body))
    place = secret_place(choice, order.place.path, passphrase, lasting=False)
    report = take_offline(
        order.place, draft, given, place, demo=order.demo, provision=order.provision, person=order.person
    )
    return report_message(report)


def _report(take: Callable[[], SettingsReport], *, as_json: bool) -> None:
    """Print what became of each field and end with the exit status that says it in a number."""
    try:
        report = take()
    except Fault as fault:
        words = told(fault)
        report = SettingsReport(
            outcome="nothing", fields=(SettingsField(path="file", verdict="not_taken", words=words),)
        )
        if not as_json:
            problems.print(f"{fault.title}: {words}")
            raise typer.Exit(STATUS[report.outcome]) from None
    if as_json:
        out.print(report.model_dump_json(indent=2))
    else:
        _tell(report)
    raise typer.Exit(STATUS[report.outcome])


def _tell(report: SettingsReport) -> None:
    for field in report.fields:
        out.print(f"{VERDICTS[field.verdict]:<10}  {field.path}: {field.words}")
    counted = Counter[str](field.verdict for field in report.fields)
    out.print(
        ", ".join(f"{counted[verdict]} {words.lower()}" for verdict, words in VERDICTS.items() if counted[verdict])
    )


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BadInput("FILE", str(file), f"it cannot be read: {error.strerror}") from error


def _given() -> bytes:
    """What stands on standard input, unless a person sits there: a provision asks nothing."""
    if sys.stdin is None or sys.stdin.isatty():
        return b""
    return sys.stdin.buffer.read(LARGEST_BYTES + 1)


def _write(output: Path, document: str) -> None:
    try:
        write_private(output, document.encode())
    except OSError as error:
        raise BadInput("--output", str(output), f"it cannot be written: {error.strerror}") from error
