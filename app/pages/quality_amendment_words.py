# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How amendments, and what they would change, are said to a person. Pure."""

from collections.abc import Iterator, Mapping

from app.pages.passport_words import time_text
from app.pages.quality_hours_words import name_of, number_text
from app.pages.quality_words import FLAGS
from edge_daemon.api.messages import SensorMessage
from edge_daemon.api.messages_quality import AmendmentMessage, AmendmentPreview, PreviewChannel, PreviewReading
from edge_daemon.domain.channel import Flag
from edge_daemon.log.amendment_body import AmendmentKind

KINDS: dict[AmendmentKind, tuple[str, str]] = {
    "maintenance": ("Maintenance", "somebody worked on the sensor: its readings fail, or are suspect"),
    "as_found_failure": ("Failed as found", "it was found wrong: readings before are suspect, or fail"),
    "clock_offset": ("Clock was wrong", "times are moved by an offset"),
    "release_untrusted_time": ("Release untrusted time", "readings with an unknown time are used, moved by an offset"),
    "wrong_plug": ("Wrong plug", "readings of one sensor are another's; if it is not known whose, they fail"),
    "value_correction": ("Correct values", "value × gain + offset, in the channel's unit; raw stays"),
    "withdrawal": ("Withdrawal", "an earlier amendment no longer counts"),
}


def kind_title(kind: AmendmentKind) -> str:
    """The kind in a few words."""
    return KINDS[kind][0]


def amendment_cells(one: AmendmentMessage, sensors: Mapping[str, SensorMessage]) -> tuple[str, ...]:
    """State, entry, when written, kind, what it concerns, what it says, and who."""
    state = "✓ counts" if one.counts else "– withdrawal" if one.kind == "withdrawal" else "✕ replaced"
    said = effect_text(one)
    return (
        state,
        str(one.index),
        one.time[:19].replace("T", " "),
        kind_title(one.kind),
        range_text(one, sensors),
        said,
        one.person,
    )


def range_text(one: AmendmentMessage, sensors: Mapping[str, SensorMessage]) -> str:
    """Whose readings, from when to when."""
    if one.kind == "withdrawal":
        return f"amendment at entry {one.replaces}"
    names = ", ".join(name_of(sensor, sensors) for sensor in one.sensors) or "all sensors"
    channels = f" ({', '.join(one.channels)})" if one.channels else ""
    when = f"entries {one.first} to {one.last}"
    if one.start or one.end:
        start = time_text(one.start) if one.start else "the beginning"
        end = time_text(one.end) if one.end else "the amendment"
        when = f"{start} to {end}"
    return f"{names}{channels}, {when}"


def effect_text(one: AmendmentMessage) -> str:
    """What it changes."""
    match one.kind:
        case "clock_offset" | "release_untrusted_time":
            return f"times {(one.offset_us or 0) / 1e6:+g} s ± {(one.uncertainty_us or 0) / 1e6:g} s"
        case "value_correction":
            return f"× {one.gain or 1:g} {one.offset or 0:+g}"
        case "wrong_plug":
            return f"are {one.reads_as}'s" if one.reads_as else "fail: whose they are is not known"
        case "withdrawal":
            return "counts no longer"
    default = Flag.FAIL if one.kind == "maintenance" else Flag.SUSPECT
    return " ".join(FLAGS[Flag(one.flag) if one.flag is not None else default])


def amendment_text(one: AmendmentMessage, sensors: Mapping[str, SensorMessage]) -> str:
    """Everything it says."""
    lines = [
        f"{kind_title(one.kind)}, entry {one.index}, written {time_text(one.time)} by {one.person}.",
        f"Concerns {range_text(one, sensors)}; entries {one.first} to {one.last}: {effect_text(one)}.",
        f"Evidence: {one.evidence}",
    ]
    lines += [f"Attachment: {file.name}, SHA-256 {file.sha256}" for file in one.attachments]
    if not one.counts and one.kind != "withdrawal":
        lines.append("A later amendment has replaced or withdrawn it; it stays in the log.")
    return "\n".join(lines)


def preview_text(told: AmendmentPreview, sensors: Mapping[str, SensorMessage]) -> str:
    """How many readings change, and some of them: as recorded, as read now, as they would be."""
    return "\n".join(_preview_lines(told, sensors))


def _preview_lines(told: AmendmentPreview, sensors: Mapping[str, SensorMessage]) -> Iterator[str]:
    about = "" if told.exact else "about "
    if not told.readings:
        yield "⚠ No reading changes by this. Look at the sensors and the times again."
        return
    yield f"{about}{told.readings:,} readings change, within entries {told.first} to {told.last}.".capitalize()
    for one in told.examples:
        yield ""
        yield from _example_lines(one, sensors)


def _example_lines(one: PreviewReading, sensors: Mapping[str, SensorMessage]) -> Iterator[str]:
    now, then = (
        _place(name_of(sensor, sensors), time, held=held)
        for sensor, time, held in (
            (one.now_sensor_id, one.now_time, one.now_held),
            (one.then_sensor_id, one.then_time, one.then_held),
        )
    )
    recorded = f"{name_of(one.recorded_sensor_id, sensors)}, {time_text(one.recorded_time)}"
    yield f"Entry {one.index}, recorded as {recorded}"
    if now != then:
        yield f"   {now}  →  {then}"
    for name, channel in one.channels.items():
        if (channel.now_value, channel.now_flag) != (channel.then_value, channel.then_flag):
            yield f"   {name}: {_channel(channel)}"


def _place(name: str, time: str, *, held: bool) -> str:
    return f"{name}, time not known" if held else f"{name}, {time_text(time)}"


def _channel(one: PreviewChannel) -> str:
    recorded, now, then = (
        f"{number_text(value, 6)} {' '.join(FLAGS[Flag(flag)])}"
        for value, flag in (
            (one.recorded_value, one.recorded_flag),
            (one.now_value, one.now_flag),
            (one.then_value, one.then_flag),
        )
    )
    between = "" if now == recorded else f"now {now}  →  "
    return f"recorded {recorded}  →  {between}then {then}, in {one.unit}" if one.unit else f"{recorded}  →  {then}"
