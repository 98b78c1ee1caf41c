# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a stick's receipt says of corrections: one that was refused where the stick was imported waits for a person."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.delivery.account import Account
from sync.delivery.asides import asides, retry
from sync.delivery.books import Books
from sync.engine.ledger import balance, check
from sync.engine.logs import LogFile
from sync.engine.receipts import Vouched, settle
from tests.unit.sync.recorded import ORIGIN, Recorded

WORDS = "422: type conflict"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    with Books(tmp_path / "delivery.sqlite3") as opened:
        yield opened


def amended_log(folder: Path) -> tuple[LogFile, list[int], int]:
    """Twenty readings of which three are amended, and five more: the file, their indices, its size."""
    log = Recorded().begin()
    configuration = log.sensor("a")
    indices = log.readings("a", configuration, 20)
    log.amendment("maintenance", indices[3], indices[5], sensors=["a"], channels=["wind"])
    indices += log.readings("a", configuration, 5)
    return LogFile(ORIGIN, ORIGIN, log.write(folder / "buffer.sqlite3")), indices, len(log.entries)


def test_a_correction_that_was_refused_is_set_aside_and_can_be_tried_again(tmp_path: Path, books: Books) -> None:
    log, indices, size = amended_log(tmp_path)
    whole, refused = ((indices[0], size - 1),), {indices[3]: WORDS, indices[4]: WORDS}
    assert settle(books, log, "far", [Vouched(whole, refused)]) == 25
    assert [(one.index, one.counted, one.words) for one in asides(books)] == [
        (indices[3], False, WORDS),
        (indices[4], False, WORDS),
    ]
    account = Account(books, "far", ORIGIN)
    with log.pages() as pages:
        assert check(balance(account, pages)).delivered == 25
    assert retry(books, "far") == 2
    assert [(debt.first, debt.last) for debt in account.debts()] == [(indices[3], indices[4])]
