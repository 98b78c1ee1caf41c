# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""`verifield-daemon autostart`: asks the system, or switches, and prints what was read back."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from edge_daemon.domain.autostart import AutostartReport, AutostartState
from edge_daemon.home import find_home
from edge_daemon.service.choose import choose_autostart

out = Console(highlight=False, soft_wrap=True, markup=False)


def words_of(report: AutostartReport) -> str:
    """The report in words for a person."""
    said = {
        AutostartState.ENABLED: f"Recording begins again after a restart ({report.mechanism}).",
        AutostartState.DISABLED: "Recording does not begin by itself after a restart.",
        AutostartState.UNAVAILABLE: "Recording cannot be made to begin after a restart.",
    }[report.state]
    return f"{said} {report.reason}".strip()


def autostart(
    home: Annotated[Path | None, typer.Option("--home", help="Data folder; default: the user data folder.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo.")] = False,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Switch it on or off; without either, only say.")
    ] = None,
) -> None:
    """Record after restart: say whether it is on, or switch it. Exit status 1: it is not as it was asked to be."""
    found = choose_autostart(find_home(home, os.environ, demo=demo), os.environ, demo=demo)
    if enable is None:
        out.print(words_of(found.state()))
        return
    report = found.enable() if enable else found.disable()
    out.print(words_of(report))
    wanted = {AutostartState.ENABLED} if enable else {AutostartState.DISABLED}
    if report.state not in wanted:
        raise typer.Exit(1)
