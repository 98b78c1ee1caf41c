# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds out whether a sensor's instrument is of the model that another program's file states, before it records.

The sensor is paused from its first entry. Its port is probed as soon as it is there and free; only an answer of that
very model, or a person, lets it record. Probes go through the identification desk, which never touches a port in use or
excluded.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from edge_daemon.domain.connection import Port, PortIdentity
from edge_daemon.domain.faults import BadInput, Conflict, Fault, Unknown
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.instruments.driver import Driver
from edge_daemon.instruments.identify import Verdict
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.station.identification import IdentificationDesk, usable_drivers
from edge_daemon.station.sensors import SensorBook, SensorOrder
from edge_daemon.station.unproven import Finding, UnprovenModels

log = logging.getLogger(__name__)


class ModelUnproven(Fault):
    """A file of another program says what the instrument is, and nothing has shown it."""

    code: ClassVar[str] = "model_unproven"
    title: ClassVar[str] = "Which instrument is it really?"
    advice: ClassVar[str] = (
        "Nothing is recorded for this sensor until a probe has shown its model, or you have said it."
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What is known of a sensor whose model is not proven. `probing`: its port is being asked just now.

    `found` are models of the catalogue that answered as they do, none where nothing known answered; `probed` says
    whether there was a probe at all.
    """

    sensor: str
    stated: str
    found: tuple[str, ...]
    probed: bool
    probing: bool
    detail: str


class ProvingDesk:
    """The open questions, and the answers to them. Safe to use from several threads."""

    def __init__(
        self,
        unproven: UnprovenModels,
        book: SensorBook,
        identification: IdentificationDesk,
        ports: Callable[[], Sequence[Port]],
        drivers_of: Callable[[InstrumentModel], Sequence[Driver]],
    ) -> None:
        """`drivers_of` gives the drivers of every model that measures what this one does."""
        self._unproven = unproven
        self._book = book
        self._identification = identification
        self._ports = ports
        self._drivers_of = drivers_of
        self._settled = threading.Condition()
        self._looking = threading.Lock()
        self._tried: set[tuple[str, str]] = set()

    def look(self) -> None:
        """Probe what has become possible to probe. Called whenever ports or sensors have changed; waits for nothing."""
        try:
            waiting = self._unproven.all()
            if waiting:
                with self._looking:
                    self._look(waiting, {port.identity.key for port in self._ports()})
        except Fault as fault:
            log.warning("which instruments are to be probed cannot be told: %s", fault)

    def wait(self, sensor: str, seconds: float) -> Question | None:
        """What is known once the probe that is going on has ended, or the time is over; None: it is proven."""

        def is_over() -> bool:
            now = self.question(sensor)
            return now is None or not now.probing

        with self._settled:
            self._settled.wait_for(is_over, seconds)
        return self.question(sensor)

    def question(self, sensor: str) -> Question | None:
        """The open question about this sensor; None where there is none. Raises BadInput, BufferUnavailable."""
        waiting = self._unproven.all()
        configured = self._book.setup.sensors.get(sensor)
        if sensor not in waiting or configured is None or configured.configuration.state != "paused":
            return None
        now, finding = configured.configuration, waiting[sensor]
        if finding is not None and finding.port != now.connection.port:
            finding = None
        return Question(
            sensor,
            now.model,
            finding.models if finding else (),
            finding is not None,
            now.connection.port in self._identification.running(),
            finding.detail if finding else "",
        )

    def warning(self, sensor: str) -> Fault | None:
        """What to tell of the sensor; None where there is nothing."""
        try:
            asked = self.question(sensor)
        except Fault as fault:
            return fault
        if asked is None:
            return None
        return ModelUnproven(f"{sensor}: {self.words(asked)}")

    def words(self, asked: Question) -> str:
        """The question, for a person."""
        stated = self._book.model(asked.stated).title
        if asked.probing:
            return f"the imported settings say {stated}; its port is being probed now."
        if not asked.probed:
            return f"the imported settings say {stated}; its port is probed as soon as it is there and free."
        if not asked.found:
            return f"the imported settings say {stated}; the probe found nothing. {asked.detail}"
        found = " or ".join(self._book.model(model).title for model in asked.found)
        return f"the imported settings say {stated}, but it answers as a {found}. {asked.detail}"

    def probe(self, sensor: str) -> None:
        """Probe again now. Raises Unknown without an open question, Conflict or Unknown for a port that cannot be."""
        asked = self.question(sensor)
        if asked is None:
            raise Unknown(f"there is no question about the model of {sensor}")
        if not asked.probing:
            self._start(self._book.sensor(sensor).configuration)

    def settle(self, sensor: str, model: str, person: str) -> None:
        """A person says that it is a `model`: it records as such from now on.

        Raises Unknown without an open question, BadInput for a model that neither the file nor the probe names.
        """
        asked = self.question(sensor)
        if asked is None:
            raise Unknown(f"there is no question about the model of {sensor}")
        allowed = dict.fromkeys((asked.stated, *asked.found))
        if model not in allowed:
            raise BadInput("model", model, f"one of {', '.join(allowed)} is allowed")
        if asked.probing:
            raise Conflict(f"the port of {sensor} is being probed; answer when that has ended")
        if model == asked.stated:
            self._book.change(sensor, paused=False, person=person)
        else:
            order = self._order(self._book.sensor(sensor).configuration, self._book.model(model), person)
            self._book.remove(sensor, person)
            self._book.add(order)
        self._unproven.drop(sensor)

    # ----------------------------------------------------------------------------------------------------------------

    def _look(self, waiting: dict[str, Finding | None], present: set[str]) -> None:
        self._tried = {(sensor, key) for sensor, key in self._tried if key in present}
        for sensor, finding in waiting.items():
            configured = self._book.setup.sensors.get(sensor)
            if configured is None or configured.configuration.state != "paused":
                self._unproven.drop(sensor)  # a person has removed it, or let it record
                continue
            key = configured.configuration.connection.port
            known = finding is not None and finding.port == key and bool(finding.models)
            if known or key not in present or (sensor, key) in self._tried:
                continue
            try:
                self._start(configured.configuration)
            except (Conflict, Unknown) as fault:
                log.info("%s is not probed yet: %s", sensor, fault)

    def _start(self, configuration: ConfigurationBody) -> None:
        sensor, key = configuration.sensor, configuration.connection.port
        drivers = self._drivers_of(self._book.model(configuration.model))
        self._identification.start(key, drivers=drivers, on_verdict=partial(self._judged, sensor, key))
        self._tried.add((sensor, key))

    def _judged(self, sensor: str, key: str, verdict: Verdict) -> None:
        try:
            self._take(sensor, key, verdict)
        except Fault as fault:
            log.warning("what the probe of %s found cannot be kept: %s", sensor, fault)
        finally:
            with self._settled:
                self._settled.notify_all()

    def _take(self, sensor: str, key: str, verdict: Verdict) -> None:
        asked = self.question(sensor)
        if asked is None or self._book.sensor(sensor).configuration.connection.port != key:
            return
        if verdict.outcome in {"cancelled", "failed"}:
            self._unproven.put(sensor, Finding(key, (), verdict.detail))
            return
        models = tuple(match.model for match in verdict.matches)
        if models == (asked.stated,):
            self._book.change(sensor, paused=False, person="")
            self._unproven.drop(sensor)
            log.info("%s is the %s that its settings say", sensor, asked.stated)
            return
        notes = " ".join(match.note for match in verdict.matches if match.note)
        self._unproven.put(sensor, Finding(key, models, notes or verdict.detail))

    @staticmethod
    def _order(now: ConfigurationBody, model: InstrumentModel, person: str) -> SensorOrder:
        """The sensor as it is, with another instrument: what belongs to the old model alone is left out."""
        channels = {channel.name for channel in model.channels}
        fields = channels | {channel.wire_field for channel in model.channels if channel.wire_field}
        return SensorOrder(
            sensor_id=now.sensor,
            model=model.model,
            port=PortIdentity.from_key(now.connection.port),
            name=now.name,
            interval_ns=max(now.interval_ns, model.interval.minimum_ns),
            stated_calibration_date=now.stated_calibration_date,
            person=person,
            value_ranges={name: span for name, span in now.value_ranges.items() if name in channels},
            required_fields=tuple(field for field in now.required_fields if field in fields),
        )


def make_proving(
    home: Path,
    book: SensorBook,
    identification: IdentificationDesk,
    ports: Callable[[], Sequence[Port]],
    catalogue: Mapping[str, InstrumentModel],
) -> ProvingDesk:
    """The desk of a home. It probes with the drivers of all models of the kind in question."""

    def drivers_of(model: InstrumentModel) -> tuple[Driver, ...]:
        names = {one.driver for one in catalogue.values() if one.kind == model.kind}
        return tuple(one for one in usable_drivers() if one.name in names)

    return ProvingDesk(UnprovenModels(home), book, identification, ports, drivers_of)
