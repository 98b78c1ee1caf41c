# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the retained status says of a station, from its files: its last anchor among the rest."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.home import Home
from edge_daemon.log.entry import EntryType, encode_entry
from sync.anchor.books import AnchorBooks
from sync.anchor.chain import Stored
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT
from sync.anchor.record import AnchorRecord
from sync.delivery.books import Books
from sync.engine.logs import LogFile
from sync.station_status import station_status
from tests.unit.sync.anchor.bench import ORIGIN, head, paying_key
from tests.unit.sync.recorded import Recorded

ANCHORED_S = 1_800_000_123


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    with Books(tmp_path / "delivery.sqlite3") as opened:
        yield opened


def recorded(folder: Path, *more: bytes) -> LogFile:
    log = Recorded(ORIGIN).begin()
    sensor = log.sensor("a")
    for _ in range(20):
        log.reading("a", sensor, after_s=600.0)
    for data in more:
        log.put(data)
    return LogFile(ORIGIN, ORIGIN, log.write(folder / "buffer.sqlite3"))


def anchored(books: Books, network: str, size: int) -> None:
    kept = AnchorBooks(books)
    number = kept.prepare(AnchorRecord(head(size), CHAIN_ID, CONTRACT, paying_key().public_key), network).id
    kept.found(number, Stored(29, "basic", ANCHORED_S, ANCHORED_S, paying_key().address))


def test_a_station_without_an_anchor_says_so(tmp_path: Path, books: Books) -> None:
    told = station_status(Home(tmp_path), books, recorded(tmp_path))
    assert (told.last_anchor_ns, told.recording, told.calibrations_due) == (None, False, ())
    assert told.disk_days is not None
    assert told.disk_days > 0


def test_the_last_anchor_of_this_log_is_told_by_the_chains_time(tmp_path: Path, books: Books) -> None:
    log = recorded(tmp_path)
    anchored(books, "local-ledger", 7)  # proves nothing to anybody outside
    assert station_status(Home(tmp_path), books, log).last_anchor_ns is None
    AnchorBooks(books).prepare(AnchorRecord(head(9), CHAIN_ID, CONTRACT, paying_key().public_key), "testnet")
    assert station_status(Home(tmp_path), books, log).last_anchor_ns is None
    anchored(books, "testnet", 8)
    assert station_status(Home(tmp_path), books, log).last_anchor_ns == ANCHORED_S * 10**9


def test_an_entry_of_an_unknown_form_leaves_what_depends_on_it_open(tmp_path: Path, books: Books) -> None:
    strange = encode_entry(EntryType.CONFIGURATION, Recorded(ORIGIN).begin().stamp(), {"sensor": 7})
    with Home(tmp_path).acquire_lock():
        told = station_status(Home(tmp_path), books, recorded(tmp_path, strange))
    assert told.calibrations_due is None
    assert told.recording


def test_an_anchor_of_another_log_is_not_this_ones(tmp_path: Path, books: Books) -> None:
    log = recorded(tmp_path)
    anchored(books, "testnet", 8)
    other = "verifield/log/" + "9" * 32
    path = Recorded(other).begin().write(tmp_path / "other.sqlite3")
    told = station_status(Home(tmp_path), books, replace(log, origin=other, path=path))
    assert told.last_anchor_ns is None
