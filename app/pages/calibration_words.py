# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How runs, points, outcomes and due dates are said to a person. Pure."""

from collections.abc import Iterable, Sequence

from app.pages.words import duration_text
from edge_daemon.api.messages_calibration import LiveSignal, PointMessage, ProcedureMessage
from edge_daemon.domain.rounding import told
from edge_daemon.log.calibration_body import Outcome, Stage

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "pass": ("✓", "Pass"),
    "conditional_pass": ("◑", "Pass within uncertainty"),
    "conditional_fail": ("◔", "Fail within uncertainty"),
    "fail": ("✕", "Fail"),
}
"""Glyph and words of an outcome. "Within uncertainty": the error's uncertainty reaches across the limit."""

STAGES: dict[Stage, str] = {"as_found": "As found", "as_left": "As left"}

ADJUSTMENTS = {
    "none": "Compares only; nothing is adjusted.",
    "software": "Adjusts values in the recorder; raw readings are kept as they are.",
    "device": "⚠ Adjusts the instrument itself. What it changes there cannot be undone.",
}


def outcome_text(outcome: Outcome | None) -> str:
    """Glyph and word."""
    return " ".join(OUTCOMES[outcome]) if outcome is not None else "–"


def needed_text(remaining_s: float) -> str:
    """The least time still needed."""
    return f"At least {duration_text(remaining_s + 0.999)} more" if remaining_s > 0 else "Not stable yet"


def warming_text(left_s: float) -> str:
    """How much longer the instrument warms up."""
    return f"Warming up: about {duration_text(left_s + 0.999)} more" if left_s > 0 else "Warming up"


def unmet_text(unmet: Sequence[str]) -> str:
    """What is still missing, one condition a line."""
    return "\n".join(f"• {one}" for one in unmet)


def spread_text(live: LiveSignal, unit: str, decimals: int) -> str:
    """Noise and slope beside their limits."""
    lines = []
    if live.deviation is not None and live.deviation_limit is not None:
        lines.append(f"Noise {live.deviation:.{decimals + 2}f} of {live.deviation_limit:.{decimals + 2}f} {unit}")
    if live.slope_per_minute is not None and live.slope_limit is not None:
        slope, limit = live.slope_per_minute, live.slope_limit
        lines.append(f"Slope {slope:+.{decimals + 2}f} of ±{limit:.{decimals + 2}f} {unit}/min")
    return "\n".join(lines)


def procedure_text(one: ProcedureMessage) -> str:
    """What a procedure does, at which points, and for how long it holds."""
    points = ", ".join(one.points)
    return f"{ADJUSTMENTS[one.adjustment]} Points: {points or 'as the procedure asks'}. Holds {one.interval_days} days."


def error_text(point: PointMessage) -> str:
    """An error with its expanded uncertainty, both to the same place."""
    error, unsure = told(abs(point.error), point.expanded_uncertainty)
    return f"{'-' if point.error < 0 else '+'}{error} ± {unsure}"


def size_text(value: float, decimals: int) -> str:
    """A reference or a limit: two digits more than readings have, as far as they say anything."""
    text = f"{value:.{decimals + 2}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def last_points(points: Iterable[PointMessage]) -> dict[str, dict[Stage, PointMessage]]:
    """The last take of each point, by name and stage, in the order they were first taken."""
    found: dict[str, dict[Stage, PointMessage]] = {}
    for one in points:
        found.setdefault(one.point, {})[one.stage] = one
    return found
