# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Staying awake while something records: what is asked of the system, and what is said where it refuses."""

import contextlib
import logging
from collections.abc import Iterator

import pytest

from edge_daemon.power.wakefulness import MaySleep, Wakefulness
from tests.support.waiting import wait_until


class System:
    """An inhibitor that grants or refuses, and counts."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.asked = 0
        self.holds = False

    def hold(self) -> str:
        self.asked += 1
        self.holds = not self.refusal
        return self.refusal

    def held(self) -> bool:
        return self.holds

    def release(self) -> None:
        self.holds = False


@contextlib.contextmanager
def keeping_awake(system: System, *, can_sleep: bool = True) -> Iterator[Wakefulness]:
    keeping = Wakefulness(system, lambda: can_sleep, look_again_s=0.01)
    keeping.start()
    try:
        yield keeping
    finally:
        keeping.stop()


def test_it_holds_while_wanted_and_lets_go_at_the_end() -> None:
    system = System()
    with keeping_awake(system) as keeping:
        assert not system.holds
        keeping.want(True)
        wait_until(lambda: system.holds, what="the hold")
        keeping.want(False)
        wait_until(lambda: not system.holds, what="the release")
        keeping.want(True)
        wait_until(lambda: system.holds, what="the second hold")
        assert keeping.fault() is None
    assert (system.holds, system.asked) == (False, 2)


def test_what_was_lost_is_taken_again() -> None:
    system = System()
    with keeping_awake(system) as keeping:
        keeping.want(True)
        wait_until(lambda: system.holds, what="the hold")
        system.holds = False
        wait_until(lambda: system.holds, what="the hold to be taken again")
    assert system.asked == 2


def test_a_refusal_is_one_trouble_and_one_line_however_often_it_is_tried(caplog: pytest.LogCaptureFixture) -> None:
    system = System(refusal="Access denied")
    with caplog.at_level(logging.WARNING), keeping_awake(system) as keeping:
        keeping.want(True)
        wait_until(lambda: system.asked >= 5, what="five tries")
        fault = keeping.fault()
        assert isinstance(fault, MaySleep)
        assert (str(fault), fault.code) == ("Access denied", "may_sleep")
        assert "may fall asleep while recording" in fault.title
        assert "power settings" in fault.advice
        assert len(caplog.records) == 1
        system.refusal = ""
        wait_until(lambda: keeping.fault() is None, what="the trouble to end")
        keeping.want(False)


def test_what_is_refused_is_asked_for_more_and_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float | None] = []
    system = System(refusal="no")
    keeping = Wakefulness(system, lambda: True, look_again_s=1.0)

    def wait(seconds: float | None = None) -> bool:
        pauses.append(seconds)
        keeping.want(True)
        if len(pauses) == 8:
            system.refusal = ""
        if len(pauses) == 9:
            keeping._ending = True
        return True

    monkeypatch.setattr(keeping._news, "wait", wait)
    keeping._main()
    assert pauses == [1, 2, 4, 8, 16, 20, 20, 20, 1]


def test_a_trouble_ends_when_nothing_records_any_more() -> None:
    with keeping_awake(System(refusal="no")) as keeping:
        keeping.want(True)
        wait_until(keeping.fault, what="the trouble")
        keeping.want(False)
        wait_until(lambda: keeping.fault() is None, what="the trouble to end")


def test_a_computer_without_sleep_is_no_trouble() -> None:
    system = System(refusal="no")
    with keeping_awake(system, can_sleep=False) as keeping:
        keeping.want(True)
        wait_until(lambda: system.asked >= 3, what="three tries")
        assert keeping.fault() is None
