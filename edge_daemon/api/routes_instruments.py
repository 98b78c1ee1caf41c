# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on physical instruments: which is at a sensor, what is known of each, its dossier out and in."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from edge_daemon.api import messages as m
from edge_daemon.api import messages_instruments as mi
from edge_daemon.api.routes_sensors import sensor
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.domain.faults import BadInput, DamagedLog, Unknown
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import AttachmentBody, NoteBody, from_json
from edge_daemon.log.entry import EntryType
from edge_daemon.log.instruments import InstrumentNote, Key, Stretch
from edge_daemon.station.dossier import MOST_BYTES, Dossier

router = APIRouter(prefix="/api", tags=["instruments"])
ZIP = "application/zip"
MOST_FILES_BYTES = 32 * 1024 * 1024


@router.post("/sensors/{sensor_id}/identity")
def answer(sensor_id: str, told: mi.IdentityAnswer, wired: Wired) -> m.SensorMessage:
    """Say which instrument is there: replaced, wrong plug, or confirmed. Recording goes on accordingly."""
    wired.book.sensor(sensor_id)
    wired.instruments.answer(sensor_id, told.answer, told.serial, told.person)
    return sensor(sensor_id, wired)


@router.get("/instruments")
def instruments(wired: Wired) -> list[mi.InstrumentMessage]:
    """Every instrument that the log speaks of."""
    return [_instrument(wired, key) for key in wired.passports.keys()]  # noqa: SIM118  # not a dictionary's


@router.post("/instruments/import", status_code=201, openapi_extra={"requestBody": {"content": {ZIP: {}}}})
async def bring_in(request: Request, wired: Wired, person: str = "") -> mi.PassportMessage:
    """Import another station's dossier: the request's body is the file. It is shown as imported, never mixed in."""
    data = await _body(request, MOST_BYTES)
    note = await asyncio.to_thread(wired.passports.bring_in, data, person)
    return await asyncio.to_thread(_passport, wired, note.key)


@router.get("/instruments/{model}/{name:path}/dossier")
def dossier(model: str, name: str, wired: Wired) -> Response:
    """The instrument's history as one file, for signing or for another station."""
    data = wired.passports.export(Key(model, name))
    safe = "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "_" for char in f"{model}-{name}")
    return Response(data, media_type=ZIP, headers={"Content-Disposition": f'attachment; filename="{safe}.zip"'})


@router.post("/instruments/{model}/{name:path}/notes", status_code=201)
def add_note(model: str, name: str, new: mi.NewInstrumentNote, wired: Wired) -> mi.InstrumentNoteMessage:
    """Write a remark on the instrument, with files. The entry holds their hashes."""
    if sum(len(file.content) for file in new.files) > MOST_FILES_BYTES:
        raise BadInput("files", f"{len(new.files)} files", f"{MOST_FILES_BYTES} bytes in all are allowed")
    files = [(file.name, file.content) for file in new.files]
    return _note(wired.passports.note(Key(model, name), new.text, files, new.person))


@router.get("/instruments/{model}/{name:path}")
def passport(model: str, name: str, wired: Wired) -> mi.PassportMessage:
    """All that is known of one instrument."""
    return _passport(wired, Key(model, name))


@router.get("/attachments/{sha256}")
def attachment(sha256: str, wired: Wired) -> Response:
    """An attached file, its hash checked. It is never shown as a page, whatever it is."""
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(wired.passports.attachment(sha256), media_type="application/octet-stream", headers=headers)


async def _body(request: Request, most: int) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > most:
            raise BadInput("dossier", f"more than {most} bytes", f"at most {most} bytes can be imported")
    return bytes(data)


def _instrument(wired: Services, key: Key) -> mi.InstrumentMessage:
    told = wired.instruments.told
    last = max(told.of(key), key=lambda one: one.first, default=None)
    present = last if last and last.until is None else None
    model = wired.catalogue.get(key.model)
    return mi.InstrumentMessage(
        model=key.model,
        title=model.title if model else key.model,
        id=key.name,
        serial=key.serial,
        serial_source=last.source if last else SerialSource.UNKNOWN,
        firmware=last.firmware if last else "",
        sensor_id=present.sensor if present else "",
        standing=present.standing if present else "unknown",
    )


def _passport(wired: Services, key: Key) -> mi.PassportMessage:
    known = wired.passports.passport(key)
    return mi.PassportMessage(
        **_instrument(wired, key).model_dump(),
        installations=tuple(_installation(wired, one) for one in known.stretches),
        notes=tuple(_note(note) for note in known.notes),
        calibrations=tuple(
            mi.InstrumentCalibration(index=index, time=rfc3339_from_ns(entry.t_ns), body=dict(entry.body))
            for index, entry in known.calibrations
        ),
        imported=tuple(_imported(wired, note) for note in known.imports),
    )


def _installation(wired: Services, one: Stretch) -> mi.InstallationMessage:
    return mi.InstallationMessage(
        sensor_id=one.sensor,
        first=one.first,
        since=wired.passports.time_of(one.first),
        until=one.until,
        ended=None if one.until is None else wired.passports.time_of(one.until),
        standing=one.standing,
        cause=one.cause,
        found=one.found,
        person=one.person,
    )


def _note(note: InstrumentNote) -> mi.InstrumentNoteMessage:
    return _remark(note.index, note.t_ns, note.body)


def _remark(index: int, t_ns: int, body: NoteBody) -> mi.InstrumentNoteMessage:
    return mi.InstrumentNoteMessage(
        index=index,
        time=rfc3339_from_ns(t_ns),
        at=body.at,
        text=body.text,
        person=body.person,
        attachments=_attachments(body.attachments),
    )


def _attachments(bodies: Sequence[AttachmentBody]) -> tuple[mi.AttachmentMessage, ...]:
    return tuple(mi.AttachmentMessage(name=one.name, sha256=one.sha256, size=one.size) for one in bodies)


def _imported(wired: Services, note: InstrumentNote) -> mi.ImportedHistory:
    bare = mi.ImportedHistory(
        index=note.index, time=rfc3339_from_ns(note.t_ns), sha256=note.body.dossier, person=note.body.person
    )
    try:
        return bare.model_copy(update=_told(wired.passports.imported(note)))
    except (BadInput, DamagedLog, Unknown) as fault:
        return bare.model_copy(update={"trouble": f"{fault.title}: {fault}"})


def _told(dossier: Dossier) -> dict[str, object]:
    remarks = [(index, entry) for index, entry in dossier.decoded() if entry.type == EntryType.NOTE]
    return {
        "device_id": dossier.device_id,
        "project_id": dossier.project_id,
        "origin": dossier.origin,
        "exported": dossier.exported,
        "firmware": dossier.firmware,
        "entries": len(dossier.entries),
        "placements": tuple(
            mi.ImportedPlacement(
                sensor_id=one.sensor, since=one.since, until=one.until, standing=one.standing, cause=one.cause
            )
            for one in dossier.placements
        ),
        "notes": tuple(_remark(index, entry.t_ns, from_json(NoteBody, entry.body)) for index, entry in remarks),
    }
