# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds what a settings file says against a station as it is, and plans what to do. Pure: does nothing itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from edge_daemon.domain.connection import LineSettings, Port, PortIdentity
from edge_daemon.domain.destination import Destination
from edge_daemon.domain.instrument import InstrumentModel, OptionValue
from edge_daemon.domain.station import UNASSIGNED, Station
from edge_daemon.instruments.driver import Setting
from edge_daemon.log.setup import Setup
from edge_daemon.secrets.secret import Secret
from edge_daemon.station.sensors import SensorOrder
from edge_daemon.station.settings.document import StatedDestination, StatedSecret, StationSettings
from edge_daemon.station.settings.report import FieldReport, Verdict

TO_BE_GIVEN = "to be given on the standard input of `verifield-daemon provision`, as name=value"


@dataclass(frozen=True, slots=True)
class Present:
    """The station as it is. `fresh` says that its log was begun just now, from this very file.

    `speaks_alone` tells a model that sends by itself and so needs a port of its own; `declared` is what the driver of a
    model says of one of its settings, or None where it says nothing.
    """

    setup: Setup
    catalogue: Mapping[str, InstrumentModel]
    destinations: Mapping[str, Destination]
    ports: Sequence[Port]
    speaks_alone: Callable[[InstrumentModel], bool]
    declared: Callable[[InstrumentModel, str], Setting | None]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class SensorChange:
    """What is to be changed of a sensor; None leaves as it is."""

    sensor_id: str
    name: str | None = None
    port: PortIdentity | None = None
    line: LineSettings | None = None
    interval_ns: int | None = None
    settings: Mapping[str, OptionValue] | None = None
    paused: bool | None = None
    stated_calibration_date: str | None = None
    value_ranges: Mapping[str, tuple[float, float]] | None = None
    required_fields: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SerialLabel:
    """Which instrument is installed at a sensor."""

    sensor_id: str
    serial: str


@dataclass(frozen=True, slots=True)
class ProbeFirst:
    """A sensor that was added paused until a probe shows its model."""

    sensor_id: str


Action = Station | SensorOrder | SensorChange | SerialLabel | ProbeFirst | Destination | StatedSecret


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and what its fields' report is if it succeeds. Without an action there is only the report."""

    fields: tuple[FieldReport, ...]
    action: Action | None = None


def station_steps(settings: StationSettings, present: Present) -> Iterator[Step]:
    """Who and where the station is. Its ids never change within a log."""
    now = present.setup.station
    if "device_id" in settings.where:
        yield Step((_device(settings, now, fresh=present.fresh),))
    if "project_id" in settings.where:
        given = now.project_id == UNASSIGNED and settings.project_id not in {"", UNASSIGNED}
        now = replace(now, project_id=settings.project_id) if given else now
        field = _project(settings, now, fresh=present.fresh)
        yield Step((_given(field, now) if given else field,), now if given else None)
    told = [name for name in ("name", "location") if name in settings.where]
    if told:
        wanted = replace(now, **{name: getattr(settings, name) for name in told})
        words = {"name": wanted.name, "location": "kept with the station"}
        fields = (
            changed(settings.where[name], words[name], same=getattr(wanted, name) == getattr(now, name))
            for name in told
        )
        yield Step(tuple(fields), None if wanted == now else wanted)


def destination_steps(stated: Iterable[StatedDestination], present: Present) -> Iterator[Step]:
    """Where data goes."""
    for each in stated:
        same = present.destinations.get(each.destination.name) == each.destination
        fields = tuple(changed(path, words, same=same) for path, words in each.words.items())
        yield Step(fields, None if same else each.destination)


def secret_steps(
    secrets: Sequence[StatedSecret], lacking: Iterable[str], kept: Mapping[str, Secret | None], place: str
) -> Iterator[Step]:
    """Secrets that are stated, and those `lacking` ones that must be given by somebody.

    `kept` are the ones in the place for secrets now, by every name that a destination uses; `place` is its description.
    """
    for each in secrets:
        if each.name not in kept:
            words = f"no destination uses a secret of this name; there are: {', '.join(sorted(kept)) or 'none'}"
            yield Step((FieldReport(each.path, Verdict.NOT_TAKEN, words),))
        elif kept[each.name] == each.secret:
            yield Step((FieldReport(each.path, Verdict.UNCHANGED, "it is kept already"),))
        else:
            yield Step((FieldReport(each.path, Verdict.TAKEN, f"kept as {each.name} in {place}"),), each)
    for name in lacking:
        if kept[name] is None:
            yield Step((FieldReport(name, Verdict.NEEDS_PERSON, TO_BE_GIVEN),))


def changed(path: str, words: str, *, same: bool) -> FieldReport:
    """A field that is taken, or is so already."""
    return FieldReport(path, Verdict.UNCHANGED if same else Verdict.TAKEN, "as before" if same else words)


def _device(settings: StationSettings, now: Station, *, fresh: bool) -> FieldReport:
    path = settings.where["device_id"]
    if settings.device_id == now.device_id:
        return changed(path, f"this new home is {now.device_id}", same=not fresh)
    words = f"a device's id belongs to one home alone and is never copied; this home stays {now.device_id}"
    return FieldReport(path, Verdict.NOT_TAKEN, words)


def _given(field: FieldReport, now: Station) -> FieldReport:
    return replace(field, verdict=Verdict.TAKEN, words=f"this home belongs to {now.project_id} from here on")


def _project(settings: StationSettings, now: Station, *, fresh: bool) -> FieldReport:
    path = settings.where["project_id"]
    if settings.project_id == now.project_id:
        return changed(path, f"this new home belongs to {now.project_id}", same=not fresh)
    words = f"the log of this home belongs to {now.project_id!r} for good; another project needs a home of its own"
    return FieldReport(path, Verdict.NOT_TAKEN, words)
