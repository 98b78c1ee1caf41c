# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A command that the instrument refused changes nothing: what makes its values stays, in the run and in the log."""

from dataclasses import replace

import pytest

from edge_daemon.calibration.judge import new_function, verdict
from edge_daemon.calibration.run import OutOfOrder, Run
from edge_daemon.calibration.words import summary_words
from edge_daemon.log.bodies import Body
from edge_daemon.log.calibration_body import CalibrationAbort, CalibrationCommand, ValueFunction
from edge_daemon.log.calibrations import Calibrations
from tests.unit.edge_daemon.calibration.runs import Level, commanded, decided, found, start, taken
from tests.unit.edge_daemon.log import calibration_world as world

IN_FORCE = ValueFunction("polynomial", (-60.0, 1.05))


def run_with(*phases: str, left: float = 480.0) -> Run:
    """An SCD30 that shows 444 at 425 ppm by the function in force, told to adjust itself."""
    begun = start("sensirion_scd30", "co2_fresh_air")
    begun = replace(begun, start=replace(begun.start, function=IN_FORCE))
    run = found(begun, {"fresh_air": Level(425.0, 480.0, 1.0, expanded=20.0)}, temperature=20.0, pressure=1000.0)
    run = commanded(decided(run, adjust=True), *phases)
    run = run if run.step.kind != "command" else decided(run, adjust=False)
    return taken(run, "as_left", {"fresh_air": Level(425.0, left, 1.0, expanded=20.0)})


def test_a_refused_command_leaves_the_function_in_force() -> None:
    run = run_with("sent", "failed")
    assert new_function(run) is None
    body = verdict(run, person="Ada", due="2027-11-23")
    assert (body.device_adjusted, body.function) == (False, None)
    assert body.as_left[0].error == pytest.approx(480.0 * 1.05 - 60.0 - 425.0), "by the function that stays"
    assert any("did not take. Values are made as before." in line for line in summary_words(run, body))


@pytest.mark.parametrize("phases", [("sent", "done"), ("sent", "unanswered"), ("sent", "failed", "sent", "done")])
def test_one_that_was_done_or_perhaps_was_ends_it(phases: tuple[str, ...]) -> None:
    run = run_with(*phases, left=426.0)
    assert run.device_changed
    assert new_function(run) == ValueFunction("polynomial", (0.0, 1.0))


@pytest.mark.parametrize(
    ("phases", "owed"),
    [
        (("sent", "failed"), False),
        (("sent", "failed", "sent", "failed"), False),
        (("sent",), True),
        (("sent", "unanswered"), True),
        (("sent", "done"), True),
        (("sent", "failed", "sent", "unanswered"), True),
    ],
)
def test_a_refused_command_owes_no_as_left_before_giving_up(phases: tuple[str, ...], owed: bool) -> None:
    run = found(start("sensirion_scd30", "co2_fresh_air"), {"fresh_air": Level(425.0, 480.0, 1.0, expanded=20.0)})
    run = commanded(decided(run, adjust=True), *phases)
    assert run.as_left_owed is owed
    body = CalibrationAbort(run.index, run.start.sensor, run.start.model, run.start.serial, "rain", "Ada")
    if owed:
        with pytest.raises(OutOfOrder, match="as-left points first"):
            run.after(run.last + 1, run.started_ns, body)
    else:
        assert run.after(run.last + 1, run.started_ns, body).end == body


def command(phase: str) -> CalibrationCommand:
    body = CalibrationCommand(10, world.SENSOR, world.MODEL, world.SERIAL, "sent", "zero", None, "Ana")
    return replace(body, phase=phase)  # type: ignore[arg-type]  # one of its phases


def after(*phases: str) -> Calibrations:
    entries: list[tuple[int, Body]] = [
        (1, world.installed()),
        (2, world.start()),
        (5, world.verdict(2)),
        (10, world.start()),
    ]
    entries += [(11 + place, command(phase)) for place, phase in enumerate(phases)]
    entries.append((20, CalibrationAbort(10, world.SENSOR, world.MODEL, world.SERIAL, "rain", "Ana")))
    return world.told(*entries)


@pytest.mark.parametrize(
    ("phases", "changed"),
    [
        (("sent", "failed"), False),
        (("sent", "failed", "sent", "failed"), False),
        (("sent",), True),
        (("sent", "unanswered"), True),
        (("sent", "done"), True),
        (("sent", "done", "sent", "failed"), True),
    ],
)
def test_the_log_says_the_same(phases: tuple[str, ...], changed: bool) -> None:
    known = after(*phases)
    assert bool(known.adjusted) is changed
    assert (world.CHANNEL in known.doubted(world.SENSOR)) is changed
    assert known.continuous(world.SENSOR, world.CHANNEL, 9, 25) is not changed
