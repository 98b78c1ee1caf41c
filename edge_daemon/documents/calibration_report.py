# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration report (certificate) of a signed run, as PDF. Makes bytes from a record; reads only the fonts.

Contents: ISO/IEC 17025:2017, clause 7.8, as kept in the calibration reference, section 3.1. A field unit is no
accredited laboratory: the report carries no accreditation mark and says so. An interval is recommended only where the
project's own plan names one.
"""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether

from edge_daemon.documents.calibration_adjustment import adjustment_part
from edge_daemon.documents.calibration_budget import uncertainty_part
from edge_daemon.documents.calibration_conformity import conformity_part, deviations_part, outcome_lines
from edge_daemon.documents.calibration_persons import persons_part
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.calibration_results import plots_part, results_part
from edge_daemon.documents.calibration_standards import standards_part
from edge_daemon.documents.numbers import plain
from edge_daemon.documents.sheet import (
    HEADING,
    SMALL,
    STRONG,
    TITLE,
    WIDTH,
    beside,
    facts,
    make_pdf,
    qr,
    section,
    space,
    text,
)
from edge_daemon.domain.procedure import Method
from edge_daemon.domain.station import Location
from edge_daemon.domain.time import rfc3339_from_ns

QR_WIDTH = 40 * mm

_METHODS = {
    Method.VERIFICATION: "comparison with the reference, no adjustment",
    Method.OFFSET: "one point, offset",
    Method.GAIN: "one point, gain",
    Method.TWO_POINTS: "two points, gain and offset",
    Method.POLYNOMIAL: "weighted least squares of the reference on the uncalibrated reading",
    Method.SEGMENTS: "straight lines from point to point",
}


_CLOSING = (
    "This report concerns the instrument named above only, in the condition and at the time it was calibrated. "
    "Its conditions, its place and every reference that is marked as typed were given by the persons named and not "
    "measured by this station. "
    "It was issued by a field station that is not an accredited laboratory, and bears no accreditation mark. "
    "It may be reproduced in full only."
)


def calibration_report(record: CalibrationRecord) -> bytes:
    """The report as PDF. The same record gives the same bytes with the same version of the program."""
    title = f"Calibration report {record.identification}"
    return make_pdf(lambda: _parts(record), title=title, identification=title)


def _parts(record: CalibrationRecord) -> list[Flowable]:
    return [
        *_head(record),
        *section("The instrument", _item(record)),
        *section("What the instrument says of its own calibration", *_own_word(record)),
        *section("Method", _method(record)),
        *section("Reference standards and traceability", *standards_part(record)),
        *section("Conditions", _conditions(record)),
        *section(
            "Results before any adjustment (as found)", *results_part(record.verdict.as_found, record, "as_found")
        ),
        *section("Adjustment", *adjustment_part(record)),
        *section("Results after adjustment (as left)", *_as_left(record)),
        *plots_part(record),
        *section("Uncertainty", *uncertainty_part(record)),
        *section("Statement of conformity", *conformity_part(record)),
        *section("Additions to, deviations and exclusions from the method", *deviations_part(record)),
        *section("Persons", persons_part(record)),
        KeepTogether([text("Proof", HEADING), _proof(record), space(3), text(_CLOSING, SMALL)]),
    ]


def _head(record: CalibrationRecord) -> list[Flowable]:
    station = record.station
    rows = [
        ("Report", record.identification),
        ("Issued", _time(record.signed_ns)),
        ("Carried out", f"{_time(record.started_ns)} to {_time(record.signed_ns)}"),
        ("Issued by", " · ".join(filter(None, (station.name, f"station {station.device_id}")))),
        ("Issuer's address", _address(station.location)),
        ("Customer", f"project {station.project_id}"),
        ("Customer's contact", ""),
        ("Place of work", record.start.place or (station.location.address if station.location else "")),
    ]
    warning = [text("DEMONSTRATION: simulated instrument, no evidence.", STRONG)] if record.demo else []
    return [
        text("Calibration report", TITLE),
        *warning,
        *outcome_lines(record),
        space(2),
        beside(facts(rows, WIDTH - QR_WIDTH - 6 * mm), qr(_qr_text(record)), QR_WIDTH),
    ]


def _address(location: Location | None) -> str:
    if location is None:
        return ""
    return " · ".join(filter(None, (location.address, f"{location.latitude:.5f}°, {location.longitude:.5f}°")))


def _item(record: CalibrationRecord) -> Flowable:
    item = record.item
    note = record.conditions.note if record.conditions else ""
    return facts(
        [
            ("Maker and model", " ".join(filter(None, (item.maker, item.title)))),
            ("Serial number", f"{item.serial} ({item.serial_known_by})" if item.serial else ""),
            ("Firmware", item.firmware),
            ("Measuring point", " · ".join(filter(None, (item.sensor_name, item.sensor)))),
            ("Quantity", f"{record.start.channel} in {record.start.unit}"),
            ("Condition as received", note),
            ("Date of receipt", "not relevant: it was calibrated where it is connected"),
        ]
    )


def _own_word(record: CalibrationRecord) -> list[Flowable]:
    said = [f"• {words}" for words in record.device_words]
    nothing = "Nothing: it told no date, count or command of its own calibration before this one."
    return [text(words) for words in said or [nothing]]


def _method(record: CalibrationRecord) -> Flowable:
    procedure = record.start.procedure
    return facts(
        [
            ("Procedure", f"{procedure.title} ({procedure.key}, revision {procedure.revision})"),
            ("Kind", _METHODS[procedure.method]),
            ("Source", procedure.source),
            ("A point counts when", _stable(record)),
            ("Sampling", "not relevant: no sample was taken, the instrument itself was calibrated"),
            ("External providers", "none: every indication was read by this station"),
            ("Software", f"Verifield {record.start.program}"),
        ]
    )


def _stable(record: CalibrationRecord) -> str:
    stable, unit = record.start.procedure.stable, record.start.unit
    return (
        f"{plain(stable.settle_s)} s have passed and, over {plain(stable.window_s)} s, the standard deviation is at "
        f"most {_limit(stable.deviation, stable.deviation_relative, unit)} and the slope at most "
        f"{_limit(stable.slope_per_minute, stable.slope_relative, unit)} per minute"
    )


def _limit(absolute: float, relative: float, unit: str) -> str:
    share = f" or {plain(round(100 * relative, 9))} % of the mean" if relative else ""
    return f"{plain(absolute)} {unit}{share}"


def _conditions(record: CalibrationRecord) -> Flowable:
    values = record.conditions.values if record.conditions else {}
    rows = [
        (one.title, f"{plain(values[one.name])} {one.unit}" if one.name in values else "")
        for one in record.start.procedure.conditions
    ]
    if record.conditions and record.conditions.attachments:
        rows.append(
            ("Attached", ", ".join(f"{one.name} (SHA-256 {one.sha256})" for one in record.conditions.attachments))
        )
    return facts(rows or [("Environment", "")])


def _as_left(record: CalibrationRecord) -> list[Flowable]:
    if record.verdict.as_left:
        return results_part(record.verdict.as_left, record, "as_left")
    return [text("Not taken: nothing was adjusted, so the results as found hold.")]


def _proof(record: CalibrationRecord) -> Flowable:
    proof = record.proof
    return facts(
        [
            ("Log", proof.origin),
            ("Entries", f"run {record.verdict.run}, verdict {proof.index}"),
            ("Hash of the verdict's leaf", proof.leaf),
            ("Document made by", f"Verifield {record.program}"),
            ("Replaces", "no earlier report: a report is never changed, a later calibration has one of its own"),
        ]
    )


def _qr_text(record: CalibrationRecord) -> str:
    return f"verifield:calibration:{record.identification}:{record.proof.leaf}"


def _time(ns: int) -> str:
    return f"{rfc3339_from_ns(ns)[:19]}Z"
