# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How each point of a calibration was observed: when, from which readings, how they scattered. Makes parts of a
document, no bytes."""

from collections.abc import Sequence

from reportlab.platypus import Flowable

from edge_daemon.documents.calibration_record import Taken
from edge_daemon.documents.numbers import plain, short
from edge_daemon.documents.sheet import SMALL, grid, text
from edge_daemon.domain.procedure import PERCENTILE95
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import CalibrationPoint, CalibrationStart

_HEADS = (
    "Point", "Standard applied", "Point taken", "Readings", "Mean read", "Scatter s", "Slope per min", "Log entries",
    "Entry",
)  # fmt: skip
_NOISE = 1e-9
_WIDTHS = (18, 16, 16, 12, 14, 12, 12, 15, 8)


def observations_part(observed: Sequence[Taken], start: CalibrationStart) -> list[Flowable]:
    """A table in small type, and what its columns mean; nothing where nothing was observed."""
    if not observed:
        return []
    titles = {point.name: point.title for point in start.procedure.points}
    rows = [_row(index, t_ns, point, titles.get(point.point, point.point)) for index, t_ns, point in observed]
    also = [
        words for _, _, point in observed if (words := _auxiliary(point, titles.get(point.point, point.point), start))
    ]
    words = (
        "Times are UTC. Mean, scatter (standard deviation of one reading) and slope are of the uncalibrated reading, "
        f"in {start.unit}. “Log entries” holds the first and last reading, “Entry” is where the point itself stands."
    )
    return [
        grid(_HEADS, rows, _WIDTHS, fine=True),
        text(words, SMALL),
        *(text(line, SMALL) for line in also),
    ]


def _row(index: int, t_ns: int, point: CalibrationPoint, title: str) -> tuple[str, ...]:
    return (
        title,
        shown_time(point.applied),
        shown_time(rfc3339_from_ns(t_ns)),
        str(point.count),
        plain(point.raw, point.deviation),
        short(_above_noise(point.deviation, point)),
        _signed(_above_noise(point.slope_per_minute, point)),
        f"{point.first} to {point.last}",
        str(index),
    )


def _above_noise(value: float, point: CalibrationPoint) -> float:
    """The value, or 0 where it is nothing but what sums of doubles leave."""
    return 0.0 if abs(value) < _NOISE * max(abs(point.raw), point.deviation) else value


def _signed(value: float) -> str:
    told = short(value)
    return told if told.startswith("-") or float(told) == 0 else f"+{told}"


def shown_time(text_of_time: str) -> str:
    """RFC 3339 without its fraction, the day and the hour apart."""
    return f"{text_of_time[:10]} {text_of_time[11:19]}Z"


def _auxiliary(point: CalibrationPoint, title: str, start: CalibrationStart) -> str:
    names = {PERCENTILE95: "95th percentile"}
    units = {PERCENTILE95: start.unit, **start.units}
    means = (
        f"{names.get(name, name.replace('_', ' '))} {plain(value)} {units.get(name, '(unit not recorded)')}".rstrip()
        for name, value in point.auxiliary.items()
    )
    return f"{title}, read beside it: {', '.join(means)}." if point.auxiliary else ""
