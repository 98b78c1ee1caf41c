# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which buttons stand below a step, and when what goes past an unstable signal can be pressed."""

import pytest

from app.pages.calibration_choices import options_of
from edge_daemon.api.messages_calibration import StepChoice
from tests.unit.app.client.calibration_stand_in import TAKE, live, run, step

LEAVE = StepChoice(name="leave", title="See what it holds", reason=True)
STEADY = (
    StepChoice(name="steady", title="Go on to the command"),
    StepChoice(name="steady_anyway", title="Go on all the same", reason=True),
    LEAVE,
)


@pytest.mark.parametrize(("choices", "anyway"), [(TAKE, "take_anyway"), (STEADY, "steady_anyway")])
def test_a_reason_is_asked_for_only_while_the_signal_is_not_stable(
    choices: tuple[StepChoice, ...], anyway: str
) -> None:
    for stable in (False, True):
        settling = run(step("settle", "settle", choices=choices), live=live(stable=stable))
        by_name = {one.name: one for one in options_of(settling, lost=False)}
        assert by_name[anyway].enabled is not stable
        assert by_name[anyway].tip == ("The signal is stable: no reason is needed." if stable else "")
        others = [one for one in by_name.values() if one.name not in {anyway, choices[0].name}]
        assert all(one.enabled for one in others)


def test_nothing_can_be_answered_while_the_recorder_is_lost() -> None:
    told = options_of(run(step("settle", "settle", choices=TAKE), live=live(stable=True)), lost=True)
    assert {(one.enabled, one.tip) for one in told} == {(False, "The recorder does not answer just now.")}


def test_after_the_signature_its_certificate_stands_beside_what_is_left_to_do() -> None:
    done = run(step("done", "done", choices=()), state="signed", verdict=120)
    assert [one.name for one in options_of(done, lost=False)] == ["close", "certificate"]
    assert [one.name for one in options_of(done.model_copy(update={"verdict": None}), lost=False)] == ["close"]
    back = run(step("return", "return", choices=(StepChoice(name="returned", title="It is back"),)), state="signed")
    assert [one.name for one in options_of(back, lost=False)] == ["returned", "further", "close"]
