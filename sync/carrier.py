# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Takes a bundle to a destination through all trouble, and vouches for what is beyond doubt. Reads a file; network.

A receipt moves the station's cursor for good, and the station has no way to ask the destination later. So a reading is
told of once the destination was seen to be the same process long enough after it had taken it; a destination that died,
or broke off without saying who it is, is sent again what nobody vouched for yet.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sync.engine.ending import left_alone
from sync.sinks.file.bundle import Runs
from sync.sinks.file.carry import carry
from sync.sinks.sink import Later, Sink, Stopped

SURE_S = 60.0
"""A destination that still runs so long after its answer has what it took."""

TRY_AGAIN_S = 2.0
_LOOK_S = 30.0

_ANEW = Later("the destination may have lost what it took: that goes out again", 0.0)

Trouble = Later | Stopped


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds: it gives up `patience_s` after the last success, and vouches for what was taken `sure_s` ago."""

    patience_s: float
    sure_s: float = SURE_S


class Carrier:
    """One bundle and one destination. `vouch` is given all that is beyond doubt, `say` a line for the person."""

    def __init__(
        self,
        bundle: Path,
        sink: Sink,
        cancelled: threading.Event,
        rhythm: Rhythm,
        vouch: Callable[[Runs, Mapping[int, str]], None],
        say: Callable[[str], None],
    ) -> None:
        self._bundle = bundle
        self._sink = sink
        self._cancelled = cancelled
        self._rhythm = rhythm
        self._vouch = vouch
        self._say = say
        self._sure: Runs = ()
        self._taken: list[tuple[float, Runs]] = []
        self._refused: dict[int, str] = {}
        self._name = ""
        self._unsure, self._through = True, False
        self._success_s = self._looked_s = time.monotonic()

    def run(self, sure: Runs, refused: Mapping[int, str]) -> bool:
        """Deliver what is not among these; whether all of it has been, and is beyond doubt.

        Raises DamagedBundle, OSError.
        """
        self._sure, self._refused = sure, dict(refused)
        while not self._cancelled.is_set():
            trouble = self._look() or (None if self._through else self._send())
            if trouble is _ANEW:
                self._through = False
            elif trouble is not None:
                if not self._wait_out(trouble):
                    return False
            elif self._through and self._taken:
                self._wait_until_sure()
            elif self._through:
                self._say(self._words("."))
                return True
        left = "; the receipt does not tell of all of them yet: import the file again" if self._taken else ""
        self._say(self._words(f", broken off{left}."))
        return False

    def _look(self) -> Trouble | None:
        """See whether the destination still is the one that took what is in doubt."""
        seen = self._sink.witness(self._name, self._cancelled)
        if isinstance(seen, Later | Stopped):
            return seen
        self._looked_s = time.monotonic()
        lost = bool(self._taken) and (seen.name != self._name or (self._unsure and not seen.name))
        self._name, self._unsure = seen.name, False
        if lost:
            self._taken = []
            return _ANEW
        sure = [runs for at_s, runs in self._taken if self._looked_s - at_s >= self._rhythm.sure_s]
        if sure:
            self._taken = self._taken[len(sure) :]
            self._sure = _joined(self._sure, *sure)
            self._vouch(self._sure, self._refused)
        return None

    def _send(self) -> Trouble | None:
        """Deliver what is left; ends early where the destination has to be looked at."""
        done = _joined(self._sure, *(runs for _, runs in self._taken), tuple((one, one) for one in self._refused))
        for told in carry(self._bundle, self._sink, self._cancelled, done):
            if told.delivered:
                self._taken.append((time.monotonic(), told.delivered))
            if told.refused:
                self._refused |= dict(told.refused)
                self._vouch(self._sure, self._refused)
            if told.delivered or told.refused:
                self._success_s = time.monotonic()
            if told.trouble is not None:
                return told.trouble
            self._unsure = self._unsure or told.came_back
            if self._unsure or time.monotonic() - self._looked_s >= _LOOK_S:
                trouble = self._look()
                if trouble is not None:
                    self._unsure = self._unsure or trouble is not _ANEW
                    return trouble
        self._through = not self._cancelled.is_set()
        return None

    def _wait_until_sure(self) -> None:
        left_s = self._rhythm.sure_s - (time.monotonic() - self._taken[-1][0])
        if left_s > 0:
            self._say(self._words(f"; in {left_s:.0f} s it is certain that they are kept."))
            self._cancelled.wait(left_s)

    def _wait_out(self, trouble: Trouble) -> bool:
        if self._cancelled.is_set():
            return True
        if isinstance(trouble, Later) and (trouble.after_s or 0.0) > self._rhythm.patience_s:
            ending = left_alone(trouble.words, trouble.after_s or 0.0)
            self._say(f"{self._count():,} readings delivered, then: {ending.words}. Import the file again after that.")
            return False
        if isinstance(trouble, Stopped) or time.monotonic() - self._success_s > self._rhythm.patience_s:
            remedy = trouble.remedy if isinstance(trouble, Stopped) else "Connect to the network and import it again."
            self._say(f"{self._count():,} readings delivered, then: {trouble.words} {remedy}")
            return False
        self._unsure = self._unsure or trouble.unclean
        self._say(f"waiting, {trouble.words}")
        self._cancelled.wait(TRY_AGAIN_S if trouble.after_s is None else trouble.after_s)
        return True

    def _count(self) -> int:
        runs = (*self._sure, *(run for _, taken in self._taken for run in taken))
        return sum(last - first + 1 for first, last in runs)

    def _words(self, end: str) -> str:
        return f"{self._count():,} readings delivered, {len(self._refused):,} refused{end}"


def _joined(*lists: Runs) -> Runs:
    """All lists of stretches as one, in order."""
    runs: list[tuple[int, int]] = []
    for first, last in sorted(run for one in lists for run in one):
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
        else:
            runs.append((first, last))
    return tuple(runs)
