# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One sync: every destination in a thread of its own, each log after the other, accounts checked before and after."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import dataclass

from edge_daemon.domain.faults import BufferUnavailable, DamagedLog, Fault
from sync.delivery import runs
from sync.delivery.account import Account
from sync.delivery.books import Books
from sync.engine.backoff import Backoff
from sync.engine.checking import lines_of
from sync.engine.drain import Drain, Patience
from sync.engine.ending import Ending, left_alone
from sync.engine.ledger import Unbalanced, balance, check
from sync.engine.logs import LogFile, ask_for_salvage
from sync.engine.meter import Meter, Progress, State
from sync.engine.pages import LogPages, LogReplaced
from sync.engine.plan import Plan, plan, unreadable
from sync.sinks.sink import Check, Sink, Waiting

TICK_S = 2.0
_NOTE_S = 1.0
_PAUSE_S = 180.0
"""A link that is away for longer is no slow link but none."""


@dataclass(frozen=True, slots=True)
class Job:
    """A destination and how to open it for a log; that may raise any Fault."""

    destination: str
    open: Callable[[LogFile], Sink]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one destination. `alarms` are accounts that do not add up, in words.

    `error` is one that the program has no words for: the caller raises it once the others have been told of. `after_s`
    is how long the destination asked to be left alone (s), 0 where it did not.
    """

    progress: Progress
    alarms: tuple[str, ...]
    error: BaseException | None = None
    after_s: float = 0.0

    @property
    def done(self) -> bool:
        """Whether everything that could go out did, and the accounts add up."""
        return self.progress.state == "done" and not self.alarms


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told. Called from the destinations' threads; must return quickly and not raise."""

    planned: Callable[[Plan], None]
    checked: Callable[[str, Check], None]
    progress: Callable[[Progress], None]
    alarm: Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Sync:
    """The sync of one home. `run` once."""

    books: Books
    logs: tuple[LogFile, ...]
    listener: Listener
    cancelled: threading.Event
    patience: Patience

    def run(self, jobs: Sequence[Job]) -> list[Result]:
        """Deliver to all of them side by side; the results in their order."""
        if not jobs:
            return []
        deliveries = [_Delivery(self, job) for job in jobs]
        with ThreadPoolExecutor(len(jobs), thread_name_prefix="sync") as threads:
            running = [threads.submit(delivery.run) for delivery in deliveries]
            while wait(running, timeout=TICK_S).not_done:
                for delivery in deliveries:
                    delivery.tick()
        return [
            one.result() if (error := one.exception()) is None else delivery.broke(error)
            for delivery, one in zip(deliveries, running, strict=True)
        ]

    def check(self, job: Job) -> bool:
        """Check the destination and send nothing; returns whether every line was told and none failed. Raises Fault."""
        told = plan(self.books, job.destination, self.logs)
        self.listener.planned(told)
        failed = False
        for log, waiting in zip(self.logs, told.waiting, strict=True):
            try:
                with closing(job.open(log)) as sink:
                    for line in lines_of(sink.check(waiting), self.cancelled):
                        self.listener.checked(job.destination, line)
                        failed = failed or line.verdict == "failed"
            except (DamagedLog, BufferUnavailable) as fault:
                self.listener.checked(job.destination, Check("Record", "warning", unreadable(log, fault)))
        return not failed and not self.cancelled.is_set()


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A log that could not be read to its end, in words, and what comes of it."""

    words: str
    remedy: str


_SALVAGED = (
    "Everything else went out. The recorder salvages what can be read of it by itself within a few minutes; sync again "
    "then."
)
_NOT_SALVAGED = "Everything else went out. Copy the data folder, then check the record."


def _unreadable(log: LogFile, fault: Fault) -> _Unreadable:
    """It keeps no other log back; the recorder is asked to salvage it where that is its business."""
    try:
        salvaged = isinstance(fault, DamagedLog) and ask_for_salvage(log)
    except OSError as error:
        return _Unreadable(f"{unreadable(log, fault)}; its salvage cannot be asked for: {error}", _NOT_SALVAGED)
    return _Unreadable(unreadable(log, fault), _SALVAGED if salvaged else _NOT_SALVAGED)


def _with_troubles(troubles: Sequence[_Unreadable]) -> Ending:
    """How it ends once every log had its turn."""
    if not troubles:
        return Ending("done")
    return Ending("failed", "; ".join(one.words for one in troubles), troubles[0].remedy)


class _Delivery:
    """One destination's part of a sync."""

    def __init__(self, sync: Sync, job: Job) -> None:
        self._sync = sync
        self._job = job
        self._alarms: list[str] = []
        self._noted_s = self._sending_s = 0.0
        self._seen = 0, time.monotonic()
        self._number = runs.begin(sync.books, job.destination)
        self._meter = Meter(job.destination, self._progress, time.monotonic)

    def tick(self) -> None:
        """Have the listener told of the time left, which grows while nothing goes out."""
        with suppress(Fault):  # of books that cannot be written: the delivery meets it too, and ends with it
            self._meter.tick()

    def run(self) -> Result:
        after_s = 0.0
        try:
            ending = self._all_logs()
        except LogReplaced as fault:
            self._end("put_off", f"{fault.title}: {fault}", fault.advice)
        except Fault as fault:
            self._end("failed", f"{fault.title}: {fault}", fault.advice)
        else:
            after_s = ending.after_s
            self._end(ending.how, ending.words or None, ending.remedy, after_s)
        return Result(self._meter.progress, tuple(self._alarms), after_s=after_s)

    def broke(self, error: BaseException) -> Result:
        """It ended by a fault of this program: what was delivered until then is in the books."""
        with suppress(Fault):
            self._end("failed", "this program has a fault of its own", "Nothing is lost; tell whoever maintains it.")
        return Result(self._meter.progress, tuple(self._alarms), error)

    def _all_logs(self) -> Ending:
        told = plan(self._sync.books, self._job.destination, self._sync.logs)
        self._sync.listener.planned(told)
        self._meter.expect(told.readings)
        first_time = not any(item.delivered for item in told.balances)
        troubles: list[_Unreadable] = []
        for log, waiting in zip(self._sync.logs, told.waiting, strict=True):
            try:
                ending = self._one_log(log, waiting if first_time else None)
            except (DamagedLog, BufferUnavailable) as fault:
                troubles.append(_unreadable(log, fault))
                continue
            if ending.how != "done":
                return ending
        return _with_troubles(troubles)

    def _one_log(self, log: LogFile, unchecked: Waiting | None) -> Ending:
        """All of the log; where readings of it wait for a destination that is `unchecked`, the checks come first."""
        sink, left = self._job.open(log), None
        try:
            ending = self._first_checks(sink, unchecked) if unchecked and unchecked.readings else None
            ending = ending or self._drained(sink, log)
        finally:
            left = sink.close()
        return Ending("stopped", left.words, left.remedy) if left and ending.how == "done" else ending

    def _drained(self, sink: Sink, log: LogFile) -> Ending:
        account = Account(self._sync.books, self._job.destination, log.account)
        with log.followed() as pages:
            self._check_balance(account, pages)
            self._seen = self._meter.progress.sent_bytes, time.monotonic()
            ending = Drain(sink, account, pages, self._meter, self._sync.cancelled, self._sync.patience).run()
            self._check_balance(account, pages)
        return ending

    def _first_checks(self, sink: Sink, waiting: Waiting) -> Ending | None:
        """Before the first reading goes out. What is temporary is waited for; any other failure ends it."""
        since_s, backoff = time.monotonic(), Backoff(self._sync.patience.random)
        while True:
            line = self._failed_check(sink, waiting)
            if self._sync.cancelled.is_set():
                return Ending("cancelled")
            if line is None:
                return None
            words = f"{line.title}: {line.words}"
            if not line.temporary:
                return Ending("stopped", words, line.remedy)
            if time.monotonic() - since_s > self._sync.patience.give_up_s:
                return Ending("put_off" if line.answered else "gave_up", words, line.remedy)
            if line.after_s is not None and line.after_s > self._sync.patience.give_up_s:
                return left_alone(words, line.after_s)
            self._meter.state("waiting", words, line.remedy)
            if self._sync.cancelled.wait(backoff.wait_s(line.after_s)):
                return Ending("cancelled")
            backoff = backoff.failed()

    def _failed_check(self, sink: Sink, waiting: Waiting) -> Check | None:
        for line in lines_of(sink.check(waiting), self._sync.cancelled):
            self._sync.listener.checked(self._job.destination, line)
            if line.verdict == "failed":
                return line
        return None

    def _check_balance(self, account: Account, pages: LogPages) -> None:
        try:
            check(balance(account, pages))
        except Unbalanced as alarm:
            if str(alarm) not in self._alarms:
                self._alarms.append(str(alarm))
                self._sync.listener.alarm(self._job.destination, str(alarm))

    def _progress(self, progress: Progress) -> None:
        now = time.monotonic()
        self._count_sending(progress, now)
        if now - self._noted_s >= _NOTE_S:
            self._noted_s = now
            self._note(progress)
        self._sync.listener.progress(progress)

    def _count_sending(self, progress: Progress, now_s: float) -> None:
        """What lies between two looks was spent on sending where more had gone out by the second. A link's short pauses
        are part of how fast it is."""
        sent_bytes, at_s = self._seen
        if progress.sent_bytes > sent_bytes:
            self._sending_s += now_s - at_s if now_s - at_s <= _PAUSE_S else 0.0
            self._seen = progress.sent_bytes, now_s
        elif progress.state == "checking":
            self._seen = sent_bytes, now_s

    def _note(self, told: Progress) -> None:
        runs.note(self._sync.books, self._number, told.done, told.sent_bytes, told.words, self._sending_s)

    def _end(self, state: State, words: str | None, remedy: str, after_s: float = 0.0) -> None:
        """Tell how it ended, and write it: whoever listens hears of books that cannot be written, too."""
        self._noted_s = time.monotonic()
        self._count_sending(self._meter.progress, self._noted_s)
        self._meter.state(state, words, remedy)
        try:
            self._note(self._meter.progress)
            runs.end(self._sync.books, self._number, state, self._meter.progress.words, after_s)
        except Fault as fault:
            if state != "failed":
                self._meter.state("failed", f"{fault.title}: {fault}", fault.advice)
