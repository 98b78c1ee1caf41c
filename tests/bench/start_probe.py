# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The demo's window, as `verifield --demo` shows it, telling when it got how far. Run as a process of its own.

`python start_probe.py HOME`: writes a line `stage seconds` for each stage, counted from this process's start, and ends
once curves are on the screen.
"""

import sys
import time
from pathlib import Path

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bootstrap import make_session, make_settings
from app.client.finder import daemon_command
from app.client.session import Session, State
from app.garbage import GarbageTurns
from app.pages.live_marks import curve_key
from app.pages.window import Window
from app.widgets.strip_chart import StripChart

LOOK_MS = 5
GIVE_UP_MS = 300_000


def has_curve(session: Session, chart: StripChart) -> bool:
    """Whether a line of two points or more is drawn."""
    keys = [curve_key(name, channel.name) for name, sensor in session.sensors.items() for channel in sensor.channels]
    return any(len(chart.drawn(key)[0]) > 1 for key in keys)


def main(home: Path) -> int:
    """Show the live page until a curve is on it; 1 when none came."""
    begun = psutil.Process().create_time()
    told: set[str] = set()

    def tell(stage: str) -> None:
        if stage not in told:
            told.add(stage)
            print(f"{stage} {time.time() - begun:.3f}", flush=True)

    application = QApplication([])
    garbage = GarbageTurns(application)
    session = make_session(home, daemon_command(home, demo=True))
    window = Window(session, make_settings(home), demo=True)
    window.show()
    window.show_page("live")

    def look() -> None:
        tell("window")
        if session.state is State.CONNECTED:
            tell("connected")
        if session.latest:
            tell("first_reading")
        if has_curve(session, window.live.chart):
            tell("first_curve")
            application.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    QTimer.singleShot(GIVE_UP_MS, application.quit)
    session.start()
    application.exec()
    timer.stop()
    session.stop()
    window.live.finish()
    garbage.stop()
    return 0 if "first_curve" in told else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
