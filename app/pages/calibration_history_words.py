# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How the history of a channel's calibrations is said to a person, and put on a chart. Pure."""

from datetime import UTC, datetime

from app.client.times import seconds_of
from app.pages.calibration_words import outcome_text
from app.pages.problem_words import sentence
from app.widgets.drift_chart import DriftDate, DriftMark
from edge_daemon.api.messages_calibration import CalibrationMessage, ChannelHistory
from edge_daemon.domain.rounding import told

STANDINGS = {
    "none": "○ No calibration of this channel is recorded.",
    "ok": "✓ Calibrated.",
    "due": "◔ Due soon.",
    "overdue": "✕ Overdue.",
    "stated": "⚠ Stated, not evidenced: somebody typed a date, but no calibration backs it.",
}
CALIBRATION_STANDINGS = {
    "in_force": "✓ in force",
    "replaced": "replaced by a later one",
    "to_review": "◔ waits for a second person's review",
    "rejected": "✕ took no effect",
    "aborted": "⊘ aborted, no verdict",
    "under_way": "… under way",
    "checked": "✓ passed this check, which is no calibration",
}


def standing_text(channel: ChannelHistory) -> str:
    """How the channel stands, and until when."""
    said = STANDINGS[channel.standing]
    _, named, words = channel.words.partition(f", {channel.channel}: ")  # it stands below the channel's name already
    words = sentence(words) if named else channel.words
    if channel.due and channel.days_left is not None and channel.standing != "none":
        left = f"{channel.days_left} days left" if channel.days_left >= 0 else f"{-channel.days_left} days ago"
        said = f"{said} Due {channel.due} ({left})."
    return f"{said} {words}".strip()


def facts_text(channel: ChannelHistory) -> str:
    """Drift, forecast, effect on the score, and intervals; one a line."""
    lines = []
    if channel.drift_per_year is not None:
        lines.append(f"Drift: {_signed(channel.drift_per_year, channel.drift_uncertainty)} {channel.unit} a year")
    if channel.leaves_tolerance:
        lines.append(f"⚠ At this drift it leaves its limits about {channel.leaves_tolerance}.")
    if channel.score_penalty:
        why = "Its age" if channel.due else "That no calibration holds"
        lines.append(f"{why} takes {channel.score_penalty / 100:.2f} off the quality score of its readings.")
    elif channel.score_penalty_at_due:
        lines.append(f"Once overdue, {channel.score_penalty_at_due / 100:.2f} is taken off the quality score.")
    if channel.interval_days is not None:
        other = channel.suggested_interval_days
        hint = f"; the results speak for {other} days" if other not in {None, channel.interval_days} else ""
        lines.append(f"Interval: {channel.interval_days} days{hint}")
    for one in channel.checks:
        glyph = {"ok": "", "due": "◔ ", "overdue": "✕ "}[one.standing]
        lines.append(f"{glyph}Check due {one.due}: {one.title}, passed last on {one.last}. It renews no calibration.")
    return "\n".join(lines)


def device_text(channel: ChannelHistory) -> str:
    """What the instrument says of its own calibration, beside what is recorded; one a line."""
    return "\n".join(f"• {one}" for one in channel.device_says)


def calibration_text(one: CalibrationMessage) -> str:
    """A calibration in two lines."""
    who = f"{one.person} and {one.second_person}" if one.second_person else one.person
    by = f"{one.laboratory}, certificate {one.number}; entered by {who}" if one.laboratory else who
    standing = f"✕ {one.became}" if one.became else CALIBRATION_STANDINGS[one.standing]
    outcome = [outcome_text(one.outcome)] if one.outcome is not None else []
    first = " · ".join((one.time[:10], one.title, *outcome, standing))
    parts = [_errors_text(one)]
    if one.expanded_uncertainty_relative is not None:
        parts.append(f"± {100 * one.expanded_uncertainty_relative:.2g} % of the value")
    parts += [f"limit ±{one.tolerance:.4g} {one.unit}" if one.tolerance is not None else ""]
    parts += ["adjusted on the device" if one.device_adjusted else "", f"due {one.due}" if one.due else ""]
    parts += [f"readings amended by entry {one.impact}" if one.impact is not None else "", by]
    said = f"{first}\n{' · '.join(part for part in parts if part)}"
    return f"{said}\n⚠ {one.made_with[:1].upper()}{one.made_with[1:]}." if one.made_with else said


def _signed(value: float, unsure: float | None) -> str:
    """A value with its sign and, where it is known, its uncertainty, both to the same place."""
    if unsure is None:
        return f"{value:+.3g}"
    text, beside = told(abs(value), unsure)
    return f"{'-' if value < 0 else '+'}{text} ± {beside}"


def _errors_text(one: CalibrationMessage) -> str:
    """The errors with the last one's expanded uncertainty, to whose place they are told."""
    unsure = one.expanded_uncertainty
    known = [
        (name, value) for name, value in (("as found", one.as_found), ("as left", one.as_left)) if value is not None
    ]
    if unsure is None:
        errors = ", ".join(f"{name} {value:+.4g}" for name, value in known)
        return f"error {errors} {one.unit}" if known else ""
    pairs = [(name, "-" if value < 0 else "+", *told(abs(value), unsure)) for name, value in known]
    errors = ", ".join(f"{name} {sign}{text}" for name, sign, text, _ in pairs)
    return f"{f'error {errors} ' if pairs else ''}± {told(0.0, unsure)[1]} {one.unit}"


def drift_marks(channel: ChannelHistory) -> list[DriftMark]:
    """What the chart shows."""
    return [
        DriftMark(seconds_of(one.time), one.point.replace("_", " "), one.error, one.tolerance, one.stage == "as_left")
        for one in channel.drift
    ]


def drift_dates(channel: ChannelHistory) -> list[DriftDate]:
    """Days to come."""
    found = []
    for text, words in ((channel.due, "due"), (channel.leaves_tolerance, "leaves its limits")):
        if text:
            day = datetime.fromisoformat(text[:10]).replace(tzinfo=UTC)
            found.append(DriftDate(day.timestamp(), f"{words} {text[:10]}"))
    return found
