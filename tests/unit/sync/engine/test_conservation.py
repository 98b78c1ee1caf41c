# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever breaks and whenever it is killed: in the end the far end has every reading once, the newest summary of every
hour, and all adds up."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BufferUnavailable, SecretUnavailable
from sync.delivery.account import Account
from sync.delivery.asides import asides, retry
from sync.delivery.books import Books
from sync.delivery.moment import Moment
from sync.engine import drain
from sync.engine.drain import Patience
from sync.engine.ledger import balance
from sync.engine.logs import LogFile
from sync.engine.pages import LogPages
from sync.engine.run import Job, Listener, Sync
from sync.packets.item import Item
from sync.packets.reading import Outgoing
from sync.packets.summary import OutgoingSummary
from sync.sinks.sink import Chunk, Delivered, Later, Mark, Outcome, Refused, Stopped, Witness
from tests.support.summarised import HOUR, air, body, energy, withdrawn
from tests.unit.sync.recorded import ORIGIN, FakeSink, FarEnd, Key, Recorded

WELL = ("ok", "ok", "ok", "ok", "later", "refuse", "too_large")
BADLY = ("broken", "lost", "restarted", "stopped", "cancel", "lost and cancel", "kill", "lost and kill")
ANSWERS = st.lists(st.sampled_from((*WELL, *BADLY)), max_size=12)


@dataclass(frozen=True)
class Round:
    """What happens before a sync, and how the far end answers in it."""

    before: str
    sensors: str
    settle: bool
    answers: list[str]
    size: int
    bad: int
    hours: list[tuple[str, int, bool]]


EVENTS = ["nothing", "nothing", "wrong_clock", "restart", "fix", "amend", "flushed", "lost", "reboot", "failed"]
ROUNDS = st.lists(
    st.builds(
        Round,
        before=st.sampled_from(EVENTS),
        sensors=st.text("ab", min_size=5, max_size=30),
        settle=st.booleans(),
        answers=ANSWERS,
        size=st.integers(1, 9),
        bad=st.integers(0, 7),
        # A sensor's summary of an hour, or that nothing is left of it; hours come late and again.
        hours=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 4), st.booleans()), max_size=6),
    ),
    min_size=1,
    max_size=6,
)


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Snapshots(FarEnd):
    """A far end that writes all that it has at once, with the mark in it, and dies back to that."""

    mark: Mark | None = None
    disk: "tuple[dict[Key, Outgoing], list[OutgoingSummary], Mark | None]" = field(
        default_factory=lambda: ({}, [], None)
    )

    def flush(self) -> None:
        self.disk = dict(self.kept), list(self.summaries), self.mark

    def crash(self) -> None:
        self.kept, self.summaries, self.mark = dict(self.disk[0]), list(self.disk[1]), self.disk[2]

    def leave(self, mark: Mark) -> None:
        self.mark = mark


class MarkedSink(FakeSink):
    """The witness of a far end that keeps marks."""

    far: Snapshots

    def witness(self, known: str, cancelled: threading.Event) -> Witness:
        if known and self.far.mark is not None:
            return Witness(known, 3600.0, has=self.far.mark, leave=self.far.leave)
        return Witness(uuid4().hex, 3600.0, leave=self.far.leave)


class World:
    def __init__(self, folder: Path, far: FarEnd, make_sink: Callable[..., FakeSink]) -> None:
        self.folder = folder
        self.make_sink = make_sink
        self.moment = Moment("boot", 0)
        self.log = Recorded().begin()
        self.sensors = {name: self.log.sensor(name) for name in ("a", "b")}
        self.boots = 1
        self.untrusted: list[str] = []
        self.taken: list[int] = []
        self.far = far
        self.current: dict[tuple[str, int], int] = {}

    def live(self, told: Round) -> None:
        self.happens(told.before)
        hours = list(told.hours)
        for name in told.sensors:
            settles = [(self.taken[-1], "wind", Flag.SUSPECT)] if told.settle and self.taken else []
            self.taken.append(self.log.reading(name, self.sensors[name], settles=settles))
            if hours and len(self.taken) % 3 == 0:
                self.summarise(*hours.pop())
        self.sync(told.answers, told.size, told.bad)
        self.check_accounts()

    def summarise(self, sensor: str, hour: int, left: bool) -> None:
        before = self.current.get((sensor, hour))
        if left or before is None:
            # One sensor measures energy, the other has an air quality index.
            measured = {"energy": energy(float(len(self.taken)))} if sensor == "a" else {"air": air(5.0 * hour + 20)}
            told = body(sensor, HOUR + hour, float(len(self.taken)), last=9, replaces=before, **measured)
        else:
            told = withdrawn(sensor, HOUR + hour, replaces=before)
        self.current[sensor, hour] = self.log.add(told)

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
            self.moment = replace(self.moment, ns=self.moment.ns + 61 * 10**9)
            self.far.flush()
        elif event == "lost":
            self.far.crash()
        elif event == "reboot":
            self.moment = Moment(f"{self.moment.boot}+", 0)
        elif event == "failed":
            with self.books() as books:
                self._sync(books, locked, threading.Event())

    def sync(self, answers: list[str], size: int, bad: int) -> None:
        self.log.write(self.folder / "buffer.sqlite3")
        cancelled, waiting = threading.Event(), list(answers)
        books = self.books()

        def answer(chunk: Chunk, readings: Sequence[Item]) -> Outcome | None:
            match waiting.pop(0) if waiting else "ok":
                case "later":
                    return Later("busy", 0.0)
                case "broken":
                    return Later("reset", 0.0, unclean=True)
                case "lost":
                    self.far.crash()
                    return Later("reset", 0.0, unclean=True)
                case "restarted":
                    self.far.crash()
                    self.far.take(readings)
                    return Delivered(chunk, came_back=True)
                case "stopped":
                    return Stopped("401", "log in")
                case "refuse" if any(reading.index % 8 == bad for reading in readings):
                    waiting.insert(0, "refuse")
                    return Refused(chunk, "no")
                case "too_large" if len(readings) > 1:
                    return Refused(chunk, "large", too_large=True)
                case "cancel" | "lost and cancel" as what:
                    cancelled.set()
                    if what != "cancel":
                        self.far.crash()
                        return Later("reset", 0.0, unclean=True)
                case "kill" | "lost and kill" as what:
                    # Nothing that the program does from here on reaches the disk, and the far end may go too.
                    books.close()
                    if what != "kill":
                        self.far.crash()
                    raise Killed
            return None

        try:
            sink = self.make_sink(self.far, answer, size)
            self._sync(books, lambda _: sink, cancelled)
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
        # The last thing that happens is that the far end dies once more, after a sync that had no trouble.
        for _ in range(2):
            self.far.crash()
            # The first sync may pay debts while it delivers what is new; what was refused is tried again by the second.
            for _ in range(2):
                with self.books() as books:
                    retry(books)
                    self._sync(books, lambda _: self.make_sink(self.far), threading.Event())
        with Books(self.folder / "delivery.sqlite3") as books, LogPages(self.folder / "buffer.sqlite3") as pages:
            told = balance(Account(books, "far", ORIGIN), pages)
        assert told.difference == 0, str(told)
        assert told.held + told.waiting + told.aside + len(self.far.indices()) == len(self.taken)
        assert len(set(self.far.indices())) == len(self.far.kept)
        assert told.waiting == told.aside == 0
        self.end_of_hours()

    def end_of_hours(self) -> None:
        """The far end shows what one shows that was sent everything once, in order, and without any trouble."""
        easy = FarEnd()
        with Books(self.folder / "easy.sqlite3") as books:
            self._sync(books, lambda _: FakeSink(easy), threading.Event())
            assert asides(books) == []
        assert {told.index for told in self.far.summaries} >= set(self.current.values())
        assert self.far.hours() == easy.hours()

    def books(self) -> Books:
        return Books(self.folder / "delivery.sqlite3", moment=lambda: self.moment)

    def _sync(self, books: Books, opened: Callable[[LogFile], FakeSink], cancelled: threading.Event) -> None:
        quiet = Listener(lambda _: None, lambda *_: None, lambda _: None, lambda *_: None)
        log = LogFile(ORIGIN, ORIGIN, self.folder / "buffer.sqlite3")
        sync = Sync(books, (log,), quiet, cancelled, Patience(lambda: 0.5, 30.0))
        sync.run([Job("far", opened)])


def locked(_: LogFile) -> FakeSink:
    raise SecretUnavailable("the keyring is locked")


@given(rounds=ROUNDS)
@settings(max_examples=40, deadline=None, phases=[Phase.generate])  # a story of ten syncs shrinks for minutes
def test_in_the_end_every_reading_is_there_once(rounds: list[Round]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), FarEnd(), FakeSink)
        for told in rounds:
            world.live(told)
        world.end()


@given(rounds=ROUNDS)
@settings(max_examples=40, deadline=None, phases=[Phase.generate])  # the same
def test_a_far_end_that_keeps_marks_may_write_as_seldom_as_it_likes(rounds: list[Round]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(drain, "MARK_S", 0.0)
        world = World(Path(folder), Snapshots(), MarkedSink)
        for told in rounds:
            world.live(told)
        world.end()
