# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Logs that are named by those that came after them, and whose files are not in the home any more. Looks at files.

A log that is not there is in no account of its own: without its successor's word for it nobody would miss it.
"""

from collections.abc import Iterable, Iterator

from edge_daemon.buffer.closed import closed_logs
from edge_daemon.domain.faults import BufferUnavailable, DamagedLog
from edge_daemon.home import Home
from edge_daemon.log.bodies import LogBody, Predecessor, from_json
from edge_daemon.log.entry import EntryType, decode_entry
from sync.delivery.account import Account
from sync.delivery.books import Books
from sync.engine.logs import LogFile, Shelf


def missing_logs(home: Home, shelf: Shelf, books: Books, destinations: Iterable[str]) -> Iterator[str]:
    """In words, each log that came before one of these, is not here, and did not go out whole to each destination.

    Raises OSError where the folder cannot be read, and as `Books` does.
    """
    files = closed_logs(home.closed)
    here = {log.origin for log in shelf.logs} | {closed.closing.origin for closed in files if closed.closing}
    read = {log.path for log in shelf.logs}
    if any(closed.closing is None and closed.readable not in read for closed in files):
        return  # a file that nobody can read may be any of them; that is told of it
    names = tuple(destinations)
    for log in shelf.logs:
        told = _predecessor(log)
        if told is None or told.origin in here:
            continue
        short = [name for name in names if not _has_all(Account(books, name, told.origin), told.size)]
        if short:
            yield (
                f"the log {told.origin} of {told.size:,} entries, which came before {log.path.name}, is not in this "
                f"data folder, and did not go out whole to {', '.join(short)}: put its file back into {home.closed}"
            )


def _has_all(account: Account, size: int) -> bool:
    """Whether the destination got all of the log: nothing is held, set aside, or to be sent once more."""
    sums = account.sums()
    return sums.next >= size and not (sums.held or sums.retry or sums.aside or account.debts())


def _predecessor(log: LogFile) -> Predecessor | None:
    """The log before this one; None too where that cannot be read, which is told of elsewhere."""
    try:
        with log.pages() as pages:
            row = next(iter(pages.page(0, 1)), None)
        if row is None or row.damage:
            return None
        entry = decode_entry(row.data)
        return from_json(LogBody, entry.body).predecessor if entry.type == EntryType.LOG else None
    except (DamagedLog, BufferUnavailable, ValueError):
        return None
