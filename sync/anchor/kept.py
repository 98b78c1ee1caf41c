# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The anchors of a log as its home keeps them, for evidence. Reads `delivery.sqlite3`."""

from pathlib import Path

from sync.anchor.books import AnchorBooks
from sync.delivery.books import Books
from sync.evidence.anchors import AnchorNote


def anchors_kept(delivery: Path, origin: str) -> list[AnchorNote]:
    """Every anchor of the log that is done, smallest first; none where nothing was ever anchored.

    Raises DamagedLog, BufferUnavailable.
    """
    if not delivery.exists():
        return []
    with Books(delivery, reading=True) as books:
        kept = AnchorBooks(books, reading=True)
        if not kept.begun():
            return []
        found = []
        for one in kept.done(origin):
            carried = kept.transaction(one.id)
            ledger_ns = None if one.ledger_us is None else one.ledger_us * 1000
            found.append(AnchorNote(one.record, one.network, carried[0] if carried else b"", ledger_ns))
        return found
