# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Receipts as witnesses: what they say of the log's head is kept, and a log that no longer agrees is named."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.home import Home
from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.secrets.private_file import write_private
from sync.__main__ import app
from sync.compose import station
from sync.delivery.books import Books
from sync.delivery.bundles import Bundles
from sync.delivery.receipt_heads import ReceiptHeads, keeper
from sync.receipts import receipt_alarms, settle_folder
from sync.sinks.file.receipt import write_receipt
from sync.sinks.mqtt.receipt import seen_head
from sync.sinks.mqtt.status import status_payload
from sync.station_status import station_status
from sync.witnesses import receipts_kept, witness_in
from tests.unit.sync.recorded import ORIGIN, T0, S
from tests.unit.sync.signed_logs import SignedLog, an_hour_of_readings, checked

OFFICE = InfluxDestination("office", "https://influx.example", "coast", "readings")
SEEN_NS = T0 + 7200 * S


def receipt(folder: Path, head: Checkpoint | None) -> Path:
    return write_receipt(folder / "stick.tar", "0" * 64, ORIGIN, OFFICE, ((4, 60),), [], SEEN_NS, head)


@pytest.fixture
def log() -> SignedLog:
    return an_hour_of_readings()


@pytest.fixture
def home(tmp_path: Path, log: SignedLog) -> Path:
    """A home that has taken note of a receipt for its second checkpoint."""
    log.write(tmp_path / "home")
    (tmp_path / "stick").mkdir()
    receipt(tmp_path / "stick", log.checkpoints[1].checkpoint)
    with station(Home(tmp_path / "home")) as here:
        Bundles(here.books).note("0" * 64, ORIGIN, 4, 60)
        settle_folder(here, tmp_path / "stick")
        settle_folder(here, tmp_path / "stick")
    return tmp_path / "home"


def put_in_place_of(home: Path, log: SignedLog) -> None:
    (home / "buffer.sqlite3").unlink()
    shutil.rmtree(home / "checkpoints")
    log.write(home)


def verdict(*arguments: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["verify", *map(str, arguments), "--json"])
    (line,) = (line for line in result.output.splitlines() if "standing" in line)
    found: dict[str, Any] = json.loads(line)
    return found


def of(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [check for check in told["checks"] if check["name"] == name]


def rewritten(log: SignedLog, size: int) -> SignedLog:
    entries = log.recorded.entries
    stolen = SignedLog(replace(log.recorded, entries=entries[:size]), log.key, log.configuration)
    for data in entries[size:]:
        stolen.recorded.put(data.replace(b'"wind":[1,1,', b'"wind":[9,9,'))
    stolen.checkpoints = [signed for signed in log.checkpoints if signed.checkpoint.size <= size]
    stolen.sign()
    return stolen


def test_a_receipt_that_agrees_fixes_what_it_saw_and_is_no_outside_witness_by_itself(
    home: Path, log: SignedLog
) -> None:
    told = verdict(home)
    kept, none = of(told, "witness")
    assert (kept["title"], kept["outcome"]) == ("Receipt in the books", "passed")
    assert (none["title"], none["outcome"]) == ("Outside witness", "not_checked")
    first, last = told["exposure"]
    assert (first["end"], first["basis"], first["fixed"]) == (
        log.checkpoints[1].checkpoint.size, "told", rfc3339_from_ns(SEEN_NS)
    )  # fmt: skip
    assert "delivered stick.tar to office" in first["by"]
    assert last["basis"] == "none"
    assert len(receipts_kept(home / "delivery.sqlite3", ORIGIN)) == 1, "the same receipt twice is one"


def test_a_log_written_anew_before_a_receipt_is_named_with_the_entries(home: Path, log: SignedLog) -> None:
    size = log.checkpoints[0].checkpoint.size
    put_in_place_of(home, rewritten(log, size))
    told = verdict(home)
    assert told["standing"] == "failed"
    failed = next(check for check in of(told, "witness") if check["outcome"] == "failed")
    seen = log.checkpoints[1].checkpoint.size
    assert f"the first {seen} entries was written anew" in failed["words"]


def test_an_older_copy_than_a_receipt_saw_is_named(home: Path, log: SignedLog) -> None:
    yesterday = SignedLog(replace(log.recorded, entries=log.recorded.entries[:50]), log.key)
    yesterday.sign()
    put_in_place_of(home, yesterday)
    failed = next(check for check in of(verdict(home), "witness") if check["outcome"] == "failed")
    assert "older copy was put back" in failed["words"]
    assert failed["entry"] == 50


def test_the_receipt_itself_speaks_for_a_bundle_and_is_worth_what_its_bearer_is(
    home: Path, log: SignedLog, tmp_path: Path
) -> None:
    file = next((tmp_path / "stick").glob("*.receipt.json"))
    witness = witness_in(file)
    assert (witness.size, witness.time_ns) == (log.checkpoints[1].checkpoint.size, SEEN_NS)
    sound = checked(log.bundle(tmp_path).path, log.register(), witnesses=[witness])
    paper, none = (check for check in sound.checks if check.name == "witness")
    assert (paper.outcome, none.outcome) == ("passed", "not_checked")
    assert "Nobody signed it" in paper.words
    assert (sound.exposure[0].basis, "which nobody signed" in sound.exposure[0].by) == ("told", True)
    revoked = log.register(revoked=rfc3339_from_ns(SEEN_NS + S))
    whole = replace(witness, size=log.head().size, root=log.head().root)
    found = checked(log.bundle(tmp_path, "b2").path, revoked, witnesses=[whole])
    assert found.standing == "not_vouched_for", "anyone can write a receipt that is dated before the key was stolen"
    typed = replace(whole, unsigned=False, said_by="Ana")
    assert checked(tmp_path / "b2", revoked, witnesses=[typed]).standing == "sound"
    stolen = rewritten(log, log.checkpoints[0].checkpoint.size)
    (tmp_path / "other").mkdir()
    told = verdict(stolen.bundle(tmp_path / "other").path, "--witness", file)
    accused = next(check for check in of(told, "witness") if check["outcome"] == "failed")
    assert "Or the paper is false: nobody signed it" in accused["words"]


def test_a_receipt_for_an_unsigned_file_is_no_witness(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tells no head"):
        witness_in(receipt(tmp_path, None))


def test_the_stations_status_brings_a_receiver_the_checkpoint_that_it_may_return(home: Path, log: SignedLog) -> None:
    with station(Home(home)) as here:
        status = station_status(here.home, here.books, here.shelf.logs[0])
    payload = json.loads(status_payload(status, "online", ORIGIN, SEEN_NS))
    assert payload["checkpoint"] == str(log.checkpoints[-1])


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    with Books(tmp_path / "delivery.sqlite3", now_ns=lambda: SEEN_NS) as opened:
        yield opened


def test_what_a_receiver_says_it_has_is_kept_once(books: Books) -> None:
    told = json.dumps({"log": ORIGIN, "stored": 17, "size": 18, "root": "ab" * 32}).encode()
    head = seen_head(told, ORIGIN)
    assert head == Checkpoint(ORIGIN, 18, bytes.fromhex("ab" * 32))
    keep = keeper(books, "cloud", lambda _head: False)
    for _ in range(3):
        keep(head)
    (kept,) = ReceiptHeads(books).of(ORIGIN)
    assert (kept.head, kept.giver, kept.at_ns) == (head, "The receiver behind cloud", SEEN_NS)


def false_receipt(tmp_path: Path, home: Path, size: int) -> list[str]:
    """What a sync says once a receipt of another root lies on the stick."""
    receipt(tmp_path / "stick", Checkpoint(ORIGIN, size, b"\xab" * 32))
    with station(Home(home)) as here:
        assert receipt_alarms(here) == []
        _, troubles = settle_folder(here, tmp_path / "stick")
        assert troubles == []
        return receipt_alarms(here)


@pytest.mark.parametrize("beyond", [0, 1_000])
def test_a_false_receipt_is_an_alarm_and_does_not_make_the_log_a_failed_one(
    home: Path, log: SignedLog, tmp_path: Path, beyond: int
) -> None:
    size = log.checkpoints[-1].checkpoint.size + beyond
    (alarm,) = false_receipt(tmp_path, home, size)
    assert f"another root for {size:,} entries" in alarm
    told = verdict(home)
    assert told["standing"] != "failed"
    (line,) = (check for check in of(told, "witness") if check["title"].startswith("Alarm"))
    assert line["outcome"] == "not_checked"
    assert f"another root for {size} entries" in line["words"]
    assert "not signed" in line["words"]


def test_a_false_receipt_moves_no_cursor(home: Path, log: SignedLog, tmp_path: Path) -> None:
    """What nobody who can be believed has seen there goes out by the network."""
    table = '[destinations.office]\nkind = "influxdb"\nurl = "https://influx.example"\n'
    write_private(home / "destinations.toml", (table + 'organisation = "coast"\nbucket = "readings"\n').encode())
    head = log.checkpoints[1].checkpoint
    receipt(tmp_path / "stick", replace(head, root=b"\xab" * 32))
    with station(Home(home)) as here:
        assert settle_folder(here, tmp_path / "stick") == ([], [])
        assert len(receipt_alarms(here)) == 1
        receipt(tmp_path / "stick", head)
        [told], _ = settle_folder(here, tmp_path / "stick")
        assert told.readings > 0


def test_a_false_receipt_does_not_cover_what_one_that_agreed_shows(home: Path, log: SignedLog, tmp_path: Path) -> None:
    false_receipt(tmp_path, home, log.checkpoints[1].checkpoint.size)
    put_in_place_of(home, rewritten(log, log.checkpoints[0].checkpoint.size))
    assert "failed" in [check["outcome"] for check in of(verdict(home), "witness")]


def test_what_a_receiver_says_is_held_against_the_log(books: Books) -> None:
    ours, other = (Checkpoint(ORIGIN, 18, bytes([byte]) * 32) for byte in (1, 2))
    keep = keeper(books, "cloud", lambda head: head != ours)
    for head in (ours, other, other, ours):
        keep(head)
    assert {one.head.root: one.disputed for one in ReceiptHeads(books).of(ORIGIN)} == {
        ours.root: False,
        other.root: True,
    }


@pytest.mark.parametrize(
    "change", [{"size": 10**30}, {"size": 2**53}, {"time": "9999-01-01T00:00:00Z"}, {"refused": [[float("inf"), ""]]}]
)
def test_a_receipt_of_impossible_numbers_is_named_and_takes_nothing_else_along(
    home: Path, log: SignedLog, tmp_path: Path, change: dict[str, object]
) -> None:
    file = receipt(tmp_path / "stick", log.checkpoints[1].checkpoint)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with station(Home(home)) as here:
        _, (trouble,) = settle_folder(here, tmp_path / "stick")
    assert "cannot be read as a receipt" in trouble


@pytest.mark.parametrize(
    ("told", "size"),
    [
        (b'{"log": "%s", "stored": 17, "size": 1%s, "root": "%s"}' % (ORIGIN.encode(), b"0" * 30, b"ab" * 32), 100),
        (b'{"log": "%s", "stored": 17, "size": 101, "root": "%s"}' % (ORIGIN.encode(), b"ab" * 32), 100),
        (b'{"log": "%s", "stored": 17, "size": 18, "root": "%s"}' % (ORIGIN.encode(), b"ab " * 21 + b"a"), 100),
        (b"[" * 100_000, 100),
    ],
)
def test_a_head_that_this_log_cannot_have_is_refused(told: bytes, size: int) -> None:
    with pytest.raises(ValueError):
        seen_head(told, ORIGIN, size)


@pytest.mark.parametrize("more", [{}, {"size": 18}])
def test_a_receipt_without_a_root_tells_no_head(more: dict[str, object]) -> None:
    assert seen_head(json.dumps({"log": ORIGIN, "stored": 17, **more}).encode(), ORIGIN) is None


@pytest.mark.parametrize(
    "more",
    [{"root": "ab" * 32}, {"size": 0, "root": "ab" * 32}, {"size": 18, "root": "ab"}, {"size": 18, "root": "x" * 64}],
)
def test_a_receipt_with_half_a_head_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        seen_head(json.dumps({"log": ORIGIN, "stored": 17, **more}).encode(), ORIGIN)
