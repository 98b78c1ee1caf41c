# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How far one destination is: counted by the drain, shown by whoever listens. In memory only."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["checking", "sending", "waiting", "done", "cancelled", "stopped", "gave_up", "failed"]

_WINDOW_S = 180.0
"""Rates are over three minutes: a link that comes and goes within less is told with its pauses."""

_SAMPLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """One destination in one sync. `done` of `total` readings; `rate` in readings a second, `left_s` None if unknown.

    `words` is the last trouble in words, `remedy` what to do about it.
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


class Meter:
    """Counts what goes out and tells `listener` at most twice a second, and at each change of state."""

    def __init__(self, destination: str, listener: Callable[[Progress], None], clock: Callable[[], float]) -> None:
        self.progress = Progress(destination)
        self._listener = listener
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()
        self._told_s = clock()

    def expect(self, total: int) -> None:
        """There are this many readings to send in all, as far as is known."""
        self._tell(replace(self.progress, total=max(total, self.progress.done)))

    def state(self, state: State, words: str | None = None, remedy: str = "") -> None:
        """The destination is in this state now; without words the last ones stay."""
        words = self.progress.words if words is None else words
        self._tell(replace(self.progress, state=state, words=words, remedy=remedy))

    def sent(self, readings: int, sent_bytes: int) -> None:
        """The far end acknowledged so much more."""
        now = self._clock()
        if not self._samples:
            self._samples.append((self._told_s, self.progress.done))
        before = self.progress
        done = before.done + readings
        fresh = replace(
            before,
            state="sending",
            done=done,
            total=max(before.total, done),
            sent_bytes=before.sent_bytes + sent_bytes,
        )
        if now - self._told_s < _SAMPLE_S:
            self.progress = fresh
            return
        self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW_S:
            self._samples.popleft()
        (since, then) = self._samples[0]
        rate = (done - then) / (now - since) if now > since else 0.0
        left = (fresh.total - done) / rate if rate > 0 else None
        self._tell(replace(fresh, rate=rate, left_s=left))

    def _tell(self, progress: Progress) -> None:
        self.progress = progress
        self._told_s = self._clock()
        self._listener(progress)
