# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on documents for people: the report of a signed calibration, as PDF."""

from fastapi import APIRouter, Response

from edge_daemon.api.routes_station import Wired
from edge_daemon.station.calibration_reports import CalibrationReports

router = APIRouter(prefix="/api", tags=["documents"])

PDF = "application/pdf"


@router.get("/calibrations/{index}/certificate", response_class=Response)
def certificate(index: int, wired: Wired) -> Response:
    """The calibration report of the verdict at this log index. Asked again, it is the same bytes."""
    reports = CalibrationReports(wired.reader, wired.catalogue, wired.health().program)
    return _pdf(reports.pdf(index), f"calibration-{index}.pdf")


def _pdf(data: bytes, name: str) -> Response:
    return Response(data, media_type=PDF, headers={"Content-Disposition": f'attachment; filename="{name}"'})
