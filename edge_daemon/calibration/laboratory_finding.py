# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A laboratory's certificate judged as a calibration in the field is: as the instrument came, and as it was left. Pure.

Source: calibration reference, section 1.1 (as found, decision rule). A laboratory sees what the instrument shows, so
the error is that of the value made of it: as found by the calibration of before, as left by the certificate's own.
"""

import math
import re
from collections.abc import Sequence

from edge_daemon.calibration.allowed import Allowed
from edge_daemon.calibration.impact import Finding, places_outside
from edge_daemon.calibration.judge import GOOD
from edge_daemon.calibration.point_results import worst
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import (
    ExternalCertificate,
    LaboratoryPoint,
    Outcome,
    PointResult,
    Stage,
    ValueFunction,
)
from edge_daemon.log.calibration_story import points_of
from edge_daemon.log.calibration_values import standard_uncertainty, value_of
from edge_daemon.metrology.conformity import conformity

_SHARES = (0.25, 0.5, 1.0)
"""Of the usual range: where two functions are compared."""
_OUTCOMES: tuple[Outcome, ...] = ("pass", "conditional_pass", "conditional_fail", "fail")


def judged(
    body: ExternalCertificate, stage: Stage, function: ValueFunction | None, allowed: Allowed
) -> tuple[PointResult, ...]:
    """The certificate's points of a stage, with values by `function`; empty where it says nothing of the stage.

    A point at which nothing is allowed to differ, such as a meter's at 0, tells nothing and is left out.
    """
    return tuple(_result(one, function, allowed) for one in points_of(body, stage) if allowed.at(one.reference) > 0)


def outcome_of(found: Sequence[PointResult]) -> Outcome | None:
    """The worst of these; None for none."""
    return worst(one.outcome for one in found) if found else None


def finding_of(index: int, body: ExternalCertificate, before: ValueFunction | None, allowed: Allowed) -> Finding | None:
    """What the laboratory found as the instrument came; None where the certificate does not tell.

    Where it has no points, but its own sensitivity or function, and nothing was adjusted, what values are off until now
    is the difference between the two. `index` is the certificate's entry, `before` what made the instrument's values
    until now. Raises BadInput where that makes no value of what the laboratory read.
    """
    found = judged(body, "as_found", before, allowed) or _by_its_function(body, before, allowed)
    if not found:
        return None
    titles = {one.point: f"at {one.point}" for one in found}
    return Finding(
        named(index, body),
        body.channel,
        body.unit,
        found,
        places_outside(found, titles, body.unit),
        allowed.relative,
    )


def named(index: int, body: ExternalCertificate) -> str:
    """The certificate at `index` as amendments name it."""
    return f"Laboratory certificate at entry {index} ({body.laboratory}, {body.number})"


def failed(finding: Finding | None) -> bool:
    """Whether readings of before are in doubt."""
    return finding is not None and outcome_of(finding.results) not in {None, *GOOD}


def tells_of_certificate(amendment: AmendmentBody, index: int) -> bool:
    """Whether this amendment was made for the certificate at `index`, so that none is made twice."""
    named = re.match(r"Laboratory certificate at entry ([0-9]+) ", amendment.evidence)
    return amendment.kind == "as_found_failure" and named is not None and int(named.group(1)) == index


def change_words(body: ExternalCertificate, finding: Finding) -> str:
    """How values change by a certificate without points, for whoever reviews it; empty for one that has some."""
    if points_of(body, "as_found"):
        return ""
    share = finding.share or 0.0
    return (
        f"The certificate has no values as the instrument came. By what it states, values were {100 * share:+.2g} % "
        "off until now, which is judged as that."
    )


def _by_its_function(
    body: ExternalCertificate, before: ValueFunction | None, allowed: Allowed
) -> tuple[PointResult, ...]:
    states = body.function is not None or bool(body.coefficients)
    if points_of(body, "as_found") or body.device_adjusted or not states or not allowed.top:
        return ()
    raws = [allowed.top * share for share in _SHARES]
    points = (LaboratoryPoint(value_of(body.function, raw), raw, _expanded(body, raw)) for raw in raws)
    return tuple(_result(one, before, allowed) for one in points if allowed.at(one.reference) > 0)


def _expanded(body: ExternalCertificate, raw: float) -> float:
    """At this raw number, by the certificate's own uncertainty (k = 2)."""
    told = body.uncertainty
    return 0.0 if told is None else 2 * standard_uncertainty(told, raw, value_of(body.function, raw))


def _result(one: LaboratoryPoint, function: ValueFunction | None, allowed: Allowed) -> PointResult:
    value, limit = value_of(function, one.indication), allowed.at(one.reference)
    if not math.isfinite(value):
        raise BadInput("points", one.indication, "the instrument's calibration makes no finite value of it: check it")
    found = conformity(value - one.reference, limit, one.expanded_uncertainty, one.factor)
    return PointResult(
        point=f"{one.reference:g}",
        reference=one.reference,
        indication=value,
        error=value - one.reference,
        expanded_uncertainty=one.expanded_uncertainty,
        factor=one.factor,
        tolerance=limit,
        outcome=_OUTCOMES[_OUTCOMES.index(found.verdict.value)],
        probability=found.probability,
    )
