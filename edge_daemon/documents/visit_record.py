# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""All that a visit report says. Values only. Times are UTC nanoseconds."""

from dataclasses import dataclass

from edge_daemon.domain.station import Station


@dataclass(frozen=True, slots=True)
class SensorLine:
    """A sensor over the period, by its current hourly summaries. `coverage_percent` is None where nothing was expected.

    `kilowatt_hours` is None for a sensor that measures no energy.
    """

    sensor: str
    name: str
    model: str
    serial: str
    readings: int
    expected: int
    accepted: int
    flags: str
    coverage_percent: float | None
    kilowatt_hours: float | None = None


@dataclass(frozen=True, slots=True)
class GapLine:
    """A gap and its causes in words. `expected` readings are missing."""

    index: int
    sensor: str
    start_ns: int
    end_ns: int
    expected: int
    causes: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that was done or said: a calibration, an amendment, a visit, a remark. `index` is its entry."""

    index: int
    time_ns: int
    kind: str
    words: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """The newest signed checkpoint. `note` is the signed note itself."""

    size: int
    root: str
    made_ns: int
    key: str


@dataclass(frozen=True, slots=True)
class AnchorLine:
    """An anchor record on a chain. `ledger_ns` is the chain's own time, None until it is confirmed."""

    size: int
    state: str
    network: str
    transaction: str
    ledger_ns: int | None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """The station from `start_ns` to `end_ns`. `size` and `root` (hexadecimal) are the log's head when it was made.

    `summarised_until_ns` is up to where hourly summaries tell what was recorded. `left_out` counts rows that the lists
    do not show. `anchors_unknown` says why nothing is known of anchors, empty where it is.
    """

    station: Station
    demo: bool
    program: str
    origin: str
    size: int
    root: str
    start_ns: int
    end_ns: int
    person: str
    sensors: tuple[SensorLine, ...]
    gaps: tuple[GapLine, ...]
    events: tuple[EventLine, ...]
    checkpoint: CheckpointLine | None
    anchors: tuple[AnchorLine, ...]
    summarised_until_ns: int | None
    gaps_left_out: int = 0
    events_left_out: int = 0
    anchors_unknown: str = ""

    @property
    def witnessed(self) -> int:
        """How many entries a confirmed anchor covers."""
        return max((one.size for one in self.anchors if one.state == "done"), default=0)
