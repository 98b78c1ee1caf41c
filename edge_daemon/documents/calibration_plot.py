# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Plots of a calibration report: errors with their uncertainty and the tolerance, and what a fit leaves over. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, String
from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth

from edge_daemon.documents.sheet import ACCENT, BAND, BOLD, INK, QUIET, REGULAR, RULE, load_fonts
from edge_daemon.log.calibration_body import PointResult

HEIGHT = 52 * mm
LEFT, RIGHT, BOTTOM, TOP = 46.0, 8.0, 26.0, 16.0
TICKS = 5
STRIP = 9.0
"""Width of what is allowed at one point in points; as found stands left of the reference, as left right of it."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """A scale: data from `low` to `high` onto the paper from `start` over `length` points."""

    low: float
    high: float
    start: float
    length: float
    step: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * self.length

    def ticks(self) -> list[float]:
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        return [number * self.step for number in range(first, last + 1)]


def error_plot(
    as_found: Sequence[PointResult], as_left: Sequence[PointResult], unit: str, width: float
) -> Drawing | None:
    """Error over reference: as found hollow, as left solid, bars ±U, a strip for what each stage allows at each point.

    None without a point."""
    every = (*as_found, *as_left)
    if not every:
        return None
    x = _axis([one.reference for one in every], LEFT, width - LEFT - RIGHT)
    reach = max(max(one.tolerance, abs(one.error) + one.expanded_uncertainty) for one in every)
    y = _axis([-reach, reach], BOTTOM, HEIGHT - BOTTOM - TOP)
    drawing = _frame(x, y, width, f"Error in {unit} over reference in {unit}")
    for one in as_found:
        _allowed(drawing, x, y, one, -STRIP, INK)
    for one in as_left:
        _allowed(drawing, x, y, one, 0.0, ACCENT)
    for one in as_found:
        _error(drawing, x, y, one, -STRIP / 2, solid=False)
    for one in as_left:
        _error(drawing, x, y, one, STRIP / 2, solid=True)
    _legend(drawing, width)
    return drawing


def residual_plot(levels: Sequence[float], residuals: Sequence[float], unit: str, width: float) -> Drawing | None:
    """What the fit leaves over at each level. None where both do not belong together or there is nothing to see."""
    if not residuals or len(levels) != len(residuals):
        return None
    reach = max((abs(one) for one in residuals), default=0.0)
    if reach == 0:
        return None
    x = _axis(levels, LEFT, width - LEFT - RIGHT)
    y = _axis([-reach, reach], BOTTOM, HEIGHT - BOTTOM - TOP)
    drawing = _frame(x, y, width, f"Residual in {unit} over reference in {unit}")
    for level, residual in zip(levels, residuals, strict=True):
        drawing.add(Line(x.at(level), y.at(0), x.at(level), y.at(residual), strokeColor=ACCENT, strokeWidth=0.8))
        drawing.add(Circle(x.at(level), y.at(residual), 2.4, fillColor=ACCENT, strokeColor=ACCENT))
    return drawing


def _axis(values: Sequence[float], start: float, length: float) -> _Axis:
    low, high = min(values), max(values)
    margin = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    low, high = low - margin, high + margin
    return _Axis(low, high, start, length, _step((high - low) / TICKS))


def _step(rough: float) -> float:
    """The next larger of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _frame(x: _Axis, y: _Axis, width: float, title: str) -> Drawing:
    load_fonts()
    drawing = Drawing(width, HEIGHT)
    right, top = x.start + x.length, y.start + y.length
    corners = [x.start, y.start, right, y.start, right, top, x.start, top, x.start, y.start]
    drawing.add(PolyLine(corners, strokeColor=RULE, strokeWidth=0.5))
    drawing.add(String(x.start, HEIGHT - 9, title, fontName=BOLD, fontSize=7.5, fillColor=INK))
    for tick in y.ticks():
        drawing.add(Line(x.start, y.at(tick), x.start + x.length, y.at(tick), strokeColor=BAND, strokeWidth=0.5))
        _label(drawing, x.start - 4, y.at(tick) - 2.5, tick, y.step, "end")
    for tick in x.ticks():
        drawing.add(Line(x.at(tick), y.start, x.at(tick), y.start - 3, strokeColor=RULE, strokeWidth=0.5))
        _label(drawing, x.at(tick), y.start - 12, tick, x.step, "middle")
    if y.low < 0 < y.high:
        drawing.add(Line(x.start, y.at(0), x.start + x.length, y.at(0), strokeColor=QUIET, strokeWidth=0.6))
    return drawing


def _label(drawing: Drawing, x: float, y: float, value: float, step: float, anchor: Literal["middle", "end"]) -> None:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    words = f"{value:.{decimals}f}"
    if float(words) == 0:
        words = words.lstrip("-")
    drawing.add(String(x, y, words, fontName=REGULAR, fontSize=7, fillColor=QUIET, textAnchor=anchor))


def _allowed(drawing: Drawing, x: _Axis, y: _Axis, one: PointResult, shift: float, colour: Color) -> None:
    # Only at the point: between two points nothing is said of what is allowed.
    _strip(drawing, x.at(one.reference) + shift, y.at(-one.tolerance), y.at(one.tolerance), colour)


def _strip(drawing: Drawing, left: float, low: float, high: float, colour: Color) -> None:
    middle = left + STRIP / 2
    drawing.add(Line(middle, low, middle, high, strokeColor=BAND, strokeWidth=STRIP))
    for end in (low, high):
        drawing.add(Line(left, end, left + STRIP, end, strokeColor=colour, strokeWidth=1.2))


def _error(drawing: Drawing, x: _Axis, y: _Axis, one: PointResult, shift: float, *, solid: bool) -> None:
    # As found and as left are moved apart, so that neither hides the other at the same reference.
    place = x.at(one.reference) + shift
    low, high = y.at(one.error - one.expanded_uncertainty), y.at(one.error + one.expanded_uncertainty)
    colour = ACCENT if solid else INK
    drawing.add(Line(place, low, place, high, strokeColor=colour, strokeWidth=0.9))
    for end in (low, high):
        drawing.add(Line(place - 2, end, place + 2, end, strokeColor=colour, strokeWidth=0.9))
    fill = ACCENT if solid else BAND
    drawing.add(Circle(place, y.at(one.error), 2.6, fillColor=fill, strokeColor=colour, strokeWidth=0.9))


def _legend(drawing: Drawing, width: float) -> None:
    """From the right: bars, the strip of what is allowed, and the two kinds of points."""
    place = _named(drawing, width, "bars ±U")
    place = _named(drawing, place - 8, "allowed") - STRIP - 3
    _strip(drawing, place, HEIGHT - 11, HEIGHT - 3, INK)
    for words, solid in (("as left", True), ("as found", False)):
        place = _named(drawing, place - 8, words) - 7
        fill = ACCENT if solid else BAND
        drawing.add(Circle(place, HEIGHT - 7, 2.6, fillColor=fill, strokeColor=ACCENT if solid else INK))


def _named(drawing: Drawing, right: float, words: str) -> float:
    """Words that end at `right`; where they begin."""
    left = right - stringWidth(words, REGULAR, 7)
    drawing.add(String(left, HEIGHT - 9, words, fontName=REGULAR, fontSize=7, fillColor=QUIET))
    return float(left)
