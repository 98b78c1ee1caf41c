# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What waits for a destination, and how large and how long sending it will be. Reads the log and the books."""

from dataclasses import dataclass, replace

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

    `waiting` has an item for each log.
    """

    destination: str
    balances: tuple[Balance, ...]
    waiting: tuple[Waiting, ...]
    size_bytes: int | None
    seconds: float | None

    @property
    def readings(self) -> int:
        """Readings that wait, in all logs."""
        return sum(item.readings for item in self.waiting)


def plan(books: Books, destination: str, logs: tuple[LogFile, ...], account: str = "") -> Plan:
    """What waits for the destination, by the account of this name (as a rule the destination's own).

    Raises DamagedLog, BufferUnavailable.
    """
    balances: list[Balance] = []
    waiting: list[Waiting] = []
    for log in logs:
        kept = Account(books, account or destination, log.account)
        with log.pages() as pages:
            told = balance(kept, pages)
            balances.append(replace(told, destination=destination))
            waiting.append(Waiting(log.origin, told.waiting, _oldest_ns(kept, pages) if told.waiting else None))
    readings = sum(item.readings for item in waiting)
    rate = runs.rate(books, account or destination)
    return Plan(
        destination,
        tuple(balances),
        tuple(waiting),
        None if rate is None else round(readings * rate.bytes_a_reading),
        None if rate is None or readings > rate.most else readings / rate.readings_a_second,
    )


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
