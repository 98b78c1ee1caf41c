# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A recorder with simulated instruments and quick procedures, and a window on it. Starts processes; writes files.

The simulators speak their real protocols. A beaker is a file that says what an instrument stands in: by a sonde's
parameter codes what the water is like, and how bright the sun is. It is what a technician's hands change.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from app.bootstrap import make_session, make_settings
from app.client.session import State
from app.pages.calibration import CalibrationWindow
from app.pages.window import Window
from edge_daemon.calibration.procedures import procedures_folder
from edge_daemon.instruments.catalogue import catalogue_folder
from tests.support.processes import running
from tests.support.quick_bench import quick_bench
from tests.support.waiting import wait_until

NO_DAEMON = (sys.executable, "-c", "raise SystemExit('it runs already')")
WAIT_MS = 240_000
SUN = 0
"""Stands for the irradiance in W/m² where a beaker says what things are like."""
ENTER, SPACE = Qt.Key.Key_Return, Qt.Key.Key_Space

_DAEMON = """
import types, sys
from edge_daemon import compose
from edge_daemon.instruments import ports
compose.DEMO_SENSORS = dict.fromkeys({instruments!r}, "")
ports.sys = types.SimpleNamespace(executable={bench!r})
sys.argv = ["verifield-daemon", "run", "--demo", "--home", {home!r}]
from edge_daemon.__main__ import app
app()
"""
_BEAKER = """
import json
from pathlib import Path
from edge_daemon.instruments.simulators.models import hukseflux_sr30, ysi_exo2
pond, sun, beaker = ysi_exo2.pond, hukseflux_sr30.irradiance, Path({beaker!r})

def held():
    return {{int(code): value for code, value in json.loads(beaker.read_text()).items()}}

ysi_exo2.pond = lambda seed, now: {{**pond(seed, now), **held()}}
hukseflux_sr30.irradiance = lambda seed, now: held().get({sun}, sun(seed, now))
ysi_exo2.ModbusExo.__init__.__defaults__ = ((1, 7, 17, 18, 212, 223),)
"""


class Beaker:
    """What the sonde stands in. `hold` changes it at once: the file is replaced whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hold({})

    def hold(self, around: Mapping[int, float]) -> None:
        """Values by the sonde's parameter codes, and `SUN`."""
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(dict(around)))
        part.replace(self.path)


def quick_procedure(home: Path, key: str, changes: Mapping[str, str]) -> None:
    """The shipped procedure as a project may have it that is in a hurry; `changes` are new values by their names."""
    text = (procedures_folder() / f"{key}.toml").read_text(encoding="utf-8")
    for name, value in changes.items():
        text, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        assert count, name
    folder = home / "procedures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{key}.toml").write_text(text, encoding="utf-8")


def quick_model(home: Path, model: str) -> str:
    """The shipped model under a name of the project's own, which may be read more often and need not warm up."""
    text = (catalogue_folder() / f"{model}.toml").read_text(encoding="utf-8")
    for name, value in (("model", f'"{model}_quick"'), ("warm_up_s", "0"), ("minimum_s", "0.5")):
        text, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        assert count == 1, name
    folder = home / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{model}_quick.toml").write_text(text, encoding="utf-8")
    return f"{model}_quick"


@contextmanager
def recorder(tmp_path: Path, instruments: Sequence[str], beaker: Beaker) -> Iterator[Path]:
    """The home of a recorder that runs; the instruments' ports are present, no sensor is set up."""
    home = tmp_path / "home-demo"
    bench = quick_bench(tmp_path, _BEAKER.format(beaker=str(beaker.path), sun=SUN))
    script = _DAEMON.format(instruments=list(instruments), bench=bench, home=str(tmp_path / "home"))
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with running([sys.executable, "-c", script], output=tmp_path / "daemon.out", environment=environment):
        wait_until((home / "endpoint.json").exists, seconds=WAIT_MS / 1_000, what="the recorder's endpoint")
        yield home


@contextmanager
def opened(qtbot: QtBot, home: Path, ports: int) -> Iterator[Window]:
    """The window once it is connected to the recorder of this home and knows so many ports."""
    session = make_session(home, NO_DAEMON)
    shown = Window(session, make_settings(home), demo=True)
    qtbot.addWidget(shown)
    shown.resize(1024, 600)
    shown.show()
    try:
        session.start()
        qtbot.waitUntil(lambda: session.state is State.CONNECTED, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: len(session.port_list.ports) >= ports, timeout=WAIT_MS)
        yield shown
    finally:
        session.stop()
        shown.live.finish()


def click(button: QAbstractButton) -> None:
    """A click with the left button."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


class Technician:
    """Works in a calibration window with keys and clicks, and waits for what the window shows."""

    def __init__(self, qtbot: QtBot, window: CalibrationWindow) -> None:
        self._qtbot, self.window = qtbot, window

    @property
    def step(self) -> str:
        """The open step."""
        run = self.window.run
        return run.step.id if run is not None else ""

    @property
    def step_kind(self) -> str:
        """What is to be done in it."""
        run = self.window.run
        return run.step.kind if run is not None else ""

    def press(self, key: Qt.Key) -> None:
        """A key, where keys go just now."""
        QTest.keyClick(self._focus(), key)

    def type(self, text: str) -> None:
        """Replace what stands in the field where keys go."""
        field = self._focus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, text)

    def at(self, kind: str, *, after: str = "", point: str = "") -> None:
        """Until a step of this kind stands there, another one than `after`."""

        def there() -> bool:
            run = self.window.run
            if run is None or not self.window.bar.isEnabled() or run.step.id == after:
                return False
            return run.step.kind == kind and point in {"", run.step.point}

        self._qtbot.waitUntil(there, timeout=WAIT_MS)

    def end(self) -> None:
        """Until all is done; where the sensor had left its place, Enter says that it is back."""
        window = self.window
        self._qtbot.waitUntil(
            lambda: window.run is not None and window.run.step.kind in {"return", "done"} and window.bar.isEnabled(),
            timeout=WAIT_MS,
        )
        if window.run is not None and window.run.step.kind == "return":
            self.enter()
        self.at("done")

    def fill(self, **values: str) -> None:
        """Type into the step's fields."""
        for name, text in values.items():
            self.window.step.fields[name].take_focus()
            self.type(text)

    def enter(self, key: Qt.Key = ENTER) -> None:
        """Answer the step by a key, again where the recorder was not ready for it."""
        self._until_answered(lambda: self.press(key))

    def choose(self, name: str) -> None:
        """Click a choice, and confirm it where that is asked back; again where the recorder was not ready for it."""
        self._until_answered(lambda: self._click(name))

    def vouch(self) -> None:
        """Where it is asked, say of an instrument that looked silent on a busy computer that it was not exchanged."""
        asked = self.window.step.fields.get("same_instrument")
        if asked is not None:
            asked.take_focus()
            self.press(Qt.Key.Key_Down)

    def send(self) -> None:
        """Confirm the command, once more when all is steady again for as long as the instrument looks silent."""
        again = {"command": "send", "settle": "steady"}
        while self.step_kind in again:
            self.choose(again[self.step_kind])
            self._qtbot.waitUntil(self.window.bar.isEnabled, timeout=WAIT_MS)

    def _click(self, name: str) -> None:
        ask, button = self.window.ask, self.window.bar.buttons.get(name)
        if ask.isVisible():
            click(ask.bar.buttons["agree"])
        elif button is not None and button.isEnabled():
            click(button)

    def _until_answered(self, act: Callable[[], None]) -> None:
        before = self.step

        def answered() -> bool:
            if self.window.followed.waiting:
                return False
            if self.step != before:
                return True
            act()
            return False

        self._qtbot.waitUntil(answered, timeout=WAIT_MS)

    def _focus(self) -> QWidget:
        focus: object = self.window.focusWidget()
        return focus if isinstance(focus, QWidget) else self.window
