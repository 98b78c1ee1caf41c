# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings that are taken while no daemon runs, into a home whose log says that a calibration is under way."""

from pathlib import Path

import pytest

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.commands.offline import export_offline, take_offline
from edge_daemon.domain.faults import Unknown
from edge_daemon.domain.station import Station
from edge_daemon.home import Home
from edge_daemon.log.bodies import Body
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.home_log import home_log, stamp_of
from edge_daemon.station.journal import Journal
from edge_daemon.station.settings.reading import read_own_settings
from edge_daemon.station.settings.report import FieldReport, Verdict
from tests.unit.edge_daemon.log.calibration_world import SERIAL, abort, installed, start

SENSOR, METER = "meter", "schneider_pm5000"
STATION = f"""format = "verifield-settings-1"
[station]
project_id = "p1"
[sensors.{SENSOR}]
model = "{METER}"
port = "port:/dev/ttyS7"
"""


def no_secrets() -> SecretStore:
    raise Unknown("no secret is asked for here")


def take(home: Home, document: bytes) -> dict[str, FieldReport]:
    report = take_offline(home, read_own_settings(document), (), no_secrets, demo=False, provision=False, person="Ana")
    return {field.path: field for field in report.fields}


def write(home: Home, body: Body) -> int:
    clock = SystemClock()
    with (
        home.acquire_lock(),
        home_log(home, Station("d", "p1"), program="1", demo=False, stamp=lambda: stamp_of(clock.now())) as here,
    ):
        return Journal(here.opened.writer, lambda: stamp_of(clock.now())).write(body)[0]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = Home(tmp_path / "home")
    take(made, STATION.encode())
    return made


def turned(home: Home) -> bytes:
    """The home's settings with the meter's other counter read."""
    document = export_offline(home).document
    assert 'energy = "delivered"' in document
    return document.replace('energy = "delivered"', 'energy = "received"').encode()


def test_a_device_setting_is_not_changed_in_the_middle_of_a_calibration(home: Home) -> None:
    write(home, installed(SERIAL, SENSOR, METER))
    run = write(home, start(SERIAL, SENSOR, model=METER))
    before = export_offline(home).document
    told = take(home, turned(home))
    refused = told[f"sensors.{SENSOR}.settings.energy"]
    assert refused.verdict is Verdict.NOT_TAKEN
    assert f"{SENSOR} is being calibrated" in refused.words
    assert "end the calibration or give it up first" in refused.words
    assert export_offline(home).document == before
    write(home, abort(run, SERIAL, SENSOR))
    told = take(home, turned(home))
    assert all(one.verdict is not Verdict.NOT_TAKEN for one in told.values())
    assert 'energy = "received"' in export_offline(home).document
