# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A recorder with a simulated instrument to calibrate, and a technician who does it. Starts it; reads its log."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import httpx
import pytest

from edge_daemon import compose
from edge_daemon.acquisition.clock import Instant, SystemClock
from edge_daemon.api.server import make_app
from edge_daemon.buffer.reader import LogReader
from edge_daemon.compose import Daemon, Options, running
from edge_daemon.home import Home
from edge_daemon.instruments import ports
from edge_daemon.instruments.catalogue import catalogue_folder
from edge_daemon.instruments.ports import SimulatedPorts
from edge_daemon.log.entry import decode_entry, decode_reading
from edge_daemon.secrets.memory_store import MemoryStore
from tests.support.in_process import InProcess
from tests.support.quick_bench import quick_bench
from tests.support.waiting import wait_until

PATIENCE_S = 90.0
TOKEN = "t" * 20
PIN = "4711"
QUICK = "scd30_quick"
FRESH_AIR = """
key = "co2_fresh_air"
revision = 9
title = "CO2 in fresh air, as this project does it"
method = "offset"
adjustment = "device"
channels = ["co2"]
interval_days = 90
source = "the project's own plan"
preparation = ["Into the open air."]

[stable]
settle_s = 1
window_s = 6
deviation = 50.0
slope_per_minute = 400.0

[tolerance]
absolute = 30.0
relative = 0.03
combine = "sum"

[[points]]
name = "fresh_air"
title = "Fresh air"
help = "What the analyser shows."
source = "instrument"
lowest = 400.0
highest = 2000.0
nominal = 425.0
expanded_uncertainty = 5.0

[[commands]]
action = "forced_recalibration"
point = "fresh_air"
takes_reference = true
settle_s = 1.0

[[conditions]]
name = "pressure"
title = "Air pressure"
unit = "hPa"
minimum = 500.0
maximum = 1100.0
"""


@dataclass
class Station:
    home: Home
    daemon: Daemon
    ports: SimulatedPorts
    api: InProcess

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.api.ask(method, path, **more)

    def get(self, path: str) -> Any:
        return self.api.get(path)

    def readings(self, sensor: str, after: int) -> list[tuple[int, Any]]:
        with LogReader(self.home.buffer) as reader:
            rows = reader.readings(sensor, 0, 1_000)
        return [(index, decode_reading(data)) for index, data in rows if index > after]

    def entries(self, kind: str) -> list[tuple[int, Any]]:
        with LogReader(self.home.buffer) as reader:
            found = reader.events([kind])
            return [(one.index, decode_entry(reader.entries(one.index, 1)[0][1]).body) for one in found]

    def exchange(self, port: str, other: str) -> None:
        self.ports.command(port, unplug=True)
        self.ports.command(port, swap=other)
        self.ports.command(port, replug=True)


class Asked(Protocol):
    """A station that answers."""

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The reply to a request."""

    def get(self, path: str) -> Any:
        """What the path tells."""


@dataclass
class Run:
    """A technician at one sensor, who tries again where a busy computer made the instrument look silent."""

    station: Asked
    sensor: str = "co2"
    now: Any = field(default_factory=dict)

    def begin(self, procedure: str = "co2_fresh_air") -> None:
        asked = {"procedure": procedure, "person": "Ana", "place": "hut"}
        reply = self.station.ask("POST", f"/sensors/{self.sensor}/calibration", json=asked)
        assert reply.status_code == 201, reply.text
        self.now = reply.json()

    def look(self) -> Any:
        self.now = self.station.get(f"/sensors/{self.sensor}/calibration")
        return self.now

    def try_to(self, choice: str, **more: Any) -> httpx.Response:
        told = {"step": self.now["step"]["id"], "choice": choice, "person": "Ana", **more}
        if choice == "sign" and any(one["name"] == "same_instrument" for one in self.now["step"]["inputs"]):
            # A busy computer made the instrument look silent, so that it might have been exchanged: it was not.
            told["values"] = {"same_instrument": "same", **more.get("values", {})}
        return self.station.ask("POST", f"/sensors/{self.sensor}/calibration/answer", json=told)

    def do(self, choice: str, **more: Any) -> Any:
        reply = self.try_to(choice, **more)
        assert reply.status_code == 200, reply.text
        self.now = reply.json()
        return self.now

    def refused(self, choice: str, **more: Any) -> Any:
        reply = self.try_to(choice, **more)
        assert reply.status_code in {409, 422, 404}, reply.text
        return reply.json()

    def wait_stable(self) -> None:
        wait_until(lambda: self.look()["live"]["stable"], seconds=PATIENCE_S, what="the signal to be stable")

    def wait_some(self) -> None:
        def some() -> bool:
            live = self.look()["live"]
            return bool(live and live["mean"] is not None and len(live["trail"]) >= 3)

        wait_until(some, seconds=PATIENCE_S, what="some readings")

    def take_now(self, *, stable: bool = True) -> Any:
        """Take the point as soon as it can be taken."""

        def taken() -> bool:
            self.wait_stable() if stable else self.wait_some()
            name, more = ("take", {}) if stable else ("take_anyway", {"reason": "a test cannot wait"})
            reply = self.try_to(name, **more)
            assert reply.status_code in {200, 409}, reply.text
            return reply.status_code == 200

        wait_until(taken, seconds=PATIENCE_S, what="the point to be taken")
        return self.look()

    def take(self, *, stable: bool = True, **values: Any) -> Any:
        """Apply a standard and take its point."""
        self.do("apply", values=values)
        assert self.now["step"]["kind"] == "settle"
        return self.take_now(stable=stable)

    def stand(self, **values: Any) -> None:
        """Bring before the instrument what its command needs: without values, what stood there at the last point."""
        self.look()
        if self.now["step"]["kind"] == "apply":
            known = self.now["points"][-1]
            told = {"reference": known["reference"], "expanded_uncertainty": known["expanded_uncertainty"]}
            self.do("apply", values=values or told)

        def steady() -> bool:
            if self.look()["step"]["kind"] == "command":
                return True
            self.wait_stable()
            reply = self.try_to("steady")
            assert reply.status_code in {200, 409}, reply.text
            return reply.status_code == 200

        wait_until(steady, seconds=PATIENCE_S, what="the signal to be steady for the command")
        self.look()

    def send(self) -> None:
        """Send the command until the instrument has taken it, each time when its signal is steady."""

        def carried_out() -> bool:
            self.stand()
            reply = self.try_to("send", confirmed=True)
            assert reply.status_code in {200, 409}, reply.text
            return bool(self.look()["step"]["stage"] == "as_left")

        wait_until(carried_out, seconds=PATIENCE_S, what="the command to be carried out")


def _software_procedures() -> dict[str, str]:
    """Adjusted in the software: an offset, a gain that hardly may change, and two gases."""
    start, _, rest = FRESH_AIR.partition("[[commands]]")
    bare = start.replace('adjustment = "device"', 'adjustment = "software"') + rest[rest.index("[[conditions]]") :]
    gain = bare.replace('method = "offset"', 'method = "gain"\ngain = [0.9, 1.1]')
    gases = bare.replace('method = "offset"', 'method = "two_points"\nascending = true')
    point = gases[gases.index("[[points]]") : gases.index("[[conditions]]")]
    gas = point.replace('source = "instrument"', 'source = "standard"\nstandard_kind = "co2_gas"')
    gas = gas.replace("nominal = 425.0\n", "").replace("lowest = 400.0", "lowest = 0.0").replace("Fresh air", "Gas")
    both = gas.replace("fresh_air", "low") + gas.replace("fresh_air", "high")
    found = {"co2_offset": bare, "co2_gain": gain, "co2_gases": gases.replace(point, both)}
    return {name: text.replace('"co2_fresh_air"', f'"{name}"') for name, text in found.items()}


def describe(home: Path) -> None:
    """Put into a home the SCD30 as a project may describe it that has no time: no warm-up, and quick procedures."""
    own, folder = home / "procedures", home / "catalogue"
    own.mkdir(parents=True, exist_ok=True)
    for name, told in {"co2_fresh_air": FRESH_AIR, **_software_procedures()}.items():
        (own / f"{name}.toml").write_text(told)
    text = (catalogue_folder() / "sensirion_scd30.toml").read_text()
    text = text.replace('model = "sensirion_scd30"', f'model = "{QUICK}"').replace("warm_up_s = 60", "warm_up_s = 0")
    text = text.replace("default_s = 2\nminimum_s = 2", "default_s = 0.5\nminimum_s = 0.5")
    text = re.sub("procedures = .*", 'procedures = ["co2_fresh_air", "co2_offset", "co2_gain", "co2_gases"]', text)
    folder.mkdir(exist_ok=True)
    (folder / f"{QUICK}.toml").write_text(text)


class Shift:
    """The computer's clock, set by so much."""

    def __init__(self) -> None:
        self.by_ns = 0

    def clock(self, *, believed: bool) -> SystemClock:
        shift = self

        class Shifted(SystemClock):
            def now(self) -> Instant:
                now = super().now()
                return Instant(now.wall_ns + shift.by_ns, now.boot_us, now.mono_ns)

        return Shifted(believed=believed)


@contextmanager
def station_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *instruments: str) -> Iterator[Station]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(compose, "DEMO_SENSORS", dict.fromkeys(instruments, ""))
    monkeypatch.setattr(ports, "sys", SimpleNamespace(executable=quick_bench(tmp_path)))
    home = Home(tmp_path / "home-demo")
    describe(home.path)
    with home.acquire_lock(), running(Options(home, demo=True, program="1", secrets=MemoryStore)) as daemon:
        cables = daemon._ports  # the test is the hand at them
        assert isinstance(cables, SimulatedPorts)
        yield Station(home, daemon, cables, InProcess(make_app(daemon.services, TOKEN, "1"), TOKEN))


def ready(station: Station, sensor: str = "co2") -> Run:
    """The sensor is added, has warmed up and is known."""
    if not [one for one in station.get("/sensors") if one["sensor_id"] == sensor]:
        body = {"sensor_id": sensor, "model": QUICK, "port": "pty:scd30-2"}
        reply = station.ask("POST", "/sensors", json=body)
        assert reply.status_code == 201, reply.text
    wait_until(lambda: station.get(f"/sensors/{sensor}")["latest"], seconds=PATIENCE_S, what="a reading")
    return Run(station, sensor)
