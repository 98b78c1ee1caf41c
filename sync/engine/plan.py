# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What waits for a destination, and how large and how long sending it will be. Reads the log and the books."""

from dataclasses import dataclass, replace

from edge_daemon.domain.faults import BufferUnavailable, DamagedLog, Fault
from sync.delivery import runs
from sync.delivery.account import Account
from sync.delivery.books import Books
from sync.engine.ledger import Balance, balance
from sync.engine.logs import LogFile
from sync.engine.pages import PAGE, LogPages, is_reading
from sync.packets.chronicle import Unreadable
from sync.packets.meaning import Meaning
from sync.sinks.sink import Waiting

_LOOKED_AT = 4
"""Pages that are looked at for the first reading whose time is known."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One destination. `size_bytes` and `seconds` are estimates from earlier runs, None where those say too little.

    `waiting` has an item for each log, `balances` for each that can be read; `troubles` tell what is wrong with the
    others. `owed` readings went out and are to go out once more: the far end may have lost them. `others` are hourly
    summaries and amendments that wait.
    """

    destination: str
    balances: tuple[Balance, ...]
    waiting: tuple[Waiting, ...]
    size_bytes: int | None
    seconds: float | None
    owed: int = 0
    others: int = 0
    troubles: tuple[str, ...] = ()

    @property
    def readings(self) -> int:
        """Readings that wait, in all logs."""
        return sum(item.readings for item in self.waiting)


def plan(books: Books, destination: str, logs: tuple[LogFile, ...], account: str = "") -> Plan:
    """What waits for the destination, by the account of this name (as a rule the destination's own).

    A log that cannot be read keeps no other one back. Raises DamagedLog, BufferUnavailable for the books.
    """
    balances: list[Balance] = []
    waiting: list[Waiting] = []
    troubles: list[str] = []
    owed = others = 0
    for log in logs:
        kept = Account(books, account or destination, log.account)
        owed += sum(debt.last - debt.first + 1 for debt in kept.debts())
        told, oldest_ns = None, None
        try:
            with log.followed() as pages:
                told = balance(kept, pages)
                others += pages.amending(kept.cursor().next) + sum(not held.range.count for held in kept.held())
                oldest_ns = _oldest_ns(kept, pages) if told.waiting else None
        except (DamagedLog, BufferUnavailable) as fault:
            troubles.append(unreadable(log, fault))
        balances += [replace(told, destination=destination)] if told else []
        waiting.append(Waiting(log.origin, told.waiting if told else 0, oldest_ns))
    readings = sum(item.readings for item in waiting)
    rate = runs.rate(books, account or destination)
    return Plan(
        destination,
        tuple(balances),
        tuple(waiting),
        None if rate is None else round(readings * rate.bytes_a_reading),
        None if rate is None else rate.seconds(readings),
        owed,
        others,
        tuple(troubles),
    )


def unreadable(log: LogFile, fault: Fault) -> str:
    """What is wrong with a log that cannot be read to its end."""
    return f"{log.path.name} cannot be read to its end: {fault}"


def _oldest_ns(account: Account, pages: LogPages) -> int | None:
    cursor = account.cursor()
    meaning = Meaning(pages.landmarks(account.landmarks()), cursor.times)
    for number in range(_LOOKED_AT):
        first = cursor.next + number * PAGE
        for row in pages.page(first, min(first + PAGE, pages.size())):
            if row.damage or not is_reading(row.data):
                continue
            try:
                reading = meaning.read(row.index, row.data).outgoing
            except Unreadable:  # it will be set aside when its turn comes
                continue
            if reading is not None:
                return reading.t_ns
    return None
