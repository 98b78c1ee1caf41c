# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Moves a cursor over readings that another machine delivered. Reads the log, changes the books; no network.

The same walk as that of a delivery, so that held readings, corrections and landmarks are accounted for alike. It ends
before the first reading that nobody vouches for: from there on the next sync delivers, and what it sends a second time
takes the place of itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.delivery.account import Account
from sync.delivery.books import Books
from sync.delivery.position import Advance
from sync.engine.lines import HeldUp, InOrder, Line
from sync.engine.logs import LogFile
from sync.engine.steps import Step, Steps
from sync.packets.item import Item
from sync.sinks.sink import Chunk


@dataclass(frozen=True, slots=True)
class Vouched:
    """What became of one file's readings: `delivered` ranges of indices (both ends included), `refused` with words."""

    delivered: tuple[tuple[int, int], ...]
    refused: Mapping[int, str]

    def holds(self, index: int) -> bool:
        """Whether the destination took or refused the reading."""
        return index in self.refused or self._took(index)

    def words(self, item: Item) -> str | None:
        """Why it refused the item; None for one that it took.

        Of a reading that it took, and whose index it refused all the same, it refused the correction. Where it took
        nothing under that index, nobody can tell whether the reading or its correction was refused: both were.
        """
        return self.refused.get(item.index) if item.resent or not self._took(item.index) else None

    def _took(self, index: int) -> bool:
        return any(first <= index <= last for first, last in self.delivered)


def settle(books: Books, log: LogFile, destination: str, told: Sequence[Vouched]) -> int:
    """Account for what the files' readings became; returns how many the account holds more than before.

    Raises DamagedLog, BufferUnavailable, DiskFull.
    """
    account = Account(books, destination, log.account)
    before, began = account.sums(), account.doubts.acknowledged()
    with log.followed() as pages:
        steps = Steps(pages, account, _one_by_one)
        for held in account.held():
            _walk(HeldUp(account, steps, held), told)
        if account.cursor().next < (end := pages.size()):
            _walk(InOrder(account, steps, end), told)
            cursor = account.cursor()
            # Packets that are sent again begin where those of the next sync do.
            account.advance([Advance(cursor.next, cursor.times, waypoint=True)])
    account.doubts.vouched(began)
    after = account.sums()
    return after.delivered + after.aside - before.delivered - before.aside


def _walk(line: Line, told: Sequence[Vouched]) -> None:
    """Follow the line as far as the files vouch for it.

    A correction lies in the file that holds what comes before and behind it in the log; elsewhere it is sent anew.
    """
    corrections: list[Step] = []
    passed: list[Step] = []
    voucher: Vouched | None = None
    for step in line.steps():
        if step.chunk is None:
            passed.append(step)
            continue
        [reading] = step.readings
        if reading.resent:
            corrections.append(step)
            passed.append(step)
            continue
        holder = next((one for one in told if one.holds(reading.index)), None)
        if holder is None or (corrections and holder is not voucher):
            break
        voucher = holder
        for one in [*passed, step]:
            _settle(line, one, holder)
        corrections, passed = [], []
    else:
        for one in passed if not corrections else []:
            line.settle(one.advance)
    line.write()


def _settle(line: Line, step: Step, holder: Vouched) -> None:
    words = holder.words(step.readings[0]) if step.readings else None
    if words is None:
        line.settle(step.advance)
    else:
        line.refused(step, step.readings[0], words)


def _one_by_one(items: Sequence[Item]) -> list[Chunk]:
    return [Chunk(b"", item.index, item.index, 1) for item in items]
