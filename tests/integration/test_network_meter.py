# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The whole recorder with a model of the user's own, read over Modbus TCP; and a broken model file beside it."""

from pathlib import Path

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.compose import Options, running
from edge_daemon.domain.connection import PortIdentity
from edge_daemon.home import Home
from edge_daemon.instruments.simulators.modbus_line import ModbusLine
from edge_daemon.instruments.simulators.models.modbus_bus import Transmitter
from edge_daemon.instruments.simulators.socket_line import SocketLine
from edge_daemon.log.entry import Entry, decode_entry
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.station.sensors import SensorOrder
from tests.integration.test_shared_port import wired
from tests.support.waiting import wait_until

OWN = """
model = "roof_air"
maker = "Example maker"
title = "Air on the roof"
kind = "greenhouse"
driver = "modbus_profile"
primary = "temperature"
warm_up_s = 0
procedures = []
source = "Example maker, Modbus manual"
[interval]
default_s = 1
minimum_s = 0.5
[line]
baud = 9600
data_bits = 8
parity = "N"
stop_bits = 1
[options]
address = 1
framing = "tcp"
profile = '''
[[points]]
channel = "temperature"
address = 0
type = "f32"
unit = "°C"
'''
[[channels]]
name = "temperature"
label = "Temperature"
unit = "°C"
minimum = -40
maximum = 80
decimals = 1
wire = { field = "temperature", unit = "°C", factor = 1 }
"""


def readings(home: Home, sensor: str) -> list[Entry]:
    with LogReader(home.buffer) as reader:
        return [decode_entry(data) for _, data in reader.readings(sensor, 0, 100)]


def test_a_users_own_model_is_recorded_over_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    home = Home(tmp_path / "home")
    own = home.path / "catalogue"
    own.mkdir(parents=True)
    (own / "roof_air.toml").write_text(OWN, encoding="utf-8")
    (own / "broken.toml").write_text(OWN.replace('"roof_air"', '"broken"').replace('"f32"', '"f33"'), encoding="utf-8")
    line = SocketLine()
    key = "tcp:" + line.device.removeprefix("socket://")
    with wired(line, ModbusLine([Transmitter(1)], tcp=True)), home.acquire_lock():
        with running(Options(home, demo=False, program="1", secrets=MemoryStore, project_id="p")) as daemon:
            assert "roof_air" in daemon.services.catalogue
            assert "broken" not in daemon.services.catalogue
            troubles = daemon.services.health().troubles
            assert any("broken.toml: profile: points[0].type" in trouble.detail for trouble in troubles)
            sensor = daemon.book.add(SensorOrder("roof", "roof_air", PortIdentity.from_key(key)))
            assert sensor.configuration.connection.kind == "network"
            assert "f32" in str(sensor.configuration.settings["profile"]), "the whole map stands in the log"
            wait_until(lambda: len(readings(home, "roof")) >= 2, what="readings in the log")
        found = readings(home, "roof")
    channels = found[0].body["ch"]
    assert isinstance(channels, dict)
    (temperature,) = channels.values()
    assert isinstance(temperature, list)
    assert isinstance(temperature[0], float)
    assert 0 < temperature[0] < 45
