# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Every procedure of every model from its first step to its verdict, with an instrument that is right."""

import pytest

from edge_daemon.calibration.judge import GOOD, may_adjust, verdict
from edge_daemon.calibration.procedures import procedures_for
from edge_daemon.calibration.run import Run, begun, runs_of
from edge_daemon.calibration.words import summary_words
from edge_daemon.domain.procedure import Method, Procedure, ProcedurePoint
from edge_daemon.log.bodies import from_json, to_json
from edge_daemon.log.calibration_body import CALIBRATION_BODIES, CalibrationBody, CalibrationStart, CalibrationVerdict
from edge_daemon.log.calibration_values import standard_uncertainty, value_of
from tests.unit.edge_daemon.calibration.runs import (
    KNOWN,
    MODELS,
    STARTED_NS,
    Level,
    commanded,
    decided,
    found,
    taken,
    then,
)

NERNST = -59.16
ALL = [(name, one) for name, model in sorted(MODELS.items()) for one in procedures_for(model, KNOWN)]


def level(procedure: Procedure, point: ProcedurePoint, place: int) -> Level:
    """What a right instrument shows at this point, as noisy as the procedure just allows it to be taken."""
    span = point.highest - point.lowest
    reference = point.nominal if point.nominal is not None else point.lowest + span * (place + 1) / 20
    if point.share is not None:
        reference = sum(point.share) / 2 * level(procedure, procedure.points[0], 0).reference
    noise = max(procedure.stable.deviation, procedure.stable.deviation_relative * abs(reference)) / 4
    expanded = point.expanded_uncertainty
    auxiliary = {"ph_voltage": NERNST * (reference - 7.0), "temperature": 25.0} if procedure.check == "nernst" else {}
    if point.percentile95 is not None:
        auxiliary["percentile95"] = point.percentile95 / 2
    return Level(reference, reference, noise, 60, 0.0005 * reference if expanded is None else expanded, None, auxiliary)


def whole(name: str, procedure: Procedure, *, adjust: bool) -> Run:
    unit = MODELS[name].channel(procedure.channel).unit
    start = CalibrationStart("s1", name, "SN1", procedure.channel, unit, procedure, "Ada", "1.0")
    levels = {point.name: level(procedure, point, place) for place, point in enumerate(procedure.points)}
    run = found(begun(100, STARTED_NS, start), levels, temperature=20.0, pressure=1000.0)
    if run.step.kind == "decide":
        run = decided(run, adjust=adjust)
    while run.step.kind == "command":
        run = commanded(run, "sent", "done")
    return taken(run, "as_left", levels)


@pytest.mark.parametrize(("name", "procedure"), ALL, ids=[f"{name}-{one.key}" for name, one in ALL])
def test_an_instrument_that_is_right_passes(name: str, procedure: Procedure) -> None:
    adjusts = procedure.method is not Method.VERIFICATION
    run = whole(name, procedure, adjust=adjusts)
    assert may_adjust(run) is adjusts
    body = verdict(run, person="Ada", due="2027-01-01")
    assert body.outcome in GOOD, [(one.point, one.error, one.expanded_uncertainty) for one in body.as_found]
    assert all(summary_words(run, body))
    _is_plausible(run, body)
    assert then(run, body).state == "signed"
    assert _stored(run, body).state == "signed"


def _is_plausible(run: Run, body: CalibrationVerdict) -> None:
    """Values at the points are right, and each has an uncertainty."""
    if run.procedure.check_only:
        assert (body.takes_effect, body.uncertainty, body.function) == (False, None, None)
        return
    if body.uncertainty is None:
        assert_one_level_and_no_accuracy(run)
        return
    for one in run.taken("as_found").values():
        value = value_of(body.function, one.body.raw)
        if run.procedure.point(one.body.point).adjusts:
            assert value == pytest.approx(one.body.reference, abs=1e-6 * max(1.0, abs(one.body.reference)))
        assert standard_uncertainty(body.uncertainty, one.body.raw, value) > 0
    assert body.uncertainty.factor >= 2.0


def assert_one_level_and_no_accuracy(run: Run) -> None:
    assert len({one.body.reference for one in run.taken("as_found").values()}) == 1
    assert run.procedure.maker_accuracy is None
    assert run.procedure.tolerance.relative == 0


def _stored(run: Run, body: CalibrationVerdict) -> Run:
    """The run as the log gives it back: its entries through their JSON form."""
    entries: list[CalibrationBody] = [run.start]
    assert run.conditions is not None
    entries.append(run.conditions)
    as_found = [one.body for one in run.points if one.body.stage == "as_found"]
    as_left = [one.body for one in run.points if one.body.stage == "as_left"]
    entries.extend([*as_found, *([run.decision] if run.decision else []), *run.commands, *as_left, body])
    read = [
        (100 + place, STARTED_NS + place, from_json(CALIBRATION_BODIES[one.event], to_json(one)))
        for place, one in enumerate(entries)
    ]
    folded = runs_of(read)[100]
    assert folded.refused == ()
    return folded
