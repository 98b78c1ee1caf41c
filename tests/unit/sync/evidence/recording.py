# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A recorder in memory: two sensors on one port, made by the real pipeline, with all that can happen to a recording.

What it writes is what a log would hold: late commits, stragglers after a calibration, a worker that follows a new
configuration a little later, kills that lose what was not durable, clocks that are set.
"""

import random
from dataclasses import dataclass, field, replace
from functools import partial

from edge_daemon.acquisition.gaps import Gap
from edge_daemon.acquisition.pipeline import Pipeline, gap_record
from edge_daemon.acquisition.whereabouts import Whereabouts
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.limits import NO_LIMITS, Limits
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.bodies import Body, ChannelBody, ConfigurationBody, ConnectionBody, InstallationBody
from edge_daemon.log.calibration_body import Outcome, ValueFunction
from edge_daemon.log.calibrations import Applied, Calibrations
from edge_daemon.log.entry import Stamp, decode_entry
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.station.calibrations import planned
from tests.unit.edge_daemon.acquisition.fakes import MODEL, polled
from tests.unit.edge_daemon.log.calibration_world import abort, start, verdict
from tests.unit.sync.recorded import Recorded, S
from tests.unit.sync.signed_logs import SignedLog

SENSORS = ("a", "b")
WARM_UP_S = 6.0
LIMITS = (
    NO_LIMITS,
    Limits(spike=(5, 20), rate_per_s=(8, 40)),
    Limits(spike=(5, 20), flat_s=(6, 12), flat_tolerance=0.5, plausible=(350, 480)),
    Limits(rate_per_s=(2, 40), rate_over_s=3, least_deviation=(0.6, 0.2), deviation_s=8, possible=(100, 900)),
    Limits(spike=(1, 4), flat_s=(3, 3), flat_tolerance=0.2, flat_above=399.0),
)
FUNCTIONS = (ValueFunction("polynomial", (0.5, 1.02)), ValueFunction("polynomial", (0.0, 1.0)), None)


@dataclass
class Station:
    """`log` holds what is durable; `seed` decides what happens.

    `plain`: nothing but samples and changed limits, and no instrument says anything of its own.
    """

    seed: int
    plain: bool = False
    log: SignedLog = field(default_factory=SignedLog)
    queue: list[Record] = field(default_factory=list)
    levels: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SENSORS, 400.0))
    configured: dict[str, int] = field(default_factory=dict)
    limits: dict[str, Limits] = field(default_factory=dict)
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    applied: dict[str, Applied] = field(default_factory=dict)
    calibrations: Calibrations = field(default_factory=Calibrations)
    runs: dict[str, int] = field(default_factory=dict)
    connected_us: dict[str, int] = field(default_factory=dict)
    follows: int | None = None
    boots: int = 1
    whereabouts: Whereabouts = field(default_factory=Whereabouts)
    plan: Plan = field(default_factory=Plan)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.log.recorded.begin()
        self.log.name_key("made", self.log.key)
        for sensor in SENSORS:
            self.configure(sensor, self.chance.choice(LIMITS))
            self._event(InstallationBody(sensor, MODEL.model, f"S-{sensor}", SerialSource.DEVICE))
            self._learn(sensor)
        self._work_anew()

    @property
    def recorded(self) -> Recorded:
        return self.log.recorded

    def live(self, steps: int) -> "Station":
        """So many things happen; in the end everything is durable."""
        for _ in range(steps):
            self._step()
        self.commit()
        return self

    def configure(self, sensor: str, limits: Limits) -> None:
        self.commit()
        self.limits[sensor] = limits
        body = ConfigurationBody(
            sensor=sensor,
            state="recording",
            name=sensor,
            kind="k",
            model=MODEL.model,
            driver="fake",
            driver_version="1",
            interval_ns=S,
            channels=tuple(
                ChannelBody(
                    one.name, one.unit, one.minimum, one.maximum, limits=limits if one.name == "co2" else NO_LIMITS
                )
                for one in MODEL.channels
            ),
            connection=ConnectionBody("usb:0403:6001:A1", "physical", "9600 8N1"),
            settings={},
            demo=False,
            primary=MODEL.primary,
            warm_up_s=0.0 if self.plain else WARM_UP_S,
        )
        self.configured[sensor] = self.recorded.add(body)

    def commit(self) -> None:
        first = len(self.recorded.entries)
        batch = [Committed(first + place, record) for place, record in enumerate(self.queue)]
        self.recorded.entries += [record.data for record in self.queue]
        self.queue.clear()
        self.whereabouts.committed(batch)

    def _step(self) -> None:
        sensor = self.chance.choice(SENSORS)
        if self.follows is not None:
            self.follows -= 1
            if self.follows < 0:
                self._work_anew()
        match self.chance.random():
            case x if x < 0.9 or (self.plain and not 0.92 <= x < 0.93):
                self._sample(sensor)
            case x if x < 0.92:
                self._gap(sensor)
            case x if x < 0.93:
                self.configure(sensor, self.chance.choice(LIMITS))
                self.follows = self.chance.randrange(4)
            case x if x < 0.94:
                self._restart()
            case x if x < 0.96:
                self._calibrate(sensor)
            case x if x < 0.965:
                self._plan(sensor)
            case x if x < 0.97:
                self.recorded.t_ns += round(self.chance.uniform(-3, 3) * S)
            case _:
                self._learn(sensor)
        if self.chance.random() < 0.4:
            self.commit()

    def _sample(self, sensor: str) -> None:
        chance = self.chance
        self.recorded.pass_(chance.choice([0.2, 0.5, 1.0, 1.0]))
        level = self.levels[sensor]
        match chance.random():
            case x if x < 0.5:
                level += chance.uniform(-2, 2)
            case x if x < 0.55:
                level += chance.uniform(-30, 30)
        self.levels[sensor] = level
        spike = chance.choice([-60.0, 8.0, 25.0]) if chance.random() < 0.06 else 0.0
        raw = None if chance.random() < 0.03 else round(level + spike, 1)
        said = {"co2": chance.choice([Flag.SUSPECT, Flag.FAIL])} if chance.random() < 0.03 and not self.plain else {}
        warming_up = self.recorded.mono_us - self.connected_us.get(sensor, 0) < WARM_UP_S * 1_000_000 and not self.plain
        pipeline = self.pipelines[sensor]
        record = pipeline.reading(Sample({"co2": raw, "humidity": 50.0}, said), self._stamp(), warming_up=warming_up)
        if chance.random() < 0.01 and not self.plain:
            pipeline.refused(record)
            self._gap(sensor)
            return
        self.queue.append(record)
        pipeline.recorded(record)

    def _gap(self, sensor: str) -> None:
        start_ns = self.recorded.t_ns
        seconds = self.chance.choice([2.0, 30.0])
        self.recorded.pass_(seconds)
        cause = self.chance.choice(["no_data", "unplugged"])
        if cause == "unplugged":
            self.connected_us[sensor] = self.recorded.mono_us - self.chance.randrange(2_000_000)
        gap = Gap(sensor, start_ns, self.recorded.t_ns, int(seconds), (cause,))
        self.queue.append(gap_record(gap, self._stamp()))
        self.pipelines[sensor].gap()

    def _restart(self) -> None:
        if self.chance.random() < 0.5:
            self.queue.clear()  # killed
        self.commit()
        self.recorded.pass_(5)
        if self.chance.random() < 0.5:
            self.boots += 1
            self.recorded.mono_us = 3_000_000
        self.recorded.boot(f"boot-{self.boots}", "trusted")
        self.whereabouts = Whereabouts()
        for sensor in SENSORS:
            self._learn(sensor)
        self._work_anew()

    def _work_anew(self) -> None:
        """Both sensors of the port begin anew, as they are configured now."""
        self.follows = None
        for sensor in SENSORS:
            self.connected_us[sensor] = self.recorded.mono_us
            setup = replace(
                polled(sensor, sensor.upper()),
                configuration=self.configured[sensor],
                limits={"co2": self.limits[sensor]},
                calibration=partial(self._now, sensor),
            )
            self.pipelines[sensor] = Pipeline(setup, self.whereabouts.locate)

    def _now(self, sensor: str) -> Applied:
        return self.applied[sensor]

    def _calibrate(self, sensor: str) -> None:
        run, serial = self.runs.pop(sensor, None), f"S-{sensor}"
        self.commit()
        if run is None:
            self.runs[sensor] = self._event(start(serial, sensor, "co2", MODEL.model))
        elif self.chance.random() < 0.3:
            self._event(replace(abort(run, serial, sensor), model=MODEL.model))
        else:
            outcome: Outcome = "pass" if self.chance.random() < 0.7 else "fail"
            function = self.chance.choice(FUNCTIONS)
            due = self.chance.choice(["", "2020-01-01", "2030-01-01"])
            told = verdict(
                run, outcome, function, None, serial=serial, sensor=sensor, model=MODEL.model, channel="co2", due=due,
                takes_effect=outcome == "pass",
            )  # fmt: skip
            self._event(told)
        if self.chance.random() < 0.5:
            self._learn(sensor)

    def _plan(self, sensor: str) -> None:
        """A new plan: by an interval below zero what was calibrated is overdue at once."""
        self.commit()
        days = self.chance.choice([-1, 1_000])
        parameter = Parameter("co2", "ppm", sensor, "co2", "record", 60.0, "any", days, 600.0, "Ana")
        self._event(PlanBody((parameter,), "Ana"))
        if self.chance.random() < 0.5:
            for one in SENSORS:
                self._learn(one)

    def _event(self, body: Body) -> int:
        index = self.recorded.add(body)
        self.plan = self.plan.after(index, decode_entry(self.recorded.entries[index]))
        self.calibrations = self.calibrations.after(index, decode_entry(self.recorded.entries[index]))
        return index

    def _learn(self, sensor: str) -> None:
        """From here on the sensor's readings are made with what is in force."""
        self.applied[sensor] = planned(self.calibrations, self.plan, sensor)

    def _stamp(self) -> Stamp:
        place = len(self.recorded.entries) + len(self.queue)
        return Stamp(self.recorded.t_ns, self.recorded.mono_us, place.to_bytes(16, "big"))
