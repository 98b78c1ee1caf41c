# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Starts a sync by itself where a person has allowed it: when the way to a destination is there again, and then every
so often. Keeps the choice in `automatic_sync.json`, looks at the network, starts syncs. One slow thread.

A file and not an entry of the log: it says nothing about readings.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from edge_daemon.domain.destination import Destination
from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict, Fault, SyncFailed
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private
from edge_daemon.station.sync_desk import SyncRun

log = logging.getLogger(__name__)

FILE_NAME = "automatic_sync.json"
LOOK_S = 30.0
STOP_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 300.0, 3600.0
REST_S = 300.0
LEAST_MINUTES, MOST_MINUTES = 5, 1440


@dataclass(frozen=True, slots=True)
class Automatic:
    """Whether syncs begin by themselves, and how many minutes lie between two while the way is there."""

    enabled: bool = False
    every_minutes: int = 30


@dataclass(frozen=True, slots=True)
class Looked:
    """What is remembered of a destination between two looks, in seconds of a clock that counts suspend.

    `reached`: the way to it was there; `last_s` when a sync to it last began or was seen to end; `pause_s` how long to
    leave it from then on, whatever happens: after a failure, or after a person broke the sync off (0: neither).
    `way_lost`: that sync found no way any more, which is nobody's failure once the way is there anew.
    """

    reached: bool = False
    last_s: float | None = None
    pause_s: float = 0.0
    way_lost: bool = False


def due(before: Looked, reached: bool, now_s: float, every_s: float) -> bool:
    """Whether a sync should begin: the way to the destination is there anew, or enough time has passed."""
    if not reached:
        return False
    if before.last_s is None:
        return True
    since_s = now_s - before.last_s
    if before.pause_s:
        anew = before.way_lost and not before.reached
        return since_s >= (min(before.pause_s, REST_S) if anew else before.pause_s)
    # A link that flickers brings no sync each time: hardly anything waits after so short a time.
    return since_s >= (every_s if before.reached else min(every_s, REST_S))


def pause_after(before_s: float, state: object, every_s: float) -> float:
    """How long to leave a destination after a sync to it that ended in this state (None: it could not begin)."""
    if state == "done":
        return 0.0
    if state == "cancelled":
        return every_s
    return min(LONGEST_PAUSE_S, min(before_s, LONGEST_PAUSE_S) * 2 or FIRST_PAUSE_S)


class AutomaticSync:
    """`destinations` are those of the home; `begin` starts a sync to some of them and `run` tells of the newest one;
    `reach` says whether the way to one is there, and may wait some seconds; `now_s` counts suspend."""

    def __init__(
        self,
        home: Path,
        destinations: Callable[[], Mapping[str, Destination]],
        begin: Callable[[tuple[str, ...]], SyncRun],
        run: Callable[[], SyncRun],
        reach: Callable[[Destination], bool],
        now_s: Callable[[], float],
    ) -> None:
        self._path = home / FILE_NAME
        self._destinations = destinations
        self._begin = begin
        self._run = run
        self._reach = reach
        self._now_s = now_s
        self._writing = threading.Lock()
        self._looked: dict[Destination, Looked] = {}
        self._enabled, self._learned = False, 0
        self._seen_s = now_s()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._main, name="automatic sync", daemon=True)
        self.words = ""

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a sync under way goes on."""
        self._stop.set()
        self._wake.set()
        self._thread.join(STOP_S)

    def settings(self) -> Automatic:
        """The choice. Raises BadInput for a file that was damaged by hand, BufferUnavailable."""
        try:
            content = read_private(self._path)
            told = {} if content is None else json.loads(content)
        except NotPrivate as error:
            raise BadInput(FILE_NAME, str(self._path), str(error)) from error
        except ValueError as error:
            raise BadInput(FILE_NAME, str(self._path), f"a JSON object is needed: {error}") from error
        except OSError as error:
            raise BufferUnavailable(f"{self._path} cannot be read: {error.strerror or error}") from error
        return _checked(told)

    def put(self, wanted: Automatic) -> Automatic:
        """Keep the choice. Raises BadInput naming the field, BufferUnavailable."""
        checked = _checked(asdict(wanted))
        with self._writing:
            try:
                write_private(self._path, json.dumps(asdict(checked)).encode())
            except OSError as error:
                raise BufferUnavailable(f"{self._path} cannot be written: {error.strerror or error}") from error
        self._wake.set()
        return checked

    def look(self) -> None:
        """Look once, and begin a sync where one is due. Raises nothing: what keeps it from it is in `words`."""
        try:
            self.words = self._looked_once()
        except Conflict:
            self.words = "A sync is running."
        except Fault as fault:
            words = f"{fault.title}: {fault}"
            if words != self.words:
                log.warning("no automatic sync: %s", words)
            self.words = words

    def _looked_once(self) -> str:
        chosen = self.settings()
        every_s = chosen.every_minutes * 60.0
        run, seen_s = self._run(), self._seen_s
        self._seen_s = self._now_s()
        if chosen.enabled and not self._enabled:
            # Whoever switches it on wants one now, whatever became of the last.
            self._looked, self._learned = {}, run.number - run.running
        self._enabled = chosen.enabled
        if run.running:
            return "A sync is running." if chosen.enabled else ""
        present = self._destinations()
        self._learn(run, present, seen_s, every_s)
        return self._begun_where_due(present, every_s) if chosen.enabled else ""

    def _begun_where_due(self, present: Mapping[str, Destination], every_s: float) -> str:
        reached = {name: self._reach(one) for name, one in present.items()}
        now_s = self._now_s()
        before = {name: self._looked.get(one, Looked()) for name, one in present.items()}
        wanted = tuple(name for name in sorted(present) if due(before[name], reached[name], now_s, every_s))
        self._looked = {one: replace(before[name], reached=reached[name]) for name, one in present.items()}
        if not wanted:
            return _words(reached, {name for name in present if _pauses(before[name], now_s)})
        try:
            self._begin(wanted)
        except (BadInput, SyncFailed):
            self._note({present[name]: None for name in wanted}, now_s, every_s)
            raise
        for name in wanted:
            self._looked[present[name]] = replace(self._looked[present[name]], last_s=now_s)
        return "A sync has begun by itself."

    def _learn(self, run: SyncRun, present: Mapping[str, Destination], seen_s: float, every_s: float) -> None:
        """How the last sync ended, whoever began it, and that it did soon after the last look, whatever came since.

        A person's cancel holds all that it was on its way to.
        """
        if run.number == self._learned:
            return
        self._learned = run.number
        names = run.names or tuple(present)
        states = {name: "cancelled" if run.cancelled else _state(run, name) for name in names}
        self._note({present[name]: states[name] for name in names if name in present}, seen_s, every_s)
        for name in names:
            if name in present and (asked_s := _asked_s(run, name)):
                told = self._looked[present[name]]
                self._looked[present[name]] = replace(told, pause_s=max(told.pause_s, asked_s), way_lost=False)

    def _note(self, states: Mapping[Destination, object], now_s: float, every_s: float) -> None:
        for one, state in states.items():
            before = self._looked.get(one, Looked())
            pause_s = pause_after(before.pause_s, state, every_s)
            self._looked[one] = Looked(before.reached, now_s, pause_s, way_lost=state == "gave_up")

    def _main(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._wake.wait(LOOK_S)
            self._wake.clear()


def _state(run: SyncRun, name: str) -> object:
    told = run.progress.get(name, {}).get("state")
    return told if told is not None or run.status != 0 else "done"


def _asked_s(run: SyncRun, name: str) -> float:
    """For how long the destination asked to be left alone, in seconds from the end of the sync; 0: it did not."""
    asked = run.progress.get(name, {}).get("after_s")
    return float(asked) if isinstance(asked, int | float) and asked > 0 else 0.0


def _pauses(before: Looked, now_s: float) -> bool:
    return before.last_s is not None and now_s - before.last_s < before.pause_s


def _words(reached: Mapping[str, bool], paused: set[str]) -> str:
    if not reached:
        return "There is no destination yet."
    there = sorted(name for name, found in reached.items() if found)
    if not there:
        return "No way to a destination just now; a sync begins when there is one."
    waits = [name for name in there if name in paused]
    words = f"{', '.join(there)} can be reached; the next sync begins by itself"
    if waits:
        words += f", to {', '.join(waits)} later: the last one did not end well or was broken off"
    return f"{words}."


def _checked(told: object) -> Automatic:
    if not isinstance(told, dict):
        raise BadInput(FILE_NAME, told, "a JSON object is needed")
    enabled, minutes = told.get("enabled", False), told.get("every_minutes", Automatic().every_minutes)
    if not isinstance(enabled, bool):
        raise BadInput("enabled", enabled, "true or false is needed")
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise BadInput("every_minutes", minutes, f"a whole number from {LEAST_MINUTES} to {MOST_MINUTES} is needed")
    return Automatic(enabled, minutes)
