# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How values, ages, states and causes are said to a person. Pure."""

from edge_daemon.api.messages import ChannelMessage, LatestValue, SensorMessage
from edge_daemon.domain.faults import Fault

CONDITIONS = {
    "good": ("✓", "Recording"),
    "warming_up": ("◔", "Warming up"),
    "connecting": ("…", "Connecting"),
    "fault": ("✕", "Fault"),
    "paused": ("❚❚", "Paused"),
}
"""Glyph and word of a condition, so that colour never stands alone."""

_CAUSES = {
    "paused": "paused by a person",
    "off": "the recorder was off",
    "daemon_off": "the recorder was off",
    "shutdown": "the computer was shut down",
    "sleep": "the computer slept",
    "suspend": "the computer slept",
    "power_loss": "the computer lost power",
    "power": "the computer lost power",
    "crash": "the recorder ended unexpectedly",
}


def value_text(channel: ChannelMessage, latest: LatestValue | None) -> str:
    """The value with the channel's decimals, without its unit; a dash where there is none."""
    if latest is None or latest.value is None:
        return "–"
    return f"{latest.value:.{channel.decimals}f}"


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


def cause_text(code: str) -> str:
    """A gap's cause in words; one that is not known is shown as the recorder names it."""
    titles = {kind.code: kind.title for kind in Fault.__subclasses__()}
    said = _CAUSES.get(code) or titles.get(code) or code.replace("_", " ")
    return said[:1].lower() + said[1:]


def sensor_name(sensor: SensorMessage) -> str:
    """What a person calls the sensor."""
    return sensor.name or sensor.sensor_id
