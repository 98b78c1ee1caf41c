# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A home whose log is anchored on a local ledger, and what that ledger then answers, for tests of evidence."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from edge_daemon.buffer.checkpoint_files import CheckpointFiles
from edge_daemon.home import Home
from sync.anchor.asking import answers_of
from sync.anchor.chain import Fullnode
from sync.anchor.heads import SignedHeads, heads_of
from sync.anchor.kept import anchors_kept
from sync.anchor.record import Head
from sync.anchor.step import AnchorStep
from sync.bundle import Period, Source, write_bundle
from sync.engine.logs import shelf_of
from sync.evidence.anchor_online import ChainAnswer
from sync.evidence.anchors import AnchorNote
from sync.evidence.given import Given
from sync.evidence.register import Register
from sync.evidence.verdict import Check, Verdict
from sync.evidence.verify import anchors_in, verify_bundle
from sync.home_verdict import verify_log
from sync.parts import open_parts
from tests.unit.sync.anchor.bench import Ledger, books, ledger, paying_key, settings
from tests.unit.sync.signed_logs import SignedLog

PROJECT = "P1"


def trusting(given: Given) -> Given:
    """The same, by somebody who takes the local ledger of these tests for an outside witness."""
    return replace(given, trusted=frozenset({"local-ledger"}))


@dataclass
class Anchored:
    """A log in a home, and the ledger that it is anchored on."""

    log: SignedLog
    home: Home
    where: Ledger

    def anchor(self, change: Callable[[Head], Head] = lambda head: head) -> None:
        """Write the log as it is now, with its checkpoints, and anchor the newest; `change` is what a liar does."""
        source = self.log.write(self.home.path)
        assert source.signed is self.log.checkpoints[-1]

        def heads(covered: Callable[[str], int], until_s: int | None) -> SignedHeads:
            signed = heads_of(self.home.path, shelf_of(self.home).logs, covered, until_s)
            return replace(signed, heads=tuple(change(head) for head in signed.heads))

        with books(self.home.delivery) as kept:
            step = AnchorStep(settings(), kept, heads, paying_key, self.where.node)
            outcome = step.run(lambda words: self.where.clock.move(1), threading.Event())
        assert outcome.state == "done", outcome.words

    @property
    def notes(self) -> list[AnchorNote]:
        return anchors_kept(self.home.delivery, self.log.recorded.origin)

    @property
    def source(self) -> Source:
        files = CheckpointFiles(self.home.path / "checkpoints")
        return Source(self.home.buffer, files, self.log.checkpoints[-1], tuple(self.notes))

    def bundle(self, path: Path, period: Period | None = None) -> Path:
        return write_bundle(self.source, period or Period(), (), path, sign=self.log.sign_index).path

    def answers(
        self, notes: Sequence[AnchorNote] | None = None, node: Fullnode | None = None
    ) -> dict[str, ChainAnswer]:
        """What the ledger says; a misbehaving one is asked again, while its clock moves."""
        asked = self.notes if notes is None else notes
        at = node or self.where.node()
        return answers_of(asked, lambda _: "the ledger", lambda _: at, self.where.pause, lambda _done, _of: None)

    def verdict(self, *, online: bool = True, register: Register | None = None) -> Verdict:
        """Of the log in the home."""
        given = Given(register or self.log.register(), (), self.notes, self.answers() if online else None)
        return verify_log(self.home.buffer, self.source.checkpoints, trusting(given))


@contextmanager
def anchored(folder: Path, log: SignedLog) -> Iterator[Anchored]:
    """The log in a home of its own, anchored nowhere yet."""
    with ledger(folder / "ledger") as where:
        with where.rest.chain.state.changing():
            where.rest.chain.state.grant(PROJECT, paying_key().address)
        (folder / "station").mkdir()
        yield Anchored(log, Home(folder / "station"), where)


def bundle_verdict(path: Path, given: Given | None = None, answers: dict[str, ChainAnswer] | None = None) -> Verdict:
    with open_parts(path) as parts:
        return verify_bundle(parts, trusting(given or Given(answers=answers)))


def notes_in(path: Path) -> list[AnchorNote]:
    with open_parts(path) as parts:
        return anchors_in(parts)


def named(verdict: Verdict, name: str) -> Check:
    return next(check for check in verdict.checks if check.name == name)


@contextmanager
def twice_anchored(folder: Path) -> Iterator[Anchored]:
    """Two anchors, and five entries after the second."""
    log = SignedLog().begin()
    with anchored(folder, log) as made:
        for _ in range(2):
            log.readings(40)
            log.sign()
            made.anchor()
        log.readings(5)
        log.sign()
        log.write(made.home.path)
        yield made
