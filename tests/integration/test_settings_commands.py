# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""`import`, `export` and `provision` as real processes: with no daemon, and beside a running one."""

import contextlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.buffer.check import check_log
from edge_daemon.secrets.passphrase_file_store import PassphraseFileStore
from edge_daemon.secrets.secret import Secret
from tests.support.processes import running
from tests.support.recorder import Recorder
from tests.support.waiting import wait_until

PATIENCE_S = 100.0
PASSWORD = "hunter2-and-more"
OLD = {
    "device_id": "edge_001",
    "project_id": "solar_farm_001",
    "collection_interval": 60,
    "mqtt": {"broker": "broker.example", "port": 8883, "username": "edge", "password": PASSWORD},
    "sensors": {
        "hut": {
            "model": "SCD30",
            "port": "port:/dev/ttyS7",
            "value_range": [0, 5000],
            "calibration_date": "2025-01-15",
        },
        "else": {"model": "No Such 1", "port": "port:/dev/ttyS8"},
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with homes, files and everything that the commands under test can write."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        ours = {"DBUS_SESSION_BUS_ADDRESS", "CREDENTIALS_DIRECTORY"}
        plain = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("VERIFIELD_")}
        marks = {k: v for k, v in os.environ.items() if k.startswith("VERIFIELD_TEST")}
        return {**plain, **marks, "XDG_STATE_HOME": str(self.folder / "state")}

    def home(self, name: str) -> Path:
        return self.folder / name

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content)
        return path

    def run(self, *arguments: str | Path, given: str = "") -> "Said":
        command = [sys.executable, "-m", "edge_daemon", *map(str, arguments)]
        done = subprocess.run(
            command, input=given.encode(), env=self.environment, capture_output=True, timeout=PATIENCE_S, check=False
        )
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert PASSWORD not in said.out + said.err
        assert "Traceback" not in said.err, said.err[-800:]
        return said

    def holds(self, text: str, *, but: tuple[str, ...] = ()) -> list[str]:
        """The files under the folder that hold `text`."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name not in but]
        return [path.name for path in files if text.encode() in path.read_bytes()]


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    out: str
    err: str

    def verdicts(self) -> dict[str, str]:
        return {field["path"]: field["verdict"] for field in json.loads(self.out)["fields"]}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def exported(place: Place, *which: str | Path) -> str:
    file = place.folder / f"export-{os.urandom(4).hex()}.toml"
    said = place.run("export", *which, "--output", file)
    assert said.status == 0, said.err
    return file.read_text()


def test_an_old_file_becomes_a_station_without_a_daemon(place: Place) -> None:
    home, file = place.home("h"), place.file("old.json", json.dumps(OLD))
    said = place.run("import", file, "--home", home, "--json", "--person", "Ana")
    assert said.status == 1, said.err
    verdicts = said.verdicts()
    assert verdicts["project_id"] == verdicts["sensors.hut.model"] == verdicts["mqtt.broker"] == "taken"
    assert verdicts["device_id"] == verdicts["mqtt.password"] == "not_taken"
    assert verdicts["sensors.else.model"] == "needs_person"
    told = tomllib.loads(exported(place, "--home", home))
    assert told["station"] == {"project_id": "solar_farm_001"}
    assert set(told["sensors"]) == {"hut"}
    assert told["exported_from"]["device_id"] not in {"", "edge_001"}
    before = check_log(home / "buffer.sqlite3")
    assert before.sound
    again = place.run("import", file, "--home", home)
    assert "unchanged   sensors.hut.model" in again.out
    assert exported(place, "--home", home) == place.run("export", "--home", home).out
    assert place.holds(PASSWORD) == ["old.json"]


def test_a_provision_repeats_a_station_and_asks_nothing(place: Place) -> None:
    place.run("import", place.file("old.json", json.dumps(OLD)), "--home", place.home("a"))
    file = place.file("station.toml", exported(place, "--home", place.home("a")))
    order = ("provision", file, "--home", place.home("b"), "--secret-store", "file")
    given = json.dumps({"passphrase": "open sesame", "mqtt.marketplace.password": PASSWORD})
    first = place.run(*order, "--json", given=given)
    assert first.status == 0, first.out
    assert first.verdicts()["mqtt.marketplace.password"] == "taken"
    lines = f"passphrase=open sesame\nmqtt.marketplace.password={PASSWORD}\n"
    second = place.run(*order, "--json", given=lines)
    assert second.status == 0
    assert set(second.verdicts().values()) == {"unchanged", "not_needed"}
    store = PassphraseFileStore(place.home("b") / "secrets.sealed", Secret("open sesame"))
    assert store.get("mqtt.marketplace.password") == Secret(PASSWORD)
    a, b = (tomllib.loads(exported(place, "--home", place.home(name))) for name in "ab")
    assert a.pop("exported_from") != b.pop("exported_from")
    assert a == b
    assert place.holds(PASSWORD, but=("old.json",)) == []


def test_a_new_home_may_be_given_its_device_id_and_an_old_one_not(place: Place) -> None:
    text = 'format = "verifield-settings-1"\n[station]\nproject_id = "p"\ndevice_id = '
    first = place.run("provision", place.file("1.toml", text + '"field-7"'), "--home", place.home("h"), "--json")
    assert (first.status, first.verdicts()["station.device_id"]) == (0, "taken")
    other = place.run("provision", place.file("2.toml", text + '"field-8"'), "--home", place.home("h"), "--json")
    assert (other.status, other.verdicts()["station.device_id"]) == (1, "not_taken")
    assert 'device_id = "field-7"' in exported(place, "--home", place.home("h"))
    imported = place.run("import", place.home("h").parent / "1.toml", "--home", place.home("i"), "--json")
    assert (imported.status, imported.verdicts()["station.device_id"]) == (1, "not_taken")


@pytest.mark.parametrize(
    ("name", "content", "given"),
    [
        ("none.toml", None, ""),
        ("bad.toml", "[[[", ""),
        ("old.json", json.dumps(OLD), ""),
        ("id.toml", 'format = "verifield-settings-1"\n[station]\nproject_id = "a/b"', ""),
        ("ok.toml", 'format = "verifield-settings-1"', f"{PASSWORD}"),
    ],
)
def test_where_nothing_can_be_done_nothing_is_begun(place: Place, name: str, content: str | None, given: str) -> None:
    file = place.folder / name if content is None else place.file(name, content)
    for more in ((), ("--json",)):
        said = place.run("provision", file, "--home", place.home("h"), *more, given=given)
        assert said.status == 2, said.out
        assert said.out if more else said.err
    assert not (place.home("h") / "buffer.sqlite3").exists()


def test_an_empty_home_has_nothing_to_export(place: Place) -> None:
    said = place.run("export", "--home", place.home("h"))
    assert (said.status, said.out) == (1, "")
    assert "nothing to export" in said.err


@contextlib.contextmanager
def recording(place: Place) -> Iterator[Any]:
    """A daemon on simulated instruments that keeps secrets in memory; gives what asks its API."""
    home = place.home("h")
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(home), "--secret-store", "memory"]
    with running(command, output=place.folder / "daemon.out", environment=place.environment) as child:

        def endpoint() -> dict[str, Any] | None:
            assert child.running, child.said()
            with contextlib.suppress(FileNotFoundError, ValueError):
                found: dict[str, Any] = json.loads((place.home("h-demo") / "endpoint.json").read_text())
                return found
            return None

        at = wait_until(endpoint, seconds=PATIENCE_S, what="the daemon's endpoint") or {}
        get = Recorder(at["url"], at["token"]).get
        wait_until(lambda: len(get("/api/sensors")) == 3, seconds=PATIENCE_S, what="the demo's sensors")
        yield get
        child.interrupt()


def test_beside_a_running_daemon_everything_goes_through_it(place: Place) -> None:
    which = ("--home", place.home("h"), "--demo")
    with recording(place) as get:
        file = place.file("old.json", json.dumps(OLD))
        said = place.run("import", file, *which, "--json", "--person", "Ana")
        assert said.status == 1, said.err
        verdicts = said.verdicts()
        assert verdicts["sensors.hut.model"] == verdicts["mqtt.password"] == "taken"
        assert verdicts["project_id"] == "not_taken"
        hut = get("/api/sensors/hut")
        assert hut["value_ranges"] == {"co2": [0, 5000]}
        assert hut["stated_calibration_date"] == "2025-01-15"
        document = exported(place, *which)
        assert set(tomllib.loads(document)["sensors"]) == {"hut", "scd30", "pms7003", "windsonic"}
        configured = [sensor["configuration"] for sensor in get("/api/sensors")]
        again = place.run("provision", place.file("own.toml", document), *which, "--json")
        assert again.status == 0, again.out
        assert set(again.verdicts().values()) == {"unchanged", "not_needed"}
        assert [sensor["configuration"] for sensor in get("/api/sensors")] == configured
        changed = place.run("provision", place.folder / "own.toml", *which, given="mqtt.marketplace.password=other")
        assert changed.status == 0
        refused = place.run("provision", file, *which)
        assert refused.status == 2
        assert "import" in refused.err
    assert check_log(place.home("h-demo") / "buffer.sqlite3").sound
    assert place.holds(PASSWORD) == ["old.json"]
