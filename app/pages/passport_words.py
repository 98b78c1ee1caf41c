# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How an instrument, its identity and its history are said to a person. Pure."""

from collections.abc import Mapping

from app.pages.words import sensor_name
from edge_daemon.api.messages import SensorMessage
from edge_daemon.api.messages_instruments import (
    ImportedHistory,
    InstallationMessage,
    InstrumentMessage,
    InstrumentNoteMessage,
)
from edge_daemon.domain.causes import causes_text
from edge_daemon.domain.instrument import SerialSource

SOURCES = {
    SerialSource.DEVICE: "read from the device itself",
    SerialSource.ADAPTER: "read from its adapter",
    SerialSource.LABEL: "typed from its label by a person",
    SerialSource.UNKNOWN: "not known how",
}
STANDINGS = {
    "unknown": "nobody has said which instrument it is",
    "confirmed": "✓ confirmed",
    "unconfirmed": "⚠ identity unconfirmed",
    "stopped": "✕ another instrument was plugged in; nothing was recorded",
}


def serial_text(instrument: InstrumentMessage) -> str:
    """The serial number and how it is known."""
    if not instrument.serial:
        return "not known"
    return f"{instrument.serial} ({SOURCES[instrument.serial_source]})"


def instrument_title(instrument: InstrumentMessage) -> str:
    """How an instrument is offered in a list."""
    where = f", at {instrument.sensor_id}" if instrument.sensor_id else ", not installed"
    return f"{instrument.title} · {instrument.serial or f'without serial number ({instrument.id})'}{where}"


def size_text(count: int) -> str:
    """How large a file is."""
    return f"{count} bytes" if count < 1_000 else f"{count / 1_000:.0f} kB"


def time_text(text: str) -> str:
    """A time of the record to the second, in UTC."""
    return f"{text[:10]} {text[11:19]} UTC"


def installation_text(one: InstallationMessage, sensors: Mapping[str, SensorMessage]) -> str:
    """Where it was, from when to when, and how sure that is."""
    name = sensor_name(sensors[one.sensor_id]) if one.sensor_id in sensors else one.sensor_id
    end = "now" if one.ended is None else time_text(one.ended)
    words = f"{name}: {time_text(one.since)} to {end}, {STANDINGS[one.standing]}"
    if one.cause and one.standing in {"unconfirmed", "stopped"}:
        words += f" ({causes_text((one.cause,))})"
    if one.found:
        words += f"; the device said serial number {one.found}"
    return f"{words}; said by {one.person}" if one.person else words


def note_text(note: InstrumentNoteMessage) -> str:
    """A remark, when it was made and by whom."""
    by = f", {note.person}" if note.person else ""
    return f"{time_text(note.at or note.time)}{by}: {note.text}"


def imported_text(one: ImportedHistory) -> str:
    """What another station told; never a claim of this one's log."""
    if one.trouble:
        return f"⚠ Imported {time_text(one.time)}, but it cannot be shown. {one.trouble}"
    lines = [
        f"From station {one.device_id} of project {one.project_id}, exported {time_text(one.exported)}, "
        f"{one.entries} entries whose hashes fit:",
        *(
            f"  • at {place.sensor_id}: {time_text(place.since)} to "
            f"{time_text(place.until) if place.until else 'the export'}, {place.standing}"
            for place in one.placements
        ),
        *(f"  • {note_text(note)}" for note in one.notes),
    ]
    return "\n".join(lines)


def question_text(sensor: SensorMessage) -> tuple[str, str]:
    """Title and words of what has to be answered about a sensor's instrument; two empty texts where nothing is."""
    identity, name = sensor.identity, sensor_name(sensor)
    if identity is None:
        return "", ""
    recorded = f"serial number {identity.serial}" if identity.serial else "an instrument without serial number"
    if identity.standing == "stopped" and identity.cause == "wrong_plug":
        words = "Nothing is recorded until the right instrument is plugged in again, or you say that it was replaced."
        return f"{name}: wrong plug", f"Recorded so far: {recorded}. {words}"
    if identity.standing == "stopped":
        return (
            f"{name}: replaced, or wrong plug?",
            f"Recorded so far: {recorded}. The device at its port now says {identity.found or 'something else'}. "
            "Nothing is recorded until you answer.",
        )
    if identity.standing == "unconfirmed":
        told = next((one.detail for one in sensor.warnings if one.code == "identity_unconfirmed"), "")
        why = told or f"Another instrument may be plugged in: {causes_text((identity.cause,))}. Recorded: {recorded}."
        return f"{name}: is it still the same instrument?", why
    return "", ""
