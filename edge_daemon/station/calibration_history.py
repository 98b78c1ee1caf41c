# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The history of each instrument's calibrations, what it foretells, and what is due. Reads the log; writes nothing."""

import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.allowed import Allowed, allowed_of
from edge_daemon.calibration.procedures import procedures_for
from edge_daemon.domain.faults import Fault, Unknown
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.procedure import Procedure
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.calibration_body import CalibrationStart, ExternalCertificate
from edge_daemon.log.calibration_coverage import Coverage, Uncovered, coverage
from edge_daemon.log.calibration_due import Due, due_of, dues
from edge_daemon.log.calibration_results import Result, drifts, found_as, results_of
from edge_daemon.log.calibration_story import Story, Told, errors_of
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.check_due import CheckDue, checks_due
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.instruments import Key
from edge_daemon.log.plan import Plan
from edge_daemon.log.setup import Setup
from edge_daemon.log.standards_used import TYPES as STANDARD_TYPES
from edge_daemon.log.standards_used import StandardsUsed
from edge_daemon.metrology.drift import Drift
from edge_daemon.metrology.interval import next_interval_days
from edge_daemon.metrology.score import source_score
from edge_daemon.station.device_board import Known
from edge_daemon.station.device_word import device_says, told_sensitivity
from edge_daemon.station.entries import entries_of
from edge_daemon.station.late_calibration import words_of, worst_of
from edge_daemon.station.past import entry_at
from edge_daemon.station.recorded_calibrations import Commanded, commanded, recorded

PAGE = 1_000
DAY_S = 86_400
FURTHEST_DAYS = 2 * 36_525
"""No forecast looks further than two hundred years after 1970."""


class CalibrationDue(Fault):
    """Calibrations are due soon or overdue; recording goes on."""

    code: ClassVar[str] = "calibration_due"
    title: ClassVar[str] = "A calibration is due"
    advice: ClassVar[str] = "Calibrate it, or enter the laboratory's certificate and have a second person review it."


class CheckIsDue(Fault):
    """Mere checks are due soon or overdue; recording goes on, and no reading is the worse for it."""

    code: ClassVar[str] = "check_due"
    title: ClassVar[str] = "A check is due"
    advice: ClassVar[str] = "Make the check at the instrument. It renews no calibration."


@dataclass(frozen=True, slots=True)
class ChannelPast:
    """A channel's calibrations in order of time, and what follows from them.

    `penalty` and `penalty_at_due` are what its age takes off the score in hundredths, now and on the due date. `leaves`
    is the day on which it will leave its tolerance. `drift` is that of the level that leaves first, else the
    largest that can be told.
    """

    channel: str
    unit: str
    due: Due
    results: tuple[Result, ...]
    drift: Drift | None
    leaves: date | None
    penalty: int
    penalty_at_due: int | None
    interval_days: int | None
    suggested_days: int | None
    device_says: tuple[str, ...]
    checks: tuple[CheckDue, ...] = ()
    used: StandardsUsed = field(default_factory=StandardsUsed)


@dataclass(frozen=True, slots=True)
class Sources:
    """What the desk asks of the rest of the station: what the log says of calibrations, setup, plan and clock, what the
    device at a sensor said of itself, and the time now (UTC ns)."""

    told: Callable[[], Calibrations]
    setup: Callable[[], Setup]
    plan: Callable[[], Plan]
    clock: Callable[[], ClockHistory]
    device: Callable[[str], Known]
    now_ns: Callable[[], int]


class CalibrationHistory:
    """Safe to use from several threads. Methods raise what the log's reader does."""

    def __init__(
        self,
        reader: LogReader,
        sources: Sources,
        catalogue: Mapping[str, InstrumentModel],
        procedures: Mapping[str, Procedure],
    ) -> None:
        self._reader = reader
        self._sources = sources
        self._catalogue = catalogue
        self._procedures = procedures
        self._lock = threading.Lock()
        self._story = Story()
        self._commands: tuple[Commanded, ...] = ()
        self._used = StandardsUsed()
        self._seen = -1

    def story(self) -> Story:
        """Every calibration that the log tells of now."""
        with self._lock:
            while page := entries_of(self._reader, STANDARD_TYPES, after=self._seen, limit=PAGE):
                for index, entry in page:
                    self._used = self._used.after(index, entry)
                    self._story = self._story.after(index, entry)
                    self._commands = commanded(self._commands, index, entry)
                    self._seen = index
            return self._story

    def told(self) -> Calibrations:
        """What made each value."""
        return self._sources.told()

    def name_of(self, key: Key) -> Key:
        """The name by which an instrument is known by now."""
        return self.told().name_of(key)

    def of(self, key: Key) -> tuple[ChannelPast, ...]:
        """The instrument's history, by channel: the primary one, and those with calibrations. Raises Unknown."""
        told = self.told()
        key = told.name_of(key)
        if key not in told.instruments.known():
            raise Unknown(f"the log speaks of no instrument {key.model} {key.name}")
        many = self.story().of(told, key)
        present = next((one.sensor for one in told.instruments.of(key) if one.until is None), "")
        configured = self._sources.setup().sensors.get(present)
        named = [one.channel for one in self.dues() if present and one.sensor == present]
        model = self._catalogue.get(key.model)
        primary = configured.configuration.primary if configured else model.primary if model else ""
        channels = dict.fromkeys([primary, *named, *(one.body.channel for one in many)])
        return tuple(
            self._channel(told, key, present, name, [one for one in many if one.body.channel == name])
            for name in channels
            if name
        )

    def dues(self) -> tuple[Due, ...]:
        """How each sensor's calibrations stand today; channels that nothing asks to be calibrated are left out."""
        found = dues(self.told(), self._sources.setup(), self._sources.plan(), self.today())
        return tuple(self._by_standards(one) for one in found if one.standing != "none" or self._is_calibrated(one))

    def _by_standards(self, one: Due) -> Due:
        """Due at once where a standard that it was made with was corrected since."""
        made = None if one.calibration is None else self.story().by_index(one.calibration.index)
        corrected = self._used.corrected(made.first) if made else ()
        if not corrected or one.standing == "none":
            return one
        return replace(one, standing="overdue" if one.standing == "overdue" else "due", made_with="; ".join(corrected))

    def checks(self) -> tuple[CheckDue, ...]:
        """How each sensor's checks stand today that were ever made of the instrument that is there."""
        told, plan, story, today = self.told(), self._sources.plan(), self.story(), self.today()
        found: list[CheckDue] = []
        for sensor, one in self._sources.setup().sensors.items():
            stretch = told.instruments.present(sensor)
            many = story.of(told, stretch.key) if stretch else ()
            for channel in (channel.name for channel in one.configuration.channels):
                planned = plan.of(sensor, channel)
                days = planned.calibration_interval_days if planned else None
                found += checks_due(many, channel, today, sensor=sensor, plan_days=days)
        return tuple(found)

    def warnings(self, sensor: str) -> tuple[Fault, ...]:
        """What is due or overdue of one sensor."""
        today = self.today()
        due = (CalibrationDue(one.words(today)) for one in self._pressing() if one.sensor == sensor)
        return *due, *(CheckIsDue(one.words(today)) for one in self._checks_pressing() if one.sensor == sensor)

    def fault(self) -> Fault | None:
        """What is due or overdue at this station, in one."""
        today = self.today()
        words, checks = ([one.words(today) for one in many] for many in (self._pressing(), self._checks_pressing()))
        if words:
            return CalibrationDue(" ".join((*words, *checks)))
        return CheckIsDue(" ".join(checks)) if checks else None

    def coverage(self, sensor: str, channel: str, span_ns: tuple[int, int]) -> Coverage:
        """The parts of the period with a valid calibration. Raises Unknown for a sensor the log never had."""
        told = self.told()
        if sensor not in told.instruments.stretches:
            raise Unknown(f"the log names no instrument that was at {sensor!r}")
        planned = self._sources.plan().of(sensor, channel)
        days = planned.calibration_interval_days if planned else None
        return coverage(told, sensor, channel, span_ns, self.when, days)

    def gap_words(self, channel: str, gap: Uncovered) -> str:
        """What a gap of the coverage means, and which deduction is proposed."""
        if gap.key is None:
            return words_of(gap, "", None, None)
        told, many = self.told(), self.story().of(self.told(), gap.key)
        late = gap.after
        made = next((one for one in many if late is not None and one.took_effect_at == late.index), None)
        found = [one for one in errors_of(made, told) if one.stage == "as_found"] if made else []
        allowed = self.tolerance(gap.key.model, channel)
        return words_of(gap, self._unit(gap.key.model, channel, many), allowed, worst_of(found, allowed))

    def when(self, index: int) -> int:
        """The time of an entry, UTC ns: as the clock's history places it, else as the laptop's clock told it."""
        entry = entry_at(self._reader, index)
        placed = self._sources.clock().placed(index, entry.t_ns, entry.mono_us)
        return entry.t_ns if placed.held else placed.time_ns

    def tolerance(self, model: str, channel: str) -> Allowed | None:
        """What is allowed of a channel; None where that is not known."""
        known = self._catalogue.get(model)
        if known is None:
            return None
        spec = next((one for one in known.channels if one.name == channel), None)
        return allowed_of(self._fitting(known, channel), spec)

    def sensitivity(self, sensor: str) -> float | None:
        """The sensitivity that the instrument at a sensor computes with, as far as it or its configuration tells."""
        configured = self._sources.setup().sensors.get(sensor)
        identity = self._sources.device(sensor).identity
        settings = configured.configuration.settings if configured else {}
        return told_sensitivity(identity.details if identity else {}, settings)

    def today(self) -> date:
        """This day in UTC."""
        return _day(self._sources.now_ns())

    def _channel(self, told: Calibrations, key: Key, sensor: str, channel: str, many: Sequence[Told]) -> ChannelPast:
        plan_days = self._plan_days(sensor, channel)
        now = next((one for one in self.dues() if sensor and (one.sensor, one.channel) == (sensor, channel)), None)
        due = now or due_of(told, key, channel, self.today(), sensor=sensor, plan_days=plan_days)
        allowed = self.tolerance(key.model, channel)
        results = results_of(many, told, lambda reference: allowed.at(reference) if allowed else None)
        drift = _leading(drifts(results).values())
        start = plan_days or self._procedure_days(key.model, channel, many)
        return ChannelPast(
            channel,
            self._unit(key.model, channel, many),
            due,
            results,
            drift,
            _from_days(drift.leaves) if drift and drift.leaves is not None else None,
            self._penalty(due, self.today()),
            self._penalty(due, due.due) if due.due else None,
            start,
            next_interval_days(start, found_as(results)) if start else None,
            self._device_says(told, key, sensor, channel, many),
            tuple(checks_due(many, channel, self.today(), sensor=sensor, plan_days=plan_days)),
            self._used,
        )

    def _checks_pressing(self) -> tuple[CheckDue, ...]:
        return tuple(one for one in self.checks() if one.standing in {"due", "overdue"})

    def _pressing(self) -> tuple[Due, ...]:
        return tuple(one for one in self.dues() if one.standing in {"due", "overdue"})

    def _is_calibrated(self, one: Due) -> bool:
        """Whether something asks for this channel to be calibrated: the plan, or a procedure of its model."""
        if self._sources.plan().of(one.sensor, one.channel) is not None:
            return True
        model = self._catalogue.get(self._sources.setup().sensors[one.sensor].configuration.model)
        return model is not None and bool(self._fitting(model, one.channel))

    def _fitting(self, model: InstrumentModel, channel: str) -> tuple[Procedure, ...]:
        there = replace(model, procedures=tuple(key for key in model.procedures if key in self._procedures))
        try:
            fitted = procedures_for(there, self._procedures)
        except Unknown:  # a model of the user's own may name one that fits none of its channels
            return ()
        return tuple(one for one in fitted if one.channel == channel)

    def _procedure_days(self, model: str, channel: str, many: Sequence[Told]) -> int | None:
        used = [one.body.procedure for one in many if isinstance(one.body, CalibrationStart)]
        calibrating = [one.interval_days for one in used if not one.check_only]
        if calibrating:
            return calibrating[-1]
        known = self._catalogue.get(model)
        fitting = self._fitting(known, channel) if known else ()
        return next((one.interval_days for one in fitting if not one.check_only), None)

    def _plan_days(self, sensor: str, channel: str) -> int | None:
        planned = self._sources.plan().of(sensor, channel)
        return planned.calibration_interval_days if planned else None

    def _unit(self, model: str, channel: str, many: Sequence[Told]) -> str:
        known = self._catalogue.get(model)
        spec = next((one for one in known.channels if one.name == channel), None) if known else None
        units = (one.body.unit for one in many if isinstance(one.body, CalibrationStart | ExternalCertificate))
        return spec.unit if spec else next(units, "")

    def _device_says(
        self, told: Calibrations, key: Key, sensor: str, channel: str, many: Sequence[Told]
    ) -> tuple[str, ...]:
        known, configured = self._catalogue.get(key.model), self._sources.setup().sensors.get(sensor)
        if known is None or configured is None or channel != known.primary:
            return ()
        device = self._sources.device(sensor)
        mine = recorded(many, self._commands, told, key, device.read_ns)
        details = device.identity.details if device.identity else {}
        return device_says(details, configured.configuration.settings, mine, known.channel(channel).unit)

    @staticmethod
    def _penalty(due: Due, on: date) -> int:
        made = None if due.failed or due.calibration is None else due.calibration
        age = None if made is None else (on - _day(made.calibrated_ns)).days
        return 100 - source_score(None if age is None else max(age, 0))


def _leading(found: Iterable[Drift]) -> Drift | None:
    """The one that leaves its tolerance first; else the one that can be told, and of these the largest."""
    return min(found, key=lambda one: (one.leaves or math.inf, not one.told, -abs(one.per_year)), default=None)


def _day(t_ns: int) -> date:
    return datetime.fromtimestamp(t_ns // NS_PER_S, UTC).date()


def _from_days(days: float) -> date | None:
    return date(1970, 1, 1) + timedelta(days=int(days)) if days < FURTHEST_DAYS else None
