# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What of a closed log's calibrations only its entries tell: results by which drift is seen, and certificates that wait
for their second person. Reads the log."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import (
    CalibrationVerdict,
    CarriedCalibration,
    CertificateReview,
    ExternalCertificate,
    PointResult,
)
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.instruments import Instruments, Key
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


def waiting_certificates(reader: LogReader, told: Calibrations) -> tuple[ExternalCertificate, ...]:
    """Certificates that nobody reviewed yet, in log order, as the log that follows says them: of the instrument by its
    serial number of now, and where it is. One without a serial number is told by its place there, for its name of here
    would be another instrument's. Raises as `results_in`."""
    waiting: dict[int, ExternalCertificate] = {}
    for index, entry in _calibrations(reader):
        match entry.body.get("event"):
            case "certificate":
                waiting[index] = from_json(ExternalCertificate, entry.body)
            case "review":
                waiting.pop(from_json(CertificateReview, entry.body).certificate, None)
    return tuple(_of_now(body, told.certificates.of(index), told.instruments) for index, body in waiting.items())


def _of_now(body: ExternalCertificate, key: Key | None, instruments: Instruments) -> ExternalCertificate:
    if key is None:
        return body
    here = next((one.sensor for one in instruments.of(key) if one.until is None), None)
    return replace(body, serial=key.serial, sensor=here or (body.sensor if key.serial else ""))


def _calibrations(reader: LogReader) -> Iterator[tuple[int, Entry]]:
    after = -1
    while page := entries_of(reader, (EntryType.CALIBRATION.value,), after=after, limit=PAGE):
        yield from page
        after = page[-1][0]
