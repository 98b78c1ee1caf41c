# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds out which instrument is on a port: listens first, then asks what changes nothing. Does I/O on that port alone.

Every question comes from a driver's declaration; nothing else is ever sent. All bytes are kept in a transcript.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, pairwise
from typing import Literal

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.conversation import Conversation, Failed, Finished, Terms
from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import Fault, NoReply
from edge_daemon.instruments.driver import Driver, Exchange, Listening, Match, Probe
from edge_daemon.instruments.transport import OpenPort, Tap

TRIES = 2
OPEN_S = 0.5
LEAST_PROBE_S = 1.5
MAX_STEP_BYTES = 65_536

Outcome = Literal["certain", "likely", "several", "none", "cancelled", "failed"]
Open = Callable[[str, LineSettings], OpenPort]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try: something to listen for or to ask, and how long it takes at most, in seconds."""

    title: str
    line: LineSettings
    seconds: float
    listenings: tuple[Listening, ...] = ()
    probe: Probe | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that went over the line in one direction, `at_s` seconds after the identification began."""

    sent: bool
    data: bytes
    at_s: float


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was taken: what it found, in words, and what went over the line."""

    title: str
    line: LineSettings
    result: str
    traffic: tuple[Traffic, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an identification stands: step `step` of `steps`, after `passed_s` of at most `total_s` seconds."""

    step: int
    steps: int
    title: str
    passed_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out. `certain`: one instrument and nothing else; `likely`: one that must be checked; `several`: a
    choice of them; `none`: `tried` says what was asked and what came back. `detail` is for a person.
    """

    outcome: Outcome
    detail: str
    matches: tuple[Match, ...] = ()
    tried: tuple[Tried, ...] = ()


def plan(drivers: Iterable[Driver]) -> tuple[Step, ...]:
    """All listening first, one step for each line setting; then the probes by rank, those of one line side by side."""
    found = tuple(drivers)
    heard: dict[LineSettings, list[Listening]] = {}
    for listening in (one for driver in found for one in driver.listening):
        heard.setdefault(listening.line, []).append(listening)
    by_frequency = sorted(heard.items(), key=lambda item: -len(item[1]))
    listenings = [
        Step("Listen: " + ", ".join(one.title for one in group), line, max(one.seconds for one in group), tuple(group))
        for line, group in by_frequency
    ]
    probes = _in_order([probe for driver in found for probe in driver.probes], listenings[-1].line if heard else None)
    return (*listenings, *(Step(probe.title, probe.line, _allowance_s(probe), probe=probe) for probe in probes))


def _in_order(probes: Sequence[Probe], line: LineSettings | None) -> list[Probe]:
    """By rank; among those of one rank first those of the line that is open already, then line by line."""
    ordered: list[Probe] = []
    for _, group in groupby(sorted(probes, key=lambda probe: probe.rank), key=lambda probe: probe.rank):
        ordered += sorted(group, key=partial(_place, line))
        line = ordered[-1].line
    return ordered


def _place(line: LineSettings | None, probe: Probe) -> tuple[bool, str, str]:
    return (probe.line != line, str(probe.line), probe.title)


def total_s(steps: Sequence[Step]) -> float:
    """How long these steps take at most, in seconds, with opening the port at each change of the line."""
    opened = sum(now.line != before.line for before, now in pairwise(steps)) + bool(steps)
    return sum(step.seconds for step in steps) + opened * OPEN_S


def _allowance_s(probe: Probe) -> float:
    """Twice the tries that the first question asks for, so that a device that needs waking gets its time."""
    dialogue = probe.ask()
    first = next(dialogue, None)
    dialogue.close()
    if not isinstance(first, Exchange):
        return LEAST_PROBE_S
    each_s = first.timeout_s + first.silence_s
    return max(LEAST_PROBE_S, 2 * min(first.tries, TRIES) * each_s + 0.5)


@dataclass(slots=True)
class Identification:
    """One run on one port. `run` may be called once; everything else may be asked from other threads meanwhile."""

    device: str
    steps: tuple[Step, ...]
    opener: Open
    clock: Clock
    stopped: Callable[[], bool]
    on_progress: Callable[[Progress], None] = lambda _progress: None
    _tried: list[Tried] = field(default_factory=list)
    _matches: list[Match] = field(default_factory=list)
    _traffic: list[Traffic] = field(default_factory=list)
    _begun_us: int = 0

    def run(self) -> Verdict:
        """Take the steps until one is certain, all are done, the stated time is over, or it is stopped.

        Never raises a Fault: a port that cannot be opened or is pulled out is the verdict `failed`.
        """
        self._begun_us = self.clock.now().boot_us
        port: OpenPort | None = None
        line: LineSettings | None = None
        try:
            for number, step in enumerate(self.steps):
                if self.stopped():
                    return self._verdict("cancelled", "The identification was stopped.")
                self._tell(number, step.title)
                if port is None or line != step.line:
                    if port is not None:
                        port.close()
                    port, line = self.opener(self.device, step.line), step.line
                if self._passed_s() > total_s(self.steps):
                    return self._verdict("failed", "The stated time was over before everything was tried.")
                for match in self._take(step, port):
                    if match.certain:
                        return self._verdict("certain", "The instrument told what it is.", match)
                if self._matches and step.listenings:
                    return self._conclusion()  # what speaks by itself is not asked: nothing else is on its port
        except Fault as fault:
            return self._verdict("failed", f"{fault.title}: {fault}")
        finally:
            if port is not None:
                port.close()
        if self.stopped():
            return self._verdict("cancelled", "The identification was stopped.")
        return self._conclusion()

    def _take(self, step: Step, port: OpenPort) -> tuple[Match, ...]:
        self._traffic = []
        tap = Tap(port, lambda data: self._keep(data, sent=False), lambda data: self._keep(data, sent=True))
        matches, result = self._ask(step.probe, step, tap) if step.probe else self._listen(step, tap)
        if matches:
            self._matches += matches
            result = ", ".join(f"{one.model}: {'certain' if one.certain else 'possible'}" for one in matches)
        self._tried.append(Tried(step.title, step.line, result, tuple(self._traffic)))
        return matches

    def _listen(self, step: Step, port: Tap) -> tuple[tuple[Match, ...], str]:
        arrived = b""
        begun_us = self.clock.now().boot_us
        uncertain: dict[str, Match] = {}
        while not self.stopped() and (passed_s := self._since_s(begun_us)) < step.seconds:
            data = port.read()
            if not data:
                continue
            arrived = (arrived + data)[-MAX_STEP_BYTES:]
            for listening in step.listenings:
                match = listening.recognise(arrived) if passed_s <= listening.seconds else None
                if match is not None and match.certain:
                    return (match,), ""
                if match is not None:
                    uncertain[match.model] = match
        return tuple(
            uncertain.values()
        ), "nothing was heard" if not arrived else f"{len(arrived)} bytes came that nothing recognised"

    def _ask(self, probe: Probe, step: Step, port: Tap) -> tuple[tuple[Match, ...], str]:
        talk = Conversation(probe.ask(), Terms("the port", self.clock, self.stopped, most_tries=TRIES))
        begun_us = self.clock.now().boot_us
        try:
            while not self.stopped():
                wait_us = talk.ready_us - self.clock.now().boot_us
                if self._since_s(begun_us) + max(0, wait_us) / 1_000_000 > step.seconds:
                    return (), "no answer in time"
                if wait_us > 0:
                    port.read()  # a pause: what arrives belongs into the transcript
                    continue
                match talk.turn(port):
                    case Finished(found):
                        return (found,) if found else (), "answered, but not as this instrument does"
                    case Failed(fault):
                        return (), "no answer" if isinstance(fault, NoReply) else str(fault)
                    case None:
                        pass
            return (), "stopped"
        finally:
            talk.close()

    def _conclusion(self) -> Verdict:
        models = {match.model for match in self._matches}
        if not models:
            return self._verdict("none", f"Nothing known answered. {len(self._tried)} things were tried.")
        if len(models) == 1:
            return self._verdict("likely", "It is probably this instrument; please check it.")
        return self._verdict("several", f"It may be any of {', '.join(sorted(models))}; please choose.")

    def _verdict(self, outcome: Outcome, detail: str, certain: Match | None = None) -> Verdict:
        matches = (certain,) if certain else tuple({match.model: match for match in self._matches}.values())
        return Verdict(outcome, detail, matches, tuple(self._tried))

    def _keep(self, data: bytes, *, sent: bool) -> None:
        last = self._traffic[-1] if self._traffic else None
        if last is not None and last.sent == sent and not sent:
            self._traffic[-1] = replace(last, data=(last.data + data)[:MAX_STEP_BYTES])
        else:
            self._traffic.append(Traffic(sent, data, round(self._passed_s(), 3)))

    def _tell(self, number: int, title: str) -> None:
        self.on_progress(Progress(number + 1, len(self.steps), title, self._passed_s(), total_s(self.steps)))

    def _passed_s(self) -> float:
        return self._since_s(self._begun_us)

    def _since_s(self, since_us: int) -> float:
        return (self.clock.now().boot_us - since_us) / 1_000_000
