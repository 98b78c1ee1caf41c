# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The summary that is signed tells where persons went another way than the procedure, and numbers to one place."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from edge_daemon.calibration.judge import verdict
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.words import summary_words
from edge_daemon.log.calibration_body import CalibrationCommand, CalibrationConditions
from tests.unit.edge_daemon.calibration.runs import (
    Level,
    commanded,
    decided,
    found,
    fresh_air,
    mine,
    point,
    start,
    taken,
    then,
)

GASES = {"zero": 0.0, "span": 1000.0}
AIR = Level(425.0, 462.0, 1.0, expanded=20.0)


def as_found(**changes: object) -> Run:
    run = start("sensirion_scd30", "co2_fresh_air")
    run = then(run, mine(run, CalibrationConditions, {"temperature": 20.0, "pressure": 1000.0}, "Ada"))
    return then(run, point(run, "as_found", "fresh_air", AIR, **changes))


def signed_words(run: Run) -> Sequence[str]:
    return summary_words(run, verdict(run, person="Ada", due="2027-11-23"))


def test_a_command_that_was_sent_at_an_unstable_signal_is_told() -> None:
    run = decided(as_found(), adjust=True)
    assert run.step.command is not None
    action = run.step.command.action
    run = then(run, mine(run, CalibrationCommand, "sent", action, 425.0, "Ada", override="wind again"))
    run = then(run, mine(run, CalibrationCommand, "done", action, 425.0, "Ada"))
    words = signed_words(taken(run, "as_left", {"fresh_air": AIR}))
    assert f"Sent although the signal was not stable: {action.replace('_', ' ')} (wind again)." in words
    assert not any("not stable" in line for line in signed_words(fresh_air()))


@pytest.mark.parametrize(
    ("phases", "said"),
    [
        (("sent", "done"), "the instrument adjusted itself (forced recalibration). This cannot be undone."),
        (("sent", "unanswered", "sent", "done"), "the instrument adjusted itself (forced recalibration)."),
        (("sent", "unanswered"), "perhaps. Of forced recalibration no sure answer came, so it is not known whether"),
        (("sent", "unanswered", "sent", "failed"), "perhaps. Of forced recalibration no sure answer came"),
        (("sent",), "perhaps. Of forced recalibration no sure answer came"),
        (("sent", "failed"), "nothing that is known by forced recalibration, which the instrument did not take."),
    ],
)
def test_what_a_command_did_is_told_as_far_as_it_is_known(phases: tuple[str, ...], said: str) -> None:
    run = commanded(decided(as_found(), adjust=True), *phases)
    if phases[-1] != "done":
        run = decided(run, adjust=False)
    words = signed_words(taken(run, "as_left", {"fresh_air": AIR}))
    assert any(line.startswith(f"Changed: {said}") for line in words)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"standard_override": "no other bottle here"},
            "expired or the register says otherwise (no other bottle here).",
        ),
        ({"unmet": ("slope",), "override": "wind"}, "As found, Fresh air: taken although not stable (wind)."),
        ({"repeat_reason": "tube off"}, "As found, Fresh air: taken again (tube off)."),
    ],
)
def test_what_was_overridden_at_a_point_is_told_with_its_stage(change: dict[str, object], said: str) -> None:
    words = signed_words(decided(as_found(**change), adjust=False))
    assert any(line.startswith("As found, Fresh air: ") and line.endswith(said) for line in words)


def test_a_point_that_was_left_out_is_told() -> None:
    levels = {name: Level(at, at, 0.1, expanded=1.0, standard=5 + int(at)) for name, at in GASES.items()}
    run = found(start("sensirion_scd30", "co2_zero_span"), levels)
    assert run.skips
    skipped = replace(run, skips=tuple(replace(one, reason="no such bottle") for one in run.skips))
    title = run.procedure.point(run.skips[0].point).title
    assert f"As found, {title}: left out (no such bottle)." in signed_words(decided(skipped, adjust=False))


def test_the_error_and_its_uncertainty_end_at_the_same_place() -> None:
    run = as_found(raw=427.626, indication=427.626)
    (words, *_) = signed_words(decided(run, adjust=False))
    assert "+3 ppm at Fresh air" in words
    assert "known to ± 20." in words
