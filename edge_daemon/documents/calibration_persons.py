# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who did what in a calibration, as its entries tell it. Makes parts of a document, no bytes."""

from collections.abc import Iterator, Sequence

from reportlab.platypus import Flowable

from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.sheet import facts
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import CalibrationDecision

_MOST_NAMED = 3


def persons_part(record: CalibrationRecord) -> Flowable:
    """Everybody who had a part in it with that part, and who answers for the report."""
    parts: dict[str, list[str]] = {}
    for person, part in _parts(record):
        parts.setdefault(person, []).append(part)
    by = "\n".join(f"{person}: {', '.join(dict.fromkeys(done))}" for person, done in parts.items())
    signed = f"{rfc3339_from_ns(record.signed_ns)[:19]}Z"
    return facts(
        [
            ("Carried out by", by),
            ("Authorised by", f"{record.verdict.person}, {signed}"),
            ("Second person", record.verdict.second_person),
        ]
    )


def decided(record: CalibrationRecord) -> Iterator[tuple[CalibrationDecision, str]]:
    """Every decision and what it was: who stops after a command has not undone it."""
    adjusting = False
    for decision in record.decisions:
        stopped = "not to adjust any more" if adjusting and record.device_touched else "not to adjust"
        yield decision, "to adjust" if decision.adjust else stopped
        adjusting = adjusting or decision.adjust


def _parts(record: CalibrationRecord) -> Iterator[tuple[str, str]]:
    titles = {point.name: point.title for point in record.start.procedure.points}
    yield record.start.person, "began the calibration"
    if record.conditions is not None:
        yield record.conditions.person, "recorded the conditions"
    for stage, when in (("as_found", "as found"), ("as_left", "as left")):
        by: dict[str, list[str]] = {}
        for _, _, point in record.points:
            if point.stage == stage:
                by.setdefault(point.person, []).append(titles.get(point.point, point.point))
        for person, taken in by.items():
            yield person, f"took {_listed(taken, alone=len(by) == 1)} {when}"
    for skip in record.left_out():
        yield skip.person, f"chose to do without {titles.get(skip.point, skip.point)}"
    for decision, what in decided(record):
        yield decision.person, f"decided {what}"
    for _, command in record.commands:
        if command.phase == "sent":
            yield command.person, f"commanded {command.action.replace('_', ' ')}"
    yield record.verdict.person, "gave the verdict and signed"
    if record.verdict.second_person:
        yield record.verdict.second_person, "signed as the second person"


def _listed(taken: Sequence[str], *, alone: bool) -> str:
    """Each point once, with how often it was taken; many points that one person took are only counted."""
    each = dict.fromkeys(taken)
    if alone and len(each) > _MOST_NAMED:
        return f"all {len(each)} points"
    return ", ".join(one if taken.count(one) == 1 else f"{one} ({taken.count(one)} times)" for one in each)
