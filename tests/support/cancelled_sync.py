# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A running `verifield-sync` that waits, in each of its phases, for a far end that says nothing. Starts processes."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import tomli_w

from edge_daemon.home import Home
from edge_daemon.secrets.private_file import write_private
from sync.anchor.books import AnchorBooks
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT
from sync.anchor.settings import AnchorSettings, keep_settings
from sync.anchor.signing import Signed, Terms
from sync.delivery.books import Books
from tests.support.processes import Child, running
from tests.support.silent import Silent, silent
from tests.support.waiting import wait_until
from tests.unit.sync.anchor.bench import paying_key, record
from tests.unit.sync.recorded import Recorded

READINGS = 300
_SECRETS = {"influxdb.cloud.token": "t", "anchor.paying-key": "ed25519-priv-0x" + "11" * 32}

Table = dict[str, object]
Waiting = Callable[[Path], AbstractContextManager[Child]]


@contextmanager
def checking_a_database(folder: Path) -> Iterator[Child]:
    """The server takes the first question and does not answer."""
    with silent() as far:
        table: Table = {"kind": "influxdb", "url": f"http://127.0.0.1:{far.port}", "organisation": "o", "bucket": "b"}
        with _syncing(_home(folder, {"cloud": table}), far) as child:
            yield child


@contextmanager
def checking_a_broker(folder: Path) -> Iterator[Child]:
    """The broker takes CONNECT and does not answer."""
    with silent() as far:
        table: Table = {"kind": "mqtt", "host": "127.0.0.1", "port": far.port, "tls": False}
        with _syncing(_home(folder, {"broker": table}), far) as child:
            yield child


@contextmanager
def anchoring(folder: Path) -> Iterator[Child]:
    """An anchor was signed and may be on the chain, and the chain's node does not answer."""
    with silent() as far:
        home = _home(folder, {"stick": {"kind": "file", "folder": str(folder)}})
        url = f"http://127.0.0.1:{far.port}/v1"
        keep_settings(home, AnchorSettings("local-ledger", url, CHAIN_ID, CONTRACT, paying_key().address))
        with Books(home / "delivery.sqlite3") as books:
            kept = AnchorBooks(books)
            terms = Terms(paying_key().address, 0, 1, 1, 2_000_000_000, CHAIN_ID)
            kept.sign(kept.prepare(record(), "local-ledger").id, Signed(b"signed", "0x" + "5" * 64), terms, 1)
        with _syncing(home, far) as child:
            yield child


@contextmanager
def signing_a_stick(folder: Path) -> Iterator[Child]:
    """All is on the stick, and the recorder that is to sign it does not answer."""
    stick = folder / "stick"
    stick.mkdir()
    with silent() as far:
        home = _home(folder, {"stick": {"kind": "file", "folder": str(stick)}})
        place = Home(home)
        with place.acquire_lock():
            place.write_endpoint(f"http://127.0.0.1:{far.port}", 1, "the-api-token")
            # The first is asked at the beginning, beside the delivery.
            with _syncing(home, far, requests=2) as child:
                yield child


PHASES: dict[str, Waiting] = {
    "checking a database": checking_a_database,
    "checking a broker": checking_a_broker,
    "anchoring": anchoring,
    "signing a stick": signing_a_stick,
}


def _home(folder: Path, destinations: dict[str, Table]) -> Path:
    home = folder / "home"
    home.mkdir(mode=0o700)
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), READINGS)
    log.write(home / "buffer.sqlite3")
    write_private(home / "destinations.toml", tomli_w.dumps({"destinations": destinations}).encode())
    return home


@contextmanager
def _syncing(home: Path, far: Silent, requests: int = 1) -> Iterator[Child]:
    command: list[str | Path] = [sys.executable, "-m", "sync", "run", "--json", "--secrets-stdin", "--home", home]
    with running(command, output=home.parent / "said", stdin=json.dumps(_SECRETS).encode()) as child:
        wait_until(
            lambda: len(far.heard) >= requests or not child.running, seconds=120, what="a question to the far end"
        )
        assert child.running, child.said()[-1500:]
        yield child
