# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on the register of reference standards. A standard is never changed: each change is an entry of its own."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, date, datetime

from fastapi import APIRouter

from edge_daemon.api import messages_calibration as mc
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.calibration_body import StandardBody
from edge_daemon.station.passports import MOST_ATTACHED_BYTES
from edge_daemon.station.standards import Standard, kind_of
from edge_daemon.station.standards_csv import bring_in

router = APIRouter(prefix="/api", tags=["standards"])


@router.get("/standards")
def standards(wired: Wired, kind: str = "", code: str = "") -> tuple[mc.StandardMessage, ...]:
    """The standards that no other took the place of, the last used first; those taken out of use come last.

    With a scanner's `code` the one in use that has exactly this code, or none.
    """
    found = wired.standards.register().current()
    wanted = [one for one in found if kind_of(kind) in {"", one.body.kind}]
    if code:
        wanted = [one for one in wanted if one.in_use and one.body.code == code]
    return tuple(_standard(one, _known_day(wired)) for one in wanted)


@router.get("/standards/kinds")
def kinds(wired: Wired) -> tuple[mc.StandardKind, ...]:
    """The kinds that procedures ask for, and those of the register."""
    return tuple(mc.StandardKind(kind=kind, asked_for=asked) for kind, asked in wired.standards.kinds().items())


@router.post("/standards", status_code=201)
def add(new: mc.NewStandard, wired: Wired) -> mc.StandardMessage:
    """Enter a standard; with `replaces` correct, renew or withdraw one."""
    files = attached(wired, new.files)
    body = StandardBody(**new.model_dump(exclude={"files"}), attachments=files)
    return _standard(wired.standards.add(body), _known_day(wired))


@router.post("/standards/csv")
def import_csv(new: mc.StandardsImport, wired: Wired) -> mc.StandardsImported:
    """Enter the standards of a CSV file that the register never had, and tell what became of each line."""
    told = bring_in(wired.standards, new.csv, new.person, _known_day(wired))
    return mc.StandardsImported(
        lines=tuple(mc.ImportedLine(line=one.line, taken=one.taken, index=one.index, words=one.words) for one in told)
    )


def today(wired: Services) -> date:
    """This day in UTC."""
    return datetime.fromtimestamp(wired.now_ns() // NS_PER_S, UTC).date()


def _known_day(wired: Services) -> date | None:
    """This day in UTC; None while the clock is not trusted: then nobody knows it."""
    return None if wired.clock_history().state == "untrusted" else today(wired)


def attached(wired: Services, files: Sequence[mc.FileUpload]) -> tuple[AttachmentBody, ...]:
    """The files, kept. Raises BadInput for what is no base64, a name or size not allowed, or two of one name."""
    content = [(one.name, _decoded(place, one.content)) for place, one in enumerate(files)]
    return tuple(wired.passports.attach(name, data) for name, data in content)


def _decoded(place: int, content: str) -> bytes:
    if len(content) > 2 * MOST_ATTACHED_BYTES:
        raise BadInput(f"files.{place}.content", f"{len(content)} characters", f"{MOST_ATTACHED_BYTES} bytes at most")
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise BadInput(f"files.{place}.content", content[:20], f"base64 is needed ({wrong})") from wrong


def _standard(one: Standard, on: date | None) -> mc.StandardMessage:
    body = one.body
    return mc.StandardMessage(
        index=one.index,
        kind=body.kind,
        name=body.name,
        value=body.value,
        unit=body.unit,
        expanded_uncertainty=body.expanded_uncertainty,
        factor=body.factor,
        lot=body.lot,
        certificate=body.certificate,
        issuer=body.issuer,
        expires=body.expires,
        code=body.code,
        by_temperature=body.by_temperature,
        attachments=tuple(file.sha256 for file in body.attachments),
        standing=one.standing(on),
        used=None if one.used_ns is None else rfc3339_from_ns(one.used_ns),
    )
