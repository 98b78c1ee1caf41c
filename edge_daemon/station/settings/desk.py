# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Applies a settings file to the station, step by step, and writes one of the station as it is.

Writes log entries, the list of destinations and secrets. May wait for the disk, and for a person who unlocks a keyring.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from edge_daemon.domain.connection import Port
from edge_daemon.domain.destination import Destination, FileDestination, InfluxDestination, MqttDestination
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.station import Station
from edge_daemon.instruments.driver import Setting
from edge_daemon.log.setup import Setup
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.destinations import DestinationBook
from edge_daemon.station.sensors import SensorBook, SensorOrder
from edge_daemon.station.settings.document import Draft, SensorSettings, StatedSecret, StationSettings
from edge_daemon.station.settings.own_toml import write_own_toml
from edge_daemon.station.settings.plan import (
    Action,
    Present,
    ProbeFirst,
    SensorChange,
    SerialLabel,
    Step,
    destination_steps,
    secret_steps,
    station_steps,
)
from edge_daemon.station.settings.plan_sensor import sensor_steps
from edge_daemon.station.settings.report import FieldReport, Report, Verdict, refused, sentence, told
from edge_daemon.station.unproven import UnprovenModels

CHOOSE = "Choose the place with the option --secret-store, or the variable VERIFIELD_SECRET_STORE."


@dataclass(frozen=True, slots=True)
class Exported:
    """The station as a settings file (TOML), and the names of the secrets that must be given apart from it."""

    document: str
    secrets: tuple[str, ...]


def exported(setup: Setup, destinations: Mapping[str, Destination]) -> Exported:
    """The station of this setup, with these destinations, as a file."""
    names = tuple(sorted(d.secret_name for d in destinations.values() if d.secret_name))
    return Exported(write_own_toml(setup, destinations), names)


class SettingsDesk:
    """Takes settings in and gives them out.

    `secrets` opens the place for secrets when one is needed. `fresh` says that this home's log was begun for the file
    that is about to be taken.
    """

    def __init__(
        self,
        book: SensorBook,
        destinations: DestinationBook,
        secrets: Callable[[], SecretStore],
        ports: Callable[[], Sequence[Port]],
        catalogue: Mapping[str, InstrumentModel],
        speaks_alone: Callable[[InstrumentModel], bool],
        declared: Callable[[InstrumentModel, str], Setting | None],
        unproven: UnprovenModels,
        *,
        fresh: bool = False,
    ) -> None:
        self._book = book
        self._destinations = destinations
        self._secrets = secrets
        self._ports = ports
        self._catalogue = catalogue
        self._speaks_alone = speaks_alone
        self._declared = declared
        self._unproven = unproven
        self._fresh = fresh

    def take(self, draft: Draft, secrets: Sequence[StatedSecret] = (), person: str = "") -> Report:
        """Apply what the file and the `secrets` given with it say. What cannot be applied is reported, and no more.

        Raises BadInput or BufferUnavailable where the list of destinations cannot be read.
        """
        settings = draft.settings
        done = [*self._each(station_steps(settings, self._present()), person)]
        for sensor in settings.sensors:
            done += self._sensor(sensor, settings, person)
        done += self._each(destination_steps(settings.destinations, self._present()), person)
        done += self._take_secrets(draft, [*draft.secrets, *secrets], person)
        if settings.interval_ns is not None and not settings.sensors:
            done.append(
                FieldReport(settings.where["interval"], Verdict.NOT_NEEDED, "there is no sensor to apply it to")
            )
        return Report((*done, *draft.fields))

    def export(self) -> Exported:
        """The station as it is. Raises as `take`."""
        return exported(self._book.setup, self._destinations.all())

    def _present(self) -> Present:
        return Present(
            setup=self._book.setup,
            catalogue=self._catalogue,
            destinations=self._destinations.all(),
            ports=self._ports(),
            speaks_alone=self._speaks_alone,
            declared=self._declared,
            fresh=self._fresh,
        )

    def _sensor(self, sensor: SensorSettings, settings: StationSettings, person: str) -> list[FieldReport]:
        try:
            return list(self._each(sensor_steps(sensor, settings, self._present()), person))
        except Fault as fault:  # a neighbour's driver that cannot be loaded must not keep the rest of the file out
            return [FieldReport(sensor.place, Verdict.NOT_TAKEN, told(fault))]

    def _each(self, steps: Iterator[Step], person: str) -> Iterator[FieldReport]:
        for step in steps:
            yield from self._report_of(step, person)

    def _report_of(self, step: Step, person: str) -> tuple[FieldReport, ...]:
        if step.action is None:
            return step.fields
        try:
            self._do(step.action, person)
        except Fault as fault:
            return refused(step.fields, told(fault))
        return step.fields

    def _do(self, action: Action, person: str) -> None:
        match action:
            case Station():
                self._book.describe_station(action, person)
            case SensorOrder():
                self._book.add(replace(action, person=person))
            case SensorChange():
                self._change(action, person)
            case SerialLabel():
                self._book.label(action.sensor_id, action.serial, person)
            case ProbeFirst():
                self._unproven.put(action.sensor_id, None)
            case MqttDestination() | InfluxDestination() | FileDestination():
                self._destinations.put(action)
            case StatedSecret():
                self._secrets().put(action.name, action.secret)

    def _change(self, change: SensorChange, person: str) -> None:
        self._book.change(
            change.sensor_id,
            name=change.name,
            port=change.port,
            line=change.line,
            interval_ns=change.interval_ns,
            settings=change.settings,
            paused=change.paused,
            stated_calibration_date=change.stated_calibration_date,
            value_ranges=change.value_ranges,
            required_fields=change.required_fields,
            person=person,
        )

    def _take_secrets(self, draft: Draft, secrets: Sequence[StatedSecret], person: str) -> Iterator[FieldReport]:
        users = self._destinations.all()
        lacking = _lacking(draft, users, secrets)
        if not secrets and not lacking:
            return
        try:
            store = self._secrets()
            kept = {d.secret_name: store.get(d.secret_name) for d in users.values() if d.secret_name}
        except Fault as fault:
            yield from (FieldReport(s.path, Verdict.NOT_TAKEN, f"{sentence(fault)} {CHOOSE}") for s in secrets)
            yield from (FieldReport(name, Verdict.NEEDS_PERSON, f"{sentence(fault)} {CHOOSE}") for name in lacking)
            return
        yield from self._each(secret_steps(secrets, lacking, kept, store.description), person)


def _lacking(draft: Draft, users: Mapping[str, Destination], secrets: Sequence[StatedSecret]) -> list[str]:
    """Secrets of the file's destinations that are needed and not stated with it."""
    given = {secret.name for secret in secrets}
    stated = [each.destination for each in draft.settings.destinations if each.destination.name in users]
    return [d.secret_name for d in stated if d.needs_secret and d.secret_name not in given]
