# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on a port: capture the bytes that go over it, while recording lends it. The sensors' gap says so.

A port's key may stand in the path as it is or percent-encoded.
"""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from pydantic import Field

from edge_daemon.api.messages import Message, Request
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.station.captures import MOST_SECONDS, CaptureOrder, Run

router = APIRouter(prefix="/api/ports", tags=["ports"])


class NewCapture(Request):
    """`model` is asked, or `line` (as `9600 8N1`) listened to, where no sensor is set up on the port."""

    seconds: float = Field(gt=0, le=MOST_SECONDS)
    model: str = ""
    line: str = ""


class CaptureMessage(Message):
    """A capture. `detail` says why it failed; what came before is kept."""

    key: str
    started: str
    seconds: float
    passed_s: float
    state: Literal["running", "done", "cancelled", "failed"]
    detail: str = ""
    received_bytes: int = 0
    sent_bytes: int = 0


@router.post("/{key:path}/capture", status_code=202)
def capture(key: str, asked: NewCapture, wired: Wired) -> CaptureMessage:
    """Begin to capture. Meanwhile nothing of this port is recorded."""
    run = wired.captures.start(CaptureOrder(key, asked.seconds, asked.model, asked.line))
    return _message(run, wired.now_ns())


@router.get("/{key:path}/capture/file", response_class=PlainTextResponse)
def file(key: str, wired: Wired) -> str:
    """What was captured so far, as a capture file."""
    return wired.captures.of(key).text()


@router.get("/{key:path}/capture")
def progress(key: str, wired: Wired) -> CaptureMessage:
    """How far it is."""
    return _message(wired.captures.of(key), wired.now_ns())


@router.delete("/{key:path}/capture")
def cancel(key: str, wired: Wired) -> CaptureMessage:
    """End it early; the port is recorded from again when the reply comes."""
    return _message(wired.captures.cancel(key), wired.now_ns())


def _message(run: Run, now_ns: int) -> CaptureMessage:
    return CaptureMessage(
        key=run.order.key,
        started=rfc3339_from_ns(run.started_ns),
        seconds=run.order.seconds,
        passed_s=min(max(0, now_ns - run.started_ns) / NS_PER_S, run.order.seconds),
        state=run.state,
        detail=run.detail,
        received_bytes=run.capture.received,
        sent_bytes=run.capture.sent,
    )
