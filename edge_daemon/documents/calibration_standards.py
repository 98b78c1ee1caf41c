# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The references of a calibration report and their traceability. Makes parts of a document, no bytes."""

from collections.abc import Iterator
from datetime import date

from reportlab.platypus import Flowable

from edge_daemon.documents.calibration_record import CalibrationRecord, Taken
from edge_daemon.documents.calibration_typed import celsius_words, source_words
from edge_daemon.documents.numbers import plain
from edge_daemon.documents.sheet import NOT_SUPPLIED, grid, text
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import CalibrationStart, StandardBody

_HEADS = ("Standard", "Value", "U (k)", "Lot", "Issued by", "Certificate", "Expires", "Entry")
_WIDTHS = (24, 14, 15, 11, 17, 19, 14, 9)


def standards_part(record: CalibrationRecord) -> list[Flowable]:
    """What every point was compared with, and how far that is traceable, point by point."""
    used = dict.fromkeys(
        standard
        for standard in (
            *(point.standard for _, _, point in record.points),
            *(command.standard for _, command in record.commands),
        )
        if standard is not None
    )
    named = [(index, record.standards[index]) for index in used if index in record.standards]
    taken = (*record.observed("as_found"), *record.observed("as_left"))
    if not named and not taken:
        return [text("No reference was used.")]
    parts: list[Flowable] = []
    if named:
        parts.append(grid(_HEADS, [_standard(index, one) for index, one in named], _WIDTHS, fine=True))
    parts += [text(words) for words in dict.fromkeys(_typed(taken, record.start))]
    parts += [text(words) for words in _traceability(record, taken)]
    return parts


def _typed(taken: tuple[Taken, ...], start: CalibrationStart) -> Iterator[str]:
    """Values that the register does not hold: those of no standard, and those of one at its temperature."""
    for _, _, point in taken:
        spec = start.procedure.point(point.point)
        value = f"{plain(point.reference, point.expanded_uncertainty)} ± {plain(point.expanded_uncertainty)} "
        value += f"{start.unit} (k = {plain(point.factor)})"
        if point.standard is None:
            yield f"{spec.title}: {value}, {source_words(point, spec)}."
        elif point.standard_celsius is not None:
            table = f"by the table of the standard at log entry {point.standard}"
            yield f"{spec.title}: {value} {celsius_words(point)}, {table}."
        elif point.reference_by:
            yield f"{spec.title}: {value}, read off the standard at log entry {point.standard} and typed."


def expired(standard: StandardBody, t_ns: int) -> bool:
    """Whether it was used at this time (UTC ns) after the last day that it was good on."""
    if not standard.expires:
        return False
    return date.fromisoformat(standard.expires) < date.fromisoformat(rfc3339_from_ns(t_ns)[:10])


def _traceability(record: CalibrationRecord, taken: tuple[Taken, ...]) -> Iterator[str]:
    by_point: dict[str, list[tuple[str, bool]]] = {}
    for one in taken:
        by_point.setdefault(one[2].point, []).append(_through(record, one))
    alike: dict[str, list[str]] = {}
    for name, many in by_point.items():
        words = "; as left ".join(dict.fromkeys(words for words, _ in many))
        alike.setdefault(words, []).append(record.start.procedure.point(name).title)
    for words, titles in alike.items():
        yield f"Traceability of {', '.join(titles)}: {words}."
    if all(good for many in by_point.values() for _, good in many):
        yield "The results are metrologically traceable through what is named here, as far as that states it."
    else:
        yield (
            "No traceability is claimed for a point without a certificate, nor through one that had expired or was "
            "used otherwise than the register says."
        )


def _through(record: CalibrationRecord, taken: Taken) -> tuple[str, bool]:
    """Through which certificate a point is traceable, and whether that certificate was there and good on the day."""
    _, t_ns, point = taken
    standard = None if point.standard is None else record.standards.get(point.standard)
    if standard is None or not standard.certificate:
        return "none", False
    issuer = f" of {standard.issuer}" if standard.issuer else ""
    kept = "" if standard.attachments else " (its number was typed, the certificate itself is not kept here)"
    words = f"certificate {standard.certificate}{issuer}{kept}"
    if expired(standard, t_ns):
        return f"{words}, expired on {standard.expires} when it was used", False
    return words, not point.standard_override


def _standard(index: int, one: StandardBody) -> tuple[str, ...]:
    return (
        one.name,
        f"{plain(one.value)} {one.unit}",
        f"{plain(one.expanded_uncertainty)} {one.unit} ({plain(one.factor)})",
        one.lot or NOT_SUPPLIED,
        one.issuer or NOT_SUPPLIED,
        one.certificate or NOT_SUPPLIED,
        one.expires or NOT_SUPPLIED,
        str(index),
    )
