# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A run is a fold over its entries: each prefix of each legal history is a run that goes on from there."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.calibration.run import OtherRun, OutOfOrder, Run, runs_of
from edge_daemon.log.bodies import from_json, to_json
from edge_daemon.log.calibration_body import (
    CALIBRATION_BODIES,
    CalibrationAbort,
    CalibrationBody,
    CalibrationCommand,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationReturned,
    CalibrationSkip,
    CalibrationVerdict,
    Stage,
)
from tests.unit.edge_daemon.calibration.runs import (
    STILL,
    Level,
    commanded,
    decided,
    found,
    fresh_air,
    mine,
    point,
    signed,
    start,
    taken,
    then,
)

PROCEDURES = (
    ("sensirion_scd30", "co2_fresh_air"),
    ("sensirion_scd30", "co2_zero_span"),
    ("winsen_mhz19b", "co2_span_mhz19"),
    ("gill_windsonic", "wind_zero"),
)
STAGES: tuple[Stage, ...] = ("as_found", "as_left")
Entries = list[tuple[int, int, CalibrationBody]]


def plain_verdict(run: Run) -> CalibrationVerdict:
    body = mine(run, CalibrationVerdict, "co2", "pass", (), (), True, False, "Ada", "2027-01-01")
    assert isinstance(body, CalibrationVerdict)
    return body


def candidates(run: Run) -> Iterator[CalibrationBody]:
    """Every kind of entry for every point: most do not fit at any one time."""
    yield mine(run, CalibrationConditions, {"temperature": 20.0}, "Ada")
    for stage in STAGES:
        for spec in run.procedure.points:
            level = Level(spec.lowest, spec.lowest, 1.0)
            yield replace(point(replace(run, decision=None, commands=()), "as_found", spec.name, level), stage=stage)
            yield mine(run, CalibrationSkip, stage, spec.name, "Ada")
            yield mine(run, CalibrationSkip, stage, spec.name, "Ada", "it is lost")
    for adjust in (True, False):
        yield mine(run, CalibrationDecision, adjust, "Ada")
    for command in run.procedure.commands:
        for phase in ("sent", "done", "failed"):
            yield mine(run, CalibrationCommand, phase, command.action, None, "Ada")
    yield plain_verdict(run)
    yield mine(run, CalibrationAbort, "rain", "Ada")
    yield mine(run, CalibrationReturned, "Ada")


def legal(run: Run) -> list[CalibrationBody]:
    fitting = []
    for body in candidates(run):
        try:
            then(run, body)
        except OutOfOrder:
            continue
        fitting.append(body)
    return fitting


def entries_of(history: list[CalibrationBody], first: Run) -> Entries:
    numbered: Entries = [(first.index, first.started_ns, first.start)]
    for step, body in enumerate(history, start=1):
        numbered.append((first.index + step, first.started_ns + step, body))
    return numbered


def stored(entries: Entries) -> Entries:
    """As read back from the log."""
    return [(index, t_ns, from_json(CALIBRATION_BODIES[body.event], to_json(body))) for index, t_ns, body in entries]


def finished(run: Run) -> Run:
    """The shortest way to the end from here."""
    for _ in range(40):
        step = run.step
        if step.kind == "done":
            return run
        if step.kind == "return":
            run = then(run, mine(run, CalibrationReturned, "Ada"))
        elif step.kind == "conditions":
            run = then(run, mine(run, CalibrationConditions, {}, "Ada"))
        elif step.kind == "apply" and step.stage is not None:
            level = Level(0.0, 0.0)
            body = replace(point(replace(run, decision=None, commands=()), "as_found", step.point, level))
            run = then(run, replace(body, stage=step.stage))
        elif step.kind == "decide":
            run = decided(run, adjust=False)
        elif step.kind == "command":
            run = commanded(run, "sent", "done")
        else:
            ends = mine(run, CalibrationAbort, "lost", "Ada") if run.lost_points else plain_verdict(run)
            run = then(run, ends)
    raise AssertionError("the run does not end")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PROCEDURES), st.data())
def test_each_prefix_of_a_legal_history_goes_on_from_there(procedure: tuple[str, str], data: st.DataObject) -> None:
    first = run = start(*procedure)
    history: list[CalibrationBody] = []
    for _ in range(data.draw(st.integers(0, 16), "length")):
        choices = legal(run)
        if not choices:
            break
        body = data.draw(st.sampled_from(choices), "entry")
        history.append(body)
        run = then(run, body)
    run, ids = first, {first.step.id}
    for body in history:
        run = then(run, body)
        assert run.step.id not in ids
        ids.add(run.step.id)
    cut = data.draw(st.integers(0, len(history)), "cut")
    resumed = runs_of(stored(entries_of(history[:cut], first)))[first.index]
    assert resumed.refused == ()
    ended = finished(resumed)
    assert (ended.step.kind, ended.state) == (
        "done",
        "aborted" if isinstance(ended.end, CalibrationAbort) else "signed",
    )
    for body in history[cut:]:
        resumed = then(resumed, body)
    assert (resumed.step, resumed.page, resumed.points) == (run.step, run.page, run.points)
    number, count = resumed.page
    assert 1 <= number <= count


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PROCEDURES), st.data())
def test_after_a_command_a_run_never_ends_without_as_left(procedure: tuple[str, str], data: st.DataObject) -> None:
    run = start(*procedure)
    for _ in range(data.draw(st.integers(0, 20), "length")):
        choices = legal(run)
        if not choices:
            break
        run = then(run, data.draw(st.sampled_from(choices), "entry"))
    if run.end is not None and run.device_touched:
        told = {skip.point for skip in run.skips} | set(run.taken("as_left"))
        assert {spec.name for spec in run.procedure.points} <= told


def test_a_fresh_air_run_step_by_step() -> None:
    run = start("sensirion_scd30", "co2_fresh_air")
    seen = [(run.step.kind, run.step.stage)]
    run = then(run, mine(run, CalibrationConditions, {"temperature": 20.0}, "Ada"))
    seen.append((run.step.kind, run.step.stage))
    assert run.step.settling().kind == "settle"
    run = taken(run, "as_found", {"fresh_air": Level(425.0, 462.0)})
    seen.append((run.step.kind, run.step.stage))
    with pytest.raises(ValueError, match="nothing settles"):
        run.step.settling()
    run = decided(run, adjust=True)
    seen.append((run.step.kind, run.step.stage))
    assert run.step.command is not None
    assert run.step.command.action == "forced_recalibration"
    run = commanded(run, "sent")
    assert run.command_unanswered is not None
    assert run.step.kind == "command"
    run = commanded(run, "done")
    seen.append((run.step.kind, run.step.stage))
    run = taken(run, "as_left", {"fresh_air": Level(425.0, 426.0)})
    seen.append((run.step.kind, run.step.stage))
    run = signed(run)
    seen.append((run.step.kind, run.step.stage))
    assert seen == [
        ("conditions", None),
        ("apply", "as_found"),
        ("decide", None),
        ("command", None),
        ("apply", "as_left"),
        ("sign", None),
        ("return", None),
    ]
    assert (run.state, run.page) == ("signed", (7, 7))
    back = then(run, mine(run, CalibrationReturned, "Ada"))
    assert (back.step.kind, back.page) == ("done", (7, 7))
    assert (back.ended_at, back.last) == (run.last, run.last + 1), "the verdict is named by its own entry"


def test_a_verification_ends_after_its_points() -> None:
    run = found(start("gill_windsonic", "wind_zero"), {"still_air": STILL})
    assert run.step.kind == "sign"
    assert signed(run).state == "signed"


def test_without_an_adjustment_there_is_nothing_to_read_as_left() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 428.0)})
    assert decided(run, adjust=False).step.kind == "sign"


def test_a_point_taken_again_counts_and_the_one_before_stays_to_be_seen() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 700.0)})
    run = then(run, point(run, "as_found", "fresh_air", Level(425.0, 428.0)))
    assert run.taken("as_found")["fresh_air"].body.raw == 428.0
    assert [run.repeated(one) for one in run.points] == [0, 1]
    with pytest.raises(OutOfOrder):
        then(decided(run, adjust=False), point(run, "as_found", "fresh_air", Level(425.0, 428.0)))


def test_a_point_left_out_may_still_be_taken_before_the_decision() -> None:
    run = found(start("sensirion_scd30", "co2_zero_span"), {"zero": Level(0.0, 18.0), "span": Level(1000.0, 1052.0)})
    assert run.skipped("as_found", "middle")
    run = then(run, point(run, "as_found", "middle", Level(400.0, 430.0)))
    assert not run.skipped("as_found", "middle")


def test_a_point_left_out_as_found_is_not_asked_for_as_left() -> None:
    levels = {"zero": Level(0.0, 18.0), "span": Level(1000.0, 1052.0)}
    run = decided(found(start("sensirion_scd30", "co2_zero_span"), levels), adjust=True)
    assert (run.step.stage, run.step.point) == ("as_left", "zero")
    run = then(run, point(run, "as_left", "zero", levels["zero"]))
    assert (run.step.stage, run.step.point) == ("as_left", "span")


def test_only_what_is_optional_may_be_left_out() -> None:
    run = then(run := start("sensirion_scd30", "co2_zero_span"), mine(run, CalibrationConditions, {}, "Ada"))
    with pytest.raises(OutOfOrder, match="cannot be left out"):
        then(run, mine(run, CalibrationSkip, "as_found", "zero", "Ada", "no gas"))


def test_after_a_command_giving_up_needs_as_left_readings_first() -> None:
    run = fresh_air()
    touched = runs_of(
        [(run.index, run.started_ns, run.start), *[(100 + i, 0, body) for i, body in enumerate(_bodies(run)[:4], 1)]]
    )[run.index]
    assert touched.device_touched
    assert touched.as_left_owed
    abort = mine(touched, CalibrationAbort, "rain", "Ada")
    with pytest.raises(OutOfOrder, match="as-left points first"):
        then(touched, abort)
    stopped = decided(touched, adjust=False)
    assert (stopped.step.kind, stopped.step.stage) == ("apply", "as_left")
    with pytest.raises(OutOfOrder, match="as-left points first"):
        then(stopped, abort)
    read = taken(stopped, "as_left", {"fresh_air": Level(425.0, 426.0)})
    assert then(read, abort).state == "aborted"


def _bodies(run: Run) -> list[CalibrationBody]:
    """The entries of a whole fresh-air run in the order they were made."""
    assert run.conditions is not None
    assert run.decision is not None
    first, last = (one.body for one in run.points)
    return [run.conditions, first, run.decision, *run.commands, last]


def test_a_lost_instrument_after_a_command_can_be_given_up_but_not_signed() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 600.0)})
    run = decided(commanded(decided(run, adjust=True), "sent"), adjust=False)
    run = then(run, mine(run, CalibrationSkip, "as_left", "fresh_air", "Ada", "the instrument fell into the river"))
    assert run.lost_points == ("fresh_air",)
    with pytest.raises(OutOfOrder, match="only be given up"):
        then(run, plain_verdict(run))
    assert then(run, mine(run, CalibrationAbort, "lost", "Ada")).state == "aborted"


def test_a_failed_command_is_sent_again() -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 600.0)})
    run = commanded(decided(run, adjust=True), "sent", "failed")
    assert run.step.kind == "command"
    with pytest.raises(OutOfOrder, match="forced_recalibration"):
        then(run, mine(run, CalibrationCommand, "done", "forced_recalibration", None, "Ada"))
    assert commanded(run, "sent", "done").step.kind == "apply"


def test_entries_of_other_runs_instruments_and_times_are_refused() -> None:
    run = start("sensirion_scd30", "co2_fresh_air")
    body = mine(run, CalibrationConditions, {}, "Ada")
    assert isinstance(body, CalibrationConditions)
    with pytest.raises(OtherRun, match="of the run 7"):
        then(run, replace(body, run=7))
    with pytest.raises(OtherRun, match="SN2"):
        then(run, replace(body, serial="SN2"))
    with pytest.raises(OutOfOrder, match="comes after"):
        run.after(run.index, 0, body)
    with pytest.raises(OutOfOrder, match="start entry"):
        then(run, run.start)
    ended = then(run, mine(run, CalibrationAbort, "rain", "Ada"))
    with pytest.raises(OutOfOrder, match="has ended"):
        then(ended, body)
    with pytest.raises(OutOfOrder, match="the open step is conditions"):
        then(run, point(run, "as_found", "fresh_air", Level(425.0, 428.0)))


def test_an_odd_entry_in_the_log_hides_no_run() -> None:
    run = start("sensirion_scd30", "co2_fresh_air")
    odd = plain_verdict(run)
    told = mine(run, CalibrationConditions, {}, "Ada")
    stray = replace(odd, run=3)
    runs = runs_of([(100, 0, run.start), (101, 1, odd), (102, 2, stray), (103, 3, told)])
    assert set(runs) == {100}
    assert runs[100].refused == (101,)
    assert runs[100].step.kind == "apply"
