# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Anchoring in a demonstration: on the local ledger in the home, started when needed, with a key that is no secret.

Opens a loopback port and the ledger's file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from edge_daemon.secrets.home_id import home_id
from edge_daemon.secrets.secret import Secret
from sync.anchor.ledger.chain import CHAIN_ID, CONTRACT
from sync.anchor.ledger.server import FILE_NAME, opened, serving
from sync.anchor.settings import OCTAS, AnchorSettings
from sync.anchor.signing import PayingKey

NETWORK = "local-ledger"
PLAY_MONEY = 100 * OCTAS


def demo_key(home: Path) -> PayingKey:
    """The demonstration's paying key: anybody can compute it from the home's id, and it opens play money only."""
    seed = sha256(f"verifield demonstration, worth nothing: {home_id(home)}".encode()).hexdigest()
    return PayingKey(Secret(f"ed25519-priv-0x{seed}"))


@contextmanager
def demo_ledger(home: Path, key: PayingKey, projects: set[str]) -> Iterator[AnchorSettings]:
    """The local ledger of a demonstration, answering while the block lasts, with money and rights for its account.

    Raises AlreadyRunning while another process has it, BufferUnavailable.
    """
    with opened(home / FILE_NAME) as rest, serving(rest) as url:
        state = rest.chain.state
        if state.account(key.address)[1] < PLAY_MONEY // 2:
            rest.fund(key.address, PLAY_MONEY)
        with state.changing():
            for project in projects:
                state.grant(project, key.address)
        yield AnchorSettings(NETWORK, url, CHAIN_ID, CONTRACT, key.address, limit_octas=PLAY_MONEY)
