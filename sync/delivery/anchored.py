# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When a log was last anchored on a public chain, without loading what anchors. Reads the books."""

from sync.delivery.books import Books

LOCAL_LEDGER = "local-ledger"
"""The network that proves nothing: an anchor there is none for anybody outside."""


def last_anchor_ns(books: Books, origin: str) -> int | None:
    """The newest anchor's time by the chain's clock (UTC ns), or by this one where the chain's is not known.

    None for a log that was never anchored. Raises DamagedLog, BufferUnavailable.
    """
    with books.asking() as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'anchor'").fetchone() is None:
            return None
        (newest,) = connection.execute(
            "SELECT max(coalesce(ledger_us * 1000, made_ns)) FROM anchor "
            "WHERE origin = ? AND state = 'done' AND network <> ?",
            (origin, LOCAL_LEDGER),
        ).fetchone()
    return None if newest is None else int(newest)
