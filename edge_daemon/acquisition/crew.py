# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps the port workers in step with the setup: one worker a port, started, changed and stopped as sensors are."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.job import JOB_SECONDS
from edge_daemon.acquisition.setup import DeviceSetup, FindPort, Outputs
from edge_daemon.acquisition.worker import PortWorker
from edge_daemon.domain.connection import LineSettings, Parity, PortIdentity
from edge_daemon.domain.faults import Conflict, Fault
from edge_daemon.instruments.driver import Dialogue
from edge_daemon.log.setup import ConfiguredSensor, Setup

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Crewed:
    """What a running worker was started for, so that a change can be told from no change."""

    configurations: tuple[int, ...]
    sensors: frozenset[str]
    worker: PortWorker


class Crew:
    """`device` makes a sensor's DeviceSetup; `identity` finds a port's identity by its key. Faults of a sensor that
    cannot be started go to `on_fault`, and the others start.
    """

    def __init__(
        self,
        *,
        device: Callable[[ConfiguredSensor], DeviceSetup],
        identity: Callable[[str], PortIdentity],
        find: FindPort,
        clock: Clock,
        outputs: Outputs,
        on_fault: Callable[[str, Fault], None],
    ) -> None:
        self._device = device
        self._identity = identity
        self._find = find
        self._clock = clock
        self._outputs = outputs
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._running: dict[str, _Crewed] = {}
        self._lent: set[str] = set()
        self._over = False
        self._wanted: Mapping[str, tuple[ConfiguredSensor, ...]] = {}

    def apply(self, setup: Setup) -> None:
        """Make what runs equal to what is set up. Waits for a worker that must end."""
        wanted = _by_port(setup)
        with self._lock:
            self._wanted = wanted
            for key in list(self._running):
                if _configurations(wanted.get(key, ())) != self._running[key].configurations:
                    self._running.pop(key).worker.stop()
            for key, sensors in wanted.items():
                if key not in self._running and key not in self._lent:
                    self._start(key, sensors)

    def lend(self, key: str) -> None:
        """Stop recording from this port and leave it closed for somebody else, whatever is set up meanwhile."""
        with self._lock:
            self._lent.add(key)
            crewed = self._running.pop(key, None)
            if crewed is not None:
                crewed.worker.stop()

    def take_back(self, key: str) -> None:
        """The port is free again: record from it as it is set up now."""
        with self._lock:
            self._lent.discard(key)
            if key in self._wanted and key not in self._running and not self._over:
                self._start(key, self._wanted[key])

    def run(
        self, sensor: str, dialogue: Dialogue[T], *, seconds: float = JOB_SECONDS, renew: bool = False
    ) -> Future[T]:
        """Have a dialogue with a sensor's device, as `PortWorker.run`. Raises Conflict for one that is not recorded."""
        with self._lock:
            workers = [crewed.worker for crewed in self._running.values() if sensor in crewed.sensors]
        if not workers:
            raise Conflict(f"{sensor} is not being recorded, so its port is not open; let it go on first")
        return workers[0].run(sensor, dialogue, seconds=seconds, renew=renew)

    def ports(self) -> frozenset[str]:
        """The keys of the ports that are being recorded, or are lent."""
        with self._lock:
            return frozenset(self._running) | self._lent

    def note_cause(self, code: str) -> None:
        """Something outside the ports may have cost samples of all sensors."""
        with self._lock:
            for crewed in self._running.values():
                crewed.worker.note_cause(code)

    def stop(self) -> None:
        """End all workers and record their open gaps."""
        with self._lock:
            self._over = True
            for crewed in self._running.values():
                crewed.worker.stop()
            self._running.clear()

    def _start(self, key: str, sensors: tuple[ConfiguredSensor, ...]) -> None:
        devices = []
        for sensor in sensors:
            try:
                devices.append(self._device(sensor))
            except Fault as fault:
                self._on_fault(sensor.configuration.sensor, fault)
        if not devices:
            return
        line = line_of(sensors[0].configuration.connection.line)
        try:
            worker = PortWorker(self._identity(key), line, devices, self._find, self._clock, self._outputs)
        except Fault as fault:
            for sensor in sensors:
                self._on_fault(sensor.configuration.sensor, fault)
            return
        worker.start()
        names = frozenset(device.sensor for device in devices)
        self._running[key] = _Crewed(_configurations(sensors), names, worker)


def line_of(text: str) -> LineSettings:
    """Line settings from their text, e.g. `9600 8N1`. Raises ValueError."""
    baud, _, form = text.partition(" ")
    return LineSettings(int(baud), int(form[0]), Parity(form[1]), int(form[2]))


def _by_port(setup: Setup) -> Mapping[str, tuple[ConfiguredSensor, ...]]:
    ports: dict[str, tuple[ConfiguredSensor, ...]] = {}
    for sensor in setup.sensors.values():
        if sensor.configuration.state == "recording":
            key = sensor.configuration.connection.port
            ports[key] = (*ports.get(key, ()), sensor)
    return ports


def _configurations(sensors: tuple[ConfiguredSensor, ...]) -> tuple[int, ...]:
    return tuple(sensor.index for sensor in sensors)
