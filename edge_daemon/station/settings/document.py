# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a settings file says, whichever form it has: typed values, before they are held against a station. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.destination import Destination
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.station import Location
from edge_daemon.secrets.secret import Secret
from edge_daemon.station.settings.report import FieldReport

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """One sensor. `where` names the fields that the file states and where each stands in it; the rest is default.

    `model` and `port` are as the file writes them. `baud` is stated alone by files that know no other line settings.
    `value_ranges` are by channel name and in its unit, or, with `on_the_wire`, by field name and unit of the wire; the
    empty name means the main channel. `doubtful`: a field that decides how the instrument's answers are understood
    could not be read, so that a new sensor must not record yet. `probe_first`: files of this kind are known to name the
    wrong model, so that a new sensor records only once a probe has shown it.
    """

    sensor_id: str
    place: str
    where: Mapping[str, str]
    model: str = ""
    kind: str = ""
    port: str = ""
    name: str = ""
    paused: bool = False
    interval_ns: int | None = None
    line: LineSettings | None = None
    baud: int | None = None
    address: int | None = None
    settings: Mapping[str, OptionValue] = field(default_factory=dict)
    serial: str = ""
    stated_calibration_date: str | None = None
    value_ranges: Mapping[str, Span] = field(default_factory=dict)
    on_the_wire: bool = False
    required_fields: tuple[str, ...] = ()
    doubtful: bool = False
    probe_first: bool = False


@dataclass(frozen=True, slots=True)
class StatedDestination:
    """A destination, and what is to be said of each of its fields, by where that stands in the file."""

    destination: Destination
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StationSettings:
    """A whole file. `where` as in SensorSettings. `interval_ns` is the default of sensors that state none."""

    where: Mapping[str, str] = field(default_factory=dict)
    device_id: str = ""
    project_id: str = ""
    name: str = ""
    location: Location | None = None
    interval_ns: int | None = None
    sensors: tuple[SensorSettings, ...] = ()
    destinations: tuple[StatedDestination, ...] = ()


@dataclass(frozen=True, slots=True)
class StatedSecret:
    """A secret by its name in the place for secrets, and where it was stated."""

    name: str
    path: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Draft:
    """What reading a file gave: settings, secrets apart from them, and what is to be said of fields already."""

    settings: StationSettings
    secrets: tuple[StatedSecret, ...] = ()
    fields: tuple[FieldReport, ...] = ()


Form = Literal["json", "toml"]
