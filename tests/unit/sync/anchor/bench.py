# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A local ledger with a clock of its own, a client without a network, and a station's books. Writes files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.log.checkpoint import Checkpoint, sign_checkpoint
from edge_daemon.secrets.secret import Secret
from sync.anchor.aptos_node import AptosNode
from sync.anchor.books import AnchorBooks
from sync.anchor.exactly_once import Anchoring
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT
from sync.anchor.ledger.rest import Rest
from sync.anchor.ledger.server import opened
from sync.anchor.node_http import NodeHttp
from sync.anchor.record import AnchorRecord, Head, Quality
from sync.anchor.settings import OCTAS, AnchorSettings
from sync.anchor.signing import PayingKey
from sync.delivery.books import Books

START_S = 1_800_000_000
PROJECT = "plant-1"
ORIGIN = "verifield/log/" + "0" * 31 + "1"
DEVICE = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
NS = 10**9


def paying_key(number: int = 0x11) -> PayingKey:
    """A paying key; every number gives another."""
    return PayingKey(Secret("ed25519-priv-0x" + f"{number:02x}" * 32))


def head(size: int = 8, **changes: Any) -> Head:
    """A signed head of a log of that size."""
    root = bytes([size % 256]) * 32
    checkpoint = sign_checkpoint(Checkpoint(ORIGIN, size, root), DEVICE)
    public = DEVICE.public_key().public_bytes_raw()
    end_ns = (START_S - 60) * NS
    made = Head(
        ORIGIN, size, root, str(checkpoint), public, PROJECT, end_ns - 3600 * NS, end_ns, {}, Quality(29, "basic")
    )
    return replace(made, **changes)


def record(size: int = 8, key: PayingKey | None = None) -> AnchorRecord:
    """An anchor record for the local ledger's contract."""
    return AnchorRecord(head(size), CHAIN_ID, CONTRACT, (key or paying_key()).public_key)


@dataclass
class Clock:
    """A clock that a test moves."""

    now_us: int = START_S * 1_000_000

    def __call__(self) -> int:
        return self.now_us

    def move(self, seconds: float) -> None:
        self.now_us += round(seconds * 1_000_000)


class Wire(httpx.BaseTransport):
    """Carries requests straight into a ledger; what it is told to break, breaks as it would on a network."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self.sent: list[tuple[str, str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append((request.method, request.url.path))
        target = request.url.raw_path.decode()
        answer = self.rest.handle(request.method, target, request.headers.get("content-type", ""), request.read())
        if answer.drop:
            raise httpx.ReadError("the connection ended without an answer", request=request)
        if answer.cut:
            raise httpx.RemoteProtocolError("the answer ends in the middle", request=request)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


@dataclass
class Ledger:
    """A local ledger and its clock."""

    rest: Rest
    clock: Clock
    told: list[str] = field(default_factory=list)

    @property
    def anchors(self) -> list[tuple[str, str]]:
        return self.rest.chain.state.anchors()

    def node(self) -> AptosNode:
        return AptosNode(NodeHttp("http://127.0.0.1:1/v1", transport=Wire(self.rest)))

    def pause(self, seconds: float) -> bool:
        """Waiting moves the ledger's clock; nobody cancels."""
        self.clock.move(seconds)
        return False


@contextmanager
def ledger(path: Path, *keys: PayingKey) -> Iterator[Ledger]:
    """A ledger in which these keys (one by default) have money and rights."""
    clock = Clock()
    with opened(path, clock) as rest:
        for key in keys or (paying_key(),):
            rest.fund(key.address, OCTAS)
            with rest.chain.state.changing():
                rest.chain.state.grant(PROJECT, key.address)
        yield Ledger(rest, clock)


def settings(key: PayingKey | None = None, **changes: Any) -> AnchorSettings:
    """Settings for the local ledger."""
    account = (key or paying_key()).address
    made = AnchorSettings("local-ledger", "http://127.0.0.1:1/v1", CHAIN_ID, CONTRACT, account)
    return replace(made, **changes)


@contextmanager
def books(path: Path) -> Iterator[AnchorBooks]:
    """A station's books."""
    with Books(path) as opened_books:
        yield AnchorBooks(opened_books)


def anchoring(kept: AnchorBooks, where: Ledger, key: PayingKey | None = None, **changes: Any) -> Anchoring:
    """Anchoring through the ledger's node."""
    made = Anchoring(kept, where.node(), key or paying_key(), settings(key), where.pause, where.told.append)
    return replace(made, **changes)
