# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The uncertainty budgets of a calibration, contributions by point. Makes parts of a document, no bytes."""

import math
from collections.abc import Iterator, Sequence

from reportlab.platypus import Flowable, KeepTogether

from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.numbers import short
from edge_daemon.documents.sheet import SMALL, grid, space, text
from edge_daemon.domain.rounding import rounded
from edge_daemon.log.calibration_body import PointResult, Term
from edge_daemon.log.calibration_values import standard_uncertainty, value_of


def uncertainty_part(record: CalibrationRecord) -> list[Flowable]:
    """What U means, and the budgets of both stages."""
    verdict = record.verdict
    parts: list[Flowable] = [
        text(
            "U is the expanded uncertainty: the combined standard uncertainty times the coverage factor k, for a "
            "coverage probability of about 95 % (JCGM 100:2008). k follows from the effective degrees of freedom."
        )
    ]
    for results, stage in ((verdict.as_found, "as found"), (verdict.as_left, "as left")):
        parts += _budgets(results, stage, record)
    return [*parts, *(text(words) for words in _from_now_on(record))]


def _from_now_on(record: CalibrationRecord) -> Iterator[str]:
    """How sure a single reading is that this calibration makes, at each point as it was left."""
    verdict, unit = record.verdict, record.start.unit
    if verdict.uncertainty is None or not verdict.takes_effect:
        return
    known, factor = [], verdict.uncertainty.factor
    for point in record.taken("as_left") or record.taken("as_found"):
        moved = verdict.function is not None and point.stage == "as_found"
        value = value_of(verdict.function, point.raw) if moved else point.indication
        expanded = factor * standard_uncertainty(verdict.uncertainty, point.raw, value)
        if math.isfinite(expanded) and expanded > 0:
            known.append(f"{' ± '.join(rounded(value, expanded))} {unit}")
    if known:
        yield (
            f"A single reading made by this calibration is known as well as {', '.join(known)} (k = {factor:.2f}). "
            "That of any other reading can be asked for, and goes with what is exported."
        )


def _budgets(results: Sequence[PointResult], stage: str, record: CalibrationRecord) -> list[Flowable]:
    known = [one for one in results if one.budget]
    if not known:
        return [text(f"No budget was recorded for the results {stage}.", SMALL)] if results else []
    names = list(dict.fromkeys(term.name for one in known for term in one.budget))
    heads = ("Point", *names, "Combined", "k", "U")
    titles = {point.name: point.title for point in record.start.procedure.points}
    rows = [_row(one, names, titles.get(one.point, one.point)) for one in known]
    words = (
        f"Budgets {stage}: standard uncertainties in {record.start.unit}, in brackets their degrees of freedom where "
        f"not infinite. Distributions: {', '.join(_distribution(name, known) for name in names)}."
    )
    table = grid(heads, rows, (48, *(53 for _ in names), 42, 20.5, 39), fine=True)
    return [KeepTogether([space(1.5), text(words, SMALL), table])]


def _distribution(name: str, results: Sequence[PointResult]) -> str:
    kinds = dict.fromkeys(term.distribution for one in results for term in one.budget if term.name == name)
    return f"{name} {' and '.join(kinds)}"


def _row(one: PointResult, names: Sequence[str], title: str) -> tuple[str, ...]:
    terms = {term.name: term for term in one.budget}
    combined = one.expanded_uncertainty / one.factor
    return (
        title,
        *(_cell(terms.get(name)) for name in names),
        short(combined),
        f"{one.factor:.2f}",
        short(one.expanded_uncertainty),
    )


def _cell(term: Term | None) -> str:
    if term is None:
        return "–"
    freedom = "" if term.degrees_of_freedom is None else f" ({short(term.degrees_of_freedom)})"
    return f"{short(term.standard)}{freedom}"
