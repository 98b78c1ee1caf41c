# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The conservation of readings: what was accepted is delivered, waiting, held or set aside. Reads files.

The recorder counted what it accepted; the log's tables tell what lies beyond the cursor; the books tell the rest. None
of the three is computed from another, so that a reading that got lost between them shows.
"""

from dataclasses import dataclass
from typing import ClassVar

from edge_daemon.domain.faults import Fault
from sync.delivery.account import Account
from sync.engine.pages import LogPages


class Unbalanced(Fault):
    """Readings are missing from the accounts, or are in them twice."""

    code: ClassVar[str] = "unbalanced"
    title: ClassVar[str] = "The accounts of what was delivered do not add up"
    advice: ClassVar[str] = (
        "Nothing is deleted: the record is whole on this computer. Check the record, keep a copy of the data "
        "folder, and have the destination sent everything again (verifield-sync resend, or Send again in the window)."
    )


@dataclass(frozen=True, slots=True)
class Balance:
    """One destination and one log, in readings. `held`: of unknown time. `waiting`: also to be tried again."""

    destination: str
    origin: str
    accepted: int
    delivered: int
    waiting: int
    held: int
    aside: int

    @property
    def difference(self) -> int:
        """Readings that are in no account (positive) or in too many (negative)."""
        return self.accepted - self.delivered - self.waiting - self.held - self.aside

    def __str__(self) -> str:
        return (
            f"{self.destination}, {self.origin}: accepted {self.accepted:,} = delivered {self.delivered:,} + waiting "
            f"{self.waiting:,} + held {self.held:,} + set aside {self.aside:,}"
            + (f", and {self.difference:,} unaccounted for" if self.difference else "")
        )


def balance(account: Account, pages: LogPages) -> Balance:
    """The balance at this moment. Raises DamagedLog, BufferUnavailable.

    A salvaged copy counts what could be read: what a destination got before that was accepted all the same, as
    far as entries were lost.
    """
    sums = account.sums()
    accepted, beyond = pages.tally(sums.next)
    waiting = beyond + sums.retry
    if pages.holes:
        told = sums.delivered + waiting + sums.held + sums.aside
        accepted = max(accepted, min(told, accepted + pages.lost()))
    return Balance(account.destination, account.origin, accepted, sums.delivered, waiting, sums.held, sums.aside)


def check(balance: Balance) -> Balance:
    """The balance itself. Raises Unbalanced where it does not add up."""
    if balance.difference:
        raise Unbalanced(str(balance))
    return balance
