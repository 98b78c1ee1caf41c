# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What of a closed log's calibrations only its entries tell: results by which drift is seen, and certificates that wait
for their second person. Reads the log."""

from collections.abc import Iterator, Mapping

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import (
    CalibrationVerdict,
    CarriedCalibration,
    CertificateReview,
    ExternalCertificate,
    PointResult,
)
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.station.entries import entries_of

PAGE = 1_000


def results_in(reader: LogReader) -> Mapping[int, tuple[PointResult, ...]]:
    """What each calibration left, or where nothing was adjusted found, by the entry at which it took effect.

    Raises what the log's reader does, ValueError for an entry of a wrong form.
    """
    found: dict[int, tuple[PointResult, ...]] = {}
    for index, entry in _calibrations(reader):
        match entry.body.get("event"):
            case "verdict":
                verdict = from_json(CalibrationVerdict, entry.body)
                found[index] = verdict.as_left or verdict.as_found
            case "carried":
                found[index] = from_json(CarriedCalibration, entry.body).results
    return found


def waiting_certificates(reader: LogReader) -> tuple[ExternalCertificate, ...]:
    """Certificates that nobody reviewed yet, in log order. Raises as `results_in`."""
    waiting: dict[int, ExternalCertificate] = {}
    for index, entry in _calibrations(reader):
        match entry.body.get("event"):
            case "certificate":
                waiting[index] = from_json(ExternalCertificate, entry.body)
            case "review":
                waiting.pop(from_json(CertificateReview, entry.body).certificate, None)
    return tuple(waiting.values())


def _calibrations(reader: LogReader) -> Iterator[tuple[int, Entry]]:
    after = -1
    while page := entries_of(reader, (EntryType.CALIBRATION.value,), after=after, limit=PAGE):
        yield from page
        after = page[-1][0]
