# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How values, ages, states and causes are said to a person. Pure."""

from collections.abc import Iterable

from app.pages.problem_words import trouble_text
from edge_daemon.api.messages import ChannelMessage, Health, LatestValue, SensorMessage

CONDITIONS = {
    "good": ("✓", "Recording"),
    "warming_up": ("◔", "Warming up"),
    "connecting": ("…", "Connecting"),
    "fault": ("✕", "Fault"),
    "paused": ("❚❚", "Paused"),
}
"""Glyph and word of a condition, so that colour never stands alone."""

WARNINGS = {
    "evidence_at_risk": "Evidence at risk",
    "identity_unconfirmed": "Identity unconfirmed",
    "required_field_missing": "A value is missing",
}
"""What is wrong with a sensor that records all the same, in two or three words, by the warning's code."""


def warning_text(sensor: SensorMessage) -> str:
    """The sensor's warnings in few words; empty where there are none."""
    told = dict.fromkeys(WARNINGS.get(one.code, one.title) for one in sensor.warnings)
    return f"⚠ {', '.join(told)}" if told else ""


def value_text(channel: ChannelMessage, latest: LatestValue | None) -> str:
    """The value with the channel's decimals, without its unit; a dash where there is none."""
    if latest is None or latest.value is None:
        return "–"
    return f"{latest.value:.{channel.decimals}f}"


def not_recording_text(health: Health | None) -> str:
    """That nothing is written down now, why, and what to do; empty while the recorder writes or was not asked yet."""
    if health is None or health.recording:
        return ""
    why = " ".join(map(trouble_text, health.troubles))
    return f"✕ NOT RECORDING. {why}".strip()


def channel_label(sensors: Iterable[SensorMessage], channel: str) -> str:
    """What the first of these sensors that has the channel calls it; else its name with spaces."""
    told = (one.label for sensor in sensors for one in sensor.channels if one.name == channel)
    return next(told, "") or channel.replace("_", " ")


def least_span(channel: ChannelMessage) -> float:
    """The least span of values that is worth filling a plot with, in the channel's unit.

    A hundred of the steps its values are told in, but at most a hundredth of what the instrument can measure: enough
    that noise in the last digits stays small, not so much that a real change does.
    """
    return min(100 * 10.0**-channel.decimals, (channel.maximum - channel.minimum) / 100)


def primary_channel(sensor: SensorMessage) -> ChannelMessage:
    """The channel that stands for the sensor."""
    return next((one for one in sensor.channels if one.name == sensor.primary), sensor.channels[0])


def duration_text(seconds: float) -> str:
    """A duration in the two largest units that matter."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def no_sensors_text(known: bool) -> str:
    """What stands where sensors would be: what to do, or that the recorder has not told of any yet."""
    if not known:
        return "Waiting for the recorder to tell of its sensors…"
    return "No sensors yet.\n\nPlug one in over USB, then press “Add a sensor” and choose its port and its model."


def sensor_name(sensor: SensorMessage) -> str:
    """What a person calls the sensor."""
    return sensor.name or sensor.sensor_id
