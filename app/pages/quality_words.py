# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How the quality of readings is said to a person: flags, tests, reasons, gaps. Pure."""

from collections.abc import Iterator, Sequence
from functools import reduce

from app.pages.gap_words import UNKNOWN, length_text, newest_first
from app.pages.passport_words import time_text
from edge_daemon.api.messages import GapMessage, Latest, SensorMessage
from edge_daemon.api.messages_quality import Why, WhyChannel
from edge_daemon.domain.causes import causes_text
from edge_daemon.domain.channel import Flag, worse

FLAGS = {
    Flag.GOOD: ("✓", "good"),
    Flag.NOT_EVALUATED: ("○", "not evaluated"),
    Flag.SUSPECT: ("▲", "suspect"),
    Flag.FAIL: ("✕", "fail"),
    Flag.MISSING: ("–", "missing"),
}
"""Glyph and word of a flag, so that colour never stands alone."""

TESTS = {
    "gross_range": "cannot be measured here",
    "plausible_range": "not expected at this site",
    "spike": "a spike",
    "rate_of_change": "changes too fast",
    "flat_line": "does not change",
    "attenuated_signal": "varies too little",
    "instrument": "the instrument doubts it",
    "warm_up": "warming up",
    "calibration": "being calibrated",
    "calibration_failed": "its calibration failed",
    "calibration_overdue": "its calibration is overdue",
}
"""What a test that was not passed says of the value, by the test's name."""

MOST_GAPS = 10


def worst_flag(latest: Latest | None) -> Flag:
    """The most severe flag of the reading's channels; good where there is no reading."""
    flags = (Flag(one.flag) for one in latest.channels.values()) if latest else iter(())
    return reduce(worse, flags, Flag.GOOD)


def badge_text(sensor: SensorMessage, latest: Latest | None) -> str:
    """The worst flag and what is wrong, e.g. “▲ suspect: changes too fast”; empty where all is good."""
    worst = worst_flag(latest)
    if latest is None or worst is Flag.GOOD:
        return ""
    names = [name for name, value in latest.channels.items() if value.flag == worst]
    tests = dict.fromkeys(_test_text(test) for name in names for test in sensor.failing.get(name, ()))
    said = " ".join(FLAGS[worst])
    return f"{said}: {', '.join(tests)}" if tests else said


def badge_lines(sensor: SensorMessage, latest: Latest | None) -> str:
    """The same in full, a line for each channel that is not good."""
    values = latest.channels if latest else {}
    lines = []
    for channel in sensor.channels:
        flag = Flag(values[channel.name].flag) if channel.name in values else Flag.GOOD
        if flag is not Flag.GOOD:
            tests = ", ".join(map(_test_text, sensor.failing.get(channel.name, ())))
            lines.append(f"{channel.label}: {FLAGS[flag][1]}{f' ({tests})' if tests else ''}")
    return "\n".join(lines)


def why_text(why: Why, sensor: SensorMessage) -> str:
    """Every channel that something speaks against, with the recorder's reasons."""
    labels = {channel.name: channel.label for channel in sensor.channels}
    parts = [
        "\n".join(_channel_lines(labels.get(name, name), channel))
        for name, channel in why.channels.items()
        if channel.reasons or channel.effective_flag != Flag.GOOD
    ]
    moved = f" (recorded as {time_text(why.original_time)})" if why.original_time != why.time else ""
    head = f"Reading of {time_text(why.time)}{moved}"
    if why.standing == "held":
        head = (
            f"⚠ When this was read is not known. The computer's clock showed {time_text(why.time)}, and nobody "
            "believes it. The reading is kept, but counts in no hour and is not sent on until the clock is "
            "synchronised or a person releases the time under Amendments."
        )
    return "\n\n".join([head, *(parts or ["Nothing speaks against it."])])


def gaps_text(gaps: Sequence[GapMessage]) -> str:
    """The latest gaps, the newest first: from, to, how long, and why."""
    newest = newest_first(gaps)
    lines = [
        f"{time_text(gap.start) if gap.start_known else UNKNOWN} to {time_text(gap.end) if gap.end_known else UNKNOWN} "
        f"({length_text(gap)}): {causes_text(gap.causes)}"
        for gap in newest[:MOST_GAPS]
    ]
    if len(newest) > MOST_GAPS:
        lines.append(f"and {len(newest) - MOST_GAPS} before these")
    return "\n".join(lines) or "None."


def _channel_lines(label: str, channel: WhyChannel) -> Iterator[str]:
    value = "no value" if channel.effective_value is None else f"{channel.effective_value:g} {channel.unit}".strip()
    flag = Flag(channel.effective_flag)
    before = f", recorded as {FLAGS[Flag(channel.flag)][1]}" if channel.flag != flag else ""
    yield f"{FLAGS[flag][0]} {label}: {value}, {FLAGS[flag][1]}{before}"
    yield from (f"   {reason.text}" for reason in channel.reasons)


def _test_text(test: str) -> str:
    return TESTS.get(test, test.replace("_", " "))
