# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The references of a calibration report and their traceability. Makes parts of a document, no bytes."""

from collections.abc import Sequence

from reportlab.platypus import Flowable

from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.numbers import plain
from edge_daemon.documents.sheet import NOT_SUPPLIED, SMALL, grid, text
from edge_daemon.domain.procedure import ReferenceSource
from edge_daemon.log.calibration_body import CalibrationPoint, CalibrationStart, StandardBody

_SOURCES = {
    ReferenceSource.STANDARD: "reference standard",
    ReferenceSource.FIXED: "known by how it is made",
    ReferenceSource.INSTRUMENT: "reference instrument, read and typed",
    ReferenceSource.SATURATED_AIR: "water-saturated air, computed from station pressure and salinity",
}


def standards_part(record: CalibrationRecord) -> list[Flowable]:
    """What every point was compared with, and how far that is traceable."""
    used = dict.fromkeys(point.standard for _, _, point in record.points if point.standard is not None)
    named = [(index, record.standards[index]) for index in used if index in record.standards]
    others = [
        _unregistered(point, record.start)
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
    return [*parts, text(_traceability([one for _, one in named]))] if parts else [text("No reference was used.")]


def _unregistered(point: CalibrationPoint, start: CalibrationStart) -> str:
    spec = start.procedure.point(point.point)
    value = f"{plain(point.reference, point.expanded_uncertainty)} ± {plain(point.expanded_uncertainty)} {start.unit} "
    value += f"(k = {plain(point.factor)})"
    return f"{spec.title}: {value}, {_SOURCES[spec.source]}"


def _traceability(used: Sequence[StandardBody]) -> str:
    certified = [one for one in used if one.certificate]
    words = []
    if certified:
        words.append(
            f"The results are metrologically traceable through the certificates named above "
            f"({len(certified)} of {len(used)} standards), as far as those state it."
        )
    if len(certified) < len(used) or not used:
        words.append("No traceability is claimed through a reference without a certificate.")
    return " ".join(words)


def _standard(index: int, one: StandardBody) -> tuple[str, ...]:
    certificate = " · ".join(filter(None, (one.issuer, one.certificate))) or NOT_SUPPLIED
    return (
        one.name,
        f"{plain(one.value)} {one.unit}",
        f"{plain(one.expanded_uncertainty)} {one.unit} ({plain(one.factor)})",
        one.lot or NOT_SUPPLIED,
        certificate,
        one.expires or NOT_SUPPLIED,
        str(index),
    )
