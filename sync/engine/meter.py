# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How far one destination is: counted by the drain, shown by whoever listens. In memory only."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from sync.engine.rounds import Rounds

State = Literal[
    "checking", "sending", "waiting", "watching", "done", "cancelled", "stopped", "gave_up", "put_off", "failed"
]
"""`waiting`: for the way to the far end; `watching`: all is delivered, and soon it is certain to be kept."""

_WINDOW_S = 180.0
"""Rates are over three minutes: a link that comes and goes within less is told with its pauses."""

_SAMPLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """One destination in one sync. `done` of `total` readings; `rate` in readings a second, `left_s` None if unknown.

    `again` readings went out before and are sent once more, because a break has put them in doubt. `words` is the last
    trouble in words, `remedy` what to do about it.
    """

    destination: str
    state: State = "checking"
    done: int = 0
    total: int = 0
    sent_bytes: int = 0
    rate: float = 0.0
    left_s: float | None = None
    words: str = ""
    remedy: str = ""
    again: int = 0


class _Sample(NamedTuple):
    """At a moment (s): readings sent, readings done, and readings that breaks have put in doubt, all so far."""

    at_s: float
    sent: int
    done: int
    doubted: int


class Meter:
    """Counts what goes out and tells `listener` at most twice a second, and at each change of state.

    One thread counts; any may call `tick`.
    """

    def __init__(self, destination: str, listener: Callable[[Progress], None], clock: Callable[[], float]) -> None:
        self.progress = Progress(destination)
        self._listener = listener
        self._clock = clock
        self._lock = threading.Lock()
        self._sent, self._doubted = 0, 0
        self._samples: deque[_Sample] = deque()
        self._rounds: Rounds | None = None
        self._told_s = clock()
        self._watched_s = 0.0
        self._watching_since_s: float | None = None

    def expect(self, total: int) -> None:
        """There are this many readings to send in all, as far as is known."""
        with self._lock:
            self._tell(replace(self.progress, total=max(total, self.progress.done)))

    def state(self, state: State, words: str | None = None, remedy: str = "") -> None:
        """The destination is in this state now; without words the last ones stay."""
        with self._lock:
            words = self.progress.words if words is None else words
            self._turn(state)
            self._tell(self._timed(replace(self.progress, state=state, words=words, remedy=remedy)))

    def begins(self) -> None:
        """Something is on its way: what came before, checks and greetings, says nothing of how fast it goes."""
        with self._lock:
            if self._rounds is None:
                self._rounds = Rounds(self._at_work_s())
                self._samples.append(self._now())

    def owes(self, readings: int) -> None:
        """So many readings that went out are to be sent once more by now."""
        with self._lock:
            self._doubted += max(0, readings - self.progress.again)
            if readings != self.progress.again:
                self._tell(self._timed(replace(self.progress, again=readings)))

    def sent(self, readings: int, sent_bytes: int, *, again: bool = False) -> None:
        """The far end acknowledged so much more; `again`: for the second time."""
        with self._lock:
            before = self.progress
            self._sent += readings
            if self._rounds is not None:
                self._rounds.heard(self._at_work_s(), readings)
            done = before.done if again else before.done + readings
            self.progress = replace(
                before,
                state="sending",
                done=done,
                total=max(before.total, done),
                sent_bytes=before.sent_bytes + sent_bytes,
                again=max(0, before.again - readings) if again else before.again,
            )
            self._sampled()

    def tick(self) -> None:
        """Time passes, and nothing else: what is left grows while nothing goes out."""
        with self._lock:
            if self._samples and self.progress.state in ("sending", "waiting"):
                self._sampled()

    def _turn(self, state: State) -> None:
        if state == "watching":
            self._watching_since_s = self._at_work_s() + self._watched_s
        elif self._watching_since_s is not None:
            self._watched_s += self._clock() - self._watching_since_s
            self._watching_since_s = None

    def _at_work_s(self) -> float:
        """The clock less the waits for certainty, during which nothing was to go out."""
        now = self._clock() if self._watching_since_s is None else self._watching_since_s
        return now - self._watched_s

    def _now(self) -> _Sample:
        return _Sample(self._at_work_s(), self._sent, self.progress.done, self._doubted)

    def _sampled(self) -> None:
        now = self._clock()
        if now - self._told_s < _SAMPLE_S:
            return
        self._samples.append(self._now())
        while len(self._samples) > 2 and self._at_work_s() - self._samples[0].at_s > _WINDOW_S:
            self._samples.popleft()
        self._tell(self._timed(self.progress))

    def _timed(self, progress: Progress) -> Progress:
        """With rate and time left, by what went out lately. What is new will be put in doubt as lately, too."""
        if not self._samples or self._rounds is None:
            return progress
        since, now = self._samples[0], self._at_work_s()
        seconds, done = now - since.at_s, progress.done - since.done
        rate = (self._sent - since.sent) / seconds if seconds > 0 else 0.0
        doubt = min(1.0, (self._doubted - since.doubted) / done) if done else 0.0
        left = (progress.total - progress.done) * (1 + doubt) + progress.again
        left_s = self._rounds.left_s(left, now)
        if left_s is None and rate > 0:
            left_s = left / rate
        return replace(progress, rate=rate, left_s=left_s)

    def _tell(self, progress: Progress) -> None:
        self.progress = progress
        self._told_s = self._clock()
        self._listener(progress)
