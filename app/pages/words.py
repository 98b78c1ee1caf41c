# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How values, ages, states and causes are said to a person. Pure."""

from collections.abc import Iterable

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

CAUSES = {
    "no_data": "nothing came, and the recorder saw no reason",
    "unplugged": "the sensor was unplugged",
    "daemon_off": "the recorder was off",
    "daemon_killed": "the recorder ended unexpectedly",
    "power_loss": "the computer lost power or was restarted",
    "suspend": "the computer slept",
    "paused": "paused by a person",
    "bug": "an error in Verifield itself; please report it",
    "device_settings": "the recorder was reading or writing settings of the sensor",
    "nothing_new": "the sensor answered, but had nothing new",
    "not_connected": "the sensor was not connected",
    "port_busy": "another program held the port",
    "permission_refused": "the recorder was not allowed to open the port",
    "no_reply": "the sensor did not answer",
    "checksum_mismatch": "what the sensor sent arrived damaged",
    "malformed_frame": "what the sensor sent could not be read",
    "device_refused": "the sensor refused the question",
    "device_fault": "the sensor reported a fault of its own",
    "not_ready": "the sensor was not ready yet",
    "disk_full": "the disk was full",
    "buffer_unavailable": "the disk could not be written",
    "overloaded": "readings came faster than the disk takes them",
    "damaged_log": "the record on disk was damaged",
    "clock_untrusted": "the computer's clock could not be trusted, so its length is not known",
    "already_running": "another recorder used the folder",
    "capture": "a person had the bytes on the line recorded instead",
    "identity_pending": "the sensor was being asked which one it is",
    "identity_mismatch": "another instrument was plugged in than the one recorded",
    "wrong_plug": "a person said that the wrong instrument was plugged in",
    "moved": "the sensor was connected to another port",
}
"""A gap's causes by their codes, each to complete "there are no readings because …"."""

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


def causes_text(codes: Iterable[str]) -> str:
    """A gap's causes in words; one that is not known here is shown as the recorder names it."""
    return ", ".join(map(_cause_text, codes)) or "cause unknown"


def _cause_text(code: str) -> str:
    title = next((kind.title for kind in Fault.__subclasses__() if kind.code == code), code.replace("_", " "))
    return CAUSES.get(code) or title[:1].lower() + title[1:]


def no_sensors_text(known: bool) -> str:
    """What stands where sensors would be: what to do, or that the recorder has not told of any yet."""
    if not known:
        return "Waiting for the recorder to tell of its sensors…"
    return "No sensors yet.\n\nPlug one in over USB, then press “Add a sensor” and choose its port and its model."


def sensor_name(sensor: SensorMessage) -> str:
    """What a person calls the sensor."""
    return sensor.name or sensor.sensor_id
