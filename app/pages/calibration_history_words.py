# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How the history of a channel's calibrations is said to a person, and put on a chart. Pure."""

from datetime import UTC, datetime

from app.client.times import seconds_of
from app.pages.calibration_words import outcome_text
from app.widgets.drift_chart import DriftDate, DriftMark
from edge_daemon.api.messages_calibration import CalibrationMessage, ChannelHistory

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
    "rejected": "✕ rejected at its review",
    "aborted": "⊘ aborted, no verdict",
    "under_way": "… under way",
    "checked": "✓ passed this check, which is no calibration",
}


def standing_text(channel: ChannelHistory) -> str:
    """How the channel stands, and until when."""
    said = STANDINGS[channel.standing]
    if channel.due and channel.days_left is not None and channel.standing != "none":
        left = f"{channel.days_left} days left" if channel.days_left >= 0 else f"{-channel.days_left} days ago"
        said = f"{said} Due {channel.due} ({left})."
    return f"{said} {channel.words}".strip()


def facts_text(channel: ChannelHistory) -> str:
    """Drift, forecast, effect on the score, and intervals; one a line."""
    lines = []
    if channel.drift_per_year is not None:
        unsure = f" ± {channel.drift_uncertainty:.3g}" if channel.drift_uncertainty is not None else ""
        lines.append(f"Drift: {channel.drift_per_year:+.3g}{unsure} {channel.unit} a year")
    if channel.leaves_tolerance:
        lines.append(f"⚠ At this drift it leaves its limits about {channel.leaves_tolerance}.")
    if channel.score_penalty:
        lines.append(f"Its age takes {channel.score_penalty / 100:.2f} off the quality score of its readings.")
    elif channel.score_penalty_at_due:
        lines.append(f"Once overdue, {channel.score_penalty_at_due / 100:.2f} is taken off the quality score.")
    if channel.interval_days is not None:
        other = channel.suggested_interval_days
        hint = f"; the results speak for {other} days" if other not in {None, channel.interval_days} else ""
        lines.append(f"Interval: {channel.interval_days} days{hint}")
    return "\n".join(lines)


def device_text(channel: ChannelHistory) -> str:
    """What the instrument says of its own calibration, beside what is recorded; one a line."""
    return "\n".join(f"• {one}" for one in channel.device_says)


def calibration_text(one: CalibrationMessage) -> str:
    """A calibration in two lines."""
    who = f"{one.person} and {one.second_person}" if one.second_person else one.person
    by = f"{one.laboratory}, certificate {one.number}; entered by {who}" if one.laboratory else who
    first = f"{one.time[:10]} · {one.title} · {outcome_text(one.outcome)} · {CALIBRATION_STANDINGS[one.standing]}"
    errors = [
        f"{name} {value:+.4g}" for name, value in (("as found", one.as_found), ("as left", one.as_left))
        if value is not None
    ]  # fmt: skip
    parts = [f"error {', '.join(errors)} {one.unit}" if errors else ""]
    parts += [f"± {one.expanded_uncertainty:.3g} {one.unit}" if one.expanded_uncertainty is not None else ""]
    parts += [f"limit ±{one.tolerance:.4g} {one.unit}" if one.tolerance is not None else ""]
    parts += ["adjusted on the device" if one.device_adjusted else "", f"due {one.due}" if one.due else "", by]
    return f"{first}\n{' · '.join(part for part in parts if part)}"


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
