# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on what is said of readings later, and on what is to be monitored. Both are only ever added to the log."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import TypeAdapter

from edge_daemon.api import messages_quality as q
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import from_json
from edge_daemon.log.entry import Entry
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.station.past import entry_at

router = APIRouter(prefix="/api", tags=["amendments"])
_PLAN: TypeAdapter[PlanBody] = TypeAdapter(PlanBody)


@router.get("/amendments")
def amendments(wired: Wired) -> list[q.AmendmentMessage]:
    """All amendments of the log, in its order, whether they still count or not."""
    told = wired.amendments.amendments
    counting = {one.index for one in told.in_force}
    with wired.reader() as reader:
        return [_amendment(one.index, entry_at(reader, one.index), one.index in counting) for one in told.told]


@router.post("/amendments", status_code=201)
def amend(new: q.NewAmendment, wired: Wired) -> q.AmendmentMessage:
    """Say how earlier readings are to be read. The readings themselves stay as they are."""
    body = AmendmentBody(
        kind=new.kind,
        first=new.first,
        last=new.last,
        evidence=new.evidence,
        person=new.person,
        sensors=new.sensors,
        channels=new.channels,
        start=new.start,
        end=new.end,
        flag=new.flag,
        offset_us=new.offset_us,
        uncertainty_us=new.uncertainty_us,
        reads_as=new.reads_as,
        gain=new.gain,
        offset=new.offset,
        replaces=new.replaces,
        attachments=tuple(AttachmentBody(one.name, one.sha256, one.size) for one in new.attachments),
    )
    index, entry = wired.amendments.amend(body)
    return _amendment(index, entry, counts=True)


@router.get("/plan")
def plan(wired: Wired) -> q.PlanReply:
    """What is to be monitored, as it holds now."""
    now = wired.amendments.plan
    if now.body is None:
        return q.PlanReply(index=None, time=None)
    with wired.reader() as reader:
        written = entry_at(reader, now.index)
    known = wired.book.setup.sensors
    missing = tuple(sorted({one.sensor for one in now.body.parameters} - known.keys()))
    reply = q.PlanReply(index=now.index, time=rfc3339_from_ns(written.t_ns), missing=missing)
    return reply.model_validate({**reply.model_dump(), **asdict(now.body)})


@router.put("/plan")
def set_plan(asked: q.PlanRequest, wired: Wired) -> q.PlanReply:
    """Write the plan that holds from now on; the one before stays in the log."""
    wired.amendments.set_plan(_PLAN.validate_python(asked.model_dump()))
    return plan(wired)


def _amendment(index: int, entry: Entry, counts: bool) -> q.AmendmentMessage:
    body = from_json(AmendmentBody, entry.body)
    told = {"index": index, "time": rfc3339_from_ns(entry.t_ns), "counts": counts, **asdict(body)}
    return q.AmendmentMessage.model_validate(told)
