# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Modbus devices through real ports: three on one RS-485 bus of which one falls silent, and a meter over TCP."""

import cmath
import contextlib
import math
import selectors
import socket
import statistics
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from edge_daemon.acquisition.clock import SystemClock
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.acquisition.worker import PortWorker
from edge_daemon.domain.connection import LineSettings, Parity, Port, PortIdentity, PortKind, network_port
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.registry import driver
from edge_daemon.instruments.simulators.bench import Clock, Line
from edge_daemon.instruments.simulators.modbus_line import ModbusLine
from edge_daemon.instruments.simulators.models.modbus_bus import EAST, METER, WEST, bus
from edge_daemon.instruments.simulators.models.schneider_pm5000 import Pm5000
from edge_daemon.instruments.simulators.pty_line import PtyLine
from edge_daemon.instruments.simulators.socket_line import SocketLine
from tests.support.waiting import wait_until
from tests.unit.edge_daemon.acquisition.fakes import Recorder

LINE = LineSettings(19_200, 8, Parity.EVEN)
BUS = PortIdentity(PortKind.PSEUDO_TERMINAL, location="bus")
MODELS = load_catalogue()
PYRANOMETER_S, METER_S = 2.0, 1.0


@dataclass
class Wire:
    """What the far end of a line does, carried by a thread of its own."""

    line: Line
    far: ModbusLine

    def __post_init__(self) -> None:
        self._clock = Clock()
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self.line.register(self._selector, self._carry)
        self._thread = threading.Thread(target=self._serve, name="wire")

    def _carry(self) -> None:
        data = self.line.read()
        answer = self.far.receive(data, self._clock.now()) if data else b""
        if answer:
            self.line.write(answer)

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                key.data()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._wake.send(b"x")
        self._thread.join()
        self.line.close()
        self._selector.close()
        self._wake.close()
        self._woken.close()


@contextlib.contextmanager
def wired(line: Line, far: ModbusLine) -> Iterator[Wire]:
    wire = Wire(line, far)
    wire.start()
    try:
        yield wire
    finally:
        wire.stop()


@contextlib.contextmanager
def recording(port: Port, recorder: Recorder, *devices: DeviceSetup) -> Iterator[PortWorker]:
    worker = PortWorker(port.identity, LINE, devices, lambda _: port, SystemClock(), recorder.outputs)
    worker.start()
    try:
        yield worker
    finally:
        assert worker.stop(10), "the worker did not end in time"


def device(sensor: str, model: str, interval_s: float, settings: Mapping[str, OptionValue]) -> DeviceSetup:
    entry = MODELS[model]
    options = {**entry.options, **settings}
    return DeviceSetup(sensor, entry, driver(entry.driver), round(interval_s * 1e9), 3, options)


def at_s(recorder: Recorder, sensor: str) -> list[float]:
    return [reading.mono_us / 1e6 for reading in recorder.readings(sensor)]


def off_phase_s(times_s: list[float], interval_s: float) -> float:
    """How far the middle one of these readings is from their common phase; one that was late changes it little.

    The phase is one of a circle: just before and just after the whole interval is the same."""
    phases = [time % interval_s for time in times_s]
    around = sum(cmath.exp(2j * math.pi * phase / interval_s) for phase in phases)
    middle = cmath.phase(around) / (2 * math.pi) * interval_s
    return statistics.median(abs((phase - middle + interval_s / 2) % interval_s - interval_s / 2) for phase in phases)


def test_one_device_falls_silent_and_the_others_lose_nothing() -> None:
    recorder = Recorder()
    line = PtyLine()
    with wired(line, bus(1, Clock().now())) as wire:
        devices = (
            device("east", "hukseflux_sr30", PYRANOMETER_S, {"address": EAST}),
            device("west", "hukseflux_sr30", PYRANOMETER_S, {"address": WEST}),
            device("meter", "schneider_pm5000", METER_S, {"address": METER}),
        )
        with recording(Port(line.device, BUS), recorder, *devices):
            wait_until(
                lambda: all(len(recorder.readings(sensor)) >= 2 for sensor in ("east", "west", "meter")),
                what="readings of all three",
            )
            wire.far.silent.add(WEST)
            before = {sensor: len(recorder.readings(sensor)) for sensor in ("east", "meter")}
            wait_until(
                lambda: any(status.sensor == "west" and status.fault is not None for status in recorder.statuses),
                what="the silence to be shown",
            )
            wait_until(
                lambda: (
                    len(recorder.readings("east")) >= before["east"] + 3
                    and len(recorder.readings("meter")) >= before["meter"] + 6
                ),
                what="the others to go on",
                seconds=60,
            )
            heard = len(recorder.readings("west"))
            wire.far.silent.clear()
            wait_until(lambda: len(recorder.readings("west")) > heard, what="the silent one to be back", seconds=60)
    assert recorder.bugs == []
    assert "no_reply" in recorder.causes("west")
    for sensor, interval_s in (("east", PYRANOMETER_S), ("meter", METER_S)):
        assert not recorder.causes(sensor) & {"no_reply", "checksum_mismatch", "malformed_frame"}
        times_s = at_s(recorder, sensor)
        accounted = len(times_s) + sum(int(str(gap.body["expected"])) for gap in recorder.gaps(sensor))
        assert accounted >= math.floor((times_s[-1] - times_s[0]) / interval_s), (
            "a reading is lost and not accounted for"
        )
        assert off_phase_s(times_s, interval_s) < interval_s / 4
    by_east = {str(reading.body["ch"]) for reading in recorder.readings("east")}
    assert by_east.isdisjoint(str(reading.body["ch"]) for reading in recorder.readings("west"))


def test_a_meter_over_tcp_is_recorded_and_found_again() -> None:
    recorder = Recorder()
    line = SocketLine()
    identity = PortIdentity.from_key("tcp:" + line.device.removeprefix("socket://"))
    port = network_port(identity)
    assert port is not None
    meter = device("meter", "schneider_pm5000", METER_S, {"framing": "tcp"})
    with wired(line, ModbusLine([Pm5000(1, Clock().now())], tcp=True)) as wire, recording(port, recorder, meter):
        wait_until(lambda: len(recorder.readings("meter")) >= 2, what="readings over the network")
        wire.far.silent.add(1)
        wait_until(lambda: recorder.faulty, what="the silence to be shown")
        wire.far.silent.clear()
        heard = len(recorder.readings("meter"))
        wait_until(lambda: len(recorder.readings("meter")) > heard, what="the meter to be back", seconds=60)
    assert recorder.bugs == []
    channels = recorder.readings("meter")[0].body["ch"]
    assert isinstance(channels, dict)
    assert set(channels) == {"active_power", "reactive_power", "voltage", "current", "frequency", "energy_total"}


def test_a_network_device_that_is_not_there_is_not_connected() -> None:
    recorder = Recorder()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
    port = network_port(PortIdentity.from_key(f"tcp:{place}"))
    assert port is not None
    with recording(port, recorder, device("meter", "schneider_pm5000", METER_S, {"framing": "tcp"})):
        wait_until(lambda: recorder.faulty, what="the missing device to be shown")
    fault = recorder.statuses[-1].fault
    assert fault is not None
    assert fault.code == "not_connected"
    assert place in str(fault)
