# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration report (certificate) of a signed run, as PDF. Makes bytes from a record; reads only the fonts.

Contents: ISO/IEC 17025:2017, clause 7.8, as kept in the calibration reference, section 3.1. A field unit is no
accredited laboratory: the report carries no accreditation mark and says so. A recommended interval appears only as the
date that the project's own procedure sets.
"""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from edge_daemon.calibration.point_results import decision_rule
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.calibration_results import adjustment_part, plots_part, results_part, uncertainty_part
from edge_daemon.documents.sheet import (
    SMALL,
    STRONG,
    TITLE,
    WIDTH,
    beside,
    facts,
    grid,
    make_pdf,
    qr,
    section,
    space,
    text,
)
from edge_daemon.domain.procedure import Method, ReferenceSource, Tolerance
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import Outcome, StandardBody

QR_WIDTH = 40 * mm

_OUTCOMES: dict[Outcome, str] = {
    "pass": "PASS: within tolerance, also at the edge of the uncertainty",
    "conditional_pass": "CONDITIONAL PASS: within tolerance, but closer to the limit than the uncertainty",
    "conditional_fail": "CONDITIONAL FAIL: outside tolerance, by less than the uncertainty",
    "fail": "FAIL: outside tolerance",
}
_METHODS = {
    Method.VERIFICATION: "comparison with the reference, no adjustment",
    Method.OFFSET: "one point, offset",
    Method.GAIN: "one point, gain",
    Method.TWO_POINTS: "two points, gain and offset",
    Method.POLYNOMIAL: "weighted least squares of the reference on the uncalibrated reading",
    Method.SEGMENTS: "straight lines from point to point",
}
_SOURCES = {
    ReferenceSource.STANDARD: "reference standard",
    ReferenceSource.FIXED: "known by how it is made",
    ReferenceSource.INSTRUMENT: "reference instrument, read and typed",
    ReferenceSource.SATURATED_AIR: "water-saturated air, computed from station pressure and salinity",
}


def calibration_report(record: CalibrationRecord) -> bytes:
    """The report as PDF. The same record gives the same bytes with the same version of the program."""
    title = f"Calibration report {record.identification}"
    return make_pdf(lambda: _parts(record), title=title, identification=title)


def _parts(record: CalibrationRecord) -> list[Flowable]:
    return [
        *_head(record),
        *section("The instrument", _item(record)),
        *section("Method", _method(record)),
        *section("Reference standards and traceability", *_standards(record)),
        *section("Conditions", _conditions(record)),
        *section("Results before any adjustment (as found)", *results_part(record.verdict.as_found, record.start)),
        *section("Adjustment", *adjustment_part(record)),
        *section("Results after adjustment (as left)", *_as_left(record)),
        *plots_part(record),
        *section("Uncertainty", *uncertainty_part(record)),
        *section("Statement of conformity", *_conformity(record)),
        *section("What a person decided against the procedure", *_deviations(record)),
        *section("Persons", _persons(record)),
        *section("Proof", _proof(record)),
        space(3),
        text(
            "This report concerns the instrument named above only, in the condition and at the time it was calibrated. "
            "It was issued by a field station that is not an accredited laboratory, and bears no accreditation mark. "
            "It may be reproduced in full only.",
            SMALL,
        ),
    ]


def _head(record: CalibrationRecord) -> list[Flowable]:
    station = record.station
    rows = [
        ("Report", record.identification),
        ("Issued", _time(record.signed_ns)),
        ("Carried out", f"{_time(record.started_ns)} to {_time(record.signed_ns)}"),
        ("Issued by", " · ".join(filter(None, (station.name, f"station {station.device_id}")))),
        ("Customer", f"project {station.project_id}"),
        ("Customer's contact", ""),
        ("Place of work", record.start.place or (station.location.address if station.location else "")),
    ]
    warning = [text("DEMONSTRATION: simulated instrument, no evidence.", STRONG)] if record.demo else []
    return [
        text("Calibration report", TITLE),
        *warning,
        text(_OUTCOMES[record.verdict.outcome], STRONG),
        space(2),
        beside(facts(rows, WIDTH - QR_WIDTH - 6 * mm), qr(_qr_text(record)), QR_WIDTH),
    ]


def _item(record: CalibrationRecord) -> Flowable:
    item = record.item
    note = record.conditions.note if record.conditions else ""
    return facts(
        [
            ("Maker and model", f"{item.maker} {item.title}"),
            ("Serial number", f"{item.serial} ({item.serial_known_by})" if item.serial else ""),
            ("Firmware", item.firmware),
            ("Measuring point", " · ".join(filter(None, (item.sensor_name, item.sensor)))),
            ("Quantity", f"{record.start.channel} in {record.start.unit}"),
            ("Condition as received", note),
        ]
    )


def _method(record: CalibrationRecord) -> Flowable:
    procedure = record.start.procedure
    return facts(
        [
            ("Procedure", f"{procedure.title} ({procedure.key}, revision {procedure.revision})"),
            ("Kind", _METHODS[procedure.method]),
            ("Source", procedure.source),
            ("A point counts when", _stable(record)),
            ("Software", f"Verifield {record.start.program}"),
        ]
    )


def _stable(record: CalibrationRecord) -> str:
    stable, unit = record.start.procedure.stable, record.start.unit
    return (
        f"{stable.settle_s:g} s have passed and, over {stable.window_s:g} s, the standard deviation is at most "
        f"{_limit(stable.deviation, stable.deviation_relative, unit)} and the slope at most "
        f"{_limit(stable.slope_per_minute, stable.slope_relative, unit)} per minute"
    )


def _limit(absolute: float, relative: float, unit: str) -> str:
    return f"{absolute:g} {unit}" + (f" or {100 * relative:g} % of the mean" if relative else "")


def _standards(record: CalibrationRecord) -> list[Flowable]:
    used = dict.fromkeys(point.standard for _, _, point in record.points if point.standard is not None)
    named = [(index, record.standards[index]) for index in used if index in record.standards]
    others = [
        f"{record.start.procedure.point(point.point).title}: {point.reference:g} ± {point.expanded_uncertainty:g} "
        f"{record.start.unit} (k = {point.factor:g}), {_SOURCES[record.start.procedure.point(point.point).source]}"
        for point in (*record.taken("as_found"), *record.taken("as_left"))
        if point.standard is None
    ]
    parts: list[Flowable] = []
    if named:
        heads = ("Standard", "Value", "U (k)", "Lot", "Certificate", "Expires", "Entry")
        parts.append(grid(heads, [_standard(index, one) for index, one in named], (26, 14, 16, 12, 22, 13, 8)))
    parts.extend(text(words) for words in dict.fromkeys(others))
    if others:
        parts.append(
            text("References that are no standard of the register carry no certificate of their own here.", SMALL)
        )
    return parts or [text("No reference was used.")]


def _standard(index: int, one: StandardBody) -> tuple[str, ...]:
    certificate = " · ".join(filter(None, (one.issuer, one.certificate))) or "not supplied"
    return (
        one.name,
        f"{one.value:g} {one.unit}",
        f"{one.expanded_uncertainty:g} {one.unit} ({one.factor:g})",
        one.lot or "not supplied",
        certificate,
        one.expires or "not supplied",
        str(index),
    )


def _conditions(record: CalibrationRecord) -> Flowable:
    values = record.conditions.values if record.conditions else {}
    rows = [
        (one.title, f"{values[one.name]:g} {one.unit}" if one.name in values else "")
        for one in record.start.procedure.conditions
    ]
    if record.conditions and record.conditions.attachments:
        rows.append(
            ("Attached", ", ".join(f"{one.name} (SHA-256 {one.sha256})" for one in record.conditions.attachments))
        )
    return facts(rows or [("Environment", "")])


def _as_left(record: CalibrationRecord) -> list[Flowable]:
    if record.verdict.as_left:
        return results_part(record.verdict.as_left, record.start)
    return [text("Not taken: nothing was adjusted, so the results as found hold.")]


def _conformity(record: CalibrationRecord) -> list[Flowable]:
    verdict, tolerance = record.verdict, record.start.procedure.tolerance
    parts: list[Flowable] = [
        text(_OUTCOMES[verdict.outcome], STRONG),
        text(
            f"Specification: {_tolerance(tolerance, record.start.unit)}, or what the tables above name for a point, "
            f"applied to every result above. Decision rule: {decision_rule((*verdict.as_found, *verdict.as_left))}"
        ),
    ]
    if verdict.impact is not None:
        parts.append(
            text(
                "The instrument was outside tolerance as found. Its earlier readings are amended by log entry "
                f"{verdict.impact}, which states how far back and what is to be deducted."
            )
        )
    if verdict.due:
        parts.append(text(f"By the project's procedure the next calibration is due on {verdict.due}."))
    if verdict.remarks:
        parts.append(text(f"Remarks (opinion of {verdict.person}): {verdict.remarks}"))
    return parts


def _tolerance(tolerance: Tolerance, unit: str) -> str:
    if not tolerance.relative:
        return f"|error| ≤ {tolerance.absolute:g} {unit}"
    joined = "+" if tolerance.combine == "sum" else "or, where greater,"
    return f"|error| ≤ {tolerance.absolute:g} {unit} {joined} {100 * tolerance.relative:g} % of the reference"


def _deviations(record: CalibrationRecord) -> list[Flowable]:
    found = [
        f"{_stage(point.stage)}, {point.point}: taken although not stable ({', '.join(point.unmet)}); {point.override}"
        for _, _, point in record.points
        if point.override
    ]
    found += [
        f"{_stage(point.stage)}, {point.point}: an expired standard was used; {point.standard_override}"
        for _, _, point in record.points
        if point.standard_override
    ]
    found += [
        f"{_stage(skip.stage)}, {skip.point}: left out" + (f"; {skip.reason}" if skip.reason else "")
        for skip in record.left_out()
    ]
    found += [
        f"{_stage(point.stage)}, {point.point}: taken and taken again; the first gave {point.indication:g} at "
        f"{point.reference:g} {record.start.unit}"
        for point in record.repeated()
    ]
    return [text(f"• {words}") for words in found] or [text("Nothing.")]


def _stage(stage: str) -> str:
    return "As found" if stage == "as_found" else "As left"


def _persons(record: CalibrationRecord) -> Flowable:
    return facts(
        [
            ("Carried out by", record.start.person),
            ("Authorised by", f"{record.verdict.person}, {_time(record.signed_ns)}"),
            ("Second person", record.verdict.second_person),
        ]
    )


def _proof(record: CalibrationRecord) -> Flowable:
    proof = record.proof
    return facts(
        [
            ("Log", proof.origin),
            ("Entries", f"run {record.verdict.run}, verdict {proof.index}"),
            ("Hash of the verdict's leaf", proof.leaf),
            ("Document made by", f"Verifield {record.program}"),
        ]
    )


def _qr_text(record: CalibrationRecord) -> str:
    return f"verifield:calibration:{record.identification}:{record.proof.leaf}"


def _time(ns: int) -> str:
    return f"{rfc3339_from_ns(ns)[:19]}Z"
