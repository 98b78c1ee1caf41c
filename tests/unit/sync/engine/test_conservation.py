# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever breaks and whenever it is killed: in the end the far end has every reading once, and all adds up."""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BufferUnavailable
from sync.delivery.account import Account
from sync.delivery.asides import retry
from sync.delivery.books import Books
from sync.engine.drain import Patience
from sync.engine.ledger import balance
from sync.engine.logs import LogFile
from sync.engine.pages import LogPages
from sync.engine.run import Job, Listener, Sync
from sync.packets.reading import Outgoing
from sync.sinks.sink import Chunk, Later, Outcome, Refused, Stopped
from tests.unit.sync.recorded import ORIGIN, FakeSink, FarEnd, Recorded

LOSSES = 3
"""What is sent again after a break is sent so often before it is taken for delivered."""

ANSWERS = st.lists(
    st.sampled_from(["ok", "ok", "ok", "ok", "later", "lost", "stopped", "refuse", "too_large", "cancel", "kill"]),
    max_size=12,
)


@dataclass(frozen=True)
class Round:
    """What happens before a sync, and how the far end answers in it."""

    before: str
    sensors: str
    settle: bool
    answers: list[str]
    size: int
    bad: int


EVENTS = ["nothing", "nothing", "wrong_clock", "restart", "fix", "amend", "flushed"]
ROUNDS = st.lists(
    st.builds(
        Round,
        before=st.sampled_from(EVENTS),
        sensors=st.text("ab", min_size=5, max_size=30),
        settle=st.booleans(),
        answers=ANSWERS,
        size=st.integers(1, 9),
        bad=st.integers(0, 7),
    ),
    min_size=1,
    max_size=6,
)


class Killed(BaseException):
    """The process ends here."""


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = Recorded().begin()
        self.sensors = {name: self.log.sensor(name) for name in ("a", "b")}
        self.boots = 1
        self.untrusted: list[str] = []
        self.taken: list[int] = []
        self.far = FarEnd()
        self.losses = 0

    def live(self, told: Round) -> None:
        self.happens(told.before)
        for name in told.sensors:
            settles = [(self.taken[-1], "wind", Flag.SUSPECT)] if told.settle and self.taken else []
            self.taken.append(self.log.reading(name, self.sensors[name], settles=settles))
        self.sync(told.answers, told.size, told.bad)
        self.check_accounts()

    def happens(self, event: str) -> None:
        if event in {"wrong_clock", "restart"}:
            self.boots += 1
            self.log.pass_(10)
            self.log.boot(f"boot-{self.boots}", "untrusted" if event == "wrong_clock" else "trusted")
            self.untrusted += [f"boot-{self.boots}"] if event == "wrong_clock" else []
        elif event == "fix" and self.untrusted:
            self.log.fix(self.untrusted.pop())
        elif event == "amend" and self.taken:
            self.log.amendment("as_found_failure", self.taken[-5:][0], self.taken[-1])
        elif event == "flushed":
            self.far.recent.clear()

    def sync(self, answers: list[str], size: int, bad: int) -> None:
        self.log.write(self.folder / "buffer.sqlite3")
        cancelled, waiting = threading.Event(), list(answers)
        books = Books(self.folder / "delivery.sqlite3")

        def answer(chunk: Chunk, readings: Sequence[Outgoing]) -> Outcome | None:
            match waiting.pop(0) if waiting else "ok":
                case "later":
                    return Later("busy", 0.0)
                case "lost" if self.losses < LOSSES:
                    self.losses += 1
                    return Later("reset", 0.0, resend_from=self.far.crash())
                case "stopped":
                    return Stopped("401", "log in")
                case "refuse" if any(reading.index % 8 == bad for reading in readings):
                    waiting.insert(0, "refuse")
                    return Refused(chunk, "no")
                case "too_large" if len(readings) > 1:
                    return Refused(chunk, "large", too_large=True)
                case "cancel":
                    cancelled.set()
                case "kill":
                    # Nothing that the program does from here on reaches the disk, and the far end may go too.
                    books.close()
                    if self.losses < LOSSES:
                        self.losses += 1
                        self.far.crash()
                    raise Killed
            return None

        try:
            self._sync(books, FakeSink(self.far, answer, size), cancelled)
        except (Killed, BufferUnavailable):
            return
        finally:
            books.close()

    def check_accounts(self) -> None:
        with Books(self.folder / "delivery.sqlite3") as books, LogPages(self.folder / "buffer.sqlite3") as pages:
            told = balance(Account(books, "far", ORIGIN), pages)
        assert told.difference == 0, str(told)

    def end(self) -> None:
        while self.untrusted:
            self.log.fix(self.untrusted.pop())
        self.log.write(self.folder / "buffer.sqlite3")
        # The first sync may pay debts while it delivers what is new; what was refused is tried again by the second.
        for _ in range(2):
            with Books(self.folder / "delivery.sqlite3") as books:
                retry(books)
                self._sync(books, FakeSink(self.far), threading.Event())
        with Books(self.folder / "delivery.sqlite3") as books, LogPages(self.folder / "buffer.sqlite3") as pages:
            told = balance(Account(books, "far", ORIGIN), pages)
        assert told.difference == 0, str(told)
        assert told.held + told.waiting + told.aside + len(self.far.indices()) == len(self.taken)
        assert len(set(self.far.indices())) == len(self.far.kept)
        assert told.waiting == told.aside == 0

    def _sync(self, books: Books, sink: FakeSink, cancelled: threading.Event) -> None:
        quiet = Listener(lambda _: None, lambda *_: None, lambda _: None, lambda *_: None)
        log = LogFile(ORIGIN, ORIGIN, self.folder / "buffer.sqlite3")
        sync = Sync(books, (log,), quiet, cancelled, Patience(lambda: 0.5, 30.0))
        sync.run([Job("far", lambda _: sink)])


@given(rounds=ROUNDS)
@settings(max_examples=40, deadline=None, phases=[Phase.generate])  # a story of ten syncs shrinks for minutes
def test_in_the_end_every_reading_is_there_once(rounds: list[Round]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for told in rounds:
            world.live(told)
        world.end()
