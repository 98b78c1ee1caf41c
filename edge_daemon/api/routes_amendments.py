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
from edge_daemon.station.amendment_preview import preview
from edge_daemon.station.past import entry_at
from edge_daemon.station.reasons import Explained
from edge_daemon.station.reported_at import fold_before

router = APIRouter(prefix="/api", tags=["amendments"])
_PLAN: TypeAdapter[PlanBody] = TypeAdapter(PlanBody)


@router.get("/amendments")
def amendments(wired: Wired) -> list[q.AmendmentMessage]:
    """All amendments of the log, in its order, whether they still count or not."""
    told = wired.amendments.amendments
    counting = {one.index for one in told.in_force}
    with wired.reader() as reader:
        return [_amendment(one.index, entry_at(reader, one.index), one.index in counting) for one in told.told]


@router.get("/amendments/waiting")
def waiting(wired: Wired) -> list[q.WaitingMessage]:
    """The readings that wait for a time, in the log's order: what a person may release."""
    history = wired.clock_history()
    with wired.reader() as reader:
        return [
            q.WaitingMessage(
                first=one.first,
                last=one.last,
                readings=one.readings,
                clock_from=rfc3339_from_ns(entry_at(reader, one.first).t_ns),
                clock_to=rfc3339_from_ns(entry_at(reader, one.last).t_ns),
                contradicts=(stretch := history.stretch_at(one.first)) is not None and stretch.state != "untrusted",
            )
            for one in wired.summaries.waiting()
        ]


@router.post("/amendments", status_code=201)
def amend(new: q.NewAmendment, wired: Wired) -> q.AmendmentMessage:
    """Say how earlier readings are to be read. The readings themselves stay as they are."""
    index, entry = wired.amendments.amend(_body(new))
    return _amendment(index, entry, counts=True)


@router.post("/amendments/preview")
def preview_amendment(new: q.NewAmendment, wired: Wired) -> q.AmendmentPreview:
    """What this amendment would change, and why it would be refused. Nothing is written."""
    body = wired.amendments.checked(_body(new))
    with wired.reader() as reader:
        history = wired.clock_history()
        fold = fold_before(reader, wired.summaries, history)
        told = preview(reader, history, wired.amendments.amendments, body, wired.head().size, fold)
    return q.AmendmentPreview(
        first=told.body.first,
        last=told.body.last,
        readings=told.readings,
        exact=told.exact,
        examples=tuple(_example(*both) for both in told.examples),
    )


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


def _body(new: q.NewAmendment) -> AmendmentBody:
    return AmendmentBody(
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


def _example(now: Explained, then: Explained) -> q.PreviewReading:
    before, after = now.effective, then.effective
    return q.PreviewReading(
        index=before.index,
        recorded_sensor_id=before.original.sensor,
        recorded_time=rfc3339_from_ns(before.original.t_ns),
        now_sensor_id=before.sensor,
        now_time=rfc3339_from_ns(before.time.time_ns),
        now_held=before.time.held,
        then_sensor_id=after.sensor,
        then_time=rfc3339_from_ns(after.time.time_ns),
        then_held=after.time.held,
        channels={
            name: q.PreviewChannel(
                unit=now.units.get(name, ""),
                recorded_value=own.value,
                recorded_flag=int(own.flag),
                now_value=before.channels[name].value,
                now_flag=int(before.channels[name].flag),
                then_value=after.channels[name].value,
                then_flag=int(after.channels[name].flag),
            )
            for name, own in before.original.channels.items()
        },
    )


def _amendment(index: int, entry: Entry, counts: bool) -> q.AmendmentMessage:
    body = from_json(AmendmentBody, entry.body)
    told = {"index": index, "time": rfc3339_from_ns(entry.t_ns), "counts": counts, **asdict(body)}
    return q.AmendmentMessage.model_validate(told)
