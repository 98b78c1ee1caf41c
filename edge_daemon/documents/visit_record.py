# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""All that a visit report says. Values only. Times are UTC nanoseconds."""

from dataclasses import dataclass

from edge_daemon.domain.station import Station


@dataclass(frozen=True, slots=True)
class SensorLine:
    """A sensor over the period, by its current hourly summaries. `coverage_percent` is None where nothing was expected.

    `kilowatt_hours` is None for a sensor that measures no energy. `hours` is how many hours are summarised, and
    `unsummarised` counts the readings of the period that are in none of them.
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
    hours: int = 0
    unsummarised: int = 0


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """What made a channel's values during the period. `index` None: no calibration.

    `since_ns` is when it came into force within the period; None: it held at its begin. `calibrated_ns` is when it was
    made, `due` the last day on which it holds (a date, or empty) and `overdue` whether the period ends after that.
    `calibrated_channel` is the channel that was calibrated, where this one is computed from it.
    """

    sensor: str
    channel: str
    since_ns: int | None
    index: int | None = None
    calibrated_ns: int = 0
    result: str = ""
    due: str = ""
    overdue: bool = False
    certificate: str = ""
    person: str = ""
    calibrated_channel: str = ""


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
    """An anchor record on a chain. `ledger_ns` is the chain's own time, None until it is confirmed.

    `counts`: others keep that chain too, so that it is an outside witness.
    """

    size: int
    state: str
    network: str
    transaction: str
    ledger_ns: int | None
    warning: str = ""
    counts: bool = False


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """The station from `start_ns` to `end_ns`. `size` and `root` (hexadecimal) are those of the newest checkpoint where
    one was signed for the report (`signed`), else the log's head when it was made.

    `summarised_until_ns` is up to where hourly summaries tell what was recorded. `left_out` counts rows that the lists
    do not show. `anchors_unknown` says why nothing is known of anchors, empty where it is. `witnessed` is how many
    entries a confirmed anchor on a public chain covers.
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
    anchors_left_out: int = 0
    witnessed: int = 0
    signed: bool = False
    calibrations: tuple[CalibrationLine, ...] = ()
