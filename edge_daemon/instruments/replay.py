# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Plays captured bytes through a driver: what it makes of them. Pure: no port is opened and no time passes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from edge_daemon.domain.faults import Fault, NoReply
from edge_daemon.instruments.capture_file import CaptureFile, Chunk
from edge_daemon.instruments.driver import (
    BadFrame,
    Dialogue,
    Driver,
    Exchange,
    Identity,
    Options,
    PolledDriver,
    Sample,
    StreamDriver,
)

T = TypeVar("T")
MOST_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class Played:
    """A sample, who the device is, or a fault, at the time of the bytes it came from (None without times).

    `frame` are the bytes of a fault, where it has some.
    """

    at_us: int | None
    outcome: Sample | Identity | Fault
    frame: bytes = b""


def play(capture: CaptureFile, driver: Driver, options: Options) -> Iterator[Played]:
    """What the driver makes of the captured bytes, in their order. Raises whatever a bug in the driver raises."""
    if isinstance(driver, StreamDriver):
        return _heard(capture.chunks, driver, options)
    return _asked(capture.chunks, driver, options)


@dataclass(slots=True)
class _Request:
    """One request that was captured and all that came before the next one."""

    at_us: int | None
    request: bytes
    reply: bytes = b""
    used: bool = False


class Answers:
    """Answers requests as the captured instrument did: each with its own reply, in turn.

    `exhausted`: a request was asked more often than it was captured, and got its last reply again.
    """

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.exhausted = False
        self.at_us: int | None = None
        self._requests: list[_Request] = []
        for chunk in chunks:
            if chunk.sent:
                self._requests.append(_Request(chunk.at_us, chunk.data))
            elif self._requests:
                self._requests[-1].reply += chunk.data

    @property
    def requests(self) -> frozenset[bytes]:
        """All that was ever asked."""
        return frozenset(one.request for one in self._requests)

    def reply(self, request: bytes) -> bytes:
        """What the instrument answered; b"" where it stayed silent, or was never asked this."""
        same = [one for one in self._requests if one.request == request]
        fresh = next((one for one in same if not one.used), None)
        if fresh is None:
            self.exhausted = True
            return same[-1].reply if same else b""
        fresh.used = True
        self.at_us = fresh.at_us
        return fresh.reply

    def start_again(self) -> None:
        """From the first reply on."""
        self.exhausted = False
        for one in self._requests:
            one.used = False


def _asked(chunks: Sequence[Chunk], driver: PolledDriver, options: Options) -> Iterator[Played]:
    answers = Answers(chunks)
    yield from _settled(answers, driver.start(options))
    if driver.identify is not None:
        answers.exhausted = False
        told = list(_settled(answers, driver.identify(options)))
        unasked = answers.exhausted and all(_says_nothing(one) for one in told)
        yield from () if unasked else told  # where nobody asked who it is, nothing is missing
    for number in range(MOST_STEPS):
        answers.exhausted = False
        told = list(_settled(answers, driver.measure(options)))
        if answers.exhausted and number > 0:
            return
        yield from told
        if answers.exhausted:
            return


def _says_nothing(played: Played) -> bool:
    return isinstance(played.outcome, Fault) or played.outcome == Identity()


def _settled(answers: Answers, dialogue: Dialogue[Sample | Identity | None]) -> Iterator[Played]:
    try:
        result = _held(answers, dialogue)
    except Fault as fault:
        yield Played(answers.at_us, fault)
    else:
        if result is not None:
            yield Played(answers.at_us, result)


def _held(answers: Answers, dialogue: Dialogue[T]) -> T:
    try:
        step = next(dialogue)
        for _ in range(MOST_STEPS):
            reply = _answer(answers, step) if isinstance(step, Exchange) else b""
            step = (
                dialogue.throw(NoReply("the capture holds no reply to this")) if reply is None else dialogue.send(reply)
            )
    except StopIteration as end:
        result: T = end.value
        return result
    raise NoReply("the conversation does not come to an end with these replies")


def _answer(answers: Answers, exchange: Exchange) -> bytes | None:
    if not exchange.expects_reply:
        answers.reply(exchange.request)
        return b""
    for _ in range(max(1, exchange.tries)):
        came = answers.reply(exchange.request)
        length = exchange.reply_length(came) if came else None
        if length is not None and len(came) >= length:
            return came[:length]
        if answers.exhausted:
            return None
    return None


def _heard(chunks: Sequence[Chunk], driver: StreamDriver, options: Options) -> Iterator[Played]:
    framer = driver.framer()
    last_us: int | None = None
    for chunk in chunks:
        if chunk.sent:
            continue
        if last_us is not None and chunk.at_us is not None and chunk.at_us - last_us > driver.idle_s * 1_000_000:
            yield from _decoded(framer.idle(), last_us, driver, options)
        last_us = chunk.at_us
        yield from _decoded(framer.feed(chunk.data), chunk.at_us, driver, options)
    yield from _decoded(framer.idle(), last_us, driver, options)


def _decoded(
    found: Sequence[bytes | BadFrame], at_us: int | None, driver: StreamDriver, options: Options
) -> Iterator[Played]:
    for frame in found:
        if isinstance(frame, BadFrame):
            yield Played(at_us, frame.fault, frame.data)
            continue
        try:
            sample = driver.decode(frame, options)
        except Fault as fault:
            yield Played(at_us, fault, frame)
        else:
            if sample is not None:
                yield Played(at_us, sample)
