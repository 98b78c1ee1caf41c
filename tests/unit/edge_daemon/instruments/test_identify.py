# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Identification on a line made of code: its order, its verdicts, its time and its transcript."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from edge_daemon.acquisition.clock import Instant
from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import Fault, NotConnected, PortBusy
from edge_daemon.instruments import identify
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Dialogue, Exchange, Listening, Match, Pause, PolledDriver, Probe
from edge_daemon.instruments.identify import Identification, Progress, Step, Verdict, plan, total_s
from edge_daemon.instruments.registry import driver, driver_names
from tests.unit.edge_daemon.acquisition.fakes import POLLED, instant

SLOW, FAST = LineSettings(9600), LineSettings(19_200)


@dataclass
class World:
    """A port on which `answer` replies, `speech` arrives unasked at the line speed given, and time passes."""

    answer: Callable[[LineSettings, bytes], bytes] = lambda _line, _request: b""
    speech: dict[LineSettings, bytes] = field(default_factory=dict)
    now_s: float = 0.0
    opened: list[LineSettings] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    open_now: int = 0
    trouble: Fault | None = None
    gone_after_s: float = float("inf")

    def now(self) -> Instant:
        return instant(self.now_s)

    def boot_id(self) -> str:
        return "boot"

    def synchronised(self) -> bool:
        return True

    def keeps_time_when_off(self) -> bool:
        return True

    def open(self, _device: str, line: LineSettings) -> "Wire":
        if self.trouble:
            raise self.trouble
        self.opened.append(line)
        self.open_now += 1
        assert self.open_now == 1, "never two at a time"
        return Wire(self, line, self.speech.get(line, b""))


@dataclass
class Wire:
    world: World
    line: LineSettings
    held: bytes = b""

    def read(self) -> bytes:
        if self.world.now_s > self.world.gone_after_s:
            raise NotConnected("pulled out")
        held, self.held = self.held, b""
        self.world.now_s += 0.05
        return held

    def write(self, data: bytes) -> None:
        self.world.sent.append(data)
        self.held += self.world.answer(self.line, data)

    def waiting(self) -> int:
        return len(self.held)

    def quiet_s(self) -> float:
        return 1.0

    def discard_input(self) -> None:
        self.held = b""

    def close(self) -> None:
        self.world.open_now -= 1


def probe(rank: int, name: str, line: LineSettings = SLOW, *, certain: bool = True, pause_s: float = 0.0) -> Probe:
    def ask() -> Dialogue[Match | None]:
        if pause_s:
            yield Pause(pause_s)
        reply = yield Exchange(f"{name}?".encode(), lambda data: 2 if len(data) >= 2 else None)
        return Match(name, certain) if reply == b"ok" else None

    return Probe(rank, f"ask {name}", line, ask)


def listening(name: str, mark: bytes, line: LineSettings = SLOW, *, certain: bool = True) -> Listening:
    return Listening(f"{name}", line, 3.0, lambda data: Match(name, certain) if mark in data else None)


def device(*probes: Probe, listenings: tuple[Listening, ...] = ()) -> PolledDriver:
    return replace(POLLED, probes=probes, listening=listenings)


def run(
    world: World,
    *drivers: PolledDriver,
    stopped: Callable[[], bool] = lambda: False,
    told: Callable[[Progress], None] = lambda _: None,
) -> Verdict:
    steps = plan(drivers)
    verdict = Identification("port", steps, world.open, world, stopped, told).run()  # type: ignore[arg-type]  # a line made of code
    assert world.open_now == 0, "the port is closed whatever comes out"
    assert world.now_s <= total_s(steps) + 1.0
    return verdict


def test_listening_comes_first_then_probes_by_rank_with_few_changes_of_the_line() -> None:
    steps = plan(
        [
            device(probe(20, "b", FAST), probe(10, "c"), probe(10, "a", FAST)),
            device(probe(5, "z"), listenings=(listening("w", b"w", FAST),)),
            device(listenings=(listening("x", b"x"), listening("y", b"y"))),
        ]
    )
    assert [step.title for step in steps] == ["Listen: x, y", "Listen: w", "ask z", "ask c", "ask a", "ask b"]
    expected_s = 3.0 + 3.0 + sum(step.seconds for step in steps[2:]) + 4 * identify.OPEN_S
    assert total_s(steps) == pytest.approx(expected_s)


def test_a_stream_is_recognised_and_nothing_is_ever_sent() -> None:
    world = World(speech={SLOW: b"....BM"})
    verdict = run(world, device(probe(1, "a")), device(listenings=(listening("pms", b"BM"),)))
    assert (verdict.outcome, [match.model for match in verdict.matches]) == ("certain", ["pms"])
    assert world.sent == []
    assert verdict.tried[0].traffic[0].data == b"....BM"


def test_what_speaks_by_itself_is_never_asked_even_when_it_is_not_certain() -> None:
    world = World(speech={SLOW: b"....BM"})
    family = tuple(listening(name, b"BM", certain=False) for name in ("pms5003", "pms7003"))
    verdict = run(world, device(probe(1, "a"), listenings=family))
    assert (verdict.outcome, [match.model for match in verdict.matches]) == ("several", ["pms5003", "pms7003"])
    assert world.sent == []


def test_a_certain_answer_ends_it_and_later_probes_are_not_asked() -> None:
    world = World(answer=lambda line, request: b"ok" if (line, request) == (FAST, b"b?") else b"")
    verdict = run(world, device(probe(1, "a"), probe(2, "b", FAST), probe(3, "c")))
    assert verdict.outcome == "certain"
    assert verdict.matches[0].model == "b"
    assert set(world.sent) == {b"a?", b"b?"}
    assert world.opened == [SLOW, FAST]


@pytest.mark.parametrize(("answering", "outcome"), [({b"a?"}, "likely"), ({b"a?", b"b?"}, "several"), (set(), "none")])
def test_what_is_not_certain_is_a_choice(answering: set[bytes], outcome: str) -> None:
    world = World(answer=lambda _line, request: b"ok" if request in answering else b"\x01\x02")
    verdict = run(world, device(probe(1, "a", certain=False), probe(2, "b", certain=False)))
    assert verdict.outcome == outcome
    assert len(verdict.matches) == len(answering)
    assert verdict.detail.endswith(".")


def test_nothing_known_says_what_was_tried_and_what_came_back() -> None:
    world = World(answer=lambda _line, request: b"?!" if request == b"a?" else b"")
    progress: list[Progress] = []
    verdict = run(world, device(probe(1, "a"), probe(2, "b")), told=progress.append)
    assert verdict.outcome == "none"
    first, second = verdict.tried
    assert [(one.sent, one.data) for one in first.traffic] == [(True, b"a?"), (False, b"?!")]
    assert first.result == "answered, but not as this instrument does"
    assert second.result == "no answer"
    assert [one.data for one in second.traffic] == [b"b?"] * identify.TRIES
    assert [(one.step, one.steps, one.title) for one in progress] == [(1, 2, "ask a"), (2, 2, "ask b")]
    assert len({one.total_s for one in progress}) == 1


def test_a_question_that_never_ends_is_cut_off_in_its_time() -> None:
    def endless() -> Dialogue[Match | None]:
        while True:
            yield Exchange(b"more", lambda data: 1 if data else None)

    world = World(answer=lambda _line, _request: b"y")
    slow = device(Probe(1, "endless", SLOW, endless), probe(2, "a", pause_s=1000.0))
    assert [one.result for one in run(world, slow).tried] == ["no answer in time"] * 2


def test_it_stops_when_told() -> None:
    world = World()
    verdict = run(world, device(probe(1, "a"), probe(2, "b")), stopped=lambda: world.now_s > 0.3)
    assert verdict.outcome == "cancelled"
    assert world.now_s < 1.0


@pytest.mark.parametrize("trouble", [PortBusy("held by minicom"), None])
def test_a_port_that_fails_is_a_verdict(trouble: Fault | None) -> None:
    world = World(trouble=trouble, gone_after_s=0.1)
    verdict = run(world, device(probe(1, "a")))
    assert verdict.outcome == "failed"
    assert str(trouble or "pulled out") in verdict.detail


def test_what_is_sent_by_all_drivers_together_is_bounded_in_time() -> None:
    steps: tuple[Step, ...] = plan([driver(name) for name in driver_names()])
    assert all(step.probe or step.listenings for step in steps)
    listens = [step for step in steps if step.listenings]
    assert steps[: len(listens)] == tuple(listens)
    assert total_s(steps) < 180
    ranks = [step.probe.rank for step in steps if step.probe]
    assert ranks == sorted(ranks)
    assert load_catalogue()
