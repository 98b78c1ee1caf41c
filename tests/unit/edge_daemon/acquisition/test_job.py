# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A job's promise is settled once, in time, whatever its dialogue does."""

from collections.abc import Callable

import pytest

from edge_daemon.acquisition.clock import Instant
from edge_daemon.acquisition.conversation import Terms
from edge_daemon.acquisition.job import TIDY_SECONDS, Job, JobDesk
from edge_daemon.domain.faults import DeviceRefused, Fault, NoReply, NotConnected
from edge_daemon.instruments.driver import Dialogue, Exchange
from tests.unit.edge_daemon.acquisition.fakes import instant

SECOND_US = 1_000_000


class Wire:
    """A line on which `answer` replies at once, and time passes while nothing comes."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.now_s = 0.0
        self.sent: list[bytes] = []
        self._answer = answer
        self._held = b""

    def now(self) -> Instant:
        return instant(self.now_s)

    def boot_id(self) -> str:
        return "boot"

    def synchronised(self) -> bool:
        return True

    def keeps_time_when_off(self) -> bool:
        return True

    def read(self) -> bytes:
        held, self._held = self._held, b""
        self.now_s += 0.0 if held else 0.05
        return held

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self._held += self._answer(data)

    def waiting(self) -> int:
        return len(self._held)

    def quiet_s(self) -> float:
        return 1.0

    def discard_input(self) -> None:
        self._held = b""


def ask(request: bytes, tries: int = 2) -> Exchange:
    return Exchange(request, lambda data: len(data) if data.endswith(b"\n") else None, timeout_s=0.2, tries=tries)


def run(job: Job[str], wire: Wire) -> None:
    """Take turns until the job is done."""
    desk = JobDesk()
    desk.ask(job)
    talk = desk.begin(Terms("s1", wire, lambda: False))
    for _ in range(1000):
        if desk.turn(talk, wire, wire.now().boot_us):
            assert not desk.busy
            return
    raise AssertionError("the job never ended")


def two_questions() -> Dialogue[str]:
    first = yield ask(b"a\n")
    second = yield ask(b"b\n")
    return (first + second).decode()


def test_the_result_is_what_the_dialogue_returns() -> None:
    wire = Wire(lambda request: b"<" + request)
    job = Job("s1", two_questions(), 0, 10.0, renew=False)
    run(job, wire)
    assert job.result.result(0) == "<a\n<b\n"
    assert wire.sent == [b"a\n", b"b\n"]


def test_silence_is_asked_again_and_then_told() -> None:
    wire = Wire(lambda _: b"")
    job = Job("s1", two_questions(), 0, 10.0, renew=False)
    run(job, wire)
    with pytest.raises(NoReply, match="s1 did not answer"):
        job.result.result(0)
    assert wire.sent == [b"a\n", b"a\n"]


def test_a_refusal_of_the_device_is_passed_on() -> None:
    def refused() -> Dialogue[str]:
        yield ask(b"a\n")
        raise DeviceRefused("code 2")

    job = Job("s1", refused(), 0, 10.0, renew=False)
    run(job, Wire(lambda request: request))
    with pytest.raises(DeviceRefused, match="code 2"):
        job.result.result(0)


def test_a_dialogue_without_end_is_ended_at_the_deadline_and_may_tidy_up() -> None:
    def endless() -> Dialogue[str]:
        try:
            while True:
                yield ask(b"more\n", tries=1000)
        except NoReply:
            yield ask(b"quit\n", tries=1)
            raise

    wire = Wire(lambda _: b"")
    job = Job("s1", endless(), 0, 2.0, renew=False)
    run(job, wire)
    with pytest.raises(NoReply, match="not done within 2 s"):
        job.result.result(0)
    assert wire.sent[-1] == b"quit\n"
    assert wire.now_s <= 2.0 + TIDY_SECONDS + 1.0


def test_a_dialogue_that_will_not_end_is_left() -> None:
    def stubborn() -> Dialogue[str]:
        while True:
            try:
                yield ask(b"more\n", tries=1000)
            except NoReply:
                continue
            except GeneratorExit:
                yield ask(b"still here\n")

    wire = Wire(lambda _: b"")
    job = Job("s1", stubborn(), 0, 1.0, renew=False)
    run(job, wire)
    with pytest.raises(NoReply):
        job.result.result(0)
    assert wire.now_s <= 1.0 + TIDY_SECONDS + 1.0


def test_a_closed_port_settles_what_is_done_and_what_waits() -> None:
    desk = JobDesk()
    jobs = [Job("s1", two_questions(), 0, 10.0, renew=False) for _ in range(3)]
    for job in jobs:
        desk.ask(job)
    desk.begin(Terms("s1", Wire(lambda _: b""), lambda: False))
    jobs[2].result.cancel()
    desk.drop_all(NotConnected("pulled out"))
    for job in jobs[:2]:
        assert isinstance(job.result.exception(0), Fault)
    assert desk.asked_us is None
    assert not desk.busy
