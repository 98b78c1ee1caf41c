# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The commands as their own processes: a ledger, a station that anchors on it and is killed, a demonstration."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from sync.anchor.exactly_once import Anchoring
from sync.anchor.faults import CallAborted
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT
from sync.anchor.ledger.misbehaviour import Kind, Planned
from sync.anchor.ledger.server import opened, serving
from sync.anchor.record import AnchorRecord
from sync.anchor.settings import keep_settings
from sync.anchor.wiring import node_of
from tests.support.processes import Child, running
from tests.support.waiting import wait_until
from tests.unit.sync.anchor.bench import books, head, paying_key, record, settings
from tests.unit.sync.recorded import Recorded
from tests.unit.sync.signed_logs import SignedLog

KEY = "ed25519-priv-0x" + "11" * 32
PROJECT = "P1"
DEMO = "verifield/demo/" + "d" * 32
OPTIMISED = pytest.mark.parametrize("flags", [[], ["-O"]], ids=["plain", "optimised"])


@dataclass(frozen=True, slots=True)
class Devnode:
    """A running local ledger."""

    url: str
    child: Child

    def tell(self, what: str, **told: object) -> None:
        request = Request(f"{self.url[:-3]}/devnode/{what}", json.dumps(told).encode(), method="POST")
        with urlopen(request, timeout=20) as answer:
            assert answer.status == 200

    def anchors(self) -> list[list[str]]:
        with urlopen(f"{self.url[:-3]}/devnode/state", timeout=20) as answer:
            found: list[list[str]] = json.load(answer)["anchors"]
            return found


@contextmanager
def devnode(folder: Path, *words: str) -> Iterator[Devnode]:
    output = folder / "devnode.out"
    output.unlink(missing_ok=True)
    grant = f"{PROJECT}={paying_key().address}"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "sync",
        "devnode",
        "--folder",
        folder / "chain",
        "--grant",
        grant,
        "--json",
        *words,
    ]
    with running(command, output=output) as child:
        child.wait_for_text("serving", seconds=60)
        wait_until(lambda: child.said().endswith("\n"), what="the whole line")
        yield Devnode(json.loads(child.said().splitlines()[0])["url"], child)


def sync(
    home: Path, *words: str, stdin: str = "", flags: list[str] | None = None
) -> tuple[int, list[dict[str, Any]], str]:
    command = [sys.executable, *(flags or []), "-m", "sync", *words, "--home", str(home)]
    done = subprocess.run(command, input=stdin.encode(), capture_output=True, timeout=110, check=False)
    told = done.stdout.decode()
    assert "1111111111111111" not in told + done.stderr.decode(), "the paying key is never shown"
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    return done.returncode, lines, told + done.stderr.decode()


def station(folder: Path, origin: str = "") -> tuple[Path, SignedLog]:
    home = folder / "home"
    home.mkdir(mode=0o700)
    log = SignedLog(Recorded(origin) if origin else Recorded()).begin()
    log.readings(20)
    log.sign()
    log.write(home)
    return home, log


def settle(home: Path, url: str) -> None:
    """Settings as `anchor-setup` writes them."""
    keep_settings(home, settings(url=url))


def anchor(home: Path, *words: str, flags: list[str] | None = None) -> tuple[int, list[dict[str, Any]], str]:
    secrets = json.dumps({"anchor.paying-key": KEY})
    return sync(home, "anchor", "--json", "--secrets-stdin", *words, stdin=secrets, flags=flags)


@OPTIMISED
def test_a_station_anchors_and_tells(tmp_path: Path, flags: list[str]) -> None:
    home, log = station(tmp_path)
    assert anchor(home)[0] == 1, "nothing is set up"
    with devnode(tmp_path) as node:
        settle(home, node.url)
        status, told, said = anchor(home, flags=flags)
        assert status == 0, said[-2000:]
        (made,) = told[-1]["anchors"]
        assert (made["size"], made["origin"], made["state"]) == (len(log.recorded.entries), log.recorded.origin, "done")
        assert node.anchors() == [[PROJECT, made["data_hash"]]]
        assert anchor(home, flags=flags)[1][-1]["state"] == "nothing_new"
    status, told, _ = sync(home, "anchor", "--status", "--json")
    assert (status, told[0]["waiting"], told[0]["anchors"][0]["transaction_hash"]) == (0, [], made["transaction_hash"])
    log.readings(5)
    log.sign()
    (home / "buffer.sqlite3").unlink()
    log.write(home)
    assert sync(home, "anchor", "--status", "--json")[1][0]["waiting"][0]["size"] == len(log.recorded.entries)


@OPTIMISED
def test_a_refused_anchor_is_a_failure_in_every_interpreter(tmp_path: Path, flags: list[str]) -> None:
    home, _ = station(tmp_path)
    with devnode(tmp_path, "--misbehave", "abort") as node:
        settle(home, node.url)
        status, told, _ = anchor(home, flags=flags)
        assert (status, told[-1]["state"], told[-1]["code"]) == (1, "failed", "call_aborted")
        assert node.anchors() == []


def test_killed_while_it_waits_it_anchors_once(tmp_path: Path) -> None:
    home, _ = station(tmp_path)
    with devnode(tmp_path) as node:
        settle(home, node.url)
        node.tell("fact", name="commit_delay_us", value=3_000_000_000)
        words: list[str | Path] = ["anchor", "--json", "--secrets-stdin", "--home", home]
        command = [sys.executable, "-m", "sync", *words]
        secrets = json.dumps({"anchor.paying-key": KEY}).encode()
        with running(command, output=tmp_path / "killed.out", stdin=secrets) as child:
            child.wait_for_text("has not confirmed it yet", seconds=60)
            child.kill()
        assert node.anchors() == []
        node.tell("advance", seconds=200)
        node.tell("fact", name="commit_delay_us", value=0)
        status, told, said = anchor(home)
        assert status == 0, said[-2000:]
        assert node.anchors() == [[PROJECT, told[-1]["anchors"][0]["data_hash"]]]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_bad_network_costs_time_and_nothing_else(tmp_path: Path, kind: Kind) -> None:
    """Through real sockets, with the connection cut where it says so."""
    key = paying_key()
    with opened(tmp_path / "ledger") as rest, serving(rest) as url, books(tmp_path / "books") as kept:
        rest.fund(key.address, 10**8)
        with rest.chain.state.changing():
            rest.chain.state.grant(record().head.project, key.address)
        now_ns = rest.chain.time_us() * 1000
        made = AnchorRecord(head(start_ns=0, end_ns=now_ns), CHAIN_ID, CONTRACT, key.public_key)
        rest.misbehaviour.plan(Planned(kind, 2 if kind is not Kind.ABORT else 1))
        node = node_of(url, None)
        pause = threading.Event().wait
        step = Anchoring(
            kept, node, key, settings(url=url), lambda seconds: pause(min(seconds, 0.5)), lambda words: None
        )
        anchor = kept.prepare(made, "local-ledger")
        try:
            if kind is Kind.ABORT:
                with pytest.raises(CallAborted):
                    step.finish(anchor)
                kept.try_again(anchor.id)
            assert step.finish(kept.anchor(anchor.id)).state == "done"
        finally:
            node.close()
        assert rest.chain.state.anchors() == [(made.head.project, made.data_hash)]


def test_the_ledger_survives_a_kill(tmp_path: Path) -> None:
    home, _ = station(tmp_path)
    with devnode(tmp_path) as node:
        settle(home, node.url)
        assert anchor(home)[0] == 0
        before = node.anchors()
        node.child.kill()
    with devnode(tmp_path) as node:
        assert node.anchors() == before != []


def test_a_demonstration_anchors_on_its_own_ledger_and_says_so(tmp_path: Path) -> None:
    home, _ = station(tmp_path, DEMO)
    status, told, said = sync(home, "anchor", "--forecast", "--json")
    assert (status, told[-1]["simulated"], told[-1]["trouble"]) == (0, True, ""), said[-2000:]
    cost = told[-1]["fee_octas"]
    assert cost > 0
    status, told, said = sync(home, "anchor", "--json")
    assert status == 0, said[-2000:]
    outcome = told[-1]
    assert (outcome["state"], outcome["network"], outcome["anchors"][0]["chain_id"]) == ("done", "local-ledger", 245)
    assert "prove nothing" in outcome["warning"]
    assert outcome["anchors"][0]["fee_octas"] == cost
    settle(home, "http://127.0.0.1:9/v1")
    text = (home / "anchor.toml").read_text().replace("local-ledger", "custom").replace("245", "246")
    (home / "anchor.toml").write_text(text)
    status, _, said = sync(home, "anchor", "--json")
    assert (status, "a demonstration anchors on the local ledger only" in said) == (1, True)


def test_setup_asks_the_node_and_keeps_the_key_where_secrets_are(tmp_path: Path) -> None:
    home, _ = station(tmp_path)
    with devnode(tmp_path) as node:
        words = ["anchor-setup", "--network", "local-ledger", "--contract", CONTRACT, "--url", node.url]
        status, _, said = sync(home, *words, "--secret-store", "memory", stdin=KEY + "\n")
        assert status == 0, said[-2000:]
        assert "prove nothing" in said
        assert "By a simulation an anchor costs" in said
        assert "the limit lasts the whole month" in said
        assert KEY not in (home / "anchor.toml").read_text()
        status, _, said = sync(home, *words, "--secret-store", "memory", "--limit-apt", "0.01", stdin=KEY + "\n")
        assert (status, "the limit lasts 0 days" in said) == (0, True)
        wrong = ["anchor-setup", "--network", "mainnet", "--contract", CONTRACT, "--url", node.url]
        status, _, said = sync(home, *wrong, "--secret-store", "memory", stdin=KEY + "\n")
        assert (status, "names chain id 245; mainnet has 1" in said) == (1, True)
