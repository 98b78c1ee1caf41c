# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Wires the window: the only place that does. Starts threads through what it makes; `run` ends them."""

from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from app.client.endpoint import read_endpoint
from app.client.feed import Feed
from app.client.finder import Finder, daemon_command
from app.client.rest import Rest
from app.client.session import Session
from app.garbage import GarbageTurns
from app.pages.window import Window
from app.widgets.fitting import show_fitting


def make_session(home: Path, command: tuple[str, ...]) -> Session:
    """A session on the daemon of `home`; `command` starts one where there is none."""
    finder, rest, feed = Finder(home, command), Rest(), Feed(lambda: read_endpoint(home))
    session = Session(finder, rest, feed)
    for part in (finder, rest, feed):
        part.setParent(session)
    return session


def make_settings(home: Path) -> QSettings:
    """The window's own settings, in the home's window folder."""
    return QSettings(str(home / "window" / "window.ini"), QSettings.Format.IniFormat)


def run(home: Path, *, demo: bool) -> int:
    """Show the window until it is closed; returns the exit code."""
    application = QApplication([])
    application.setApplicationName("Verifield")
    garbage = GarbageTurns(application)
    session = make_session(home, daemon_command(home, demo=demo))
    window = Window(session, make_settings(home), demo=demo)
    show_fitting(window)
    session.start()
    code = application.exec()
    session.stop()
    window.live.finish()
    garbage.stop()
    return code
