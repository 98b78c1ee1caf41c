# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on documents for people, as PDF: the report of a signed calibration, and that of a visit.

What makes PDF takes ten megabytes of memory, so that it is loaded by the first who asks for a document.
"""

import logging
from collections.abc import Mapping
from typing import cast

from fastapi import APIRouter, Response

from edge_daemon.api.paging import stretch_of
from edge_daemon.api.routes_evidence import PUBLIC_CHAINS
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.buffer.checkpoint_files import KeptCheckpoint
from edge_daemon.buffer.reader import LogReader
from edge_daemon.documents.visit_record import AnchorLine, CheckpointLine
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.device_keys import device_keys
from edge_daemon.log.entry import EntryType
from edge_daemon.station.entries import entries_of
from edge_daemon.station.visit_calibrations import Calibrated
from edge_daemon.station.visit_reports import Around, visit_record

router = APIRouter(prefix="/api", tags=["documents"])
log = logging.getLogger(__name__)

PDF = "application/pdf"


@router.get("/calibrations/{index}/certificate", response_class=Response)
def certificate(index: int, wired: Wired) -> Response:
    """The calibration report of the verdict at this log index, or of the one that was carried over there from a closed
    log. Asked again, it is the same bytes."""
    from edge_daemon.station.calibration_reports import CalibrationReports

    reports = CalibrationReports(wired.reader, wired.health().program, wired.closed_folder)
    return _pdf(reports.pdf(index), f"calibration-{index}.pdf")


@router.get("/visit-report", response_class=Response)
def visit(wired: Wired, since: str = "", until: str = "", person: str = "") -> Response:
    """What happened from `since` to `until`; without them, from the end of the visit before until now."""
    from edge_daemon.documents.visit_report import visit_report

    stretch = stretch_of(since, until)
    end_ns = wired.now_ns() if stretch.until_ns is None else stretch.until_ns
    signed = _signed_now(wired)
    with wired.reader() as reader:
        record = visit_record(reader, _around(wired, reader, signed=signed), stretch.since_ns, end_ns, person)
    return _pdf(visit_report(record), f"visit-{record.size}.pdf")


def _signed_now(wired: Services) -> bool:
    """Whether what is durable now could be signed: what a second person photographs should have a signature."""
    try:
        wired.signing.checkpoints.make()
    except (Fault, OSError) as error:
        log.warning("the visit report shows a head that is not signed: %s", error)
        return False
    return True


def _around(wired: Services, reader: LogReader, *, signed: bool) -> Around:
    origin = reader.head().origin
    return Around(
        setup=wired.book.setup,
        instruments=wired.instruments.told,
        catalogue=wired.catalogue,
        summaries=wired.summaries.summaries,
        checkpoint=_checkpoint(wired.signing.checkpoints.files.newest(origin), reader),
        anchors=lambda: anchor_lines(wired.evidence.anchoring(), origin),
        program=wired.health().program,
        calibrated=Calibrated(
            wired.calibration_history.told(), wired.calibration_history.story(), wired.amendments.plan
        ),
        signed=signed,
    )


def _checkpoint(kept: KeptCheckpoint | None, reader: LogReader) -> CheckpointLine | None:
    if kept is None:
        return None
    head = kept.signed.checkpoint
    keys = device_keys(head.origin, entries_of(reader, (EntryType.KEY.value,)))
    return CheckpointLine(head.size, head.root.hex(), kept.made_ns, str(keys.in_force(head.size) or "not known"))


def anchor_lines(told: Mapping[str, object], origin: str) -> tuple[AnchorLine, ...]:
    """The anchors of the log `origin` among those that `told` tells of, as the delivery program tells them."""
    network, warning = told.get("network"), str(told.get("warning", ""))
    every = cast("list[Mapping[str, object]]", told.get("anchors", []))
    own = (one for one in every if one["origin"] == origin)
    return tuple(_anchor(one, warning, chosen=one["network"] == network) for one in own)


def _anchor(one: Mapping[str, object], warning: str, *, chosen: bool) -> AnchorLine:
    ledger = one.get("ledger_time")
    return AnchorLine(
        size=int(str(one["size"])),
        state=str(one["state"]),
        network=str(one["network"]),
        transaction=str(one.get("transaction_hash") or ""),
        ledger_ns=None if ledger is None else ns_from_rfc3339(str(ledger)),
        warning=warning if chosen else "",
        counts=chosen and one["network"] in PUBLIC_CHAINS,
    )


def _pdf(data: bytes, name: str) -> Response:
    return Response(data, media_type=PDF, headers={"Content-Disposition": f'attachment; filename="{name}"'})
