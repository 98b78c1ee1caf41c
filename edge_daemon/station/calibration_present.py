# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What of the runs is in memory only: what stands before an instrument just now. Lost with the program, on purpose."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from edge_daemon.acquisition.clock import Clock
from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.steps import Step
from edge_daemon.domain.procedure import Procedure
from edge_daemon.log.calibration_body import Stage
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.station.calibration_live import LiveSignals
from edge_daemon.station.calibration_references import Applied
from edge_daemon.station.calibration_signal import LiveWindow, Shown, own_value
from edge_daemon.station.device_settings import DeviceDesk
from edge_daemon.station.instruments import InstrumentBook
from edge_daemon.station.persons import PersonBook
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.standards import StandardBook

RESUMED = "The calibration goes on where it was left."


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What guided calibrations use of the station. `reader` opens a connection of its own; who calls it closes it.

    `clock_trusted` says whether the laptop's date and time may be believed, `calibrations` what the durable log says of
    calibrations.
    """

    book: SensorBook
    instruments: InstrumentBook
    devices: DeviceDesk
    persons: PersonBook
    standards: StandardBook
    procedures: Mapping[str, Procedure]
    signals: LiveSignals
    reader: Callable[[], LogReader]
    clock: Clock
    program: str
    clock_trusted: Callable[[], bool]
    calibrations: Callable[[], Calibrations]


@dataclass(frozen=True, slots=True)
class Present:
    """How a run stands besides its entries. `again` is the point that is being repeated, and `again_reason` why, where
    it was found outside its limits; `busy` is what is being done.

    `ready`: the signal was steady at what the next command needs, or `override` is the reason for sending it anyway.
    `settled_us` is when (µs since boot) the effect of a command has settled; `words` say what happened last. `turns`
    counts changes, so that an answer to a page from before one is known.
    """

    applied: Applied | None = None
    window: LiveWindow | None = None
    shown: Shown = own_value
    again: tuple[Stage, str] | None = None
    again_reason: str = ""
    busy: str = ""
    ready: bool = False
    override: str = ""
    settled_us: int = 0
    words: str = RESUMED
    turns: int = 0


class Presents:
    """What is present at each sensor. Safe to use from several threads; one at a time changes that of a sensor."""

    def __init__(self, signals: LiveSignals) -> None:
        self._signals = signals
        self._present: dict[str, Present] = {}
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}

    def turn(self, sensor: str) -> threading.Lock:
        """Whoever changes something of the sensor's run holds this meanwhile."""
        with self._lock:
            return self._turns.setdefault(sensor, threading.Lock())

    def of(self, run: Run) -> Present:
        """What is present at the run's sensor."""
        return self._present.get(run.start.sensor, Present())

    def put(self, run: Run, present: Present) -> None:
        """From now on this is present, and its window is fed."""
        before = self.of(run)
        kept = replace(present, turns=before.turns + 1, settled_us=max(before.settled_us, present.settled_us))
        self._present[run.start.sensor] = kept
        self._signals.watch(run.start.sensor, run.start.channel, present.window)

    def went_on(self, run: Run, words: str) -> Run:
        """The run has a new entry, which ends what was present."""
        self.put(run, Present(words=words))
        return run

    def step(self, run: Run) -> Step:
        """The open step, with what is in memory only."""
        step, present = run.step, self.of(run)
        if present.again is not None and step.kind in {"decide", "sign"}:
            stage, point = present.again
            step = Step("apply", stage, point, f"{run.last}-apply-{stage}-{point}-again")
        if step.kind == "command" and not present.ready:
            step = step.before()
        if present.window is not None and step.kind == "apply":
            step = step.settling()
        return replace(step, id=f"{step.id}-{present.turns}") if present.turns else step
